"""Files as values of a row, and the sizes of rows of numbers."""

from pathlib import Path
from typing import Final, Protocol

from photosort.photos.paths import FileKey, bytes_of

CLASSES: Final = 1000
MOST: Final = 2**63  # SQLite's integers are below it
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


def to_key(file: FileState) -> FileKey:
    """Give path, size, mtime and ctime: what is known of a file holds while these are the same."""
    return folded((bytes_of(str(file.path)), file.size_bytes, file.mtime_ns, file.ctime_ns))


def folded(key: FileKey) -> FileKey:
    """Wrap a key's times into SQLite's 64 bits: some file systems know years beyond 2262."""
    path, size_bytes, mtime_ns, ctime_ns = key
    if -MOST <= mtime_ns < MOST and -MOST <= ctime_ns < MOST:
        return key
    return path, size_bytes, _int64(mtime_ns), _int64(ctime_ns)


def feature_size(model_id: str) -> int:
    """Return how many numbers the features of a network have."""
    return int(model_id.rpartition("-")[2]) if model_id.startswith(OWN) else FEATURE_SIZE


def _int64(time_ns: int) -> int:
    return (time_ns + MOST) % (2 * MOST) - MOST
