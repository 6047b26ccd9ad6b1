"""Rows of numbers, float16 in the catalog and float32 in memory."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from photosort.dec.arrays import Floats


def packed(numbers: npt.NDArray[np.float16], size: int) -> bytes:
    """Pack `size` float16, little-endian on every machine."""
    blob = np.asarray(numbers, "<f2").tobytes()
    assert len(blob) == 2 * size  # noqa: S101 (what is stored must be found whole again)
    return blob


class Reader:
    """Unpacks rows of numbers into `arrays`, float32, one a column."""

    def __init__(self, rows: int, widths: Iterable[int]) -> None:
        self.arrays: list[Floats] = [np.empty((rows, width), np.float32) for width in widths]
        self.found = 0

    def take(self, row: int, blobs: Sequence[bytes]) -> None:
        """Unpack the blobs of a row, one a column."""
        for array, blob in zip(self.arrays, blobs, strict=True):
            array[row] = np.frombuffer(blob, "<f2")
        self.found += 1

    def all_finite(self) -> bool:
        """Return whether all numbers are finite.

        The sums of rows are tested: they are finite only if all numbers are, and a test of each
        number would need an array of the same size.
        """
        with np.errstate(invalid="ignore"):
            return all(np.isfinite(array.sum(axis=1)).all() for array in self.arrays)


def read(
    connection: sqlite3.Connection, wanted: int, model_id: str, columns: Mapping[str, int]
) -> Reader:
    """Read `columns` of the `wanted` contents in `sought`; `columns` holds the width of each."""
    reader = Reader(wanted, columns.values())
    for position, *blobs in connection.execute(
        f"""SELECT position, {", ".join(columns)}
        FROM sought CROSS JOIN seen ON seen.hash = sought.hash AND model = ?""",  # noqa: S608 (our columns)
        (model_id,),
    ):
        reader.take(position, blobs)
    return reader
