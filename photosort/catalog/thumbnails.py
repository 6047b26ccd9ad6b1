"""Thumbnails as rows of the catalog.

They alone are limited in size: above the limit, those that were stored first are dropped. What is
read is untrusted.
"""

import sqlite3
from collections.abc import Iterable
from typing import Final

from photosort.photos.thumbnails import MAX_BYTES, as_jpeg

LIMIT_BYTES: Final = 1 << 30  # some 80,000 photos, of 13 kB each


def store(
    connection: sqlite3.Connection, pairs: Iterable[tuple[bytes, bytes]], limit_bytes: int
) -> None:
    """Remember pictures by content hash and drop the oldest above the limit; in a transaction."""
    connection.executemany(
        "INSERT OR REPLACE INTO thumbnail (hash, size_bytes, picture) VALUES (?, ?, ?)",
        [(content_hash, len(picture), picture) for content_hash, picture in pairs],
    )
    (total,) = connection.execute("SELECT total(size_bytes) FROM thumbnail").fetchone()
    if total <= limit_bytes:
        return
    connection.execute(
        """DELETE FROM thumbnail WHERE id IN (
            SELECT id FROM (
                SELECT id, sum(size_bytes) OVER (ORDER BY id DESC) AS kept FROM thumbnail
            ) WHERE kept > ?
        )""",
        (limit_bytes,),
    )


def read(connection: sqlite3.Connection, content_hash: bytes) -> bytes | None:
    """Find the picture of a content; None for none, or for a row that photosort did not write."""
    row = connection.execute(
        "SELECT picture FROM thumbnail"
        " WHERE hash = ? AND typeof(picture) = 'blob' AND length(picture) <= ?",
        (content_hash, MAX_BYTES),
    ).fetchone()
    return as_jpeg(row[0]) if row else None
