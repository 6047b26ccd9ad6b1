"""Where each photo format keeps its EXIF, its XMP and its size; pixels are passed over."""

import zlib
from collections.abc import Callable, Iterator
from typing import Final

from photosort.photos.metadata.bmff import read_bmff
from photosort.photos.metadata.exif import HEIGHT, WIDTH, XMP
from photosort.photos.metadata.found import Found
from photosort.photos.metadata.tiff import MAX_RAW_BYTES, Tiff, open_tiff
from photosort.photos.metadata.window import Window

#: Parts of a file that are walked: a PNG of 100 megapixels has tens of thousands of chunks.
MAX_PARTS: Final = 100_000
_EXIF_MARK: Final = b"Exif\0\0"
_XMP_MARK: Final = b"http://ns.adobe.com/xap/1.0/\0"
#: JPEG's start of frame, all kinds; 0xC4, 0xC8 and 0xCC are tables (ITU-T T.81, table B.1).
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_SCAN, _END, _APP1 = 0xDA, 0xD9, 0xE1


def find(window: Window) -> Found:
    """Find what a photo's header holds, by its first bytes; nothing in a format not known."""
    head = window.at(0, 16)
    if head[4:8] in (b"ftyp", b"JXL "):
        return read_bmff(window)
    for magic, reader in _READERS:
        if head.startswith(magic):
            return reader(window)
    return Found()


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _jpeg(window: Window) -> Found:
    """Walk the segments to the first scan (ITU-T T.81, annex B; XMP part 3, section 1.1.3)."""
    found = Found()
    for marker, start, length in _segments(window):
        if marker in _FRAMES:
            frame = window.at(start + 1, 4)
            found.size = (_big(frame[2:4]), _big(frame[:2]))
        elif marker == _APP1:
            mark = window.at(start, len(_XMP_MARK))
            if mark.startswith(_EXIF_MARK) and found.exif is None:
                found.exif = open_tiff(Window(window.at(start + 6, length - 6)))
            elif mark == _XMP_MARK and found.xmp is None:
                found.xmp = window.at(start + len(mark), length - len(mark))
    return found


def _segments(window: Window) -> Iterator[tuple[int, int, int]]:
    """Give marker, start and length of the contents of each segment before the pixels."""
    at = 2
    for _ in range(MAX_PARTS):
        head = window.at(at, 4)
        if len(head) < 4 or head[0] != 0xFF or head[1] in (_SCAN, _END):
            return
        if head[1] == 0xFF:  # a fill byte
            at += 1
        elif head[1] in _WITHOUT_LENGTH:
            at += 2
        else:
            length = _big(head[2:4])
            if length < 2:
                return
            yield head[1], at + 4, length - 2
            at += 2 + length


def _png(window: Window) -> Found:
    """Walk the chunks: EXIF and XMP may stand behind the pixels (PNG third edition, section 11)."""
    found = Found()
    for kind, start, length in _chunks(window):
        if kind == b"IHDR":
            header = window.at(start, 8)
            found.size = (_big(header[:4]), _big(header[4:]))
        elif kind == b"eXIf":
            found.exif = found.exif or _exif(window.at(start, length))
        elif kind in (b"iTXt", b"zTXt", b"tEXt") and length <= MAX_RAW_BYTES:
            _png_text(kind, window.at(start, length), found)
    return found


def _chunks(window: Window) -> Iterator[tuple[bytes, int, int]]:
    at = 8
    for _ in range(MAX_PARTS):
        head = window.at(at, 8)
        if len(head) < 8 or head[4:] == b"IEND":
            return
        length = _big(head[:4])
        yield head[4:], at + 8, length
        at += 12 + length


def _png_text(kind: bytes, data: bytes, found: Found) -> None:
    """Keep a text chunk that is XMP, or EXIF or XMP in hexadecimal as ImageMagick writes them."""
    keyword, _, rest = data.partition(b"\0")
    known: dict[bytes, Callable[[bytes], None]] = {
        b"XML:com.adobe.xmp": found.set_xmp,
        b"Raw profile type xmp": lambda text: found.set_xmp(_raw_profile(text)),
        b"Raw profile type exif": lambda text: found.set_exif(_exif(_raw_profile(text))),
        b"Raw profile type APP1": lambda text: _app1(_raw_profile(text), found),
    }
    if keyword not in known:
        return
    if kind == b"iTXt":  # flag, method, language, translated keyword
        is_deflated = rest[:1] == b"\1"
        rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    else:
        is_deflated = kind == b"zTXt"
        rest = rest[1:] if is_deflated else rest
    known[keyword](_inflate(rest) if is_deflated else rest)


