"""Takes back the last album: what it replaced comes back, or nothing is left of it.

Either way it is the journey of every album (writer.py): the one before is built aside from its
manifest, or there is nothing to build; the journal is the decision; what is no longer as photosort
wrote it stays. An undo that was cut short goes on with the next command.
"""

import os
import shlex
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from photosort.album import disk, folder
from photosort.album.album_json import NAME, decode, history_in, read_manifest
from photosort.album.commit import carry_out, decide, finish, sift
from photosort.album.folder import HOME, JOURNAL, PREVIOUS, REPLACED, Kept
from photosort.album.lock import held, leave, settle, was_made
from photosort.album.manifest import Manifest
from photosort.album.plan import Placed
from photosort.album.refusals import explain
from photosort.album.staging import Staging, stage
from photosort.errors import PhotosortError
from photosort.photos.records import Skipped

ALL = "photosort undo --all removes the album without bringing back the one before"


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo of the album at `out` removes, and what it leaves, with the reason.

    `command` is what made it, empty where album.json does not say; `restored` is the album that
    comes back, if there was one before; `missing` are photos of it that could not be brought back.
    """

    out: Path
    removed: tuple[Placed, ...]
    kept: tuple[Kept, ...]
    command: str = ""
    restored: Manifest | None = None
    missing: tuple[Skipped, ...] = ()


def plan_undo(out: Path, *, everything: bool = False) -> Undone:
    """Return what `undo` would do, changing nothing."""
    real = folder.locate(out)
    _require_mark(real, out)
    if os.path.lexists(real / HOME / JOURNAL):
        raise PhotosortError(
            f"{out}: a change was cut short, which the next command on it finishes; run"
            f" photosort list --album {shlex.quote(str(out))}"
        )
    album = read_manifest(real)
    earlier = None if everything else replaced_by(real, album)
    try:
        return Undone(real, *_sift(real, album), album.command, earlier)
    except OSError as error:
        raise explain(error, out) from error


def undo(out: Path, *, everything: bool = False, check: Callable[[], None] | None = None) -> Undone:
    """Take back the album at `out`; whatever is no longer as photosort wrote it stays.

    The album that it replaced comes back, as far as its photos are still there, unless
    `everything` is to go. `check` is called once the album is locked, and may raise to refuse it.
    Raises PhotosortError when there is no album or the disk refuses.
    """
    real = folder.locate(out)
    _require_mark(real, out)
    with held(real):
        finish(real)
        if check is not None:
            check()
        try:
            made = was_made(real)
            undone = _take_back(real, everything=everything)
            if undone.restored is None:
                disk.remove(real / NAME)
                leave(real)
        except OSError as error:
            raise explain(error, out) from error
        finally:
            with suppress(OSError):  # what is left does no harm, and an error is on its way
                settle(real)
    if made and undone.restored is None:
        for left in folder.noise(real):
            disk.discard(left)
        disk.remove_folder(real)  # stays where it holds what is not photosort's
    return undone


def _require_mark(real: Path, out: Path) -> None:
    """Refuse what photosort did not mark; an undo that was cut short may have removed the mark."""
    if not folder.is_folder(real / HOME):
        read_manifest(real)  # says so itself where there is no album at all
        raise PhotosortError(f"{out}: not marked as photosort's; nothing was undone")


def _take_back(out: Path, *, everything: bool) -> Undone:
    """Replace the album at `out` by the one before it, or by an album of nothing."""
    if not os.path.lexists(out / NAME):
        return Undone(out, (), folder.strangers(out, None))
    album = read_manifest(out)
    earlier = None if everything else replaced_by(out, album)
    removed, kept = _sift(out, album)
    if earlier is None:
        nothing = replace(album, folders=(), replaced=False)
        decide(out, nothing)
        carry_out(out, album, nothing)
        return Undone(out, removed, kept, album.command)
    disk.remove(out / HOME / REPLACED)
    history = history_in((out / HOME / PREVIOUS).read_bytes())
    wanted = replace(earlier, out=out, replaced=history is not None)
    try:
        staged = stage(Staging(wanted, album))
    except PhotosortError as error:
        raise PhotosortError(f"{error}; {ALL}") from error
    if history is not None:
        disk.write_new(out / HOME / REPLACED, history, 0o600)
    decide(out, staged)
    restored = carry_out(out, album, staged).album
    missing = restored.skipped[len(wanted.skipped) :]
    return Undone(out, removed, kept, album.command, restored, missing)


def replaced_by(out: Path, album: Manifest) -> Manifest | None:
    """Read the manifest of the album that gave way to `album`; None when there was none."""
    file = out / HOME / PREVIOUS
    if not album.replaced or not os.path.lexists(file):
        return None
    try:
        return decode(file.read_bytes(), file)
    except (OSError, PhotosortError) as error:
        raise PhotosortError(f"{file}: cannot be read, or damaged; {ALL}") from error


def _sift(out: Path, album: Manifest) -> tuple[tuple[Placed, ...], tuple[Kept, ...]]:
    removed, kept = sift(out, album, album.photos)
    return removed, (*kept, *folder.strangers(out, album))
