"""New photos into an album cut by time, place or event, nested ones too.

A new photo goes to the day, place, event and cluster that it belongs to; what is missing of the
folders on the way is made. Photos of the album stay where they are, and folders keep their names.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from photosort.commands.arrivals import Arrival, Arrived, arrive
from photosort.commands.metadata import describe, states
from photosort.commands.references import groups_of
from photosort.commands.settings import as_made
from photosort.commands.update import planned
from photosort.commands.views import cut_album, noted
from photosort.counts import counted
from photosort.photos.paths import numbers_of, same_file
from photosort.views.place import PLACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Group, Heading, Member, Placed
    from photosort.commands.metadata import Described
    from photosort.commands.request import Progress, Request
    from photosort.commands.update import Filing
    from photosort.photos.paths import Numbers
    from photosort.photos.scan import Photo, Scan

Photographed = TypeVar("Photographed", "Placed", "Member")


def file_in_tree(
    old: Manifest, found: Scan, request: Request, progress: Progress, *, portable: bool
) -> Filing:
    """Plan the album `old` with those of the photos `found` in it that it does not hold yet."""
    assert request.out is not None  # noqa: S101 - the caller named it
    made = replace(as_made(old, request.out), fresh=request.fresh)
    held = {photo.path for photo in old.photos}
    fresh = [photo for photo in found.photos if photo.path not in held]
    content = "content" in made.by
    arrived = (
        arrive(old, found, request, progress)
        if content
        else _arrive_by_headers(old, fresh, made, progress)
    )
    coming = {arrival.member.path for arrival in arrived.photos}
    new = [photo for photo in fresh if photo.path in coming]
    # An event needs the photos around it, and a place is borrowed from any; days need no other.
    others = old.photos if new and ("event" in made.by or made.infer) else ()
    before = states(photo.path for photo in others)  # their headers are in the catalog
    described, _ = describe([*before, *new], progress)
    cut = _cut(made, old, arrived, described, [photo.path for photo in before])
    groups = _joined(old, arrived, cut)
    filing = planned(old, found, request, arrived, groups, portable=portable)
    return replace(filing, due=filing.due if content and filing.due else _due(old, cut))


def _arrive_by_headers(
    old: Manifest, fresh: Sequence[Photo], made: Request, progress: Progress
) -> Arrived:
    """Separate new photos, files that the album holds under another path, and photos that moved.

    Nothing is known of their contents: a photo moved if one of its name and date is no longer where
    it was, and no other photo has both.
    """
    from photosort.album.plan import Member
    from photosort.commands.embedding import Looked

    files = _files(old) if fresh else {}
    repeated = {photo.path for photo in fresh if _is_held(photo.path, files)}
    rest = [photo for photo in fresh if photo.path not in repeated]
    described, unread = describe(rest, progress, fresh=made.fresh)
    members = noted([Member(one.photo.path, 1.0) for one in described], described, made)
    gone = _alone(photo for photo in old.photos if not os.path.lexists(photo.path))
    come = _alone(members)
    photos = tuple(
        Arrival(
            member, 0, gone[_mark(member)].path if _mark(member) in gone.keys() & come else None
        )
        for member in members
    )
    return Arrived(photos, tuple(repeated), Looked((), tuple(unread)))


def _files(old: Manifest) -> dict[Numbers, Path]:
    """Find the files of an album by their numbers."""
    found = {}
    for photo in old.photos:
        with contextlib.suppress(OSError):
            numbers = numbers_of(photo.path.stat())
            if numbers is not None:
                found[numbers] = photo.path
    return found


def _is_held(path: Path, files: Mapping[Numbers, Path]) -> bool:
    try:
        numbers = numbers_of(path.stat())
    except OSError:
        return False
    return numbers is not None and numbers in files and same_file(path, files[numbers])


def _mark(photo: Photographed) -> tuple[str, str | None]:
    return photo.path.name, photo.taken.date


def _alone(photos: Iterable[Photographed]) -> dict[tuple[str, str | None], Photographed]:
    """Find photos by name and date, of which no two have both and none has no date."""
    found: dict[tuple[str, str | None], list[Photographed]] = {}
    for photo in photos:
        if photo.taken.date is not None:
            found.setdefault(_mark(photo), []).append(photo)
    return {mark: some[0] for mark, some in found.items() if len(some) == 1}


# ------------------------------------------------------------------------------ where they go


def _cut(
    made: Request,
    old: Manifest,
    arrived: Arrived,
    described: Sequence[Described],
    before: Iterable[Path],
) -> list[Group]:
    """Cut the photos that were there `before` and those that arrived as the album is cut."""
    from photosort.album.plan import Group, Member, cluster
    from photosort.titles.kinds import under_kinds

    asked = {*before, *(arrival.member.path for arrival in arrived.photos)}
    members = [
        Member(p.path, p.confidence, p.content_hash, p.taken) for p in old.photos if p.path in asked
    ]
    members += [arrival.member for arrival in arrived.photos]
    content: list[Group] = []
    if "content" in made.by:
        by_number = {group.leaf.number: group.leaf for group in groups_of(old)}
        number_of = {m.path: g.leaf.number for g in groups_of(old) for m in g.members}
        number_of |= {arrival.member.path: arrival.number for arrival in arrived.photos}
        gathered: dict[int, list[Member]] = {}
        for member in members:
            gathered.setdefault(number_of[member.path] or 0, []).append(member)
        content = [
            Group((by_number.get(number, cluster(number)),), tuple(some))
            for number, some in gathered.items()
        ]
        if made.levels > 1:
            content = under_kinds(content, old)
    return cut_album(made, members, described, content, old)


def _joined(old: Manifest, arrived: Arrived, cut: Sequence[Group]) -> list[Group]:
    """Add the arrivals to the groups of the album; groups it has not yet are those of the `cut`."""
    from photosort.album.plan import Group, Member

    moved = {arrival.moved_from for arrival in arrived.photos}
    groups = {folder.headings: Group(folder.headings, (), folder.reason) for folder in old.folders}
    members: dict[tuple[Heading, ...], list[Member]] = {}
    where: dict[Path, tuple[Heading, ...]] = {}
    for folder in old.folders:
        where |= dict.fromkeys((photo.path for photo in folder.photos), folder.headings)
        members[folder.headings] = [
            Member(photo.path, photo.confidence, photo.content_hash, photo.taken)
            for photo in folder.photos
            if photo.path not in moved
        ]
    known = _Known(old)
    coming = {arrival.member.path: arrival for arrival in arrived.photos}
    for group in cut:
        headings = known.headings(group.headings)
        for member in group.members:
            arrival = coming.get(member.path)
            if arrival is None:
                continue
            there = where[arrival.moved_from] if arrival.moved_from else headings
            groups.setdefault(there, Group(there, (), group.reason))
            members.setdefault(there, []).append(member)
    return [
        replace(groups[headings], members=tuple(some)) for headings, some in members.items() if some
    ]


class _Known:
    """The headings of an album, by their keys, and those of places by their names too."""

    def __init__(self, album: Manifest) -> None:
        self._by_key = {heading.key: heading for heading in album.headings}
        self._by_names: dict[tuple[str | None, ...], tuple[Heading, ...]] = {}
        for folder in album.folders:
            places = _places(folder.headings)
            for depth in range(1, len(places) + 1):
                names = tuple(heading.title for heading in places[:depth])
                self._by_names.setdefault(names, places[:depth])

    def headings(self, headings: tuple[Heading, ...]) -> tuple[Heading, ...]:
        """Put the album's own in the place of headings it has already.

        Two places spelled alike in the album's language are one folder, as they are when an album
        is cut.
        """
        places = _places(headings)
        alike: tuple[Heading, ...] = ()
        for depth in range(len(places), 0, -1):
            names = tuple(heading.title for heading in places[:depth])
            if names in self._by_names:
                alike = self._by_names[names]
                break
        same = dict(zip((heading.key for heading in places), alike, strict=False))
        return tuple(
            same.get(heading.key) or self._by_key.get(heading.key, heading) for heading in headings
        )


def _places(headings: Iterable[Heading]) -> tuple[Heading, ...]:
    return tuple(heading for heading in headings if heading.key.startswith(PLACE))


def _due(old: Manifest, cut: Iterable[Group]) -> str | None:
    """Say how many photos of the album would lie elsewhere if it were made anew."""
    where = {
        photo.path: [heading.key for heading in folder.headings]
        for folder in old.folders
        for photo in folder.photos
    }
    other = sum(
        where.get(member.path, keys) != keys
        for group in cut
        for keys in [[heading.key for heading in group.headings]]
        for member in group.members
    )
    if not other:
        return None
    return (
        f"{counted(other, 'photo')} of the album would lie elsewhere beside the new ones;"
        " photosort organize --again moves them and keeps names"
    )
