"""Whether the entries of an album are still as they were written; reads only."""

import os
import stat
from pathlib import Path

from photosort.album.manifest import Manifest
from photosort.album.plan import Placed
from photosort.photos.paths import numbers_of
from photosort.photos.records import content_hash


class Check:
    """Says of entries of the album at `out` why they must stay; each folder is looked at once.

    `thorough` reads copies and compares their content too.
    """

    def __init__(self, out: Path, album: Manifest, *, thorough: bool = True) -> None:
        self._out, self._album, self._thorough = out, album, thorough
        self._top = f"{out}{os.sep}"
        self._texts = album.texts
        self._folders: dict[str, bool] = {}

    def why_keep(self, photo: Placed) -> str | None:
        """Say why the entry of a photo must stay; None when it is there and still as written.

        Raises FileNotFoundError when it is gone.
        """
        place = str(photo.place)
        if not self._has_folder(place.rpartition("/")[0]):
            return "its folder was replaced"
        entry = self._top + place
        if self._album.link == "symlink":
            same = read_link(entry) == self._texts.of(photo.place, photo.path)
            return None if same else "no longer the link that photosort made"
        status = os.lstat(entry)
        if not stat.S_ISREG(status.st_mode):
            return "no longer the file that photosort made"
        if self._album.link == "hardlink":
            return _why_keep_hardlink(photo, status)
        return _why_keep_copy(Path(entry), photo, status, thorough=self._thorough)

    def _has_folder(self, place: str) -> bool:
        if place not in self._folders:
            parts = place.split("/")
            self._folders[place] = all(
                stat.S_ISDIR(self._out.joinpath(*parts[:depth]).lstat().st_mode)
                for depth in range(1, len(parts) + 1)
            )
        return self._folders[place]


def _why_keep_hardlink(photo: Placed, status: os.stat_result) -> str | None:
    original, numbers = status_of(photo.path), numbers_of(status)
    if original is not None and numbers is not None and numbers_of(original) == numbers:
        return None
    if status.st_nlink == 1:
        return "the photo has no other name left"
    same = (status.st_size, status.st_mtime_ns) == (photo.size_bytes, photo.mtime_ns)
    return None if same else "changed since photosort made it"


def _why_keep_copy(
    entry: Path, photo: Placed, status: os.stat_result, *, thorough: bool
) -> str | None:
    if (status.st_size, status.st_mtime_ns) != (photo.size_bytes, photo.mtime_ns):
        return "changed since photosort made it"
    if status_of(photo.path) is None:
        return "its original is gone, this may be the last copy"
    # With another name on the same content, removing this one loses nothing.
    if thorough and status.st_nlink == 1 and content_hash(entry).hex() != photo.content_hash:
        return "changed since photosort made it"
    return None


def read_link(path: str) -> str | None:
    """Read a symbolic link's text, None where `path` is none; Windows puts a prefix before some."""
    try:
        return os.readlink(path).removeprefix("\\\\?\\")  # noqa: PTH115 (there are many)
    except OSError:
        if stat.S_ISLNK(os.lstat(path).st_mode):
            raise
        return None


def status_of(path: Path) -> os.stat_result | None:
    """Look at what a path leads to; None where that cannot be seen."""
    try:
        return path.stat()
    except OSError:
        return None
