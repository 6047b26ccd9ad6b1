"""Which files have stood still: a photo that is still being copied is not to be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from photosort.photos.scan import Photo


class Stillness:
    """Remembers since when each photo has had the size and mtime that it has."""

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self._seen: dict[Path, tuple[int, int, float]] = {}  # size, mtime_ns, since

    def still(self, photos: Iterable[Photo], now_s: float) -> set[Path]:
        """Return those of the photos seen now that have stood still; all others are forgotten."""
        seen = {}
        for photo in photos:
            size_bytes, mtime_ns, since_s = self._seen.get(photo.path, (-1, 0, now_s))
            if (size_bytes, mtime_ns) != (photo.size_bytes, photo.mtime_ns):
                since_s = now_s
            seen[photo.path] = photo.size_bytes, photo.mtime_ns, since_s
        self._seen = seen
        return {path for path, (*_, since_s) in seen.items() if now_s - since_s >= self._settle_s}

    def longest_s(self, now_s: float) -> float:
        """Return for how long the photo that has stood still longest has."""
        return max((now_s - since_s for *_, since_s in self._seen.values()), default=0.0)
