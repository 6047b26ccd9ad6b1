"""HEIF, AVIF and JPEG XL: boxes, and the items that EXIF and XMP are in.

ISO/IEC 14496-12 (boxes), ISO/IEC 23008-12 (HEIF items and properties), ISO/IEC 18181-2 (JPEG XL).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from photosort.photos.metadata.found import Found
from photosort.photos.metadata.tiff import MAX_RAW_BYTES, Tiff, open_tiff
from photosort.photos.metadata.window import Window

MAX_BOXES: Final = 10_000
MAX_META_BYTES: Final = 8 << 20
_XMP_TYPE: Final = b"application/rdf+xml"
_FULL: Final = 4  # version and flags at the start of a full box


def read_bmff(window: Window) -> Found:
    """Find EXIF, XMP and the size of the main picture."""
    found = Found(is_sideways=False)
    for kind, start, length in _boxes(window, 0, window.size):
        if kind == b"meta":
            if length <= MAX_META_BYTES:
                _Meta(window, window.at(start + _FULL, length - _FULL)).fill(found)
        elif kind == b"Exif":  # JPEG XL has them at the top
            found.set_exif(_exif(window.at(start, min(length, MAX_RAW_BYTES))))
        elif kind == b"xml ":
            found.set_xmp(window.at(start, min(length, MAX_RAW_BYTES)))
    return found


def _boxes(window: Window, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Give type, start and length of the contents of each box between two offsets."""
    for _ in range(MAX_BOXES):
        head = window.at(start, 16)
        if start + 8 > end or len(head) < 8:
            return
        size, skip = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, skip = int.from_bytes(head[8:16], "big"), 16
        elif size == 0:  # to the end
            size = end - start
        if size < skip:
            return
        yield head[4:8], start + skip, min(size, end - start) - skip
        start += size


def _exif(block: bytes) -> Tiff | None:
    """Open EXIF behind the number of bytes between that number and its header; some write 0."""
    window = Window(block)
    after_mark = 10 if block[4:10] == b"Exif\0\0" else 4
    return open_tiff(window, 4 + int.from_bytes(block[:4], "big")) or open_tiff(window, after_mark)


def _clean_aperture(data: bytes) -> tuple[int, int] | None:
    """Read the size that an encoder's filler is cropped to: width and height as fractions."""
    columns, column_parts, rows, row_parts = struct.unpack_from(">4I", data)
    if not (column_parts and row_parts):
        return None
    return round(columns / column_parts), round(rows / row_parts)


