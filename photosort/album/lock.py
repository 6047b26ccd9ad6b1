"""An album's folder, marked as photosort's and locked against other photosorts."""

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from photosort.album import disk, folder
from photosort.album.album_json import NAME
from photosort.album.commit import finish
from photosort.album.folder import HOME, JOURNAL, LOCK, MARKER, NEXT, PREVIOUS, PROBE, REPLACED
from photosort.album.manifest import Manifest
from photosort.album.plan import Linking
from photosort.album.refusals import explain, explain_link
from photosort.album.rights import mode_for
from photosort.errors import PhotosortError

MADE = b"photosort made this folder\n"
FOUND = b"this folder was there before photosort\n"
ODD_NAME = "a:b?"  # exFAT, NTFS and SMB refuse it

# What a busy lock answers; anything else means that the file system has no locks.
BUSY = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class _BusyError(Exception):
    """Another process holds the lock."""


def _try_lock(descriptor: int) -> str | None:
    """Lock the open file until it is closed; say why where its file system has no locks.

    An album there is better than none. Raises _BusyError.
    """
    try:
        _lock(descriptor)
    except OSError as error:
        if error.errno in BUSY:
            raise _BusyError from error
        return error.strerror or str(error)
    return None


@dataclass(frozen=True, slots=True)
class Claim:
    """The real path of an album's folder, held until the claim ends.

    `portable` says that names must keep to what exFAT, NTFS and SMB allow, `old` is the album that
    is there now, `note` what the user should know before the long work.
    """

    out: Path
    portable: bool
    old: Manifest | None
    note: str | None = None


@contextmanager
def claim(out: Path, sources: Sequence[Path], link: Linking | None) -> Iterator[Claim]:
    """Hold `out` for an album of `sources`, and leave no trace there when none gets written.

    Without a `link`, it is that of the album there.

    Raises PhotosortError when no such album can be written there: see `folder.check_out`, another
    photosort at work, a disk that refuses, links that are not possible.
    """
    folder.check_out(out, sources)
    real = folder.locate(out)
    made: list[Path] = []
    try:
        _found(real, made, mode_for(sources, real))
        with held(real) as note:
            try:
                finish(real)  # what another run was killed at
                old = folder.previous_album(real)  # refused now if it is damaged
                _try_link(real, sources, link or (old.link if old else "symlink"))
                yield Claim(real, _is_picky(real), old, note)
            finally:
                with suppress(OSError):  # what is left does no harm, and an error is on its way
                    settle(real)
    finally:
        for path in reversed(made):
            disk.remove_folder(path)  # refused where it holds an album


@contextmanager
def held(out: Path) -> Iterator[str | None]:
    """Hold the album's lock; give a note where there is none to be had.

    Raises PhotosortError when another process holds it.
    """
    path = out / HOME / LOCK
    try:
        descriptor = disk.open_lock(path)
    except OSError as error:
        raise explain(error, out) from error
    try:
        # A lock on a file that its last holder removed holds nothing.
        reason = _try_lock(descriptor)
        if not _is_at(descriptor, path):
            raise _BusyError  # noqa: TRY301 - the same refusal
        yield reason and (
            f"{out}: its file system has no locks ({reason}); "
            "let no second photosort work on this album meanwhile"
        )
    except _BusyError:
        raise PhotosortError(
            f"{out}: another photosort is at work on this album; wait for it, or end it"
            " (its lock ends with it: there is no file to remove)"
        ) from None
    finally:
        os.close(descriptor)


def leave(out: Path) -> None:
    """Remove photosort's own folder from `out`."""
    disk.discard(out / HOME / NEXT)
    for name in (f"{JOURNAL}.new", REPLACED, PREVIOUS, PROBE, ODD_NAME, MARKER, LOCK):
        disk.remove(out / HOME / name)
    disk.remove_folder(out / HOME)


def settle(out: Path) -> None:
    """Drop what is half-built, and the mark of a folder that never became an album."""
    if os.path.lexists(out / HOME / JOURNAL):
        return
    disk.discard(out / HOME / NEXT)
    disk.remove(out / HOME / REPLACED)
    if not os.path.lexists(out / NAME):
        leave(out)


def was_made(out: Path) -> bool:
    """Return whether photosort made the folder `out` itself."""
    marked = folder.is_album(out)  # not when an undo was killed after it removed the mark
    return marked and (out / HOME / MARKER).read_bytes() == MADE


def _found(out: Path, made: list[Path], mode: int) -> None:
    """Make `out` a marked folder; `made` gets the folders that had to be made for it."""
    try:
        for path in reversed((out, *out.parents)):
            if not os.path.lexists(path) and disk.make_folder(path, mode):
                made.append(path)  # noqa: PERF401 - what was made must be known when the next fails
        if disk.make_folder(out / HOME, mode):
            made.append(out / HOME)
        if not folder.is_album(out):
            disk.write_new(out / HOME / MARKER, MADE if out in made else FOUND, mode)
    except FileExistsError:  # another photosort was quicker; the lock decides
        pass
    except OSError as error:
        raise explain(error, out) from error


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except OSError:
        return False


def _try_link(out: Path, sources: Sequence[Path], link: Linking) -> None:
    """Make a link and remove it: better refused now than after hours of work."""
    probe = out / HOME / PROBE
    for source in filter(os.path.exists, sources):  # a missing one is for the scan to tell
        try:
            disk.remove(probe)
            if link == "symlink":
                disk.link_symbolic("nowhere", probe)
            elif link == "hardlink" and source.stat().st_dev != out.stat().st_dev:
                raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))  # noqa: TRY301 - as link says it
            elif link == "hardlink":
                disk.link_hard(out / HOME / MARKER, probe)
        except OSError as error:
            raise explain_link(error, out, link, source) from error
        finally:
            with suppress(OSError):
                disk.remove(probe)


def _is_picky(out: Path) -> bool:
    """Return whether the file system refuses names that POSIX allows."""
    if sys.platform == "win32":
        return True  # there the colon names a stream of another file
    odd = out / HOME / ODD_NAME
    try:
        disk.remove(odd)
        disk.write_new(odd, b"", 0o600)
        disk.remove(odd)
    except OSError:
        return True
    return False
