"""What was measured of photos as rows of the catalog, and back; what is read there is untrusted."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from photosort.catalog.numbers import packed
from photosort.dec.arrays import Floats
from photosort.photos.measures import NAMES, THUMB_SIDE, VERSION
from photosort.photos.records import Embedded

Thumbs = npt.NDArray[np.uint8]  # (n, 32, 32)

_WHOLE: Final = f"""version = {VERSION}
    AND typeof(thumb) = 'blob' AND length(thumb) = {THUMB_SIDE**2}
    AND typeof(numbers) = 'blob' AND length(numbers) = {2 * len(NAMES)}"""


def store(connection: sqlite3.Connection, embedded: Iterable[Embedded]) -> None:
    """Remember what was measured; called within a transaction."""
    connection.executemany(
        "INSERT OR REPLACE INTO measure VALUES (?, ?, ?, ?)",
        [
            (
                one.content_hash,
                VERSION,
                np.asarray(one.measures.thumb, np.uint8).tobytes(),
                packed(one.measures.numbers, len(NAMES)),
            )
            for one in embedded
            if one.measures is not None
        ],
    )


def measured(connection: sqlite3.Connection) -> Iterator[bytes]:
    """List which of the contents in `sought` are measured."""
    found = connection.execute(
        f"SELECT sought.hash FROM sought CROSS JOIN measure USING (hash) WHERE {_WHOLE}"  # noqa: S608 (numbers of ours)
    )
    return (content_hash for (content_hash,) in found)


def read(connection: sqlite3.Connection, hashes: Sequence[bytes]) -> tuple[Thumbs, Floats, int]:
    """Read the rows of `sought`, which holds `hashes`: thumbnails, numbers, how many were found."""
    thumbs = np.zeros((len(hashes), THUMB_SIDE, THUMB_SIDE), np.uint8)
    numbers = np.zeros((len(hashes), len(NAMES)), np.float32)
    found = 0
    for position, thumb, row in connection.execute(
        f"""SELECT position, thumb, numbers FROM sought
        CROSS JOIN measure USING (hash) WHERE {_WHOLE}"""  # noqa: S608 (numbers of ours)
    ):
        thumbs[position] = np.frombuffer(thumb, np.uint8).reshape(THUMB_SIDE, THUMB_SIDE)
        numbers[position] = np.frombuffer(row, "<f2")
        found += 1
    return thumbs, numbers, found
