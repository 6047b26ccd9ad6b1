"""What the catalog knows of files: which content each has, what it is, what its header says."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from photosort.catalog.facts import KINDS, from_row
from photosort.catalog.opening import explained
from photosort.catalog.rows import FileState, folded, to_key
from photosort.catalog.session import Session
from photosort.catalog.storing import store_facts, store_formats, store_locations
from photosort.photos.formats import SIGNATURES_VERSION
from photosort.photos.metadata import VERSION, Facts
from photosort.photos.paths import FileKey
from photosort.photos.scan import Photo


class Files(Session):
    """Looks up files by path, size and times, and remembers what was found."""

    def known(self, photos: Sequence[Photo], model_id: str) -> dict[Path, bytes | str]:
        """Look up photos by path, size and times: the content hash, or why the photo failed.

        A photo that is absent from the result has to be looked at.
        """
        found: dict[Path, bytes | str] = {}
        with self.reading():
            self.seek_files(photos)
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
        """List the sizes of `photos` that contents which were looked at with a model have, too.

        A new file of such a size may be one of these contents, moved or copied: hashing it (see
        `has`) is cheaper than embedding it. A file of any other size is certainly new.
        """
        with self.reading():
            self.seek_files(photos)
            return {
                size_bytes
                for (size_bytes,) in self.connection.execute(
                    """SELECT DISTINCT size_bytes FROM sought CROSS JOIN content USING (size_bytes)
                    CROSS JOIN feature ON feature.hash = content.hash AND model = ?""",
                    (model_id,),
                )
                if isinstance(size_bytes, int)
            }

    def located(self, file: FileState) -> bytes | None:
        """Return the content hash of a file; None where it is unknown or has changed since."""
        with explained(self.path):
            row = self.connection.execute(
                "SELECT hash FROM location WHERE (path, size_bytes, mtime_ns, ctime_ns)"
                " = (?, ?, ?, ?) AND typeof(hash) = 'blob'",
                to_key(file),
            ).fetchone()
        return row[0] if row else None

    def locate(self, photo: Photo, content_hash: bytes) -> None:
        """Remember that a file that was moved, copied or touched holds content that is known."""
        with self.writing():
            store_locations(self.connection, [(photo, content_hash)])

    def paths(self, hashes: Sequence[bytes]) -> dict[bytes, list[Path]]:
        """Return where files of these contents were when they were last looked at."""
        found: dict[bytes, list[Path]] = {}
        with self.reading():
            self.seek(hashes)
            for content_hash, path in self.connection.execute(
                "SELECT hash, path FROM location WHERE hash IN (SELECT hash FROM sought)"
                " AND typeof(path) = 'blob' ORDER BY path"
            ):
                found.setdefault(content_hash, []).append(Path(os.fsdecode(path)))
        return found

    def retime(self, changed: Iterable[tuple[Photo, int]]) -> None:
        """Remember a new ctime, in ns, of photos whose content did not change."""
        rows = [
            (to_key(replace(photo, ctime_ns=ctime_ns))[-1], *to_key(photo))
            for photo, ctime_ns in changed
        ]
        with self.writing():
            for table in ("location", "facts", "format"):
                self.connection.executemany(
                    f"""UPDATE {table} SET ctime_ns = ?
                    WHERE path = ? AND size_bytes = ? AND mtime_ns = ? AND ctime_ns = ?""",  # noqa: S608 (our tables)
                    rows,
                )

    def facts(self, files: Sequence[FileState]) -> list[Facts | None]:
        """Return the facts of each file; None for one that is new or has changed since."""
        found: list[Facts | None] = [None] * len(files)
        with self.reading():
            self.seek_files(files)
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
        with self.writing():
            store_facts(self.connection, read)

    def formats(self, files: Sequence[FileKey]) -> list[str | None]:
        """Return each file's format or kind; None for one that is new or has changed since."""
        found: list[str | None] = [None] * len(files)
        with self.reading():
            self.seek_keys(map(folded, files))
            for position, name in self.connection.execute(
                """SELECT position, format FROM sought
                CROSS JOIN format USING (path, size_bytes, mtime_ns, ctime_ns)
                WHERE version = ? AND typeof(format) = 'text'""",
                (SIGNATURES_VERSION,),
            ):
                found[position] = name
        return found

    def store_formats(self, found: Iterable[tuple[FileKey, str]]) -> None:
        """Remember what files are, a photo's format or another file's kind."""
        with self.writing():
            store_formats(self.connection, found)
