"""An open catalog: its connection, its transactions, and the table of what a query asks for."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

from photosort import __version__
from photosort.catalog.opening import explained
from photosort.catalog.rows import CLASSES, FEATURE_SIZE, OWN, FileState, to_key
from photosort.photos.formats import DECODER_VERSION
from photosort.photos.paths import FileKey

TEMPORARY: Final = (
    # The files or contents that a query asks for: too many for a list of parameters.
    """CREATE TEMP TABLE sought (
        position INTEGER PRIMARY KEY, path BLOB, size_bytes INTEGER, mtime_ns INTEGER, hash BLOB,
        ctime_ns INTEGER
    )""",
    # Looked-at contents whose rows are whole: `feature_size` float16 and 1000 of them. In the id of
    # a user's network, WIDTH begins behind OWN, the 12 digits of HASH and a hyphen.
    f"""CREATE TEMP VIEW seen AS
    SELECT feature.*, content.size_bytes FROM feature JOIN content USING (hash)
    WHERE typeof(feature) = 'blob' AND length(feature) = 2 * CASE
    WHEN model LIKE '{OWN}%' THEN CAST(substr(model, {len(OWN) + 14}) AS INTEGER)
    ELSE {FEATURE_SIZE} END
    AND typeof(scores) = 'blob' AND length(scores) = {2 * CLASSES}""",  # noqa: S608 (our constants)
)


def reader_version() -> str:
    """Name the decoder by its versions: a photo that failed with others is tried again."""
    from importlib.metadata import version  # slow to import, and seldom needed

    ours = f"photosort {__version__}.{DECODER_VERSION}"
    return f"{ours}, pillow {version('pillow')}, pi-heif {version('pi-heif')}"


class Session:
    """A connection to the catalog at `path`. Every method can raise PhotosortError."""

    def __init__(self, path: Path, connection: sqlite3.Connection, reader: str | None) -> None:
        self.path = path
        self.connection = connection
        self._reader = reader
        with explained(path):
            for statement in TEMPORARY:
                connection.execute(statement)

    @cached_property
    def reader(self) -> str:
        """The decoder that failures are remembered for."""
        return self._reader or reader_version()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Run one transaction, committed unless it raises."""
        with explained(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            with self.connection:
                yield

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Read from one state of the catalog; `sought`, which is temporary, starts empty."""
        with explained(self.path):
            self.connection.execute("BEGIN")
            with self.connection:
                self.connection.execute("DELETE FROM sought")
                yield

    def seek(self, hashes: Sequence[bytes]) -> None:
        """Fill `sought` with contents, in their order."""
        self.connection.executemany(
            "INSERT INTO sought VALUES (?, NULL, NULL, NULL, ?, NULL)", enumerate(hashes)
        )

    def seek_files(self, files: Iterable[FileState]) -> None:
        """Fill `sought` with files, in their order."""
        self.seek_keys(map(to_key, files))

    def seek_keys(self, keys: Iterable[FileKey]) -> None:
        """Fill `sought` with the keys of files, in their order."""
        self.connection.executemany(
            "INSERT INTO sought VALUES (?, ?, ?, ?, NULL, ?)",
            ((position, *key) for position, key in enumerate(keys)),
        )
