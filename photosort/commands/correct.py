"""Put right what is in which cluster of an album: move, merge, split, make a new one.

Each step changes the links at once, can be undone, and is noted in the album, so that later runs
keep it. A step is asked for as a function that says what changes in the album it is given.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeAlias

from photosort.album.corrections import Correction, corrected, numbers_by_content
from photosort.album.manifest import About, Manifest, describe
from photosort.album.plan import Heading, Placed, cluster
from photosort.album.regroup import Headings, content_part, regroup, targets, without
from photosort.commands.album import find_album, open_album
from photosort.commands.entries import (
    GONE,
    Entries,
    content_name,
    digest_of,
    find_cluster,
    find_photos,
    folder_name,
    free_numbers,
)
from photosort.counts import counted
from photosort.errors import PhotosortError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from photosort.album.folder import Kept
    from photosort.album.plan import Plan, Site
    from photosort.photos.records import Skipped


@dataclass(frozen=True, slots=True)
class Change:
    """The cluster each photo goes to, or stays in as the user said, by the photo's place.

    `command` is what was asked for, "move"; `titled` is a heading that gets another title once that
    is done, `forgotten` are the contents whose corrections end, `left_out` the photos that leave
    the album.
    """

    command: str
    clusters: Mapping[PurePosixPath, Heading] = field(default_factory=dict)
    titled: Heading | None = None
    forgotten: frozenset[str] = frozenset()
    left_out: tuple[Skipped, ...] = ()


Step: TypeAlias = "Callable[[Manifest], Change]"


@dataclass(frozen=True, slots=True)
class Moved:
    """A photo that went from one folder of the album to another."""

    path: Path
    origin: str
    folder: str


@dataclass(frozen=True, slots=True)
class Corrected:
    """An album after a correction: the photos that moved or left it, the corrections that ended.

    `kept` are old entries that were left alone.
    """

    album: Manifest
    moved: tuple[Moved, ...]
    forgotten: tuple[Correction, ...] = ()
    left_out: tuple[Skipped, ...] = ()
    kept: tuple[Kept, ...] = ()


# ------------------------------------------------------------------------------ the steps


def move(photos: Sequence[Path], name: str) -> Step:
    """Move photos to the cluster called `name`."""

    def step(album: Manifest) -> Change:
        heading = find_cluster(album, name)
        found = find_photos(album, photos)
        if all(folder.cluster == heading for folder, _ in found):
            what = photos[0] if len(photos) == 1 else counted(len(photos), "photo")
            verb = "is" if len(photos) == 1 else "are"
            raise PhotosortError(f"{what}: {verb} in {folder_name(album, heading)} already")
        return Change("move", {photo.place: heading for _, photo in found})

    return step


def new(title: str, photos: Sequence[Path]) -> Step:
    """Make a cluster with a title of the user's from photos."""
    from photosort.album.rename import checked_title, refuse_taken

    def step(album: Manifest) -> Change:
        heading = replace(cluster(free_numbers(album, 1)[0]), given=checked_title(title))
        refuse_taken(album, heading)
        found = find_photos(album, photos)
        return Change("new", {photo.place: heading for _, photo in found})

    return step


def merge(names: Sequence[str], title: str | None) -> Step:
    """Put clusters into the first of those named; `title` is its new one."""
    from photosort.album.rename import checked_title, refuse_taken

    def step(album: Manifest) -> Change:
        headings = [find_cluster(album, name) for name in names]
        for place, heading in enumerate(headings):
            if heading in headings[:place]:
                raise PhotosortError(f"{names[place]}: is named twice; name clusters to merge")
        titled = None
        if title is not None:
            titled = replace(headings[0], given=checked_title(title))
            rest = tuple(f for f in album.folders if f.cluster not in headings[1:])
            refuse_taken(replace(album, folders=rest), titled)
        merged = [photo for folder in album.folders if folder.cluster in headings
                  for photo in folder.photos]  # fmt: skip
        return Change("merge", {photo.place: headings[0] for photo in merged}, titled)

    return step


def forget(photos: Sequence[Path] | None) -> Step:
    """End the corrections of photos, or (None) all; the photos stay where they are meanwhile."""

    def step(album: Manifest) -> Change:
        known = {one.content_hash for one in album.corrections}
        if photos is None:
            return Change("corrections forget", forgotten=frozenset(known))
        index, named = Entries(album), set()
        for photo in photos:
            digests = index.contents(photo) & known
            if not digests:
                raise PhotosortError(f"{photo}: has no correction; see photosort corrections list")
            named |= digests
        return Change("corrections forget", forgotten=frozenset(named))

    return step


# ------------------------------------------------------------------------------ carrying them out


