"""What the catalog knows of contents: features, class scores, measures, thumbnails, remarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from photosort.catalog import thumbnails
from photosort.catalog.opening import damaged, explained
from photosort.catalog.rows import CLASSES, FileState, feature_size
from photosort.catalog.session import Session
from photosort.catalog.storing import store_locations
from photosort.counts import counted
from photosort.errors import PhotosortError

if TYPE_CHECKING:
    from photosort.catalog.measures import Thumbs
    from photosort.dec.arrays import Floats


class Contents(Session):
    """Looks up contents by their hash."""

    def has(self, content_hash: bytes, model_id: str) -> bool:
        """Return whether a photo of this content was looked at with this model."""
        with self.reading():
            row = self.connection.execute(
                "SELECT 1 FROM seen WHERE hash = ? AND model = ?", (content_hash, model_id)
            ).fetchone()
        return row is not None

    def held(self, hashes: Sequence[bytes], model_id: str) -> set[bytes]:
        """Return the contents that were looked at with a model."""
        with self.reading():
            self.seek(hashes)
            found = self.connection.execute(
                "SELECT seen.hash FROM sought CROSS JOIN seen ON seen.hash = sought.hash"
                " AND model = ?",
                (model_id,),
            )
            return {content_hash for (content_hash,) in found}

    def contents(self, model_id: str) -> list[bytes]:
        """List every content that was looked at with a model."""
        with self.reading():
            found = self.connection.execute("SELECT hash FROM seen WHERE model = ?", (model_id,))
            return sorted(row[0] for row in found if isinstance(row[0], bytes))

    def features(self, hashes: Sequence[bytes], model_id: str) -> Floats:
        """Return features (n, 1280), float32, in the order of `hashes`, which may repeat.

        Features of a network of the user's are as wide as its output. Raises PhotosortError for a
        hash that was not looked at with this model.
        """
        return self._rows(hashes, model_id, {"feature": feature_size(model_id)})[0]

    def scores(self, hashes: Sequence[bytes], model_id: str) -> Floats:
        """Return class scores (n, 1000), float32, in the order of `hashes`; see `features`."""
        return self._rows(hashes, model_id, {"scores": CLASSES})[0]

    def _rows(
        self, hashes: Sequence[bytes], model_id: str, columns: Mapping[str, int]
    ) -> list[Floats]:
        """Read columns of float16 numbers as float32; `columns` holds the width of each."""
        from photosort.catalog.numbers import read

        with self.reading():
            self.seek(hashes)
            reader = read(self.connection, len(hashes), model_id, columns)
        self._require(reader.found, len(hashes))
        if not reader.all_finite():
            raise damaged(self.path)
        return reader.arrays

    def remarks(self) -> dict[bytes, str]:
        """Return what is wrong with photos that are used all the same, by content hash."""
        with self.reading():
            found = self.connection.execute("SELECT hash, remark FROM remark").fetchall()
        return {
            content_hash: remark
            for content_hash, remark in found
            if isinstance(content_hash, bytes) and isinstance(remark, str)
        }

    def measured(self, hashes: Sequence[bytes]) -> set[bytes]:
        """Return those contents that the current version of the measures has measured."""
        from photosort.catalog import measures

        with self.reading():
            self.seek(hashes)
            return set(measures.measured(self.connection))

    def measures(self, hashes: Sequence[bytes]) -> tuple[Thumbs, Floats]:
        """Return thumbs (n, 32, 32), uint8, and numbers (n, len(NAMES)), in the order of `hashes`.

        Raises PhotosortError for a hash that `measured` would not have returned.
        """
        import numpy as np

        from photosort.catalog import measures

        with self.reading():
            self.seek(hashes)
            thumbs, numbers, found = measures.read(self.connection, hashes)
        self._require(found, len(hashes))
        if not np.isfinite(numbers).all():
            raise damaged(self.path)
        return thumbs, numbers

    def thumbnail(self, content_hash: bytes) -> bytes | None:
        """Return a photo's thumbnail, JPEG; None where none was stored or it was dropped since."""
        with explained(self.path):
            return thumbnails.read(self.connection, content_hash)

    def store_thumbnails(self, made: Sequence[tuple[FileState, bytes, bytes]]) -> None:
        """Remember thumbnails: (file, content hash, JPEG); the oldest ones give way to them."""
        with self.writing():
            store_locations(self.connection, ((file, digest) for file, digest, _ in made))
            pairs = [(content_hash, picture) for _, content_hash, picture in made]
            thumbnails.store(self.connection, pairs, thumbnails.LIMIT_BYTES)

    def _require(self, found: int, wanted: int) -> None:
        if found < wanted:
            raise PhotosortError(
                f"{self.path}: misses {counted(wanted - found, 'photo')}; run again"
            )
