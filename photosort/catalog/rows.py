"""Files and numbers as values of a row, and back."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from photosort.dec.arrays import Floats
from photosort.photos.paths import bytes_of

CLASSES: Final = 1000
FEATURE_SIZE: Final = 1280  # of the networks that ship
OWN: Final = "own-"  # begins the id of a user's network: own-HASH-WIDTH, HASH of 12 digits


class FileState(Protocol):
    """A file as it was when it was looked at: a photo or a sidecar."""

    @property
    def path(self) -> Path:
        """Where it lies."""

    @property
    def size_bytes(self) -> int:
        """Its length."""

    @property
    def mtime_ns(self) -> int:
        """When its content was last written, as programs may set it."""

    @property
    def ctime_ns(self) -> int:
        """When anything of it was last changed, as the system sets it."""


def to_key(file: FileState) -> tuple[bytes, int, int, int]:
    """Give path, size, mtime and ctime: what is known of a file holds while they stay."""
    times = _int64(file.mtime_ns), _int64(file.ctime_ns)
    return bytes_of(str(file.path)), file.size_bytes, *times


def feature_size(model_id: str) -> int:
    """Return how many numbers the features of a network have."""
    return int(model_id.rpartition("-")[2]) if model_id.startswith(OWN) else FEATURE_SIZE


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
        """Return whether all numbers are; in sums of rows, as no array as large need be made."""
        with np.errstate(invalid="ignore"):
            return all(np.isfinite(array.sum(axis=1)).all() for array in self.arrays)


def _int64(time_ns: int) -> int:
    """Fold a time into SQLite's 64 bits: some file systems know years beyond 2262."""
    return (time_ns + 2**63) % 2**64 - 2**63
