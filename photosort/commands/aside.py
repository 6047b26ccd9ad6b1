"""Photos that a review found, left out of an album."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from photosort.album.folder import REVIEW
from photosort.errors import PhotosortError
from photosort.photos.records import Skipped

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from photosort.album.manifest import Manifest
    from photosort.commands.correct import Step
    from photosort.commands.request import Request
    from photosort.photos.scan import Scan


ASIDE = "set aside by review"  # begins the reason why a photo is left out
REJECTED = f"{ASIDE}: rejected"  # of a photo that the user set aside by name


def set_aside_before(album: Manifest) -> list[Path]:
    """List the photos that were left out of an album for what a review found."""
    return [entry.path for entry in album.skipped if entry.reason.startswith(ASIDE)]


def rejected_before(album: Manifest) -> list[Path]:
    """List the photos that the user rejected from an album and has not added again."""
    return [entry.path for entry in album.skipped if entry.reason == REJECTED]


def reject(photos: Sequence[Path]) -> Step:
    """Take photos, but no copies of them, out of an album; later runs leave them out."""
    from photosort.commands.correct import Change
    from photosort.commands.entries import find_entries

    def step(album: Manifest) -> Change:
        found = find_entries(album, photos)
        if len(found) == sum(1 for _ in album.photos):
            raise PhotosortError(
                f"{album.out}: these are all of its photos; photosort undo --all removes an album"
            )
        return Change("review", left_out=tuple(Skipped(entry.path, REJECTED) for entry in found))

    return step


def without_rejected(found: Scan, old: Manifest | None) -> tuple[Scan, list[Path]]:
    """Leave out of `found` what was rejected from the album `old`, which come second."""
    rejected = set(rejected_before(old) if old else ())
    aside = [photo.path for photo in found.photos if photo.path in rejected]
    if not aside:
        return found, []
    photos = tuple(photo for photo in found.photos if photo.path not in rejected)
    skipped = (*found.skipped, *(Skipped(path, REJECTED) for path in aside))
    return replace(found, photos=photos, skipped=skipped), aside


def leave_out(
    found: Scan, out: Path, request: Request, old: Manifest | None
) -> tuple[Scan, list[Path]]:
    """Leave out what the user rejected, and what a review found where that is asked for.

    What a review found stays where the user named it one by one, or put it into a cluster of `old`.
    """
    found, rejected = without_rejected(found, old)
    if not request.set_aside:
        return found, rejected
    corrected = {one.path for one in old.corrections} if old else set()
    found, aside = without_found(found, out, stay={*request.files, *corrected})
    return found, [*rejected, *aside]


def without_found(
    found: Scan, out: Path, *, among: Manifest | None = None, stay: Collection[Path] = ()
) -> tuple[Scan, list[Path]]:
    """Leave out of `found` what the review of the album at `out` has links to, with the reason.

    Photos of the album `among` and those in `stay` are not left out. The paths that were left out
    come second. Raises PhotosortError where there is no review.
    """
    from photosort.album import folder
    from photosort.album.kept import read_kept
    from photosort.album.write import open_album

    if not folder.is_album(folder.locate(out / REVIEW)):
        sources = "SRC" if among is None else f"--album {out}"
        raise PhotosortError(
            f"{out / REVIEW}: no review to set aside; run photosort review {sources}"
        )
    review = open_album(out / REVIEW)
    held = {*stay, *(photo.path for photo in (among.photos if among else ()))}
    kept = read_kept()  # since the review, perhaps
    reason_of = {
        photo.path: some.name
        for some in review.folders
        for photo in some.photos
        if photo.content_hash not in kept
    }
    aside = [p.path for p in found.photos if p.path in reason_of and p.path not in held]
    skipped = [Skipped(path, f"{ASIDE}: {reason_of[path]}") for path in aside]
    left = set(aside)
    return replace(
        found,
        photos=tuple(photo for photo in found.photos if photo.path not in left),
        skipped=(*found.skipped, *skipped),
    ), aside
