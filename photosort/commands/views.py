"""An album cut by time, place, event and content, one inside another."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Group, Heading, Member
    from photosort.commands.metadata import Described
    from photosort.commands.request import Request
    from photosort.photos.metadata.when import Taken as When
    from photosort.views.place import Place
    from photosort.views.records import Cut, Shot


def cut_album(
    request: Request,
    members: Sequence[Member],
    described: Sequence[Described],
    content: Sequence[Group],
    old: Manifest | None,
) -> list[Group]:
    """Cut the `members` as `request.by` says; `content` are their groups, where it is asked for.

    A folder that the user renamed in `old` keeps its name, an event of it its photos.
    """
    from photosort.album.plan import Group, Heading
    from photosort.views.nested import nest

    known_of = _known_of(members, described)
    shots = _shots(members, known_of)
    places = places_for(request, shots)
    views = [_view(name, request, shots, places, content, old) for name in request.by]
    by_path = {member.path: member for member in _noted(members, known_of, places)}
    known = {heading.key: heading for group in content for heading in group.headings}
    given = {heading.key: heading.given for heading in old.headings} if old else {}

    def heading(key: str, name: str) -> Heading:
        return known.get(key) or Heading(key, name, given.get(key))

    return [
        Group(
            tuple(map(heading, cut.keys, cut.path)),
            tuple(by_path[shot.path] for shot in cut.shots),
            cut.reason,
        )
        for cut in nest(views)
    ]


def _view(
    name: str,
    request: Request,
    shots: Sequence[Shot],
    places: Sequence[Place | None],
    content: Sequence[Group],
    old: Manifest | None,
) -> list[Cut]:
    from photosort.views.events import cut_by_event
    from photosort.views.place import cut_by_place
    from photosort.views.time import by_time

    if name == "time":
        return by_time(shots, request.every)
    if name == "place":
        return cut_by_place(shots, places, request.level)
    if name == "event":
        return cut_by_event(shots, places, previous_events(old))
    return cut_by_content(shots, content)


def cut_by_content(shots: Sequence[Shot], content: Sequence[Group]) -> list[Cut]:
    """Make cuts of the groups of the content."""
    from photosort.views.records import Cut

    by_path = {shot.path: shot for shot in shots}
    return [
        Cut(
            tuple(heading.name or heading.key for heading in group.headings),
            tuple(heading.key for heading in group.headings),
            tuple(by_path[member.path] for member in group.members),
            "similar content",
        )
        for group in content
    ]


def previous_events(old: Manifest | None) -> dict[str, str]:
    """Give the event each photo of an album was in, by content hash and by path."""
    from photosort.views.events import EVENT

    found = {}
    for folder in old.folders if old else ():
        event = next((h.key for h in folder.headings if h.key.startswith(EVENT)), None)
        for photo in folder.photos if event else ():
            assert event is not None  # noqa: S101 - said by the line above
            found[str(photo.path)] = event
            if photo.content_hash is not None:
                found[photo.content_hash] = event
    return found


def _known_of(members: Sequence[Member], described: Sequence[Described]) -> list[Described | None]:
    """Find what is known of each member; None for one that was not described."""
    known = {one.photo.path: one for one in described}
    return [known.get(member.path) for member in members]


def _shots(members: Sequence[Member], known_of: Sequence[Described | None]) -> list[Shot]:
    """Describe members as the views want them; one without facts has neither date nor place."""
    from photosort.views.records import Shot

    shots = []
    for member, one in zip(members, known_of, strict=True):
        if one is None:
            shots.append(Shot(member.path, content_hash=member.content_hash))
            continue
        facts, place = one.facts, one.place
        shots.append(
            Shot(
                member.path,
                one.taken,
                place.latitude if place else None,
                place.longitude if place else None,
                " ".join(filter(None, (facts.make, facts.model))) or None,
                facts.from_camera,
                member.content_hash,
            )
        )
    return shots


def places_for(request: Request, shots: Sequence[Shot]) -> list[Place | None]:
    """Look up where the shots were taken; a view by place may let a photo borrow a place."""
    from photosort.views.place import borrow, places_of

    places = places_of(shots, request.language)
    cuts = {"place", "event"} & set(request.by)
    return borrow(shots, places) if request.infer and cuts else places


def noted(
    members: Sequence[Member], described: Sequence[Described], request: Request
) -> list[Member]:
    """Note with each member when and where it was taken, and what says so."""
    known_of = _known_of(members, described)
    return _noted(members, known_of, places_for(request, _shots(members, known_of)))


def _noted(
    members: Sequence[Member],
    known_of: Sequence[Described | None],
    places: Sequence[Place | None],
) -> list[Member]:
    """Note with each member when and where it was taken, and what says so."""
    from photosort.album.plan import UNKNOWN, Member, Taken

    noted = []
    for member, one, place in zip(members, known_of, places, strict=True):
        taken = UNKNOWN
        if one is not None:
            when = one.taken
            taken = Taken(
                dated_by(one),
                when.source if when else None,
                offset_text(when) if when else None,
                place.names if place else (),
                _place_source(one, place) if place else None,
            )
        noted.append(Member(member.path, member.confidence, member.content_hash, taken))
    return noted


def _place_source(one: Described, place: Place) -> str | None:
    if place.inferred:
        return "a photo within the hour"
    return one.place.source if one.place is not None else None


def dated_by(one: Described) -> str | None:
    """Write the local time a photo was taken: "2018-05-03T10:00:00"."""
    return one.taken.local.isoformat(timespec="seconds") if one.taken is not None else None


def offset_text(taken: When) -> str | None:
    """Write how far the clock was ahead of UTC: "+05:30"."""
    if taken.offset_minutes is None:
        return None
    hours, minutes = divmod(abs(taken.offset_minutes), 60)
    return f"{'-' if taken.offset_minutes < 0 else '+'}{hours:02d}:{minutes:02d}"
