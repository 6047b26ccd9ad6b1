"""The catalog: look up, store, read back.

Features are keyed by content: the hash of a file's bytes and the id of the model. (path, size,
mtime, ctime) is the shortcut that spares even the hash. Facts of the header are keyed by that
alone: reading a header costs less than hashing. Rows are untrusted: one of the wrong shape counts
as absent.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from photosort import __version__
from photosort.catalog import thumbnails
from photosort.catalog.clearing import clear
from photosort.catalog.facts import KINDS, clean, from_row
from photosort.catalog.opening import (
    IN_MEMORY,
    connect,
    damaged,
    default_path,
    explained,
    size_on_disk,
)
from photosort.catalog.rows import (
    CLASSES,
    FEATURE_SIZE,
    OWN,
    FileState,
    feature_size,
    folded,
    to_key,
)
from photosort.catalog.storing import (
    store_embedded,
    store_facts,
    store_formats,
    store_locations,
)
from photosort.counts import counted
from photosort.errors import PhotosortError
from photosort.photos.formats import DECODER_VERSION, SIGNATURES_VERSION
from photosort.photos.metadata import VERSION, Facts
from photosort.photos.paths import FileKey
from photosort.photos.records import Embedded, Failed
from photosort.photos.scan import Photo

if TYPE_CHECKING:
    from photosort.catalog.measures import Thumbs
    from photosort.dec.arrays import Floats

__all__ = ["IN_MEMORY", "Catalog", "Info", "reader_version"]

TEMPORARY: Final = (
    # What a query is about: 200,000 photos do not fit a list of parameters.
    """CREATE TEMP TABLE sought (
        position INTEGER PRIMARY KEY, path BLOB, size_bytes INTEGER, mtime_ns INTEGER, hash BLOB,
        ctime_ns INTEGER
    )""",
    # Photos that were looked at, whole: `feature_size` and 1000 float16.
    f"""CREATE TEMP VIEW seen AS
    SELECT feature.*, content.size_bytes FROM feature JOIN content USING (hash)
    WHERE typeof(feature) = 'blob' AND length(feature) = 2 * CASE
    WHEN model LIKE '{OWN}%' THEN CAST(substr(model, {len(OWN) + 14}) AS INTEGER)
    ELSE {FEATURE_SIZE} END
    AND typeof(scores) = 'blob' AND length(scores) = {2 * CLASSES}""",  # noqa: S608 (our constants)
)


@dataclass(frozen=True, slots=True)
class Info:
    """What a catalog holds."""

    path: Path
    size_bytes: int
    photos: int  # distinct contents
    failures: int
    models: Mapping[str, int]  # photos looked at with each
    thumbnails: int = 0


def reader_version() -> str:
    """Name what decodes: a photo that failed under another version is tried again."""
    from importlib.metadata import version  # slow to import, and thumbnails need no reader

    ours = f"photosort {__version__}.{DECODER_VERSION}"
    return f"{ours}, pillow {version('pillow')}, pi-heif {version('pi-heif')}"


class Catalog:
    """An open catalog; use it as a context manager. Every method can raise PhotosortError."""

    def __init__(self, path: Path, connection: sqlite3.Connection, reader: str | None) -> None:
        self.path = path
        self.connection = connection
        self._reader = reader

    @cached_property
    def reader(self) -> str:
        """The decoder that failures are remembered for."""
        return self._reader or reader_version()

    @classmethod
    def open(cls, path: Path | None = None, *, reader: str | None = None) -> Self:
        """Open the catalog at `path`, made where there is none; `IN_MEMORY` keeps nothing.

        `reader` names the decoder that failures are remembered for.
        """
        path = path or default_path()
        connection = connect(path)
        with explained(path):
            for statement in TEMPORARY:
                connection.execute(statement)
        return cls(path, connection, reader)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def known(self, photos: Sequence[Photo], model_id: str) -> dict[Path, bytes | str]:
        """Look up photos by path, size and times: the content hash, or why the photo failed.

        A photo that is absent from the result is to be looked at.
        """
        found: dict[Path, bytes | str] = {}
        with self._reading():
            self._seek_files(photos)
            for position, answer in self.connection.execute(
                """SELECT position, reason
                FROM sought CROSS JOIN location USING (path, size_bytes, mtime_ns, ctime_ns)
                CROSS JOIN failure ON failure.hash = location.hash AND reader = ?
                UNION ALL SELECT position, seen.hash
                FROM sought CROSS JOIN location USING (path, size_bytes, mtime_ns, ctime_ns)
                CROSS JOIN seen ON seen.hash = location.hash AND model = ?""",
                (self.reader, model_id),
            ):
                if isinstance(answer, bytes | str):
                    found[photos[position].path] = answer
        return found

    def sizes(self, photos: Sequence[Photo], model_id: str) -> set[int]:
        """List the sizes of `photos` that contents looked at with a model have.

        A new file of another size is none of those, moved or copied; one of these sizes may be, and
        hashing it (see `has`) is cheaper than embedding it.
        """
        with self._reading():
            self._seek_files(photos)
            return {
                size_bytes
                for (size_bytes,) in self.connection.execute(
                    """SELECT DISTINCT size_bytes FROM sought CROSS JOIN content USING (size_bytes)
                    CROSS JOIN feature ON feature.hash = content.hash AND model = ?""",
                    (model_id,),
                )
                if isinstance(size_bytes, int)
            }

    def has(self, content_hash: bytes, model_id: str) -> bool:
        """Return whether a photo of this content was looked at with this model."""
        with self._reading():
            row = self.connection.execute(
                "SELECT 1 FROM seen WHERE hash = ? AND model = ?", (content_hash, model_id)
            ).fetchone()
        return row is not None

    def locate(self, photo: Photo, content_hash: bytes) -> None:
        """Remember that a file holds content that is known already: moved, copied or touched."""
        with self._writing():
            store_locations(self.connection, [(photo, content_hash)])

    def retime(self, changed: Iterable[tuple[Photo, int]]) -> None:
        """Remember that photos have another ctime, in ns, by what is no change of content."""
        rows = [
            (to_key(replace(photo, ctime_ns=ctime_ns))[-1], *to_key(photo))
            for photo, ctime_ns in changed
        ]
        with self._writing():
            for table in ("location", "facts", "format"):
                self.connection.executemany(
                    f"""UPDATE {table} SET ctime_ns = ?
                    WHERE path = ? AND size_bytes = ? AND mtime_ns = ? AND ctime_ns = ?""",  # noqa: S608
                    rows,
                )

    def store(self, batch: Sequence[Embedded | Failed], model_id: str) -> None:
        """Remember results, all of them or (when this raises) none.

        A file that could not even be read leaves no trace: it may be readable next time.
        """
        embedded = [result for result in batch if isinstance(result, Embedded)]
        failed = [result for result in batch if isinstance(result, Failed)]
        with self._writing():
            store_embedded(self.connection, embedded, model_id)
            self.connection.executemany(
                "INSERT OR REPLACE INTO failure VALUES (?, ?, ?)",
                [(f.content_hash, self.reader, clean(f.reason)) for f in failed if f.content_hash],
            )
            known = ((result, result.content_hash) for result in batch if result.content_hash)
            store_locations(self.connection, known)

    def features(self, hashes: Sequence[bytes], model_id: str) -> Floats:
        """Return features (n, 1280), float32, in the order of `hashes`.

        Of a network of the user's they are as wide as its output. A hash may occur several times.
        One that `known` would not have given raises.
        """
        return self._rows(hashes, model_id, {"feature": feature_size(model_id)})[0]

    def scores(self, hashes: Sequence[bytes], model_id: str) -> Floats:
        """Return class scores (n, 1000), float32, in the order of `hashes`; see `features`."""
        return self._rows(hashes, model_id, {"scores": CLASSES})[0]

    def held(self, hashes: Sequence[bytes], model_id: str) -> set[bytes]:
        """Return the contents that were looked at with a model."""
        with self._reading():
            self._seek(hashes)
            found = self.connection.execute(
                "SELECT seen.hash FROM sought CROSS JOIN seen ON seen.hash = sought.hash"
                " AND model = ?",
                (model_id,),
            )
            return {content_hash for (content_hash,) in found}

    def contents(self, model_id: str) -> list[bytes]:
        """List every content that was looked at with a model."""
        with self._reading():
            found = self.connection.execute("SELECT hash FROM seen WHERE model = ?", (model_id,))
            return sorted(row[0] for row in found if isinstance(row[0], bytes))

    def paths(self, hashes: Sequence[bytes]) -> dict[bytes, list[Path]]:
        """Return where files of these contents were when they were last looked at."""
        found: dict[bytes, list[Path]] = {}
        with self._reading():
            self._seek(hashes)
            for content_hash, path in self.connection.execute(
                "SELECT hash, path FROM location WHERE hash IN (SELECT hash FROM sought)"
                " AND typeof(path) = 'blob' ORDER BY path"
            ):
                found.setdefault(content_hash, []).append(Path(os.fsdecode(path)))
        return found

    def measured(self, hashes: Sequence[bytes]) -> set[bytes]:
        """Return the contents that this version has measured."""
        from photosort.catalog import measures

        with self._reading():
            self._seek(hashes)
            return set(measures.measured(self.connection))

    def measures(self, hashes: Sequence[bytes]) -> tuple[Thumbs, Floats]:
        """Return thumbnails (n, 32, 32), uint8, and numbers (n, 45), in the order of `hashes`.

        A hash that `measured` would not have given raises.
        """
        import numpy as np

        from photosort.catalog import measures

        with self._reading():
            self._seek(hashes)
            thumbs, numbers, found = measures.read(self.connection, hashes)
        self._require(found, len(hashes))
        if not np.isfinite(numbers).all():
            raise damaged(self.path)
        return thumbs, numbers

    def _require(self, found: int, wanted: int) -> None:
        if found < wanted:
            raise PhotosortError(
                f"{self.path}: misses {counted(wanted - found, 'photo')}; run again"
            )

    def _rows(
        self, hashes: Sequence[bytes], model_id: str, columns: Mapping[str, int]
    ) -> list[Floats]:
        """Read columns of float16 numbers, of so many each, as float32."""
        from photosort.catalog.numbers import read

        with self._reading():
            self._seek(hashes)
            reader = read(self.connection, len(hashes), model_id, columns)
        self._require(reader.found, len(hashes))
        if not reader.all_finite():
            raise damaged(self.path)
        return reader.arrays

    def located(self, file: FileState) -> bytes | None:
        """Return the content hash of a file that is as it was when it was looked at."""
        with explained(self.path):
            row = self.connection.execute(
                "SELECT hash FROM location WHERE (path, size_bytes, mtime_ns, ctime_ns)"
                " = (?, ?, ?, ?) AND typeof(hash) = 'blob'",
                to_key(file),
            ).fetchone()
        return row[0] if row else None

    def thumbnail(self, content_hash: bytes) -> bytes | None:
        """Return a photo's small picture, JPEG; None where there is none, or none any more."""
        with explained(self.path):
            return thumbnails.read(self.connection, content_hash)

    def store_thumbnails(self, made: Sequence[tuple[FileState, bytes, bytes]]) -> None:
        """Remember small pictures of files with a content hash; the oldest give way to them."""
        with self._writing():
            store_locations(self.connection, ((file, digest) for file, digest, _ in made))
            pairs = [(content_hash, picture) for _, content_hash, picture in made]
            thumbnails.store(self.connection, pairs, thumbnails.LIMIT_BYTES)

    def remarks(self) -> dict[bytes, str]:
        """Return what is wrong with photos that are used in spite of it, by content hash."""
        with self._reading():
            found = self.connection.execute("SELECT hash, remark FROM remark").fetchall()
        return {
            content_hash: remark
            for content_hash, remark in found
            if isinstance(content_hash, bytes) and isinstance(remark, str)
        }

    def facts(self, files: Sequence[FileState]) -> list[Facts | None]:
        """Return the facts of each file; None for one that is new or has changed since."""
        found: list[Facts | None] = [None] * len(files)
        with self._reading():
            self._seek_files(files)
            for position, *values in self.connection.execute(
                f"""SELECT position, {", ".join(KINDS)} FROM sought
                CROSS JOIN facts USING (path, size_bytes, mtime_ns, ctime_ns)
                WHERE version = ?""",  # noqa: S608 (names of our columns)
                (VERSION,),
            ):
                found[position] = from_row(values)
        return found

    def store_facts(self, read: Iterable[tuple[FileState, Facts]]) -> None:
        """Remember facts, all of them or (when this raises) none."""
        with self._writing():
            store_facts(self.connection, read)

    def formats(self, files: Sequence[FileKey]) -> list[str | None]:
        """Say what each file was found to be; None for one that is new or has changed since."""
        found: list[str | None] = [None] * len(files)
        with self._reading():
            self._seek_keys(map(folded, files))
            for position, name in self.connection.execute(
                """SELECT position, format FROM sought
                CROSS JOIN format USING (path, size_bytes, mtime_ns, ctime_ns)
                WHERE version = ? AND typeof(format) = 'text'""",
                (SIGNATURES_VERSION,),
            ):
                found[position] = name
        return found

    def store_formats(self, found: Iterable[tuple[FileKey, str]]) -> None:
        """Remember what files are."""
        with self._writing():
            store_formats(self.connection, found)

    def info(self) -> Info:
        """Count what the catalog holds."""
        with self._reading():
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

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Run one transaction, committed unless it raises."""
        with explained(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            with self.connection:
                yield

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """Read from one state of the catalog; `sought`, which is temporary, starts empty."""
        with explained(self.path):
            self.connection.execute("BEGIN")
            with self.connection:
                self.connection.execute("DELETE FROM sought")
                yield

    def _seek(self, hashes: Sequence[bytes]) -> None:
        self.connection.executemany(
            "INSERT INTO sought VALUES (?, NULL, NULL, NULL, ?, NULL)", enumerate(hashes)
        )

    def _seek_files(self, files: Iterable[FileState]) -> None:
        self._seek_keys(map(to_key, files))

    def _seek_keys(self, keys: Iterable[FileKey]) -> None:
        self.connection.executemany(
            "INSERT INTO sought VALUES (?, ?, ?, ?, NULL, ?)",
            ((position, *key) for position, key in enumerate(keys)),
        )