class _Numbers:
    """Reads the integers of a box, big-endian, one behind the other; past the end they are 0."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def next(self, size: int) -> int:
        self.at += size
        return int.from_bytes(self.data[self.at - size : self.at], "big")

    @property
    def is_over(self) -> bool:
        return self.at >= len(self.data)


@dataclass(frozen=True, slots=True)
class _Extent:
    """Where a part of an item lies: in the file, or (`in_meta`) in the box of small items."""

    offset: int
    length: int
    in_meta: bool


class _Meta:
    """The box that lists a file's items: pictures, EXIF, XMP."""

    def __init__(self, file: Window, contents: bytes) -> None:
        self.file = file
        self.window = Window(contents)
        self.boxes: dict[bytes, bytes] = {}
        for kind, at, length in _boxes(self.window, 0, len(contents)):
            self.boxes.setdefault(kind, contents[at : at + length])

    def fill(self, found: Found) -> None:
        """Add what is not found yet."""
        places = self._places()
        for item, kind in self._items():
            if kind not in (b"Exif", _XMP_TYPE):
                continue
            data = self._read(places.get(item, []))
            if kind == b"Exif":
                found.set_exif(_exif(data))
            else:
                found.set_xmp(data)
        found.size, found.is_sideways = self._geometry()

    def _items(self) -> Iterator[tuple[int, bytes]]:
        """Give each item's number with its type, or its content type where that is "mime"."""
        listing = self.boxes.get(b"iinf", b"")
        window = Window(listing)
        first = _FULL + (4 if listing[:1] != b"\0" else 2)
        for kind, at, length in _boxes(window, first, len(listing)):
            entry = listing[at : at + length]
            version = entry[0] if entry else 0
            if kind != b"infe" or version < 2:
                continue
            numbers = _Numbers(entry, _FULL)
            item = numbers.next(2 if version == 2 else 4)
            item_type = entry[numbers.at + 2 : numbers.at + 6]
            if item_type == b"mime":
                name_and_type = entry[numbers.at + 6 :].split(b"\0", 2)
                item_type = name_and_type[1] if len(name_and_type) > 1 else b""
            yield item, item_type

    def _places(self) -> dict[int, list[_Extent]]:
        """Read where each item lies."""
        listing = self.boxes.get(b"iloc", b"")
        version = listing[0] if listing else 0
        numbers = _Numbers(listing, _FULL)
        sizes = numbers.next(2)
        offset_size, length_size = sizes >> 12, sizes >> 8 & 15
        base_size, index_size = sizes >> 4 & 15, sizes & 15 if version else 0
        places: dict[int, list[_Extent]] = {}
        if not length_size:  # an item as long as the file is none of ours
            return places
        for _ in range(min(numbers.next(2 if version < 2 else 4), MAX_BOXES)):
            if numbers.is_over:
                break
            item = numbers.next(2 if version < 2 else 4)
            method = numbers.next(2) & 15 if version else 0
            numbers.next(2)  # data reference
            base = numbers.next(base_size)
            for _ in range(numbers.next(2)):
                numbers.next(index_size)
                offset, length = numbers.next(offset_size), numbers.next(length_size)
                if numbers.at > len(listing):
                    break
                places.setdefault(item, []).append(_Extent(base + offset, length, method == 1))
        return places

    def _read(self, extents: list[_Extent]) -> bytes:
        small = self.boxes.get(b"idat", b"")
        parts: list[bytes] = []
        for extent in extents:
            length = min(extent.length, MAX_RAW_BYTES - sum(map(len, parts)))
            if extent.in_meta:
                parts.append(small[extent.offset : extent.offset + length])
            else:
                parts.append(self.file.at(extent.offset, length))
        return b"".join(parts)

    def _geometry(self) -> tuple[tuple[int, int] | None, bool]:
        """Read size and turn of the main picture from the properties that belong to it."""
        properties = self.boxes.get(b"iprp", b"")
        window = Window(properties)
        inner = {kind: properties[at : at + n] for kind, at, n in _boxes(window, 0, window.size)}
        listed = inner.get(b"ipco", b"")
        all_of_them = [
            (kind, listed[at : at + length])
            for kind, at, length in _boxes(Window(listed), 0, len(listed))
        ]
        size, is_sideways = None, False
        for index in self._properties_of(self._main_item(), inner.get(b"ipma", b"")):
            if not 1 <= index <= len(all_of_them):
                continue
            kind, data = all_of_them[index - 1]
            if kind == b"ispe" and len(data) >= 12:
                size = (int.from_bytes(data[4:8], "big"), int.from_bytes(data[8:12], "big"))
            elif kind == b"clap" and len(data) >= 16:
                size = _clean_aperture(data) or size
            elif kind == b"irot":
                is_sideways = bool(data[:1]) and data[0] & 1 == 1
        return size, is_sideways

    def _main_item(self) -> int:
        primary = self.boxes.get(b"pitm", b"")
        return _Numbers(primary, _FULL).next(2 if primary[:1] == b"\0" else 4)

    @staticmethod
    def _properties_of(item: int, associations: bytes) -> list[int]:
        """Find the numbers, from 1, of an item's properties."""
        numbers = _Numbers(associations, 0)
        version, flags = numbers.next(1), numbers.next(3)
        for _ in range(min(numbers.next(4), MAX_BOXES)):
            if numbers.is_over:
                break
            who = numbers.next(2 if version < 1 else 4)
            count = numbers.next(1)
            if flags & 1:
                indices = [numbers.next(2) & 0x7FFF for _ in range(count)]
            else:
                indices = [numbers.next(1) & 0x7F for _ in range(count)]
            if who == item:
                return indices
        return []
