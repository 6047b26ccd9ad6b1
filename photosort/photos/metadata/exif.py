"""EXIF tags to facts: when, where, with what.

Exchangeable image file format, CIPA DC-008-2023, sections 4.6.5 to 4.6.7.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from photosort.photos.metadata.facts import DateSource, OffsetSource, Stamp
from photosort.photos.metadata.text import line, offset_minutes, stamp
from photosort.photos.metadata.tiff import Tags, Tiff, Value

WIDTH, HEIGHT, XMP = 0x0100, 0x0101, 0x02BC
_MAKE, _MODEL, _ORIENTATION, _SOFTWARE, _CHANGED = 0x010F, 0x0110, 0x0112, 0x0131, 0x0132
_EXIF_DIRECTORY, _GPS_DIRECTORY = 0x8769, 0x8825
_USER_COMMENT, _FILE_SOURCE, _BODY_SERIAL, _DNG_SERIAL = 0x9286, 0xA300, 0xA431, 0xC62F
#: Exposure time, aperture, sensitivity, focal length: what only a camera writes.
_EXPOSURE: Final = frozenset({0x829A, 0x829D, 0x8827, 0x920A})
#: FileSource of a film or a flat-bed scanner.
_SCANNERS: Final = frozenset({1, 2})
_ORIGINAL_OFFSET, _DIGITIZED_OFFSET, _CHANGED_OFFSET = 0x9011, 0x9012, 0x9010
#: Date, its source, its decimals of a second, best first.
_DATES: Final[tuple[tuple[int, DateSource, int], ...]] = (
    (0x9003, "EXIF DateTimeOriginal", 0x9291),
    (0x9004, "EXIF DateTimeDigitized", 0x9292),
    (_CHANGED, "EXIF DateTime", 0x9290),
)
#: Only one of the three is written by many cameras; they have one clock.
_OFFSETS: Final[tuple[tuple[int, OffsetSource], ...]] = (
    (_ORIGINAL_OFFSET, "EXIF OffsetTimeOriginal"),
    (_DIGITIZED_OFFSET, "EXIF OffsetTimeDigitized"),
    (_CHANGED_OFFSET, "EXIF OffsetTime"),
)
_MAIN: Final = frozenset(
    {WIDTH, HEIGHT, XMP, _MAKE, _MODEL, _ORIENTATION, _SOFTWARE, _EXIF_DIRECTORY, _GPS_DIRECTORY}
    | {_DNG_SERIAL}
)
_OWN: Final = frozenset(
    {_USER_COMMENT, _FILE_SOURCE, _BODY_SERIAL}
    | _EXPOSURE
    | {tag for date, _, fraction in _DATES for tag in (date, fraction)}
    | {tag for tag, _ in _OFFSETS}
)
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE, _ALTITUDE_REF, _ALTITUDE = range(1, 7)
_GPS_TIME, _GPS_DATE = 0x07, 0x1D
_GPS: Final = frozenset({*range(1, 7), _GPS_TIME, _GPS_DATE})
#: Beyond 100 km it is no photo's: the International Space Station writes none.
_MAX_ALTITUDE_M: Final = 100_000


@dataclass(slots=True)
class Exif:
    """The tags of a file's EXIF that photosort reads."""

    main: Tags = field(default_factory=dict)
    own: Tags = field(default_factory=dict)
    gps: Tags = field(default_factory=dict)


def read_exif(tiff: Tiff) -> Exif:
    """Read the directories of the first picture; its thumbnail has one of its own, not read."""
    main = tiff.tags(tiff.first, _MAIN | _OWN)  # TIFF/EP writes the dates here
    own = {tag: value for tag, value in main.items() if tag in _OWN}
    own |= tiff.tags(_pointer(main, _EXIF_DIRECTORY), _OWN)
    return Exif(main, own, tiff.tags(_pointer(main, _GPS_DIRECTORY), _GPS))


def _pointer(tags: Tags, tag: int) -> int:
    return next(_whole(tags.get(tag)), 0)


def _whole(value: Value | None) -> Iterator[int]:
    """Give the integers of a value, whatever it is stored as."""
    for number in value or ():
        if isinstance(number, int):
            yield number


def orientation(exif: Exif) -> int | None:
    """Give 1 (upright) to 8; None where the tag is absent or absurd."""
    value = next(_whole(exif.main.get(_ORIENTATION)), 0)
    return value if 1 <= value <= 8 else None


def dates(exif: Exif) -> Iterator[Stamp]:
    """Give the dates that can be, best first: taken, digitised, satellite time, last change."""
    offset = _offset(exif.own)
    for date, source, fraction in _DATES:
        text = line(exif.own.get(date))
        made = stamp(text, source, line(exif.own.get(fraction)), offset)
        if made is not None:
            yield made
    satellite = gps_time(exif.gps)
    if satellite is not None:
        yield Stamp("GPS time", satellite, in_utc=True)


def _offset(own: Tags) -> tuple[int, OffsetSource] | None:
    """Find the first offset from UTC that is one."""
    for tag, source in _OFFSETS:
        minutes = offset_minutes(line(own.get(tag)))
        if minutes is not None:
            return minutes, source
    return None


