"""The operations that change the user's disk, all of them; the album's other modules call these.

None follows a symbolic link at the path it changes, none overwrites what it did not just write, and
none opens a source for anything but reading.
"""

import errno
import os
from contextlib import suppress
from pathlib import Path

from photosort.photos.records import new_hash

PRIVATE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
DO_NOT_WAIT = getattr(os, "O_NONBLOCK", 0)  # should a photo have become a pipe
BLOCK_BYTES = 1 << 20


class SourceError(Exception):
    """A photo cannot be read; the text is the reason."""


def make_folder(path: Path) -> bool:
    """Make a folder; False when there is something of that name."""
    try:
        path.mkdir()
    except FileExistsError:
        return False
    return True


def remove_folder(path: Path) -> bool:
    """Remove a folder that is empty; False when it is not one or stays for another reason."""
    try:
        path.rmdir()
    except OSError:
        return False
    return True


def remove(path: Path) -> None:
    """Remove one file or link, not what it links to; nothing there is fine."""
    path.unlink(missing_ok=True)


def write_new(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Write a new file and see it on the disk; when that fails, nothing is left."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | PRIVATE, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def open_lock(path: Path) -> int:
    """Open photosort's lock file, made when missing, and return its descriptor."""
    return os.open(path, os.O_RDWR | os.O_CREAT | PRIVATE, 0o600)


def link_symbolic(text: str, place: Path) -> None:
    """Make a symbolic link at `place` that says `text`."""
    place.symlink_to(text)


def link_hard(source: Path, place: Path) -> None:
    """Give the file `source` (or what it links to) another name, `place`."""
    os.link(os.path.realpath(source), place)


def copy(source: Path, place: Path) -> str:
    """Copy `source` to a new file with its time, see it on the disk, return its content's hash.

    Raises SourceError when the source cannot be read or changes meanwhile, OSError when the copy
    cannot be written; either way no copy is left.
    """
    reading = _open_source(source)
    try:
        before = os.fstat(reading)
        writing = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | PRIVATE, 0o666)
        try:
            digest = _pour(reading, writing)
            os.fsync(writing)
            size_bytes = os.fstat(writing).st_size
        finally:
            os.close(writing)
        os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))
        _check_unchanged(before, os.fstat(reading), size_bytes)
    except BaseException:
        with suppress(OSError):
            place.unlink()
        raise
    finally:
        os.close(reading)
    return digest


def _check_unchanged(before: os.stat_result, after: os.stat_result, size_bytes: int) -> None:
    if size_bytes != before.st_size or after.st_mtime_ns != before.st_mtime_ns:
        raise SourceError("changed while it was copied")


def _open_source(source: Path) -> int:
    try:
        return os.open(source, READ | DO_NOT_WAIT)
    except OSError as error:
        raise SourceError(error.strerror or str(error)) from error


def _pour(reading: int, writing: int) -> str:
    digest = new_hash()
    while True:
        try:
            block = os.read(reading, BLOCK_BYTES)
        except OSError as error:
            raise SourceError(error.strerror or str(error)) from error
        if not block:
            return digest.hexdigest()
        digest.update(block)
        view = memoryview(block)
        while view:
            view = view[os.write(writing, view) :]


def move(old: Path, new: Path) -> bool:
    """Give an entry of the staging tree its place; False, and no change, when that is taken."""
    if os.path.lexists(new):
        return False
    old.rename(new)
    return True


def replace(old: Path, new: Path) -> None:
    """Put photosort's own file `old` in the place of its own file `new`, at once."""
    old.replace(new)


def discard(tree: Path) -> None:
    """Remove a staging tree, which is photosort's own; a link in it goes, not what it leads to."""
    if not os.path.lexists(tree):
        return
    if tree.is_symlink() or not tree.is_dir():
        tree.unlink()
        return
    for entry in list(tree.iterdir()):
        discard(entry)
    tree.rmdir()


def sync_folder(folder: Path) -> None:
    """See a folder's entries on the disk, where the system can do that."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | PRIVATE)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP):
            raise
    finally:
        os.close(descriptor)
