"""Photos that an album does not hold yet: which they are, and the cluster of each."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from photosort.album.corrections import numbers_by_content
from photosort.commands.embedding import look
from photosort.commands.organize import members_of
from photosort.commands.references import as_before, references
from photosort.errors import PhotosortError
from photosort.photos.paths import same_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Folder, Member, Placed
    from photosort.commands.embedding import Looked
    from photosort.commands.request import Progress, Request
    from photosort.dec.arrays import Floats, Ints
    from photosort.photos.scan import Scan

# Entries by the hash of their content.
Alike: TypeAlias = "Mapping[str | None, Sequence[tuple[Folder, Placed]]]"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A photo that an album did not hold, and the number of the cluster it goes to.

    `moved_from` is where it lay when it was last seen: then it is no new photo.
    """

    member: Member
    number: int
    moved_from: Path | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """The photos that an album did not hold, and the paths that lead to files it does hold."""

    photos: tuple[Arrival, ...]
    again: tuple[Path, ...]
    looked: Looked


def arrive(old: Manifest, found: Scan, request: Request, progress: Progress) -> Arrived:
    """Look at the photos `found` that `old` does not hold, and find the cluster of each."""
    from photosort.catalog import Catalog

    before, spec = as_before(old)
    held = {photo.path for photo in old.photos}
    fresh = [photo for photo in found.photos if photo.path not in held]
    before = replace(before, workers=request.workers, fresh=request.fresh)
    with Catalog.open() as catalog:  # an open catalog is not cleared meanwhile
        looked = look(fresh, spec, before, progress)
        alike = _alike(old, looked)
        again = _held_elsewhere(looked, alike)
        new = [(photo, digest) for photo, digest in looked.photos if photo.path not in again]
        if not new:
            return Arrived((), tuple(again), looked)
        features = catalog.features([digest for _, digest in new], spec.id)
        known, numbers = references(old, spec, before, progress)
    arrivals = _receive(old, replace(looked, photos=tuple(new)), alike, features, known, numbers)
    return Arrived(tuple(arrivals), tuple(again), looked)


def _alike(old: Manifest, looked: Looked) -> Alike:
    """Find the entries of an album with the content of photos that were looked at."""
    wanted = {digest.hex() for _, digest in looked.photos}
    found: dict[str | None, list[tuple[Folder, Placed]]] = {}
    for folder in old.folders:
        for photo in folder.photos:
            if photo.content_hash in wanted:
                found.setdefault(photo.content_hash, []).append((folder, photo))
    return found


def _held_elsewhere(looked: Looked, alike: Alike) -> dict[Path, Path]:
    """Find the photos that are files of the album under another path, as hard links are."""
    return {
        photo.path: entry.path
        for photo, digest in looked.photos
        for _, entry in alike.get(digest.hex(), ())
        if same_file(photo.path, entry.path)
    }


def _receive(
    old: Manifest, looked: Looked, alike: Alike, features: Floats, known: Floats, labels: Ints
) -> list[Arrival]:
    """Find the cluster for each photo `looked` at, by `features` (m, 1280).

    `known` (n, 1280) are those of photos in clusters, whose numbers are `labels` (n,). A photo
    whose content the album has already goes where that is.
    """
    from photosort.grouping.confidence import LOW_CONFIDENCE, assign_new

    if not len(known):
        raise PhotosortError(f"{old.out}: none of its photos can be read; is their disk connected?")
    numbers, sure = assign_new(features, known, labels)
    anchors = numbers_by_content(old.corrections)
    if old.options.get("misc") is True:
        numbers[sure < LOW_CONFIDENCE] = 0
    arrivals = []
    for member, nearest in zip(members_of(looked, sure.tolist()), numbers.tolist(), strict=True):
        if member.content_hash not in alike:
            arrivals.append(Arrival(member, anchors.get(member.content_hash or "", nearest)))
            continue
        folder, known_as = alike[member.content_hash][0]  # the file was moved or copied
        gone = None if os.path.lexists(known_as.path) else known_as.path
        same = replace(member, confidence=known_as.confidence)
        number = folder.cluster.number if folder.cluster else None
        arrivals.append(Arrival(same, number or 0, gone))
    return arrivals
