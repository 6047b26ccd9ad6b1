"""Find and read an album that is there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from photosort.photos.paths import in_full

if TYPE_CHECKING:
    from collections.abc import Iterable

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Folder


def find_album(album: Path | None) -> Path:
    """Name an album's folder in full, by default the last one organized. Raises PhotosortError."""
    from photosort.album import last

    return in_full(album) if album else last.recall()


def open_album(album: Path | None) -> Manifest:
    """Read an album, by default the last one organized. Raises PhotosortError."""
    from photosort.album import write

    return write.open_album(find_album(album))


def find_in(name: str | None, album: Path | None) -> tuple[Manifest, Folder | None]:
    """Read an album and find a folder of it: by its name, "Goa/cluster-3-dog", or "3"."""
    from photosort.album.manifest import find_folder

    manifest = open_album(album)
    return manifest, None if name is None else find_folder(manifest, name)


def folder_names() -> Iterable[str]:
    """Name the last album's folders, for the shell's completion."""
    return [str(place) for place in open_album(None).directories]
