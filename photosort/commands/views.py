"""An album cut by time, place, event and content, one inside another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Group, Heading, Member, Taken
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

    shots = shots_of(members, described)
    places = places_for(request, shots)
    views = [_view(name, request, shots, places, content, old) for name in request.by]
    by_path = {member.path: member for member in dated(members, described, shots, places)}
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


def shots_of(members: Sequence[Member], described: Sequence[Described]) -> list[Shot]:
    """Describe the members as the views want them; one without facts has neither date nor place."""
    from photosort.views.records import Shot

    known = {one.photo.path: one for one in described}
    shots = []
    for member in members:
        one = known.get(member.path)
        if one is None:
            shots.append(Shot(member.path, content_hash=member.content_hash))
            continue
        shots.append(
            Shot(
                member.path,
                one.taken,
                one.place.latitude if one.place else None,
                one.place.longitude if one.place else None,
                " ".join(filter(None, (one.facts.make, one.facts.model))) or None,
                one.facts.from_camera,
                member.content_hash,
            )
        )
    return shots


def places_for(request: Request, shots: Sequence[Shot]) -> list[Place | None]:
    """Look up where the shots were taken, if a view of the album asks for it."""
    from photosort.views.place import borrow, places_of

    if not {"place", "event"} & set(request.by):
        return [None] * len(shots)
    places = places_of(shots, request.language)
    return borrow(shots, places) if request.infer else places


def dated(
    members: Sequence[Member],
    described: Sequence[Described],
    shots: Sequence[Shot] = (),
    places: Sequence[Place | None] = (),
) -> list[Member]:
    """Note with each member when and where it was taken, and what says so."""
    known = {one.photo.path: one for one in described}
    where = {shot.path: place for shot, place in zip(shots, places, strict=True)}
    return [
        replace(member, taken=_taken(known.get(member.path), where.get(member.path)))
        for member in members
    ]


def _taken(one: Described | None, place: Place | None) -> Taken:
    from photosort.album.plan import Taken

    when = one.taken if one is not None else None
    source: str | None = one.place.source if one is not None and one.place is not None else None
    if place is not None and place.inferred:
        source = "a photo within the hour"
    return Taken(
        date=dated_by(one) if one is not None else None,
        date_source=when.source if when is not None else None,
        offset=offset_text(when) if when is not None else None,
        location=place.names if place is not None else (),
        location_source=source if place is not None else None,
    )


def dated_by(one: Described) -> str | None:
    """Write the local time a photo was taken: "2018-05-03T10:00:00"."""
    return one.taken.local.isoformat(timespec="seconds") if one.taken is not None else None


def offset_text(taken: When) -> str | None:
    """Write how far the clock was ahead of UTC: "+05:30"."""
    if taken.offset_minutes is None:
        return None
    hours, minutes = divmod(abs(taken.offset_minutes), 60)
    return f"{'-' if taken.offset_minutes < 0 else '+'}{hours:02d}:{minutes:02d}"
