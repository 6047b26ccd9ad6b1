"""Photos that a review found, left out of an album."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from photosort.album.folder import REVIEW
from photosort.photos.records import Skipped

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from photosort.album.manifest import Manifest
    from photosort.commands.request import Request
    from photosort.photos.scan import Scan


ASIDE = "set aside by review"  # begins the reason why a photo is left out


def set_aside_before(album: Manifest) -> list[Path]:
    """List the photos that were left out of an album for what a review found."""
    return [entry.path for entry in album.skipped if entry.reason.startswith(ASIDE)]


def leave_out(
    found: Scan, out: Path, request: Request, old: Manifest | None
) -> tuple[Scan, list[Path]]:
    """Leave out what a review found, where that is asked for; see `without_found`.

    Photos that the user named one by one, or put into a cluster of the album `old`, stay.
    """
    if not request.set_aside:
        return found, []
    corrected = {one.path for one in old.corrections} if old else set()
    return without_found(found, out, stay={*request.files, *corrected})


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
    from photosort.errors import PhotosortError

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
