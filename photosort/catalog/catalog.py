"""The catalog: opened, filled with what was learned of photos, counted, cleared.

Features are keyed by content: the hash of a file's bytes and the id of the model. A file whose
path, size, mtime and ctime are known need not even be hashed again. Facts of the header are keyed
by these four alone, as reading a header costs less than hashing the file. Rows are untrusted: one
of the wrong shape counts as absent. files.py looks up files, contents.py looks up contents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from photosort.catalog.clearing import clear
from photosort.catalog.contents import Contents
from photosort.catalog.facts import clean
from photosort.catalog.files import Files
from photosort.catalog.opening import IN_MEMORY, connect, default_path, size_on_disk
from photosort.catalog.session import reader_version
from photosort.catalog.storing import store_embedded, store_locations
from photosort.photos.records import Embedded, Failed

__all__ = ["IN_MEMORY", "Catalog", "Info", "reader_version"]


@dataclass(frozen=True, slots=True)
class Info:
    """What a catalog holds."""

    path: Path
    size_bytes: int
    photos: int  # distinct contents
    failures: int
    models: Mapping[str, int]  # id: photos looked at with it
    thumbnails: int = 0


class Catalog(Files, Contents):
    """An open catalog; use it as a context manager. Every method can raise PhotosortError."""

    @classmethod
    def open(cls, path: Path | None = None, *, reader: str | None = None) -> Self:
        """Open the catalog at `path`, made where there is none; `IN_MEMORY` keeps nothing.

        `reader` names the decoder that failures are remembered for.
        """
        path = path or default_path()
        return cls(path, connect(path), reader)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def store(self, batch: Sequence[Embedded | Failed], model_id: str) -> None:
        """Remember results, all of them or (when this raises) none.

        A file that could not even be read leaves no trace: it may be readable next time.
        """
        embedded = [result for result in batch if isinstance(result, Embedded)]
        failed = [result for result in batch if isinstance(result, Failed)]
        with self.writing():
            store_embedded(self.connection, embedded, model_id)
            self.connection.executemany(
                "INSERT OR REPLACE INTO failure VALUES (?, ?, ?)",
                [(f.content_hash, self.reader, clean(f.reason)) for f in failed if f.content_hash],
            )
            known = ((result, result.content_hash) for result in batch if result.content_hash)
            store_locations(self.connection, known)

    def info(self) -> Info:
        """Count what the catalog holds."""
        with self.reading():
            models = self.connection.execute("SELECT model, count(*) FROM feature GROUP BY model")
            photos, failures, pictures = self.connection.execute(
                "SELECT (SELECT count(*) FROM content), (SELECT count(*) FROM failure),"
                " (SELECT count(*) FROM thumbnail)"
            ).fetchone()
            return Info(
                path=self.path,
                size_bytes=size_on_disk(self.path),
                photos=photos,
                failures=failures,
                models=dict(models.fetchall()),
                thumbnails=pictures,
            )

    @staticmethod
    def clear(path: Path | None = None) -> int:
        """Remove the catalog, damaged or not, and return the bytes freed; none there is fine."""
        return clear(path or default_path())
