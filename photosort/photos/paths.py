"""What a path leads to: resolved as the kernel does, and whether two paths lead to one thing.

Two paths are one file when their real paths are equal, or when the file system's numbers and the
content agree. Numbers alone prove nothing: mergerfs, FUSE and some SMB servers give 0, one number
to all, or another one at every look.
"""

import os
import stat
import sys
from pathlib import Path
from typing import Final, TypeAlias

from photosort.errors import PhotosortError

#: Opening must not wait for a writer should a file turn into a FIFO after the look at it.
OPEN_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

#: A folder that holds this file is an album photosort wrote.
ALBUM_MARKER: Final = (".photosort", "album")

_SAMPLE_BYTES: Final = 4096  # a block of the usual file systems; three are compared
_MOST_LINKS: Final = 40  # the kernel's own limit on a chain of links

#: What os.fsencode does, without its look at the kind of its argument: there are many paths.
_ENCODING: Final = sys.getfilesystemencoding()
_ERRORS: Final = sys.getfilesystemencodeerrors()

Numbers = tuple[int, ...]


#: A file as it was: its path, its bytes, mtime and ctime in ns.
FileKey: TypeAlias = tuple[bytes, int, int, int]


def bytes_of(path: str) -> bytes:
    """Give the bytes of a path or of a name."""
    return path.encode(_ENCODING, _ERRORS)


def in_full(path: Path) -> Path:
    """Make `path` absolute, links left as they are; `link/..` is the parent of what it links to.

    Raises PhotosortError where `..` follows something that is no folder, or "here" is no more.
    """
    try:
        if os.name == "nt" or ".." not in path.parts:  # Windows itself resolves ".." by letters
            return Path(os.path.abspath(path))
        here = Path.cwd()
    except FileNotFoundError:
        raise PhotosortError(f"{path}: the folder you are in is gone; cd to another one") from None
    for part in path.parts:
        if part != "..":
            here /= part  # the first part of an absolute path replaces what was before
        elif not here.is_dir():
            raise PhotosortError(f"{path}: {here} is no folder; check the path")
        else:
            here = Path(os.path.realpath(here) if here.is_symlink() else here).parent
    return here


def numbers_of(status: os.stat_result) -> Numbers | None:
    """Give what equal files have equal, None where the file system numbers nothing."""
    if not status.st_ino:
        return None
    times = status.st_mtime_ns, status.st_ctime_ns
    return status.st_dev, status.st_ino, status.st_size, *times


def same_file(one: Path, other: Path) -> bool:
    """Return whether two paths lead to one file: by name, or by numbers and content."""
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    try:
        status = one.stat()
        numbers = numbers_of(status)
        return (
            numbers is not None
            and numbers == numbers_of(other.stat())
            and same_content(str(one), str(other), status.st_size)
        )
    except OSError:
        return False


def same_content(one: str, other: str, size_bytes: int) -> bool:
    """Compare the first, middle and last block of two files of a size; False if unreadable."""
    starts = sorted({0, size_bytes // 2, max(size_bytes - _SAMPLE_BYTES, 0)})
    try:
        return _blocks(one, starts) == _blocks(other, starts)
    except OSError:
        return False


def same_folder(one: Path, other: Path) -> bool:
    """Return whether two paths lead to one folder: by name, or by numbers and what is in it."""
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    try:
        status = one.stat()
        return (
            status.st_ino != 0
            and os.path.samestat(status, other.stat())
            and set(os.listdir(one)) == set(os.listdir(other))  # noqa: PTH208 (names are enough)
        )
    except OSError:
        return False


def album_around(path: str) -> str | None:
    """Find the album that the file or folder at the real `path` is, or lies in."""
    folder = path
    while True:
        if is_album(folder):
            return folder
        above = os.path.dirname(folder)  # noqa: PTH120 (a Path for each of many names costs)
        if above == folder:
            return None
        folder = above


def open_to_read(path: str) -> int:
    """Open a file for nothing but reading and return its descriptor."""
    return os.open(path, OPEN_FLAGS)


def is_album(folder: str) -> bool:
    """Return whether photosort marked `folder` as an album of its own."""
    return os.path.lexists(os.path.join(folder, *ALBUM_MARKER))  # noqa: PTH118 (folder is text)


class Paths:
    """Makes paths of texts; the folder of many files is parsed once."""

    def __init__(self) -> None:
        self._folders: dict[str, Path] = {}

    def of(self, text: str) -> Path:
        """Return `Path(text)`, for the absolute path of a file."""
        folder, _, name = text.rpartition(os.sep)
        if folder not in self._folders:
            self._folders[folder] = Path(folder + os.sep)
        return self._folders[folder] / name


class Links:
    """Follows links to files; what it learns of a folder is kept for the next link into it."""

    def __init__(self) -> None:
        self._folders: dict[str, tuple[str, str | None]] = {}  # real path, album around it

    def follow(self, path: str) -> tuple[str, str | None]:
        """Return the real path of the file at `path`, and an album that the way to it passes."""
        album = None
        for _ in range(_MOST_LINKS):
            folder, name = os.path.split(path)
            real, around = self._folder(folder)
            album = album or around
            try:
                path = os.path.join(folder, os.readlink(path))  # noqa: PTH115, PTH118
            except OSError:  # no link any more
                break
        return os.path.join(real, name), album  # noqa: PTH118

    def _folder(self, folder: str) -> tuple[str, str | None]:
        if folder not in self._folders:
            real = os.path.realpath(folder)
            self._folders[folder] = real, album_around(real)
        return self._folders[folder]


def _blocks(path: str, starts: list[int]) -> list[bytes]:
    descriptor = open_to_read(path)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "no longer a file")
        blocks = []
        for start in starts:
            os.lseek(descriptor, start, os.SEEK_SET)
            blocks.append(os.read(descriptor, _SAMPLE_BYTES))
        return blocks
    finally:
        os.close(descriptor)
