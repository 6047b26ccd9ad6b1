"""Photos that the user wants whatever review finds: remembered by content, for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photosort.errors import PhotosortError
from photosort.photos.paths import in_full

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def kept_contents() -> frozenset[bytes]:
    """Read the contents that are kept. Raises PhotosortError where the list is damaged."""
    from photosort.album.kept import read_kept

    return frozenset(bytes.fromhex(digest) for digest in read_kept())


def keep(photos: Sequence[Path], *, kept: bool = True) -> int:
    """Remember photos as kept, or no longer; return how many that changes. PhotosortError."""
    from photosort.album.kept import read_kept, write_kept
    from photosort.photos.records import content_hash

    known = read_kept()
    named = {}
    for photo in map(in_full, photos):
        try:
            named[content_hash(photo).hex()] = str(photo)
        except OSError as error:
            why = "is a folder" if photo.is_dir() else error.strerror
            raise PhotosortError(f"{photo}: {why}; name a photo") from error
    if kept:
        after = named | known
    else:
        after = {digest: path for digest, path in known.items() if digest not in named}
    if after != known:
        write_kept(after)
    return len(after.keys() ^ known.keys())
