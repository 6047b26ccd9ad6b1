"""An original as a browser shows it. It is opened for nothing but reading."""

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Semaphore
from typing import Final

from photosort.photos.decode import DecodeError, decode
from photosort.photos.formats import HEAD_BYTES, photo_format
from photosort.photos.memory import LEAST_BYTES
from photosort.photos.paths import open_to_read
from photosort.serve.records import Answer, RefusedError

#: Formats that browsers show; the others are decoded here.
KINDS: Final = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
    "BMP": "image/bmp",
}
BLOCK_BYTES: Final = 1 << 18
#: The short side of a decoded photo is 2160 px or more: a window on a 4K screen is no higher.
MIN_SIDE: Final = 1080
QUALITY: Final = 90
_DECODING = Semaphore(1)  # a photo may take LEAST_BYTES of memory


@dataclass(frozen=True, slots=True)
class Original:
    """An open photo that a browser shows as it is."""

    descriptor: int
    kind: str
    size_bytes: int

    def blocks(self) -> Iterator[bytes]:
        """Read as many bytes as were there when it was opened; fewer where it was cut since."""
        left = self.size_bytes
        while left and (block := os.read(self.descriptor, min(left, BLOCK_BYTES))):
            left -= len(block)
            yield block


@contextmanager
def opened(path: Path) -> Iterator[Original | Answer]:
    """Open a photo, or decode it to JPEG where browsers do not show its format.

    What is no photo by its bytes is refused, whatever it was when the album was made. RefusedError.
    """
    try:
        descriptor = open_to_read(str(path))
    except (OSError, ValueError):
        raise RefusedError(404, "the original is not there") from None
    try:
        found = _examined(descriptor, path)
        yield found if found.kind else as_jpeg(found)
    finally:
        os.close(descriptor)


def _examined(descriptor: int, path: Path) -> Original:
    """Say what an open file is; its kind is empty where browsers do not show it. RefusedError."""
    try:
        status = os.fstat(descriptor)
        is_file = stat.S_ISREG(status.st_mode)
        head = os.read(descriptor, HEAD_BYTES) if is_file else b""
        image_format = photo_format(head, path.suffix.lower())
        if image_format is None:
            raise RefusedError(403, "no longer a photo")
        os.lseek(descriptor, 0, os.SEEK_SET)
    except OSError:
        raise RefusedError(404, "the original cannot be read") from None
    return Original(descriptor, KINDS.get(image_format, ""), status.st_size)


def as_jpeg(original: Original) -> Answer:
    """Decode a photo. Raises RefusedError."""
    if original.size_bytes > LEAST_BYTES:
        raise RefusedError(404, "the original is too large to be shown")
    with _DECODING:
        try:
            image = decode(b"".join(original.blocks()), min_side=MIN_SIDE).image
        except (DecodeError, OSError) as error:
            raise RefusedError(404, f"the original cannot be shown: {error}") from None
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=QUALITY)
    return Answer(buffer.getvalue(), "image/jpeg")
