"""Folders in, the files below them out, each met once; what cannot be entered is named."""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from photosort.errors import PhotosortError

#: A folder that holds this file is an album photosort wrote.
ALBUM_MARKER: Final = (".photosort", "album")

#: Folders of thumbnails, bins and bookkeeping that systems make; like hidden ones, never entered.
INVISIBLE_FOLDERS: Final = frozenset(
    {
        "@eadir",  # Synology
        "#recycle",
        "@__thumb",  # QNAP
        "@recycle",
        "$recycle.bin",  # Windows
        "system volume information",
        "__macosx",
        "lost+found",
    }
)
INVISIBLE_FILES: Final = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})

#: Apple's and Lightroom's libraries keep reduced copies beside the originals.
_LIBRARY_SUFFIXES: Final = (".photoslibrary", ".photolibrary", ".aplibrary")
_LIBRARY_COPIES: Final = frozenset({"resources", "thumbnails", "previews", "database", "private"})
_PREVIEW_SUFFIX: Final = ".lrdata"

_LINK_TO_FOLDER: Final = "link to a directory; --follow enters it"
_REASONS: Final = {
    errno.EACCES: "no permission to read",
    errno.EPERM: "no permission to read",
    errno.ENOENT: "gone while photosort was looking",
    errno.ELOOP: "link that leads to itself",
    errno.ENAMETOOLONG: "path too long for this system",
}

Identity = tuple[int, int]  # device and inode


@dataclass(frozen=True, slots=True)
class File:
    """A regular file as the walk met it; `status` is the target's where `path` is a link."""

    path: str
    status: os.stat_result
    is_link: bool


@dataclass(slots=True)
class Walk:
    """What was met on the way through the sources; a loop of its own, so no tree is too deep."""

    follow: bool
    excluded: frozenset[Identity]
    files: list[File] = field(default_factory=list)
    linked_folders: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)  # path: reason
    repeated: set[str] = field(default_factory=set)
    entered: dict[Identity, str] = field(default_factory=dict)  # folders, with their first path

    def enter(self, source: Path) -> None:
        """Walk a folder the user named, whatever its name; PhotosortError if that cannot begin."""
        check_source(source)
        self._descend(os.path.abspath(source))

    def enter_links(self) -> None:
        """Walk the folders that links led to; late, so that a folder keeps its own path."""
        for link in self.linked_folders:  # grows as links lie behind links
            self._descend(link)

    def distinct(self) -> Iterator[File]:
        """Give each file once; where several paths lead to one, a path that is no link wins."""
        chosen: set[tuple[int, ...]] = set()
        for file in sorted(self.files, key=lambda file: file.is_link):
            status = file.status
            # Size and time as well: some network file systems give one inode number twice.
            identity = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
            if status.st_ino and identity in chosen:
                self.repeated.add(file.path)
            else:
                chosen.add(identity)
                yield file

    def _descend(self, root: str) -> None:
        pending = [root]
        while pending:
            # Folders come off the end: what is listed in order is entered in order.
            pending.extend(reversed(self._list(pending.pop())))

    def _list(self, folder: str) -> list[str]:
        """Note the files of `folder` and return the folders in it that are to be entered."""
        entries: list[os.DirEntry[str]] = []
        try:
            if not self._is_new(folder):
                return []
            with os.scandir(folder) as listing:
                entries.extend(listing)  # keeps what it got should the disk fail half-way
        except OSError as error:
            self.skipped[folder] = reason(error)
        if any(entry.name == ALBUM_MARKER[0] for entry in entries) and _is_album(folder):
            return []
        entries.sort(key=lambda entry: os.fsencode(entry.name))
        in_library = folder.lower().endswith(_LIBRARY_SUFFIXES)
        visible = (entry for entry in entries if not _is_invisible(entry, in_library=in_library))
        return [entry.path for entry in visible if self._note(entry)]

    def _is_new(self, folder: str) -> bool:
        """Tell whether `folder` is still to be walked; loops of links and mounts end here."""
        status = os.stat(folder)  # noqa: PTH116 (a Path for each of 100,000 names costs seconds)
        identity = (status.st_dev, status.st_ino)
        if identity in self.excluded:
            return False
        first_path = self.entered.get(identity)
        if first_path is None:
            self.entered[identity] = folder
        elif first_path != folder:  # equal where one source lies in another
            self.repeated.add(folder)
        return first_path is None

    def _note(self, entry: os.DirEntry[str]) -> bool:
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
            self.files.append(File(entry.path, status, is_link=entry.is_symlink()))
        elif not stat.S_ISDIR(status.st_mode):
            self.skipped[entry.path] = "a device, pipe or socket, not a file"
        elif self.follow:
            self.linked_folders.append(entry.path)
        else:
            self.skipped[entry.path] = _LINK_TO_FOLDER
        return False


def check_source(source: Path) -> None:
    """Raise PhotosortError unless `source` is a folder that can be listed, and no album."""
    root = os.path.abspath(source)
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
    if _is_album(root):
        remedy = "name the folder of the originals"
        raise PhotosortError(f"{source}: an album photosort made; {remedy}")


def _is_invisible(entry: os.DirEntry[str], *, in_library: bool) -> bool:
    """Tell whether `entry` is one of the things that are left out without a word."""
    name = entry.name.lower()
    if name.startswith(".") or name in INVISIBLE_FILES:
        return True
    is_copy = in_library and name in _LIBRARY_COPIES
    if not (is_copy or name in INVISIBLE_FOLDERS or name.endswith(_PREVIEW_SUFFIX)):
        return False
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_album(folder: str) -> bool:
    return os.path.lexists(os.path.join(folder, *ALBUM_MARKER))  # noqa: PTH118 (folder is text)


def identities(folders: Sequence[Path]) -> frozenset[Identity]:
    """Give device and inode of the folders that exist; one that does not cannot be walked."""
    found = set()
    for folder in folders:
        try:
            status = folder.stat()
        except OSError:
            continue
        found.add((status.st_dev, status.st_ino))
    return frozenset(found)


def reason(error: OSError) -> str:
    """Say in one line and without the path why the system refused."""
    known = _REASONS.get(error.errno or 0)
    return known or f"cannot be read: {error.strerror or type(error).__name__}"