def _inflate(data: bytes) -> bytes:
    """Inflate as much as a packet may have; damaged data gives what came before the damage."""
    try:
        return zlib.decompressobj().decompress(data, MAX_RAW_BYTES)
    except zlib.error:
        return b""


def _raw_profile(text: bytes) -> bytes:
    """Decode "name, length, lines of hexadecimal digits"."""
    parts = text.split(maxsplit=2)
    try:
        return bytes.fromhex(parts[2].decode("ascii")) if len(parts) == 3 else b""
    except ValueError:
        return b""


def _app1(segment: bytes, found: Found) -> None:
    if segment.startswith(_EXIF_MARK):
        found.set_exif(_exif(segment))
    elif segment.startswith(_XMP_MARK):
        found.set_xmp(segment[len(_XMP_MARK) :])


def _exif(block: bytes) -> Tiff | None:
    """Open an EXIF block, with or without the mark that JPEG puts before it."""
    return open_tiff(Window(block.removeprefix(_EXIF_MARK)))


def _webp(window: Window) -> Found:
    """Walk the chunks (RFC 9649, section 2.7)."""
    found = Found()
    at = 12
    for _ in range(MAX_PARTS):
        head = window.at(at, 8)
        if len(head) < 8:
            break
        kind, length = head[:4], _little(head[4:])
        if kind == b"EXIF":
            found.exif = found.exif or _exif(window.at(at + 8, length))
        elif kind == b"XMP " and length <= MAX_RAW_BYTES:
            found.set_xmp(window.at(at + 8, length))
        elif found.size is None and kind in (b"VP8X", b"VP8 ", b"VP8L"):
            found.size = _webp_size(kind, window.at(at + 8, 10))
        at += 8 + length + length % 2
    return found


def _webp_size(kind: bytes, data: bytes) -> tuple[int, int] | None:
    """Read the size of the canvas, or of the first frame (RFC 6386, section 9.1)."""
    if kind == b"VP8X":
        return 1 + _little(data[4:7]), 1 + _little(data[7:10])
    if kind == b"VP8 ":
        return _little(data[6:8]) & 0x3FFF, _little(data[8:10]) & 0x3FFF
    bits = _little(data[1:5])
    return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)


def _tiff(window: Window) -> Found:
    found = Found(exif=open_tiff(window))
    if found.exif is None:
        return found
    tags = found.exif.tags(found.exif.first, {WIDTH, HEIGHT, XMP})
    packet, width, height = tags.get(XMP), tags.get(WIDTH), tags.get(HEIGHT)
    if isinstance(packet, bytes):
        found.xmp = packet
    match width, height:
        case (int(columns),), (int(rows),):
            found.size = (columns, rows)
    return found


def _gif(window: Window) -> Found:
    """Read the size of the canvas (GIF89a, section 18)."""
    size = window.at(6, 4)
    return Found(size=(_little(size[:2]), _little(size[2:])))


def _bmp(window: Window) -> Found:
    """Read the size from either kind of second header; rows from the top have a negative height."""
    head = window.at(14, 12)
    if _little(head[:4]) == 12:
        return Found(size=(_little(head[4:6]), _little(head[6:8])))
    width, height = (int.from_bytes(part, "little", signed=True) for part in (head[4:8], head[8:]))
    return Found(size=(abs(width), abs(height)))


_READERS: Final[tuple[tuple[bytes, Callable[[Window], Found]], ...]] = (
    (b"\xff\xd8", _jpeg),
    (b"\x89PNG", _png),
    (b"RIFF", _webp),
    (b"II", _tiff),
    (b"MM", _tiff),
    (b"GIF8", _gif),
    (b"BM", _bmp),
)
