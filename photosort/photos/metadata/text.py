"""Text and dates as metadata holds them: padded, blank, cut, in several spellings."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from photosort.photos.metadata.facts import DateSource, OffsetSource, Stamp

#: Old cameras put a blank where a digit would be 0. XMP and some programs write ISO 8601.
_DATE: Final = re.compile(
    r"(\d{4})[:/. -] ?(\d\d?)[:/. -] ?(\d\d?)"
    r"(?:[T ]+(\d\d?)[:.] ?(\d\d?)(?:[:.] ?(\d\d?))?(?:[.,](\d+))?\s*(Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)
_OFFSET: Final = re.compile(r"([+-])(\d\d):?([0-5]\d)", re.ASCII)
#: The oldest photograph that is left is of 1826 or 1827.
FIRST_YEAR: Final = 1826
#: The world's clocks are 12 hours behind to 14 hours ahead of UTC.
MAX_OFFSET_MINUTES: Final = 14 * 60
LONGEST_LINE: Final = 100


def line(value: object) -> str | None:
    """Read text up to its first NUL as one line without control codes; None where it is blank."""
    if isinstance(value, bytes):
        value = decoded(value.lstrip(b"\0").partition(b"\0")[0])
    if not isinstance(value, str):
        return None
    text = value.lstrip("\0").partition("\0")[0]
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())[:LONGEST_LINE].rstrip() or None


def decoded(raw: bytes) -> str:
    """Decode UTF-8, and what is not UTF-8 as Latin-1."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def stamp(
    text: str | None,
    source: DateSource,
    fraction: str | None = None,
    offset: tuple[int, OffsetSource] | None = None,
) -> Stamp | None:
    """Read a date as EXIF and XMP write it; None where it is blank, cut or not in the calendar.

    `fraction` are the decimals of its second (EXIF SubSecTime), `offset` the minutes from UTC and
    where they stand; without them, an offset written behind the time counts.
    """
    match = _DATE.fullmatch(text or "")
    if match is None:
        return None
    *numbers, own_fraction, zone = match.groups()
    local = moment(
        [*(int(number or 0) for number in numbers), _microsecond(own_fraction or fraction)]
    )
    if local is None:
        return None
    behind = offset_minutes(zone)
    minutes, offset_source = offset or (behind, None if behind is None else "date")
    return Stamp(source, local, minutes, offset_source, day_only=numbers[3] is None)


def moment(numbers: Sequence[int]) -> datetime | None:
    """Build a date from year, month, day and so on to the microsecond, the last ones optional.

    None for 30 February, 25 o'clock and years without photographs.
    """
    year, month, day, hour, minute, second, microsecond = (*numbers, *([0] * (7 - len(numbers))))
    try:
        made = datetime(year, month, day, hour, minute, second, microsecond)
    except (ValueError, OverflowError):
        return None
    return made if made.year >= FIRST_YEAR else None


def offset_minutes(text: str | None) -> int | None:
    """Read "+02:00", "-0330" or "Z" as minutes ahead of UTC; None for anything else."""
    if text == "Z":
        return 0
    match = _OFFSET.fullmatch(text or "")
    if match is None:
        return None
    minutes = 60 * int(match[2]) + int(match[3])
    if minutes > MAX_OFFSET_MINUTES:
        return None
    return -minutes if match[1] == "-" else minutes


def _microsecond(digits: str | None) -> int:
    """Read the decimals of a second: "8" is 800,000 microseconds."""
    digits = (digits or "").strip()
    return int(digits[:6].ljust(6, "0")) if digits.isascii() and digits.isdigit() else 0