def correct(step: Step, album: Path | None) -> Corrected:
    """Change an album, by default the last one organized, as `step` says. PhotosortError."""
    from photosort.album.album_json import NAME
    from photosort.album.write import amend_album, claim
    from photosort.commands.embedding import note_links
    from photosort.commands.references import standing

    out = find_album(album)
    if not os.path.lexists(out / NAME):
        open_album(out)  # says so
    with claim(out, (), None) as claimed:
        if claimed.old is None:
            raise PhotosortError(f"{out}: no album here any more; run photosort organize")
        old = claimed.old
        change, plan = _planned(old, claimed.out, step, portable=claimed.portable)
        about = _about(old, change)
        # The links change the time of a change that the catalog knows its photos by.
        linked = standing(_entries(old, change)) if old.link == "hardlink" else []
        written = amend_album(claimed, plan, about)
    if linked:
        note_links(linked)
    now = written.album
    if change.titled is not None:
        from photosort.album.rename import rename_heading

        now = rename_heading(out, change.titled)
    return replace(_told(old, now, change), kept=written.kept)


def rehearse(step: Step, album: Path | None) -> Corrected:
    """Do all that `correct` does except to write the album."""
    from photosort.album.folder import locate

    old = open_album(album)
    change, plan = _planned(old, locate(find_album(album)), step, portable=False)
    now = describe(plan, _about(old, change))
    if change.titled is not None:
        now = _retitled(now, change.titled)
    return _told(old, now, change)


def _planned(old: Manifest, out: Path, step: Step, *, portable: bool) -> tuple[Change, Plan]:
    """Plan the album `old` at `out` with the change that a step makes in it."""
    if old.out != out:
        raise PhotosortError(f"{out}: the album was moved here; run photosort relink on it first")
    change = step(old)
    moves = {place: _content_of(old, heading) for place, heading in change.clusters.items()}
    joined = targets(old, moves)
    _refuse_lost([photo for photos in joined.values() for photo in photos])
    plan = regroup(old, moves, _site(old, joined, portable=portable))
    return change, without(plan, {one.path for one in change.left_out})


def _site(old: Manifest, joined: Iterable[Headings], *, portable: bool) -> Site:
    """Find what is taken in the folders that photos join, and in those that get new folders."""
    from photosort.album.folder import survey_folders

    keys = {tuple(heading.key for heading in headings[:depth])
            for headings in joined for depth in range(1, len(headings) + 1)}  # fmt: skip
    places = [
        place
        for place, headings in old.directories.items()
        if tuple(heading.key for heading in headings) in keys
    ]
    return survey_folders(old, places, portable=portable)


def _about(old: Manifest, change: Change) -> About:
    """Say of the album what it said, and what the user says now."""
    now = datetime.now(UTC)
    leaving = {one.path for one in change.left_out}
    return About(
        created=now,
        command=change.command,
        sources=old.sources,
        skipped=(*(one for one in old.skipped if one.path not in leaving), *change.left_out),
        remarks=old.remarks,
        unsupported=old.unsupported,
        not_photos=old.not_photos,
        options=old.options,
        corrections=corrected(
            tuple(one for one in old.corrections if one.content_hash not in change.forgotten),
            _noted(old, change, now.isoformat()),
        ),
    )


def _noted(old: Manifest, change: Change, now: str) -> list[Correction]:
    """Note what the user said of each photo."""
    said = numbers_by_content(old.corrections)
    noted = []
    for folder in old.folders:
        for photo in folder.photos:
            heading = change.clusters.get(photo.place)
            digest = digest_of(photo) if heading is not None else None
            if heading is None or digest is None or said.get(digest) == heading.number:
                continue
            there = folder.cluster is not None and folder.cluster.number == heading.number
            origin = None if there else content_name(folder)
            noted.append(Correction(digest, photo.path, heading.number or 0, origin, now))
    return noted


def _entries(old: Manifest, change: Change) -> list[Placed]:
    return [photo for photo in old.photos if photo.place in change.clusters]


def _told(old: Manifest, now: Manifest, change: Change) -> Corrected:
    """List the photos that are in another cluster than before, and the corrections that ended."""
    where = {photo.path: folder.name for folder in now.folders for photo in folder.photos}
    moved = tuple(
        Moved(photo.path, folder.name, where[photo.path])
        for folder in old.folders
        for photo in folder.photos
        if photo.place in change.clusters
        and change.clusters[photo.place].number != (folder.cluster and folder.cluster.number)
        and photo.path in where
    )
    gone = tuple(one for one in old.corrections if one.content_hash in change.forgotten)
    return Corrected(now, moved, gone, change.left_out)


def _retitled(album: Manifest, heading: Heading) -> Manifest:
    """Describe what a rename would make of an album, but for its folders' names."""
    folders = tuple(
        replace(f, headings=tuple(heading if h.key == heading.key else h for h in f.headings))
        for f in album.folders
    )
    return replace(album, folders=folders)


def _content_of(old: Manifest, heading: Heading) -> Headings:
    """Give the headings of a cluster with its kind, where there is one."""
    known = (content_part(f.headings) for f in old.folders if f.cluster == heading)
    return next(known, (heading,))


def _refuse_lost(photos: Sequence[Placed]) -> None:
    """Refuse to move photos that are not there: they could not be brought back."""
    gone = [photo.path for photo in photos if not os.path.isfile(photo.path)]  # noqa: PTH113
    if gone:
        more = f" (and {len(gone) - 1} more)" if len(gone) > 1 else ""
        raise PhotosortError(f"{gone[0]}{more}: {GONE}")