def gps_time(gps: Tags) -> datetime | None:
    """Read the satellites' date and time, which is UTC."""
    date = stamp(line(gps.get(_GPS_DATE)), "GPS time")
    parts = _numbers(gps.get(_GPS_TIME))
    if date is None or len(parts) != 3:
        return None
    hours, minutes, seconds = parts
    if hours is None or minutes is None or seconds is None:
        return None
    if not (0 <= hours < 24 and 0 <= minutes < 60 and 0 <= seconds < 61):
        return None
    day = date.local.replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(hours=hours, minutes=minutes, seconds=seconds)


def place(gps: Tags) -> tuple[float, float] | None:
    """Read latitude and longitude; one without the other says nothing, nor does exactly 0, 0.

    0, 0 lies in the Gulf of Guinea and is what cameras write when they have no fix.
    """
    latitude = _degrees(gps.get(_LATITUDE), gps.get(_LATITUDE_REF), "NS", 90)
    longitude = _degrees(gps.get(_LONGITUDE), gps.get(_LONGITUDE_REF), "EW", 180)
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None
    return latitude, longitude


def _degrees(value: Value | None, reference: Value | None, signs: str, limit: int) -> float | None:
    """Read degrees, minutes, seconds; `signs` are the letters for plus and minus."""
    letter = (line(reference) or "")[:1].upper()
    if not letter or letter not in signs or not value or isinstance(value, bytes) or len(value) > 3:
        return None
    numbers = _numbers(value)
    # The Nikon D5000 writes decimal minutes and 0/0 seconds.
    while len(numbers) > 1 and value[len(numbers) - 1] == (0, 0) and _is_fine(numbers[:-1]):
        numbers.pop()
    return total_degrees(numbers, limit, negative=letter == signs[1])


def _is_fine(numbers: list[float | None]) -> bool:
    """Return whether degrees alone, or degrees and minutes, place a photo to a mile or two."""
    return len(numbers) > 1 or (numbers[0] is not None and numbers[0] % 1 != 0)


def total_degrees(numbers: list[float | None], limit: int, *, negative: bool) -> float | None:
    """Add degrees, minutes and seconds; None where one is absent or out of range."""
    degrees = 0.0
    for number, unit in zip(numbers, (1, 60, 3600), strict=False):
        # 60.0 seconds is the rounding of some phones.
        if number is None or not 0 <= number <= (limit if unit == 1 else 60):
            return None
        degrees += number / unit
    if degrees > limit:
        return None
    return round(-degrees if negative else degrees, 7)


def altitude(gps: Tags) -> float | None:
    """Read metres above the sea; reference 1 is below it."""
    metres = next(iter(_numbers(gps.get(_ALTITUDE))), None)
    if metres is None or abs(metres) > _MAX_ALTITUDE_M:
        return None
    is_below = next(_whole(gps.get(_ALTITUDE_REF)), 0) in (1, ord("1"))
    return round(-metres if is_below else metres, 2)


def _numbers(value: Value | None) -> list[float | None]:
    """Read the numbers of a value; text has none."""
    return [_number(part) for part in value or ()] if not isinstance(value, bytes) else []


def _number(part: object) -> float | None:
    """Read a number or a pair of numerator and denominator; None where it is not finite."""
    match part:
        case (int(numerator), int(denominator)):
            return numerator / denominator if denominator else None
        case int() | float():
            return float(part) if math.isfinite(part) else None
    return None


def camera(exif: Exif) -> tuple[str | None, str | None, str | None]:
    """Give make, model and serial number."""
    serial = line(exif.own.get(_BODY_SERIAL)) or line(exif.main.get(_DNG_SERIAL))
    return line(exif.main.get(_MAKE)), line(exif.main.get(_MODEL)), serial


def software(exif: Exif) -> str | None:
    """Name the program, or the camera's firmware, that wrote the file."""
    return line(exif.main.get(_SOFTWARE))


def is_from_camera(exif: Exif) -> bool:
    """Return whether a camera took the photo: its name stands beside an exposure, no scanner's."""
    named = line(exif.main.get(_MAKE)) or line(exif.main.get(_MODEL))
    scanned = next(_whole(exif.own.get(_FILE_SOURCE)), 0) in _SCANNERS
    return bool(named) and not scanned and any(_is_set(exif.own.get(tag)) for tag in _EXPOSURE)


def _is_set(value: Value | None) -> bool:
    """Return whether a number is there and above 0."""
    return any((number or 0) > 0 for number in _numbers(value))


def comment(exif: Exif) -> str | None:
    """Read UserComment: eight bytes that name its encoding, then the text."""
    value = exif.own.get(_USER_COMMENT)
    if not isinstance(value, bytes):
        return None
    if value.startswith(b"UNICODE\0"):
        # The byte order is not told; Latin letters have a 0 byte before or behind them.
        raw = value[8 : 8 + 400]
        order = "be" if raw[:1] == b"\0" or raw[:2] == b"\xfe\xff" else "le"
        return line(raw.decode(f"utf-16-{order}", "replace").lstrip("\ufeff"))
    return line(value[8:]) if value[:8] in (b"ASCII\0\0\0", bytes(8)) else None
