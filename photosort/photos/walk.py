"""Folders in, the files below them out, each met once; what cannot be entered is named."""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from photosort.errors import PhotosortError
from photosort.photos.copies import (
    is_backup,
    is_bookkeeping,
    is_copies_folder,
    placeholder_for,
)
from photosort.photos.paths import (
    ALBUM_MARKER,
    Links,
    Numbers,
    album_around,
    bytes_of,
    in_full,
    is_album,
    numbers_of,
    same_content,
)

_LINK_TO_FOLDER: Final = "link to a directory; photosort organize --follow enters it"
_NO_FILE: Final = "a device, pipe or socket, not a file"
_LINK_INTO_ALBUM: Final = "link into an album photosort made; its original counts"
_REASONS: Final = {
    errno.EACCES: "no permission to read",
    errno.EPERM: "no permission to read",
    errno.ENOENT: "gone while photosort was looking",
    errno.ELOOP: "link that leads to itself",
    errno.ENAMETOOLONG: "path too long for this system",
}


@dataclass(frozen=True, slots=True)
class File:
    """A regular file as the walk met it; `status` and `real` are the target's of a link."""

    path: str
    status: os.stat_result
    real: str  # the path without links
    is_link: bool
    is_backup: bool = False  # of another file beside it


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder on the way, and its real path."""

    path: str
    real: str

    def real_of(self, entry: os.DirEntry[str]) -> str:
        """Give the real path of an entry that is no link; its own text where that is real."""
        if self.path == self.real:
            return entry.path
        return os.path.join(self.real, entry.name)  # noqa: PTH118 (text: there are many)


@dataclass(slots=True)
class Walk:
    """What was met on the way through the sources; a loop of its own, so no tree is too deep."""

    follow: bool
    excluded: frozenset[str] = frozenset()  # real paths
    files: list[File] = field(default_factory=list)
    linked_folders: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)  # path: reason
    repeated: set[str] = field(default_factory=set)
    entered: dict[str, str] = field(default_factory=dict)  # folders: real path, first path
    links: Links = field(default_factory=Links)

    def enter(self, source: Path) -> None:
        """Walk a folder the user named, whatever its name; PhotosortError if that cannot begin."""
        check_source(source)
        self._descend(str(in_full(source)))

    def enter_links(self) -> None:
        """Walk the folders that links led to; late, so that a folder keeps its own path."""
        for link in self.linked_folders:  # grows as links lie behind links
            if album_around(os.path.realpath(link)):
                self.skipped[link] = _LINK_INTO_ALBUM
            else:
                self._descend(link)

    def take(self, path: Path) -> None:
        """Note a file the user named, whatever its name. Raises PhotosortError in an album."""
        real, album = self.links.follow(str(path))
        if album is not None:
            raise PhotosortError(
                f"{path}: leads into {album}, an album photosort made; name the original"
            )
        try:
            status = path.stat()
        except OSError as error:
            self.skipped[str(path)] = reason(error)
            return
        if stat.S_ISREG(status.st_mode):
            self.files.append(File(str(path), status, real, is_link=path.is_symlink()))
        else:
            self.skipped[str(path)] = _NO_FILE

    def distinct(self) -> Iterator[File]:
        """Give each file once; where several paths lead to one, a path that is no link wins."""
        chosen: dict[str, str] = {}  # real path: path
        alike: dict[Numbers | None, list[str]] = {}
        for file in sorted(self.files, key=lambda file: file.is_link):
            if file.real in chosen:
                if chosen[file.real] != file.path:  # equal where a file is named with its folder
                    self.repeated.add(file.path)
                continue
            chosen[file.real] = file.path
            numbers = numbers_of(file.status)
            if numbers not in alike or numbers is None:
                alike[numbers] = [file.path]
                yield file
            elif any(same_content(file.path, one, file.status.st_size) for one in alike[numbers]):
                self.repeated.add(file.path)
            else:
                alike[numbers].append(file.path)
                yield file

    def _descend(self, root: str) -> None:
        pending = [_Folder(root, os.path.realpath(root))]
        while pending:
            # Folders come off the end: what is listed in order is entered in order.
            pending.extend(reversed(self._list(pending.pop())))

    def _list(self, folder: _Folder) -> list[_Folder]:
        """Note the files of `folder` and return the folders in it that are to be entered."""
        if not self._is_new(folder):
            return []
        entries: list[os.DirEntry[str]] = []
        try:
            with os.scandir(folder.path) as listing:
                entries.extend(listing)  # keeps what it got should the disk fail half-way
        except OSError as error:
            self.skipped[folder.path] = reason(error)
        if any(entry.name == ALBUM_MARKER[0] for entry in entries) and is_album(folder.path):
            return []
        entries.sort(key=lambda entry: bytes_of(entry.name))
        names = {entry.name for entry in entries}
        backups = {name for name in names if is_backup(name, names)}
        return [
            _Folder(entry.path, folder.real_of(entry))
            for entry in entries
            if not _is_invisible(entry, folder) and self._note(entry, folder, backups)
        ]

    def _is_new(self, folder: _Folder) -> bool:
        """Return whether `folder` is still to be walked; loops of links end here."""
        if folder.real in self.excluded:
            return False
        if folder.real not in self.entered:
            self.entered[folder.real] = folder.path
            return True
        if self.entered[folder.real] != folder.path:  # equal where one source lies in another
            self.repeated.add(folder.path)
        return False

    def _note(self, entry: os.DirEntry[str], folder: _Folder, backups: set[str]) -> bool:
        """Put `entry` in the list it belongs to; True if it is a folder to be entered instead."""
        try:
            if entry.is_dir(follow_symlinks=False):
                return True
            status = os.stat(entry.path)  # noqa: PTH116
        except OSError as error:
            dangling = error.errno == errno.ENOENT and entry.is_symlink()
            self.skipped[entry.path] = "link to a missing file" if dangling else reason(error)
            return False
        if stat.S_ISREG(status.st_mode):
            self._note_file(entry, status, folder, is_backup=entry.name in backups)
        elif not stat.S_ISDIR(status.st_mode):
            self.skipped[entry.path] = _NO_FILE
        elif self.follow:
            self.linked_folders.append(entry.path)
        else:
            self.skipped[entry.path] = _LINK_TO_FOLDER
        return False

    def _note_file(
        self, entry: os.DirEntry[str], status: os.stat_result, folder: _Folder, *, is_backup: bool
    ) -> None:
        if not entry.is_symlink():
            real = folder.real_of(entry)
            self.files.append(File(entry.path, status, real, False, is_backup))
            return
        real, album = self.links.follow(entry.path)
        if album is None:
            self.files.append(File(entry.path, status, real, True, is_backup))
        else:
            self.skipped[entry.path] = _LINK_INTO_ALBUM


def check_source(source: Path) -> None:
    """Raise PhotosortError unless `source` is a folder that can be listed, and no album."""
    root = str(in_full(source))
    try:
        with os.scandir(root):
            pass
    except NotADirectoryError:
        remedy = "name the folder that holds it"
        raise PhotosortError(f"{source}: a file, not a folder; {remedy}") from None
    except FileNotFoundError:
        raise PhotosortError(f"{source}: no such folder; check the path") from None
    except OSError as error:
        remedy = "check its permissions and that its disk is there"
        raise PhotosortError(f"{source}: {reason(error)}; {remedy}") from None
    album = album_around(os.path.realpath(root))
    if album is not None:
        what = "an album photosort made" if is_album(root) else f"lies in {album}, an album"
        raise PhotosortError(f"{source}: {what}; name the folder of the originals")


def _is_invisible(entry: os.DirEntry[str], folder: _Folder) -> bool:
    """Return whether `entry` is one of the things that are left out without a word."""
    if entry.name.startswith("."):
        return placeholder_for(entry.name) is None
    name = entry.name.lower()
    if is_bookkeeping(name):
        return True
    if not is_copies_folder(name, folder.path):
        return False
    try:
        return entry.is_dir()
    except OSError:
        return False


def reason(error: OSError) -> str:
    """Say in one line and without the path why the system refused."""
    known = _REASONS.get(error.errno or 0)
    return known or f"cannot be read: {error.strerror or type(error).__name__}"
