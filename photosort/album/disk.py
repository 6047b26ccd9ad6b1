"""The operations that change the user's disk, all of them; the album's other modules call these.

None follows a symbolic link at the path it changes, none overwrites what it did not just write, and
none opens a source for anything but reading. What they make is seen by nobody whom the originals
keep out (rights.py).
"""

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from photosort.album.rights import group_at, rights_of
from photosort.photos.records import new_hash

PRIVATE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
DO_NOT_WAIT = getattr(os, "O_NONBLOCK", 0)  # should a photo have become a pipe
BLOCK_BYTES = 1 << 20
# What a file system without a kind of rename or link answers.
NOT_HERE = (errno.EINVAL, errno.ENOSYS, errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK)


class SourceError(Exception):
    """A photo cannot be read; the text is the reason."""


def make_folder(path: Path, mode: int) -> bool:
    """Make a folder; False when there is something of that name."""
    try:
        path.mkdir(mode)
    except FileExistsError:
        return False
    return True


def narrow(path: Path, mode: int) -> None:
    """Take from a folder of the album the rights that `mode` has not, if it is the user's own."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    with suppress(OSError), opened_folder(path) as descriptor:
        now = os.fstat(descriptor).st_mode & 0o7777
        if now & 0o777 & ~mode:
            os.fchmod(descriptor, now & (mode | 0o7000))


def remove_folder(path: Path) -> bool:
    """Remove a folder that is empty; False when it is not one or stays for another reason."""
    try:
        path.rmdir()
    except OSError:
        return False
    return True


def remove(path: str | Path) -> None:
    """Remove one file or link, not what it links to; nothing there is fine."""
    with suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108 (there are many)


def write_new(path: Path, data: bytes, mode: int) -> None:
    """Write a new file and see it on the disk; when that fails, nothing is left.

    Nobody may execute it, whatever `mode` says.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | PRIVATE, mode & 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def write_state(file: Path, data: bytes) -> None:
    """Replace a file of photosort's own, whole or not at all; its folder is made where missing."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.{os.getpid()}")
    remove(new)
    write_new(new, data, 0o600)
    replace(new, file)


def open_lock(path: Path) -> int:
    """Open photosort's lock file, made when missing, and return its descriptor."""
    return os.open(path, os.O_RDWR | os.O_CREAT | PRIVATE, 0o600)


def link_symbolic(text: str, place: str | Path) -> None:
    """Make a symbolic link at `place` that says `text`."""
    os.symlink(text, place)  # noqa: PTH211 (there are many)


def link_hard(source: Path, place: Path) -> None:
    """Give the file `source` (or what it links to) another name, `place`."""
    os.link(os.path.realpath(source), place)


def copy(source: Path, place: Path) -> str:
    """Copy `source` to a new file with its time, see it on the disk, return its content's hash.

    It has the mode of `source`, or less where that would let others in. Raises SourceError when the
    source cannot be read or changes meanwhile, OSError when the copy cannot be written; either way
    no copy is left.
    """
    reading = _open_source(source)
    try:
        before = os.fstat(reading)
        mode = rights_of(reading, before, group_at(place))
        writing = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | PRIVATE, mode)
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
    """Give photosort's own entry `old` the place `new`; False, and no change, when that is taken.

    What appears at `new` meanwhile is not overwritten, but for a file on a file system without
    exclusive renames, hard links and symbolic links, where it has a moment to appear in.
    """
    try:
        rename_new(old, new)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in NOT_HERE:
            raise
        return _move_folder(old, new) if _is_folder(old) else _move_file(old, new)
    return True


def rename_new(old: Path, new: Path) -> None:
    """Rename unless there is a `new`, at once. Raises OSError, of NOT_HERE where that cannot be."""
    if sys.platform == "win32":
        old.rename(new)  # is so by itself there
        return
    sys.audit("os.rename", str(old), str(new), -1, -1)  # as Python's own does
    code = _exclusive_rename()(os.fsencode(old), os.fsencode(new))
    if code:
        raise OSError(code, os.strerror(code), str(old), None, str(new))


@cache
def _exclusive_rename() -> Callable[[bytes, bytes], int]:
    """Find the system's rename that replaces nothing; it returns 0 or the number of the error."""
    import ctypes  # here: `list` and `preview` rename nothing

    library = ctypes.CDLL(None, use_errno=True)
    here, no_replace, exclusive = -100, 1, 4  # AT_FDCWD, RENAME_NOREPLACE, RENAME_EXCL

    def rename(old: bytes, new: bytes) -> int:
        if hasattr(library, "renameat2"):  # Linux
            failed = library.renameat2(here, old, here, new, no_replace)
        elif hasattr(library, "renamex_np"):  # macOS
            failed = library.renamex_np(old, new, exclusive)
        else:
            return errno.ENOSYS
        return ctypes.get_errno() if failed else 0

    return rename


def _move_folder(old: Path, new: Path) -> bool:
    """Rename a folder: the system itself refuses what is no empty folder."""
    try:
        old.rename(new)
    except OSError as error:
        if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY):
            return False
        raise
    return True


def _move_file(old: Path, new: Path) -> bool:
    """Make a file or link anew at `new`, which fails where something is, and remove `old`.

    After a death in between both are there, and the next call goes on.
    """
    for make in (_link_again, _link_symbolic_again):
        try:
            make(old, new)
        except FileExistsError:
            if not _is_same(old, new):
                return False
        except OSError as error:
            if error.errno not in NOT_HERE:
                raise
            continue
        old.unlink()
        return True
    if os.path.lexists(new):
        return False
    old.rename(new)
    return True


def _link_again(old: Path, new: Path) -> None:
    os.link(old, new, follow_symlinks=False)


def _link_symbolic_again(old: Path, new: Path) -> None:
    if not old.is_symlink():
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    new.symlink_to(old.readlink())


def _is_same(old: Path, new: Path) -> bool:
    if old.is_symlink() and new.is_symlink():
        return old.readlink() == new.readlink()
    return os.path.samestat(old.lstat(), new.lstat())


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def replace(old: Path, new: Path) -> None:
    """Put photosort's own file `old` in the place of its own file `new`, at once."""
    old.replace(new)


def discard(tree: Path) -> None:
    """Remove a staging tree, which is photosort's own; a link in it goes, not what it leads to."""
    if not os.path.lexists(tree):
        return
    if not _is_folder(tree):
        tree.unlink()
        return
    for entry in list(tree.iterdir()):
        discard(entry)
    tree.rmdir()


def sync_folder(folder: Path) -> None:
    """See a folder's entries on the disk, where the system can do that."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    with opened_folder(folder) as descriptor:
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP):
                raise


@contextmanager
def opened_folder(folder: Path) -> Iterator[int]:
    """Lend the descriptor of a folder that is no link."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | PRIVATE)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
