"""Records that several rooms share: what was learned of a photo, and what is left out and why."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from photosort.photos.measures import Measures
    from photosort.photos.metadata import Facts


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that is left out though it could hold a photo, and why, in one line."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A photo that is used in spite of damage, and what is wrong with it, in one line."""

    path: Path
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """What was learned of a photo; size and times are those of the bytes that were hashed."""

    path: Path
    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    content_hash: bytes  # 16 bytes, BLAKE2b of the file
    facts: Facts
    feature: npt.NDArray[np.float16]  # (1280,)
    scores: npt.NDArray[np.float16]  # (1000,)
    remark: str | None = None  # on damage that it is used in spite of
    measures: Measures | None = None
    thumbnail: bytes | None = None  # JPEG


@dataclass(frozen=True, slots=True)
class Failed:
    """A photo that could not be looked at; without a hash, another run is to try again."""

    path: Path
    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    content_hash: bytes | None
    reason: str


def new_hash(data: bytes = b"") -> hashlib.blake2b:
    """Start the hash that tells one content from another: BLAKE2b, 16 bytes."""
    return hashlib.blake2b(data, digest_size=16)


def content_hash(path: Path) -> bytes:
    """Return a file's hash (see `new_hash`), equal to `Embedded.content_hash`; raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, new_hash).digest()


def read_hash(text: str | None) -> bytes | None:
    """Read a content hash written in hex, as album.json has it; None for a text that is none."""
    try:
        return bytes.fromhex(text or "") or None
    except ValueError:
        return None
