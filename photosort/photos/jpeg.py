"""What a JPEG's markers say of its scans, and how to mend a damaged one."""

from typing import Final

#: Filling for the last rows of blocks, which are drawn when they are complete.
_FILLING_BYTES: Final = 1 << 10
_PROGRESSIVE: Final = b"\xc2"
_FRAMES: Final = frozenset({b"\xc0", b"\xc1", _PROGRESSIVE})
#: What is kept of the segments of applications, by marker: how it begins, and its least length.
#: JFIF and Adobe say how colours are stored.
_KEPT: Final = {0xE0: (b"JFIF\0", 14), 0xE1: (b"Exif\0\0", 14), 0xEE: (b"Adobe", 12)}
_START_OF_SCAN: Final = b"\xff\xda"
_END_OF_IMAGE: Final = b"\xff\xd9"


def is_in_scans(data: bytes) -> bool:
    """Return whether the picture is drawn in several scans, each finer or of another colour."""
    segments, at = _header(data)
    frame = next((segment for segment in segments if segment[1:2] in _FRAMES), b"")
    return frame[1:2] == _PROGRESSIVE or frame[9:10] != data[at + 4 : at + 5]


def is_drawn(data: bytes) -> bool:
    """Return whether a JPEG in scans was drawn whole at least once before its file was cut."""
    _, at = _header(data)
    return is_in_scans(data) and data.find(_START_OF_SCAN, at + 2) > 0


def mend_jpeg(data: bytes, filler: bytes) -> bytes:
    """Leave out what is not about pixels, and let what there is of the last blocks be drawn."""
    segments, at = _header(data)
    kept = [segment for segment in segments if _is_needed(segment)]
    end = _END_OF_IMAGE if is_in_scans(data) else b""
    scans = data[at:].rstrip(b"\xff")  # half a marker
    return b"".join((data[:2], *kept, scans, filler * _FILLING_BYTES, end))


def _header(data: bytes) -> tuple[list[bytes], int]:
    """List the segments before the first scan, and say where that begins."""
    segments, at = [], 2
    while data[at : at + 1] == b"\xff" and data[at : at + 2] != _START_OF_SCAN:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end < at + 4:
            break
        segments.append(data[at:end])
        at = end
    return segments, at


def _is_needed(segment: bytes) -> bool:
    """Return whether a segment serves pixels, their colours, or how they are turned."""
    marker, content = segment[1], segment[4:]
    if not (0xE0 <= marker <= 0xEF or marker == 0xFE):
        return True
    mark, length = _KEPT.get(marker, (b"", len(segment)))
    return content.startswith(mark) and len(content) >= length
