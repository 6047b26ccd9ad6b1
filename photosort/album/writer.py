"""Writes, replaces and takes back albums: whole, or not at all.

A new album is built in `.photosort/next` (staging.py), its manifest is written and synced as
`.photosort/journal`, and only then does the old album give way (commit.py). Removed is only what
the manifest says photosort wrote and what still is what it wrote. An undo is the same journey to an
album of nothing.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from photosort.album import disk, site
from photosort.album.album_json import NAME, read_manifest
from photosort.album.claim import Claim, claim, held, leave, was_made
from photosort.album.commit import Written, carry_out, decide, finish, sift
from photosort.album.manifest import About, Manifest, Placed, describe
from photosort.album.plan import Plan
from photosort.album.refusals import explain
from photosort.album.site import HOME, JOURNAL, Kept
from photosort.album.staging import Staging, stage
from photosort.errors import PhotosortError

__all__ = [
    "Claim", "Undone", "Written", "claim", "open_album", "plan_undo", "recover", "undo",
    "write_album",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo removes, and what it leaves, with the reason."""

    removed: tuple[Placed, ...]
    kept: tuple[Kept, ...]


def write_album(
    claim: Claim, plan: Plan, about: About, on_placed: Callable[[int], None] | None = None
) -> Written:
    """Replace the album at `claim.out` by `plan`; `on_placed` hears how many photos are built.

    Photos that could not be placed are in the result's `album.skipped`. Raises PhotosortError, with
    the old album as it was, when the disk refuses or a source is no longer there.
    """
    out = claim.out
    try:
        album = stage(Staging(plan, describe(plan, about), claim.old), on_placed)
        decide(out, album)
    except OSError as error:
        raise explain(error, out) from error
    return carry_out(out, claim.old, album)


def open_album(out: Path) -> Manifest:
    """Read the album at `out`; a write that was cut short is finished first. PhotosortError."""
    recover(out)
    return read_manifest(out)


def recover(out: Path) -> Written | None:
    """Finish a write of the album at `out` that was cut short after its decision.

    None when there is nothing to finish. Raises PhotosortError when the disk refuses.
    """
    real = site.locate(out)
    if not (site.is_album(real) and os.path.lexists(real / HOME / JOURNAL)):
        return None
    with held(real):
        return finish(real)


def plan_undo(out: Path) -> Undone:
    """Tell what `undo` would do, changing nothing."""
    real = site.locate(out)
    album = read_manifest(real)
    return Undone(*sift(real, album, album.photos))


def undo(out: Path) -> Undone:
    """Take back the album at `out`; whatever is no longer as photosort wrote it stays."""
    real = site.locate(out)
    if not site.is_folder(real / HOME):
        read_manifest(real)  # says so itself where there is no album at all
        raise PhotosortError(f"{out}: not marked as photosort's; nothing was undone")
    with held(real):
        finish(real)
        try:
            made = was_made(real)
            undone = _empty(real) if os.path.lexists(real / NAME) else Undone((), ())
            disk.remove(real / NAME)
            leave(real)
        except OSError as error:
            raise explain(error, out) from error
    if made:
        disk.remove_folder(real)  # stays where it holds what is not photosort's
    return undone


def _empty(out: Path) -> Undone:
    """Replace the album at `out` by an album of nothing."""
    album = read_manifest(out)
    removed, kept = sift(out, album, album.photos)
    nothing = replace(album, clusters=())
    decide(out, nothing)
    carry_out(out, album, nothing)
    return Undone(removed, kept)
