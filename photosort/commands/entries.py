"""The entries of an album that the user names: clusters by folder or number, photos by paths."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from photosort.album.manifest import find_heading
from photosort.errors import PhotosortError
from photosort.photos.paths import in_full
from photosort.photos.records import read_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Folder, Heading, Placed

GONE = (
    "the original is not there; photosort relink finds photos that moved, photosort organize"
    " --update lets go of deleted ones"
)


def require_clusters(album: Manifest) -> None:
    """Refuse an album that something else than content decides. Raises PhotosortError."""
    if not any(folder.cluster for folder in album.folders):
        by = album.options.get("by")
        ways = " and ".join(map(str, by)) if isinstance(by, list) else "something else"
        raise PhotosortError(
            f"{album.out}: has no clusters; it is cut by {ways}, which decides where a photo is"
        )


def find_cluster(album: Manifest, name: str) -> Heading:
    """Find a cluster by its folder's name or number. Raises PhotosortError."""
    require_clusters(album)
    heading = find_heading(album, name)
    if not heading.number:
        raise PhotosortError(f"{name}: is no cluster; name one, or make one with photosort new")
    return heading


def find_photos(album: Manifest, photos: Sequence[Path]) -> list[tuple[Folder, Placed]]:
    """Find the entries of photos, named by their paths or by those of their links.

    All entries of a content belong to it. Raises PhotosortError.
    """
    require_clusters(album)
    index = Entries(album)
    found: dict[PurePosixPath, tuple[Folder, Placed]] = {}
    for photo in photos:
        for folder, entry in index.find(photo):
            found[entry.place] = folder, entry
    return list(found.values())


def find_entries(album: Manifest, photos: Sequence[Path]) -> list[Placed]:
    """Find the entries of photos and of no copies of them, in an album cut by whatever."""
    index = Entries(album)
    found = [index.find_one(photo)[1] for photo in photos]
    return list({entry.place: entry for entry in found}.values())


class Entries:
    """Finds the entries of an album that stand for a photo."""

    def __init__(self, album: Manifest) -> None:
        self._album = album
        self._all = [(folder, photo) for folder in album.folders for photo in folder.photos]
        self._by_place = {photo.place: (folder, photo) for folder, photo in self._all}
        self._by_path = {photo.path: (folder, photo) for folder, photo in self._all}
        self._alike: dict[str, list[tuple[Folder, Placed]]] = {}
        for folder, photo in self._all:
            if photo.content_hash is not None:
                self._alike.setdefault(photo.content_hash, []).append((folder, photo))

    def find(self, photo: Path) -> list[tuple[Folder, Placed]]:
        """Find the entries with the content of a photo. Raises PhotosortError."""
        found = self.find_one(photo)
        if found[0].cluster is None:
            raise PhotosortError(f"{photo}: is in {found[0].name}, which is no cluster")
        if not os.path.isfile(found[1].path):  # noqa: PTH113
            raise PhotosortError(f"{photo}: {GONE}")
        digest = found[1].content_hash
        return self._alike[digest] if digest is not None else [found]

    def find_one(self, photo: Path) -> tuple[Folder, Placed]:
        """Find the entry of a photo. Raises PhotosortError."""
        path = in_full(photo)
        found = self._at(path)
        if found is None:
            raise PhotosortError(f"{photo}: {self._why_not(path)}")
        return found

    def contents(self, photo: Path) -> set[str]:
        """Give the hashes that a photo may be known by, whether or not the album has it still."""
        path = in_full(photo)
        found = self._at(path)
        then = {one.content_hash for one in self._album.corrections if one.path == path}
        now = hash_of(path) if found is None else digest_of(found[1])
        return then if now is None else then | {now}

    def _at(self, path: Path) -> tuple[Folder, Placed] | None:
        real = os.path.realpath(path.parent)
        if Path(real).is_relative_to(self._album.out):
            below = Path(real, path.name).relative_to(self._album.out)
            return self._by_place.get(PurePosixPath(*below.parts))
        if path in self._by_path:
            return self._by_path[path]
        target = os.path.realpath(path)
        return next((e for e in self._all if os.path.realpath(e[1].path) == target), None)

    def _why_not(self, path: Path) -> str:
        if not os.path.lexists(path):
            return "no such photo; name one of the album, by its link or by the original"
        if path.is_dir():
            return "is a folder; name photos of the album"
        if Path(os.path.realpath(path.parent)).is_relative_to(self._album.out):
            return "is in the album's folder and no entry of the album; name another"
        return f"is not in the album {self._album.out}; photosort add files new photos"


def free_numbers(album: Manifest, count: int) -> list[int]:
    """Give the lowest numbers that no cluster of the album has, nor any that was corrected."""
    taken = {heading.number for heading in album.headings}
    taken |= {one.number for one in album.corrections}
    numbers = range(1, len(taken) + count + 1)
    return [number for number in numbers if number not in taken][:count]


def content_name(folder: Folder) -> str:
    """Name the folder of the cluster that a folder stands for or lies in."""
    place = folder.headings.index(folder.cluster) if folder.cluster else -1
    return folder.place.parts[place]


def folder_name(album: Manifest, heading: Heading) -> str:
    """Name the folder of a cluster."""
    return next(content_name(folder) for folder in album.folders if folder.cluster == heading)


def digest_of(photo: Placed) -> str | None:
    """Give the hash of a photo's content in hex; an older album may not have noted it."""
    noted = read_hash(photo.content_hash)
    return hash_of(photo.path) if noted is None else noted.hex()


def hash_of(path: Path) -> str | None:
    """Give the hash of a file's content in hex; None where it cannot be read."""
    from photosort.photos.records import content_hash

    try:
        return content_hash(path).hex()
    except OSError:
        return None
