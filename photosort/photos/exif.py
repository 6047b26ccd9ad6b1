"""What the camera wrote beside the pixels: when, where, with what; every field untrusted."""

import math
import re
import struct
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from PIL import Image

#: What Pillow and pi-heif have been seen to raise on damaged files, by their common ancestors:
#: Pillow has no base class of its own. A bug of ours in the same call would read as a bad photo;
#: so these are caught only around calls into the libraries and around arithmetic on file contents.
LIBRARY_ERRORS: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    EOFError,
    Image.DecompressionBombError,
    LookupError,
    MemoryError,
    OSError,  # and UnidentifiedImageError
    RuntimeError,  # and NotImplementedError, RecursionError
    SyntaxError,
    TypeError,
    ValueError,  # and UnicodeError
    Warning,  # where a filter turns warnings into errors
    struct.error,
    zlib.error,
)

_EXIF_IFD: Final = 0x8769
_GPS_IFD: Final = 0x8825
_MAKE, _MODEL, _ORIENTATION = 0x010F, 0x0110, 0x0112
#: Pairs of date and its offset from UTC, best first: taken, digitised, last changed.
_DATES: Final = ((0x9003, 0x9011), (0x9004, 0x9012), (0x0132, 0x9010))
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE, _ALTITUDE_REF, _ALTITUDE = range(1, 7)

