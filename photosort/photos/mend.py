"""The bytes of a damaged photo, rebuilt from what its pixels need; what is missing is filled up."""

import zlib
from collections.abc import Callable
from typing import Final

from photosort.photos.heif import box_end
from photosort.photos.jpeg import mend_jpeg

#: WebP's decoder gives up where data ends. It was seen to take up to twice what there was.
_WEBP_FILLING: Final = 8
_MAX_FILLING_BYTES: Final = 64 << 20
_PNG_END: Final = b"\0\0\0\0IEND\xaeB`\x82"
#: Chunks that a PNG's pixels need, and others that are kept where they are whole.
_PNG_NEEDED: Final = frozenset({b"IHDR", b"PLTE"})
_PNG_USEFUL: Final = frozenset({b"tRNS", b"eXIf"})


def mend(data: bytes, image_format: str, filler: int) -> bytes:
    """Rebuild a damaged photo's file so that its decoder draws what is left of the picture.

    Raises ValueError for a file of which too little is left.
    """
    mender = _MENDERS.get(image_format)
    return data if mender is None else mender(data, bytes([filler]))


def _mend_png(data: bytes, _filler: bytes) -> bytes:
    """Keep what a PNG's pixels and its orientation need: Pillow refuses a photo for the rest."""
    kept, at = [data[:8]], 8
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body, checksum = data[at + 8 : at + 8 + length], data[at + 8 + length : at + 12 + length]
        right = zlib.crc32(kind + body).to_bytes(4, "big")
        if kind == b"IEND":
            break
        if kind == b"IDAT":  # perhaps the last one, and cut
            kept.append(len(body).to_bytes(4, "big") + kind + body + right)
        elif kind in _PNG_NEEDED or (kind in _PNG_USEFUL and checksum == right):
            kept.append(data[at : at + 12 + length])
        at += 12 + length
    return b"".join((*kept, _PNG_END))


def _mend_webp(data: bytes, filler: bytes) -> bytes:
    """Let the chunk of the pixels reach to the end of the file, and that lie further out."""
    at = 12
    while data[at : at + 4] not in {b"VP8 ", b"VP8L"}:
        if at + 8 > len(data):
            raise ValueError("no pixels")
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + length + length % 2
    body = data[at + 8 :]
    body += filler * min(_WEBP_FILLING * len(body), _MAX_FILLING_BYTES)
    body += filler * (len(body) % 2)
    head = data[8 : at + 4] + len(body).to_bytes(4, "little")
    return b"RIFF" + (len(head) + len(body)).to_bytes(4, "little") + head + body


def _mend_boxes(data: bytes, filler: bytes) -> bytes:
    """Fill up the last box of a HEIF or AVIF to the length it claims."""
    missing = box_end(data) - len(data)
    if missing > min(_MAX_FILLING_BYTES, 8 * len(data)):
        raise ValueError("too little is left")
    return data + filler * missing


_MENDERS: Final[dict[str, Callable[[bytes, bytes], bytes]]] = {
    "JPEG": mend_jpeg,
    "PNG": _mend_png,
    "WEBP": _mend_webp,
    "HEIF": _mend_boxes,
    "AVIF": _mend_boxes,
}
