"""Writes and replaces albums: whole, or not at all.

A new album is built in `.photosort/next` (staging.py), its manifest is written and synced as
`.photosort/journal`, and only then does the old album give way (commit.py). Removed is only what
the manifest says photosort wrote and what still is what it wrote.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from photosort.album import folder
from photosort.album.album_json import read_manifest
from photosort.album.commit import Written, carry_out, decide, finish, shelve
from photosort.album.folder import HOME, JOURNAL
from photosort.album.lock import Claim, claim, held
from photosort.album.manifest import About, Manifest, changes, describe
from photosort.album.missing import find_roots
from photosort.album.plan import Plan
from photosort.album.refusals import explain
from photosort.album.staging import Staging, stage
from photosort.errors import PhotosortError

__all__ = [
    "Claim",
    "Written",
    "amend_album",
    "claim",
    "extend_album",
    "open_album",
    "recover",
    "write_album",
]


def write_album(
    claim: Claim, plan: Plan, about: About, on_placed: Callable[[int], None] | None = None
) -> Written:
    """Replace the album at `claim.out` by `plan`.

    `on_placed` is called with the number of photos placed so far.
    Photos that could not be placed are in the result's `album.skipped`. Raises PhotosortError, with
    the old album as it was, when the disk refuses or a source is no longer there.
    """
    try:
        album = stage(Staging(describe(plan, about), claim.old), on_placed)
        roots = find_roots(album.sources, (photo.path for photo in album.photos))
    except OSError as error:
        raise explain(error, claim.out) from error
    return _commit(claim, replace(album, roots=roots))


def extend_album(
    claim: Claim, plan: Plan, about: About, on_placed: Callable[[int], None] | None = None
) -> Written:
    """Replace the album at `claim.out` by `plan`, which has all of its entries and more.

    Those that both have are not looked at; else as `write_album`.
    """
    return _commit(claim, _stage_changes(claim, plan, about, on_placed))


def amend_album(claim: Claim, plan: Plan, about: About) -> Written:
    """Replace the album at `claim.out` by `plan`, which has its photos in other folders.

    Entries that both have alike are not looked at. Raises PhotosortError, with the old album as it
    was, also where a photo could not be placed: there is no scan that would find it again.
    """
    album = _stage_changes(claim, plan, about)
    for lost in album.skipped[len(about.skipped) :]:
        raise PhotosortError(f"{lost.path}: {lost.reason}; nothing was changed")
    return _commit(claim, album, history=True)


def _stage_changes(
    claim: Claim, plan: Plan, about: About, on_placed: Callable[[int], None] | None = None
) -> Manifest:
    """Build what `plan` has and the album has not."""
    old_roots = claim.old.roots if claim.old else ()
    album = describe(plan, about)
    try:
        new = changes(claim.old, album).new
        album = stage(Staging(album, claim.old, partial=True), on_placed)
        found = find_roots(album.sources, (photo.path for photo in new))
    except OSError as error:
        raise explain(error, claim.out) from error
    known = {root.path for root in old_roots}
    roots = (*old_roots, *(root for root in found if root.path not in known))
    return replace(album, roots=roots)


def _commit(claim: Claim, album: Manifest, *, history: bool = False) -> Written:
    try:
        album = shelve(claim.out, claim.old, album, history=history)
        decide(claim.out, album)
    except OSError as error:
        raise explain(error, claim.out) from error
    return carry_out(claim.out, claim.old, album)


def open_album(out: Path) -> Manifest:
    """Read the album at `out`; a write that was cut short is finished first. PhotosortError."""
    recover(out)
    return read_manifest(out)


def recover(out: Path) -> Written | None:
    """Finish a write of the album at `out` that was cut short after its decision.

    None when there is nothing to finish. Raises PhotosortError when the disk refuses.
    """
    real = folder.locate(out)
    if not (folder.is_album(real) and os.path.lexists(real / HOME / JOURNAL)):
        return None
    with held(real):
        return finish(real)