#: Old cameras put a blank where a digit would be 0; a date without a time is midnight.
_DATE: Final = re.compile(
    r"(\d{4})[:/. -] ?(\d\d?)[:/. -] ?(\d\d?)"
    r"(?:[T ]+(\d\d?)[:.] ?(\d\d?)(?:[:.] ?(\d\d?))?(?:[.,]\d+)?\s*(Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)
_OFFSET: Final = re.compile(r"([+-])(\d\d):?([0-5]\d)", re.ASCII)
_FIRST_PHOTO_YEAR: Final = 1826
_LONGEST_NAME: Final = 100

Value = TypeVar("Value")
Tags = dict[int, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a photo without looking at it; a field that is absent or absurd is None.

    `width` and `height` are those of the upright photo. `taken` is ISO 8601 in the camera's local
    time ("2018-07-04T12:30:00"), `utc_offset` that time's distance from UTC ("+02:00"), places are
    degrees north and east, `altitude_m` metres above the sea.
    """

    width: int
    height: int
    taken: str | None = None
    utc_offset: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    altitude_m: float | None = None
    make: str | None = None
    model: str | None = None


def read_facts(image: Image.Image) -> Facts:
    """Read the facts of an opened photo; never raises, whatever its EXIF holds.

    Call it before `image.draft` (which changes the size) and, for formats other than JPEG, after
    `image.load` (PNG keeps its EXIF behind the pixels, TIFF turns itself upright while loading).
    """
    hush_pillow()
    width, height = image.size
    if orientation(image) >= 5:  # lies on its side
        width, height = height, width
    exif = _attempt(image.getexif)
    if exif is None:
        return Facts(width, height)
    main = _tags(lambda: exif)
    own = _tags(lambda: exif.get_ifd(_EXIF_IFD))
    gps = _tags(lambda: exif.get_ifd(_GPS_IFD))
    taken, utc_offset = _taken({**main, **own})
    latitude, longitude = _place(gps)
    return Facts(
        width=width,
        height=height,
        taken=taken,
        utc_offset=utc_offset,
        latitude=latitude,
        longitude=longitude,
        altitude_m=_altitude(gps),
        make=_name(main.get(_MAKE)),
        model=_name(main.get(_MODEL)),
    )


def orientation(image: Image.Image) -> int:
    """Give the EXIF orientation, 1 to 8; 1 (upright) where it is absent or absurd."""
    value = _attempt(lambda: image.getexif().get(_ORIENTATION))
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def hush_pillow() -> None:
    """Keep Pillow's warnings about damaged files off the terminal; what it raises tells enough.

    A lasting filter, as `warnings.catch_warnings` is not safe among threads; set anew for each
    photo, as whoever does use `catch_warnings` around us takes it away again.
    """
    warnings.filterwarnings("ignore", module=r"PIL\.")


def _attempt(read: Callable[[], Value]) -> Value | None:
    """Call `read`, which touches a file's EXIF; None when it fails."""
    try:
        return read()
    except LIBRARY_ERRORS:
        return None


def _tags(open_directory: Callable[[], Any]) -> Tags:
    """Read the tags of one EXIF directory, leaving out those that cannot be read."""
    directory: Any = _attempt(open_directory)
    tags: Tags = {}
    for tag in _attempt(lambda: list(directory or ())) or ():
        try:
            tags[tag] = directory[tag]  # a value is first decoded here
        except LIBRARY_ERRORS:
            continue
    return tags


def _text(value: object) -> str | None:
    """Read a text field: str or bytes, up to its first NUL, in one line, without control codes."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return None
    printable = (c if c.isprintable() else " " for c in value.lstrip("\0").partition("\0")[0])
    return " ".join("".join(printable).split()) or None


def _name(value: object) -> str | None:
    text = _text(value)
    return text and text[:_LONGEST_NAME]


def _taken(tags: Tags) -> tuple[str | None, str | None]:
    """Find the best usable date and the UTC offset that belongs to it."""
    for date_tag, offset_tag in _DATES:
        match = _DATE.fullmatch(_text(tags.get(date_tag)) or "")
        if match is None:
            continue
        *numbers, zone = match.groups()
        try:
            year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
            moment = datetime(year, month, day, hour, minute, second)
        except ValueError:  # the 31st of February, 25 o'clock
            continue
        if moment.year >= _FIRST_PHOTO_YEAR:
            return moment.isoformat(), _utc_offset(_text(tags.get(offset_tag)) or zone)
    return None, None


def _utc_offset(text: str | None) -> str | None:
    if text == "Z":
        return "+00:00"
    match = _OFFSET.fullmatch(text or "")
    if match is None or int(match[2]) > 14:
        return None
    return f"{match[1]}{match[2]}:{match[3]}"


def _number(value: object) -> float | None:
    """Read a rational in any of the forms it comes in; None when it is not a finite number."""
    try:
        if isinstance(value, tuple) and len(value) == 2:
            number = float(value[0]) / float(value[1])
        else:
            number = float(value)  # type: ignore[arg-type]  # TypeError is the answer we want
    except LIBRARY_ERRORS:
        return None
    return number if math.isfinite(number) else None


def _place(gps: Tags) -> tuple[float | None, float | None]:
    """Read latitude and longitude; one without the other says nothing, nor does exactly 0, 0.

    0, 0 lies in the Gulf of Guinea and is what cameras write when they have no fix.
    """
    latitude = _degrees(gps.get(_LATITUDE), gps.get(_LATITUDE_REF), "NS", 90)
    longitude = _degrees(gps.get(_LONGITUDE), gps.get(_LONGITUDE_REF), "EW", 180)
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None, None
    return latitude, longitude


def _degrees(value: object, reference: object, signs: str, limit: float) -> float | None:
    """Read degrees, minutes, seconds; `signs` are the letters for plus and minus."""
    letter = (_text(reference) or "")[:1].upper()
    parts = value if isinstance(value, (tuple, list)) else (value,)
    numbers = [_number(part) for part in parts]
    if not letter or letter not in signs or not 1 <= len(numbers) <= 3:
        return None
    degrees = 0.0
    for number, unit in zip(numbers, (1, 60, 3600), strict=False):
        # 60.0 seconds is the rounding of some phones.
        if number is None or not 0 <= number <= (limit if unit == 1 else 60):
            return None
        degrees += number / unit
    if degrees > limit:
        return None
    return round(-degrees if letter == signs[1] else degrees, 7)


def _altitude(gps: Tags) -> float | None:
    """Read metres above the sea; reference 1 is below it. Beyond 100 km it is no photo's."""
    metres = _number(gps.get(_ALTITUDE))
    if metres is None or abs(metres) > 100_000:
        return None
    return round(-metres if gps.get(_ALTITUDE_REF) in (1, b"\x01", "\x01", "1") else metres, 2)
