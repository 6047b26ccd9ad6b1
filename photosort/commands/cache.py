"""What the catalog holds, and forgetting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photosort.catalog import Info


def cache_info() -> Info:
    """Say what the catalog holds."""
    from photosort.catalog import Catalog

    with Catalog.open() as catalog:
        return catalog.info()


def clear_cache() -> int:
    """Delete the catalog, damaged or not; return the bytes freed."""
    from photosort.catalog import Catalog

    return Catalog.clear()
