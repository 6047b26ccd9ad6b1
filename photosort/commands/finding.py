"""The files of the sources; what the catalog knows of a file spares opening it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from photosort.photos.scan import Scan


def find_files(
    sources: Sequence[Path],
    *,
    files: Sequence[Path] = (),
    exclude: Sequence[Path] = (),
    follow: bool = False,
    fresh: bool = False,
    on_found: Callable[[int], None] | None = None,
) -> Scan:
    """Scan, as `photos.scan` does; with `fresh` every file is opened. Raises PhotosortError."""
    from photosort.catalog import Catalog
    from photosort.photos.scan import scan

    if fresh:
        return scan(sources, files=files, exclude=exclude, follow=follow, on_found=on_found)
    with Catalog.open() as catalog:
        return scan(
            sources,
            files=files,
            exclude=exclude,
            follow=follow,
            on_found=on_found,
            formats=catalog,
        )
