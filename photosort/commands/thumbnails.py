"""Small pictures of photos: those the catalog has, else made of the photos and remembered."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from photosort.errors import PhotosortError
from photosort.photos.records import new_hash, read_hash

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from photosort.catalog import Catalog
    from photosort.photos.scan import Photo

LOG = logging.getLogger(__name__)
BATCH = 64  # new pictures a transaction


class Thumbnails:
    """Finds pictures; see `thumbnails`. `opened` counts the photos that had to be read."""

    def __init__(self, catalog: Catalog | None) -> None:
        self.opened = 0
        self._catalog = catalog
        self._made: list[tuple[Photo, bytes, bytes]] = []

    def of(self, path: Path, content_hash: str | None) -> bytes | None:
        """Return the picture, JPEG, of a photo; None where it is not known and cannot be read.

        `content_hash`, in hex, is what the album was made of: a photo that is gone or has changed
        since is shown as it was. Without one, the file is shown as it is.
        """
        return self._known(read_hash(content_hash)) or self._of_file(path)

    def store(self) -> None:
        """Remember the pictures that were made."""
        if self._catalog and self._made:
            self._catalog.store_thumbnails(self._made)
        self._made = []

    def _known(self, digest: bytes | None) -> bytes | None:
        return self._catalog.thumbnail(digest) if self._catalog and digest else None

    def _of_file(self, path: Path) -> bytes | None:
        from photosort.photos.scan import Photo, identify

        photo = identify(path)
        if not isinstance(photo, Photo):
            return None
        if self._catalog and (known := self._known(self._catalog.located(photo))):
            return known
        self.opened += 1
        return self._made_of(photo)

    def _made_of(self, photo: Photo) -> bytes | None:
        # Decoders are loaded where the catalog lacks a thumbnail.
        from photosort.photos.decode import DecodeError, decode
        from photosort.photos.thumbnails import HEIGHT, thumbnail

        try:
            data = photo.path.read_bytes()
            made = thumbnail(decode(data, min_side=HEIGHT).image)
        except (DecodeError, OSError):
            return None
        self._made.append((photo, new_hash(data).digest(), made))
        if len(self._made) == BATCH:
            self.store()
        return made


@contextmanager
def thumbnails() -> Iterator[Thumbnails]:
    """Find pictures of photos; without a catalog that can be used, each is made of its photo."""
    from photosort.catalog import Catalog

    try:
        catalog = Catalog.open()
    except PhotosortError as error:
        LOG.info("no thumbnails from the catalog: %s", error)
        yield Thumbnails(None)
        return
    with catalog:
        found = Thumbnails(catalog)
        yield found
        found.store()
