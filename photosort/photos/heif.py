"""HEIC and HEIF through pi-heif, kept from the files that would crash it."""

import io
from collections.abc import Iterator
from typing import IO, Final

from PIL import ImageFile

#: Version and flags, item number (twice as long in version 3) and protection, before the text.
_BEFORE_TEXT: Final = {3: 10}
_BEFORE_TEXT_ELSE: Final = 8
#: What a file ends in; other kinds at its end are what cameras append, not always as boxes.
_LONG_BOXES: Final = frozenset({b"mdat", b"meta"})


def open_heif(stream: IO[bytes]) -> ImageFile.ImageFile:
    """Open with pi-heif, loaded at the first such photo: most folders have none.

    Raises ValueError for a file whose item list would end the process, EOFError for one that is
    cut, and what pi-heif raises.
    """
    from pi_heif import HeifImageFile, options

    options.DECODE_THREADS = 1  # workers are the parallel part
    options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False  # not needed
    data = stream.read()
    if box_end(data) > len(data):  # libheif would paint missing parts green and say nothing
        raise EOFError("image file is truncated")
    for text in _item_texts(data):
        # pi-heif 1.4 makes Python strings of these and does not look whether it could.
        text.decode()
    image: ImageFile.ImageFile = HeifImageFile(io.BytesIO(data))
    return image


def box_end(data: bytes) -> int:
    """Return where the boxes of a HEIF or AVIF end by their headers: beyond a cut file's end."""
    at = 0
    while at + 16 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if at + size > len(data) and kind in _LONG_BOXES:
            return at + size
        if size < 8:  # to the end of the file, or no box at all
            break
        at += size
    return len(data)


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
