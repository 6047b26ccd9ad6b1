"""Dates in file names: what cameras, telephones, messengers and screenshots write.

The rule is one for all languages: a date, then, behind a few characters that are no digits, a time.
Only what stands for before and after noon is known by its word. tests/test_name_dates.py lists the
programs and languages that it reads, with the source of each.
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Final

from photosort.photos.metadata.facts import Stamp
from photosort.photos.metadata.text import moment

#: What screenshots of macOS and Windows write on a 12-hour clock, before or behind the time.
_MORNING: Final = ("am", "a.m.", "a. m.", "午前", "上午", "오전", "öö", "π.μ.", "ص", "sa", "f.m.")
_EVENING: Final = ("pm", "p.m.", "p. m.", "午後", "下午", "오후", "ös", "μ.μ.", "م", "ch", "e.m.")
_HALF: Final = re.compile(
    rf"(?<![^\W\d_])({'|'.join(map(re.escape, (*_MORNING, *_EVENING)))})(?![^\W\d_])"
)
#: 2018-05-03, 2018.5.3, 2018_05_03, 2018年5月3日: separated, so any year since photographs are.
_SPACED_DATE: Final = r"(?P<y>\d{4})[-_.:年](?P<m>\d\d?)[-_.:月](?P<d>\d\d?)日?(?!\d)"
#: 10.11.12, 9-05-07 and 101112, each with decimals; no further digit may follow.
_TIME: Final = (
    r"(?:(?P<H>\d\d?)[-_.:h](?P<M>\d\d)[-_.:m](?P<S>\d\d)(?:[-_.:]?(?P<f>\d{3})(?!\d))?"
    r"|(?P<H2>\d\d)(?P<M2>\d\d)(?P<S2>\d\d)(?P<f2>\d{3})?)(?!\d)"
)
#: " at ", " um ", " a las ", "T", ", às ", " เวลา " stand between, perhaps with half of the day.
_SPACED: Final = re.compile(
    rf"(?<!\d){_SPACED_DATE}(?:(?P<before>\D{{0,20}}?){_TIME}(?P<after>\D{{0,6}}))?"
)
#: 20180503 may be any number: letters before it begin a word, and nothing is glued behind it.
_COMPACT: Final = re.compile(
    r"(?:^|[^0-9a-z])(?P<prefix>[a-z]*)(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)"
    r"(?:[-_ .t]{0,3}(?P<H2>\d\d)(?P<M2>\d\d)(?P<S2>\d\d)(?P<f2>\d{3})?(?![0-9])"
    r"|[-_ t](?P<H>\d\d)[-_.](?P<M>\d\d)[-_.](?P<S>\d\d)(?P<f>)(?!\d)"
    r"|(?![-_]?\d{7})(?![0-9a-z]))"
)
#: Facebook's and WeChat's applications name a saved photo by milliseconds since 1970.
_MILLISECONDS: Final = re.compile(r"^(?:fb_img_|mmexport|wx_camera_|microm?sg\.)(1\d{12})(?!\d)")
#: Google's camera and Skype write UTC.
_UTC: Final = re.compile(r"^pxl_|\dz(?![a-z])")
_THAI: Final = re.compile("[\u0e00-\u0e7f]")
_BUDDHIST_YEARS: Final = 543
_FIRST_COMPACT_YEAR: Final = 1990  # before digital cameras, eight digits are no date
_LONGEST_NAME: Final = 255


def name_date(stem: str) -> Stamp | None:
    """Read the date in a file's name without its suffix; None where it holds none that can be."""
    text = _plain(stem)
    since_1970 = _MILLISECONDS.match(text)
    if since_1970:
        local = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(since_1970[1]))
        return Stamp("file name", local.replace(tzinfo=None), in_utc=True)
    for pattern in (_SPACED, _COMPACT):
        for match in pattern.finditer(text):
            found = _stamp(match, text)
            if found is not None:
                return found
    return None


def _plain(stem: str) -> str:
    """Write all digits as 0 to 9 and all blanks as one kind, in lower case.

    macOS puts a narrow no-break space before AM, and an Arabic system writes Arabic digits.
    """
    text = unicodedata.normalize("NFC", stem[:_LONGEST_NAME]).lower()
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(c)) if c.isdecimal() else " " if c.isspace() else c
        for c in text
        if unicodedata.category(c) != "Cf"  # marks of writing direction
    )


def _stamp(match: re.Match[str], text: str) -> Stamp | None:
    part = match.groupdict()
    year = int(part["y"])
    if _THAI.search(text) and year > 2400:
        year -= _BUDDHIST_YEARS
    if match.re is _COMPACT and year < _FIRST_COMPACT_YEAR:
        return None
    date = [year, int(part["m"]), int(part["d"])]
    if part["H"] is None and part["H2"] is None:
        return _day(date)
    hour, minute, second = (int(part[unit] or part[f"{unit}2"]) for unit in "HMS")
    hour = _hour(hour, f"{part.get('before', '')} {part.get('after', '')}")
    fraction = part["f"] or part["f2"] or "0"
    local = moment([*date, hour, minute, second, int(fraction.ljust(6, "0"))])
    if local is None:  # a running number behind the date
        return _day(date)
    return Stamp("file name", local, in_utc=bool(_UTC.search(text)))


def _day(date: list[int]) -> Stamp | None:
    local = moment(date)
    return None if local is None else Stamp("file name", local, day_only=True)


def _hour(hour: int, around: str) -> int:
    """Turn the hour of a 12-hour clock into one of 24: 12 AM is midnight, 12 PM is noon."""
    half = _HALF.search(around)
    if half is None or not 1 <= hour <= 12:
        return hour
    return hour % 12 + (12 if half[1] in _EVENING else 0)
