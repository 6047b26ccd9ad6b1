"""HEIC and HEIF through pi-heif, kept from the files that would crash it."""

import io
from collections.abc import Iterator
from typing import IO, Final

from PIL import ImageFile

#: Version and flags, item number (twice as long in version 3) and protection, before the text.
_BEFORE_TEXT: Final = {3: 10}
_BEFORE_TEXT_ELSE: Final = 8


def open_heif(stream: IO[bytes]) -> ImageFile.ImageFile:
    """Open with pi-heif, loaded at the first such photo: most folders have none.

    Raises ValueError for a file whose item list would end the process, and what pi-heif raises.
    """
    from pi_heif import HeifImageFile, options

    options.DECODE_THREADS = 1  # workers are the parallel part
    options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False  # nobody looks at them
    data = stream.read()
    for text in _item_texts(data):
        # pi-heif 1.4 makes Python strings of these and does not look whether it could.
        text.decode()
    image: ImageFile.ImageFile = HeifImageFile(io.BytesIO(data))
    return image


def _item_texts(data: bytes) -> Iterator[bytes]:
    """Find the type, name and content type of every item in the item list."""
    for listing in _boxes(data, b"iinf", 0, len(data)):
        for entry in _boxes(data, b"infe", *listing):
            body = data[slice(*entry)]
            yield body[_BEFORE_TEXT.get(body[0] if body else 0, _BEFORE_TEXT_ELSE) :]


def _boxes(data: bytes, kind: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Find where boxes of a kind begin and end, by name, as damaged boxes lead to no next one."""
    at = data.find(kind, start, end)
    while at >= 0:
        size = int.from_bytes(data[max(at - 4, 0) : at], "big")
        yield at + 4, min(at - 4 + size, end) if size > 8 else end
        at = data.find(kind, at + 4, end)
