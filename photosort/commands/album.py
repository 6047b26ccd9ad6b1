"""Find and read an album that is there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from photosort.photos.paths import in_full

if TYPE_CHECKING:
    from collections.abc import Iterable

    from photosort.album.manifest import Cluster, Manifest


def find_album(album: Path | None) -> Path:
    """Name an album's folder in full, by default the last one organized. Raises PhotosortError."""
    from photosort.album import last

    return in_full(album) if album else last.recall()


def open_album(album: Path | None) -> Manifest:
    """Read an album, by default the last one organized. Raises PhotosortError."""
    from photosort.album import write

    return write.open_album(find_album(album))


def open_cluster(name: str, album: Path | None) -> tuple[Manifest, Cluster]:
    """Find a cluster of an album by "3", "cluster-3" or its folder's name."""
    from photosort.album.manifest import find_cluster

    manifest = open_album(album)
    return manifest, find_cluster(manifest, name)


def cluster_names() -> Iterable[str]:
    """Name the last album's clusters, for the shell's completion."""
    return [cluster.name for cluster in open_album(None).clusters]
