"""The catalog: look up, store, read back.

Features are keyed by content: the hash of a file's bytes and the id of the model. (path, size,
mtime) is the shortcut that spares even the hash. Facts of the header are keyed by path, size, mtime
and ctime alone: reading a header costs less than hashing. Rows are untrusted: one of the wrong
shape counts as absent.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final, Protocol, Self

import numpy as np
import numpy.typing as npt

from photosort import __version__
from photosort.catalog.facts import KINDS, clean, from_row, to_row
from photosort.catalog.opening import (
    IN_MEMORY,
    connect,
    damaged,
    default_path,
    explained,
    files,
    remove,
)
from photosort.errors import PhotosortError
from photosort.photos.metadata import VERSION, Facts
from photosort.photos.records import Embedded, Failed
from photosort.photos.scan import Photo

__all__ = ["IN_MEMORY", "Catalog", "Info", "reader_version"]

Floats = npt.NDArray[np.float32]

FEATURE_SIZE: Final = 1280
CLASSES: Final = 1000
TEMPORARY: Final = (
    # What a query is about: 200,000 photos do not fit a list of parameters.
    """CREATE TEMP TABLE sought (
        position INTEGER PRIMARY KEY, path BLOB, size_bytes INTEGER, mtime_ns INTEGER, hash BLOB,
        ctime_ns INTEGER
    )""",
    # Photos that were looked at, whole: 1280 and 1000 float16.
    """CREATE TEMP VIEW seen AS
    SELECT feature.*, content.size_bytes FROM feature JOIN content USING (hash)
    WHERE typeof(feature) = 'blob' AND length(feature) = 2560
    AND typeof(scores) = 'blob' AND length(scores) = 2000""",
)


class FileState(Protocol):
    """A file as it was when it was looked at: a photo or a sidecar."""

    @property
    def path(self) -> Path: ...
    @property
    def size_bytes(self) -> int: ...
    @property
    def mtime_ns(self) -> int: ...
    @property
    def ctime_ns(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Info:
    """What a catalog holds."""

    path: Path
    size_bytes: int
    photos: int  # distinct contents
    failures: int
    models: Mapping[str, int]  # photos looked at with each


def reader_version() -> str:
    """Name what decodes: a photo that failed under another version is tried again."""
    return f"photosort {__version__}, pillow {version('pillow')}, pi-heif {version('pi-heif')}"


class Catalog:
    """An open catalog; use it as a context manager. Every method can raise PhotosortError."""

    def __init__(self, path: Path, connection: sqlite3.Connection, reader: str) -> None:
        self.path = path
        self.connection = connection
        self.reader = reader

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
        return cls(path, connection, reader or reader_version())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def known(self, photos: Sequence[Photo], model_id: str) -> dict[Path, bytes | str]:
        """Look up photos by path, size and mtime: the content hash, or why the photo failed.

        A photo that is absent from the result is to be looked at.
        """
        rows = (
            (position, os.fsencode(photo.path), photo.size_bytes, _int64(photo.mtime_ns))
            for position, photo in enumerate(photos)
        )
        found: dict[Path, bytes | str] = {}
        with self._reading():
            self.connection.executemany("INSERT INTO sought VALUES (?, ?, ?, ?, NULL, NULL)", rows)
            for position, answer in self.connection.execute(
                """SELECT position, reason
                FROM sought CROSS JOIN location USING (path, size_bytes, mtime_ns)
                CROSS JOIN failure ON failure.hash = location.hash AND reader = ?
                UNION ALL SELECT position, seen.hash
                FROM sought CROSS JOIN location USING (path, size_bytes, mtime_ns)
                CROSS JOIN seen ON seen.hash = location.hash AND model = ?""",
                (self.reader, model_id),
            ):
                if isinstance(answer, bytes | str):
                    found[photos[position].path] = answer
        return found

    def sizes(self, model_id: str) -> set[int]:
        """List the file sizes of photos looked at with a model.

        A new file of another size is none of them, moved or copied; one of these sizes may be, and
        hashing it (see `has`) is cheaper than embedding it.
        """
        with self._reading():
            return {
                size_bytes
                for (size_bytes,) in self.connection.execute(
                    "SELECT DISTINCT size_bytes FROM seen WHERE model = ?", (model_id,)
                )
                if isinstance(size_bytes, int)
            }

    def has(self, content_hash: bytes, model_id: str) -> bool:
        """Tell whether a photo of this content was looked at with this model."""
        with self._reading():
            row = self.connection.execute(
                "SELECT 1 FROM seen WHERE hash = ? AND model = ?", (content_hash, model_id)
            ).fetchone()
        return row is not None

    def locate(self, photo: Photo, content_hash: bytes) -> None:
        """Remember that a file holds content that is known already: moved, copied or touched."""
        with self._writing():
            self._store_locations([(photo.path, photo.size_bytes, photo.mtime_ns, content_hash)])

    def store(self, batch: Sequence[Embedded | Failed], model_id: str) -> None:
        """Remember results, all of them or (when this raises) none.

        A file that could not even be read leaves no trace: it may be readable next time.
        """
        embedded = [result for result in batch if isinstance(result, Embedded)]
        failed = [result for result in batch if isinstance(result, Failed)]
        with self._writing():
            self._store_embedded(embedded, model_id)
            self.connection.executemany(
                "INSERT OR REPLACE INTO failure VALUES (?, ?, ?)",
                [(f.content_hash, self.reader, clean(f.reason)) for f in failed if f.content_hash],
            )
            self._store_locations(
                (result.path, result.size_bytes, result.mtime_ns, result.content_hash)
                for result in batch
                if result.content_hash
            )

    def features(self, hashes: Sequence[bytes], model_id: str) -> tuple[Floats, Floats]:
        """Return features (n, 1280) and class scores (n, 1000), float32, in the order of `hashes`.

        A hash may occur several times. One that `known` would not have given raises.
        """
        features = np.empty((len(hashes), FEATURE_SIZE), np.float32)
        scores = np.empty((len(hashes), CLASSES), np.float32)
        found = 0
        with self._reading():
            self._seek(hashes)
            for position, feature, score in self.connection.execute(
                """SELECT position, feature, scores
                FROM sought CROSS JOIN seen ON seen.hash = sought.hash AND model = ?""",
                (model_id,),
            ):
                features[position] = np.frombuffer(feature, "<f2")
                scores[position] = np.frombuffer(score, "<f2")
                found += 1
        if found < len(hashes):
            raise PhotosortError(
                f"{self.path}: {len(hashes) - found} photos are gone from it; run again"
            )
        if not (_finite(features) and _finite(scores)):
            raise damaged(self.path)
        return features, scores

    def facts(self, files: Sequence[FileState]) -> dict[Path, Facts]:
        """Return the facts of files that have not changed since; others are to be read."""
        rows = (
            (position, os.fsencode(f.path), f.size_bytes, _int64(f.mtime_ns), _int64(f.ctime_ns))
            for position, f in enumerate(files)
        )
        with self._reading():
            self.connection.executemany("INSERT INTO sought VALUES (?, ?, ?, ?, NULL, ?)", rows)
            found = self.connection.execute(
                f"""SELECT position, {", ".join(KINDS)} FROM sought
                CROSS JOIN facts USING (path, size_bytes, mtime_ns, ctime_ns)
                WHERE version = ?""",  # noqa: S608 (names of our columns)
                (VERSION,),
            )
            return {files[position].path: from_row(values) for position, *values in found}

    def store_facts(self, read: Iterable[tuple[FileState, Facts]]) -> None:
        """Remember facts, all of them or (when this raises) none."""
        with self._writing():
            self._store_facts(read)

    def info(self) -> Info:
        """Count what the catalog holds."""
        with self._reading():
            models = self.connection.execute("SELECT model, count(*) FROM feature GROUP BY model")
            photos, failures = self.connection.execute(
                "SELECT (SELECT count(*) FROM content), (SELECT count(*) FROM failure)"
            ).fetchone()
            return Info(
                path=self.path,
                size_bytes=sum(file.stat().st_size for file in files(self.path) if file.exists()),
                photos=photos,
                failures=failures,
                models=dict(models.fetchall()),
            )

    @staticmethod
    def clear(path: Path | None = None) -> int:
        """Remove the catalog, damaged or not, and return the bytes freed; none there is fine."""
        return remove(path or default_path())

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

    def _store_embedded(self, embedded: Sequence[Embedded], model_id: str) -> None:
        hashes = [(e.content_hash,) for e in embedded]
        self.connection.executemany("DELETE FROM failure WHERE hash = ?", hashes)
        self.connection.executemany(
            "INSERT OR REPLACE INTO content VALUES (?, ?)",
            [(e.content_hash, e.size_bytes) for e in embedded],
        )
        self._store_facts((e, e.facts) for e in embedded)
        self.connection.executemany(
            "INSERT OR REPLACE INTO feature VALUES (?, ?, ?, ?)",
            [
                (e.content_hash, model_id, _blob(e.feature, FEATURE_SIZE), _blob(e.scores, CLASSES))
                for e in embedded
            ],
        )

    def _store_facts(self, read: Iterable[tuple[FileState, Facts]]) -> None:
        marks = ", ".join("?" * (5 + len(KINDS)))
        self.connection.executemany(
            f"INSERT OR REPLACE INTO facts VALUES ({marks})",  # noqa: S608 (question marks)
            (
                [
                    os.fsencode(file.path),
                    file.size_bytes,
                    _int64(file.mtime_ns),
                    _int64(file.ctime_ns),
                    VERSION,
                    *to_row(facts),
                ]
                for file, facts in read
            ),
        )

    def _store_locations(self, rows: Iterable[tuple[Path, int, int, bytes]]) -> None:
        self.connection.executemany(
            "INSERT OR REPLACE INTO location VALUES (?, ?, ?, ?)",
            (
                (os.fsencode(path), size_bytes, _int64(mtime_ns), content_hash)
                for path, size_bytes, mtime_ns, content_hash in rows
            ),
        )


def _finite(rows: Floats) -> bool:
    """Tell whether all is finite, without another array as large: sums of float16 do not spill."""
    with np.errstate(invalid="ignore"):
        return bool(np.isfinite(rows.sum(axis=1)).all())


def _blob(numbers: npt.NDArray[np.float16], size: int) -> bytes:
    """Pack `size` float16, little-endian on every machine."""
    blob = np.asarray(numbers, "<f2").tobytes()
    assert len(blob) == 2 * size  # noqa: S101 (what is stored must be found whole again)
    return blob


def _int64(mtime_ns: int) -> int:
    """Fold a time into SQLite's 64 bits: some file systems know years beyond 2262."""
    return (mtime_ns + 2**63) % 2**64 - 2**63
