"""What is put into the catalog; each function is called within a transaction."""

import sqlite3
from collections.abc import Iterable, Sequence

from photosort.catalog import thumbnails
from photosort.catalog.facts import KINDS, clean, to_row
from photosort.catalog.rows import CLASSES, FileState, feature_size, folded, to_key
from photosort.photos.formats import SIGNATURES_VERSION
from photosort.photos.metadata import VERSION, Facts
from photosort.photos.paths import FileKey
from photosort.photos.records import Embedded


def store_embedded(
    connection: sqlite3.Connection, embedded: Sequence[Embedded], model_id: str
) -> None:
    """Remember what was seen of photos, and that their contents can be read."""
    from photosort.catalog import measures
    from photosort.catalog.numbers import packed

    hashes = [(e.content_hash,) for e in embedded]
    connection.executemany("DELETE FROM failure WHERE hash = ?", hashes)
    connection.executemany(
        "INSERT OR REPLACE INTO content VALUES (?, ?)",
        [(e.content_hash, e.size_bytes) for e in embedded],
    )
    connection.executemany("DELETE FROM remark WHERE hash = ?", hashes)
    connection.executemany(
        "INSERT OR REPLACE INTO remark VALUES (?, ?)",
        [(e.content_hash, clean(e.remark)) for e in embedded if e.remark],
    )
    store_facts(connection, ((e, e.facts) for e in embedded))
    measures.store(connection, embedded)
    pictures = [(e.content_hash, e.thumbnail) for e in embedded if e.thumbnail]
    thumbnails.store(connection, pictures, thumbnails.LIMIT_BYTES)
    connection.executemany(
        "INSERT OR REPLACE INTO feature VALUES (?, ?, ?, ?)",
        [
            (
                e.content_hash,
                model_id,
                packed(e.feature, feature_size(model_id)),
                packed(e.scores, CLASSES),
            )
            for e in embedded
        ],
    )


def store_facts(connection: sqlite3.Connection, read: Iterable[tuple[FileState, Facts]]) -> None:
    """Remember the facts of files."""
    marks = ", ".join("?" * (5 + len(KINDS)))
    connection.executemany(
        f"INSERT OR REPLACE INTO facts VALUES ({marks})",  # noqa: S608 (question marks)
        ((*to_key(file), VERSION, *to_row(facts)) for file, facts in read),
    )


def store_formats(connection: sqlite3.Connection, found: Iterable[tuple[FileKey, str]]) -> None:
    """Remember what files are, a photo's format or another file's kind."""
    connection.executemany(
        "INSERT OR REPLACE INTO format VALUES (?, ?, ?, ?, ?, ?)",
        ((*folded(key), SIGNATURES_VERSION, name) for key, name in found),
    )


def store_locations(
    connection: sqlite3.Connection, found: Iterable[tuple[FileState, bytes]]
) -> None:
    """Remember which content, by its hash, each file holds."""
    connection.executemany(
        "INSERT OR REPLACE INTO location (path, size_bytes, mtime_ns, ctime_ns, hash)"
        " VALUES (?, ?, ?, ?, ?)",
        ((*to_key(file), content_hash) for file, content_hash in found),
    )
