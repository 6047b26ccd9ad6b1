"""TIFF directories, in which EXIF is written: tags to values, both byte orders, BigTIFF as well.

TIFF 6.0 (Adobe, 1992), section 2; EXIF 3.0 (CIPA DC-008), section 4.6.
"""

import struct
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from photosort.photos.metadata.window import Window

#: The value of a tag: raw bytes (BYTE, ASCII, UNDEFINED), integers, reals, or pairs of integers
#: (RATIONAL: numerator, denominator).
Value = bytes | tuple[int, ...] | tuple[float, ...] | tuple[tuple[int, int], ...]
Tags = dict[int, Value]

#: Larger values are none that photosort reads: XMP is the longest of them.
MAX_RAW_BYTES: Final = 4 << 20
MAX_NUMBERS: Final = 64
_RAW: Final = (1, 2, 7)
_RATIONALS: Final = (5, 10)
#: Type to size and struct letters: 1 BYTE, 2 ASCII, 3 SHORT, 4 LONG, 5 RATIONAL and so on.
_TYPES: Final = {
    1: (1, ""), 2: (1, ""), 3: (2, "H"), 4: (4, "I"), 5: (8, "II"), 6: (1, "b"), 7: (1, ""),
    8: (2, "h"), 9: (4, "i"), 10: (8, "ii"), 11: (4, "f"), 12: (8, "d"), 13: (4, "I"),
    16: (8, "Q"), 17: (8, "q"), 18: (8, "Q"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tiff:
    """A TIFF structure: `base` is where its header begins, all offsets count from there."""

    window: Window
    base: int
    order: str  # "<" or ">"
    is_big: bool
    first: int  # offset of the first directory

    def tags(self, offset: int, wanted: Collection[int]) -> Tags:
        """Read the wanted tags of the directory at `offset`; what cannot be read is left out."""
        count_size, entry_size = (8, 20) if self.is_big else (2, 12)
        head = self.window.at(self.base + offset, count_size)
        if offset <= 0 or len(head) < count_size:
            return {}
        count = min(int.from_bytes(head, "little" if self.order == "<" else "big"), 0xFFFF)
        entries = self.window.at(self.base + offset + count_size, count * entry_size)
        entries = entries[: len(entries) // entry_size * entry_size]
        form = self.order + ("HHQ8s" if self.is_big else "HHI4s")
        tags: Tags = {}
        for tag, kind, number, inline in struct.iter_unpack(form, entries):
            if tag in wanted and tag not in tags:
                value = self._value(kind, number, inline)
                if value is not None:
                    tags[tag] = value
        return tags

    def _value(self, kind: int, number: int, inline: bytes) -> Value | None:
        size, letters = _TYPES.get(kind, (0, ""))
        total = size * number
        if not 0 < number <= (MAX_RAW_BYTES if kind in _RAW else MAX_NUMBERS):
            return None
        if total <= len(inline):
            data = inline[:total]
        else:
            (offset,) = struct.unpack(self.order + ("Q" if self.is_big else "I"), inline)
            data = self.window.at(self.base + offset, total)
        if not size or len(data) < total:
            return None
        if kind in _RAW:
            return data
        numbers = struct.unpack(f"{self.order}{letters * number}", data)
        if kind in _RATIONALS:
            return tuple(zip(numbers[::2], numbers[1::2], strict=True))
        return numbers


def open_tiff(window: Window, base: int = 0) -> Tiff | None:
    """Read the header of the TIFF structure at `base`; None where there is none."""
    head = window.at(base, 16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return None
    (magic,) = struct.unpack_from(order + "H", head, 2)
    if magic == 43 and len(head) == 16:
        (first,) = struct.unpack_from(order + "Q", head, 8)
        return Tiff(window, base, order, is_big=True, first=first)
    # Panasonic (85) and Olympus (0x4F52, 0x5352) write other numbers; they are no photos here.
    if magic != 42:
        return None
    (first,) = struct.unpack_from(order + "I", head, 4)
    return Tiff(window, base, order, is_big=False, first=first)
