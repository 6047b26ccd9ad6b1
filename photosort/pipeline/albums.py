"""What is done with an album that is there, and with the catalog."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from photosort.pipeline.request import in_full

if TYPE_CHECKING:
    from collections.abc import Iterable

    from photosort.album.manifest import Cluster, Manifest
    from photosort.album.undo import Undone
    from photosort.catalog import Info


def find_album(album: Path | None) -> Path:
    """Name an album's folder in full, by default the last one organized. Raises PhotosortError."""
    from photosort.album import last

    return in_full(album) if album else last.recall()


def open_album(album: Path | None) -> Manifest:
    """Read an album, by default the last one organized. Raises PhotosortError."""
    from photosort.album import writer

    return writer.open_album(find_album(album))


def open_cluster(name: str, album: Path | None) -> tuple[Manifest, Cluster]:
    """Find a cluster of an album by "3", "cluster-3" or its folder's name."""
    from photosort.album.manifest import find_cluster

    manifest = open_album(album)
    return manifest, find_cluster(manifest, name)


def cluster_names() -> Iterable[str]:
    """Name the last album's clusters, for the shell's completion."""
    return [cluster.name for cluster in open_album(None).clusters]


def undo(album: Path | None, *, everything: bool = False) -> Undone:
    """Take back an album, by default the last one organized. Raises PhotosortError."""
    from photosort.album.undo import undo

    return undo(find_album(album), everything=everything)


def rehearse_undo(album: Path | None, *, everything: bool = False) -> Undone:
    """Tell what `undo` would do, changing nothing. Raises PhotosortError."""
    from photosort.album.undo import plan_undo

    return plan_undo(find_album(album), everything=everything)


def cache_info() -> Info:
    """Say what the catalog holds."""
    from photosort.catalog import Catalog

    with Catalog.open() as catalog:
        return catalog.info()


def clear_cache() -> int:
    """Delete the catalog, damaged or not; return the bytes freed."""
    from photosort.catalog import Catalog

    return Catalog.clear()
