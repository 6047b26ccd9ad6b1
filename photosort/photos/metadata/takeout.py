"""Google Takeout's JSON files: which one belongs to a photo, and what it says.

Google documents neither; the rules are those that the importers of Takeout found, immich-go's
matchers and GooglePhotosTakeoutHelper among them (tests/test_takeout.py has their examples).
"""

import json
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import PurePath
from typing import Any, Final

from photosort.photos.metadata.facts import NO_FACTS, Facts, Stamp
from photosort.photos.metadata.text import FIRST_YEAR

_ENDING: Final = ".supplemental-metadata"
#: Takeout cuts a JSON file's name, without ".json" and its number, to this many UTF-16 units.
_LONGEST: Final = 46
_NUMBER: Final = re.compile(r"\((\d{1,5})\)$")
#: "-edited" in the language of the account, as letters; an edited photo shares its original's JSON.
_EDITED: Final = re.compile(r"-[^\W\d_][^\d_-]{0,24}$")

Index = dict[tuple[str, str], str]


def index(names: Iterable[str]) -> Index:
    """Sort a folder's JSON files by what stands before ".json", and by their number."""
    found: Index = {}
    for name in names:
        base, number = _split_number(_folded(name)[: -len(".json")])
        found.setdefault((base, number), name)
    return found


def partner(photo: str, json_files: Index) -> str | None:
    """Find the name of the JSON file that belongs to a photo in the same folder."""
    for base, number in _candidates(photo):
        if (base, number) in json_files:
            return json_files[base, number]
    return None


def _candidates(photo: str) -> Iterator[tuple[str, str]]:
    """List the names (without ".json") and numbers that a photo's JSON file can have, best first.

    IMG(1).jpg has IMG.jpg(1).json or, where that is its title, IMG(1).jpg.json.
    """
    path = PurePath(_folded(photo))
    stem, number = _split_number(path.stem)
    titles = [(path.name, "")]
    if number:
        titles.append((stem + path.suffix, number))
    original = _EDITED.sub("", stem)
    if original != stem:
        titles.append((original + path.suffix, number))
    for title, its_number in titles:
        for base in _cuts(title):
            yield base, its_number
    for title, its_number in titles:
        yield title.removesuffix(path.suffix), its_number  # some lack the photo's suffix
    if number:  # and some that are cut lack the number
        for base in _long_cuts(stem + path.suffix):
            yield base, ""


def _cuts(title: str) -> Iterator[str]:
    """Give a title with Takeout's ending, whole, cut anywhere, or cut itself where it is long."""
    whole = title + _ENDING
    for length in range(len(whole), len(title) - 1, -1):
        yield whole[:length]
    yield from _long_cuts(title)


def _long_cuts(title: str) -> Iterator[str]:
    units = 0
    for at, character in enumerate(title):
        units += 2 if ord(character) > 0xFFFF else 1
        if units > _LONGEST:
            yield title[:at]
            return


def _split_number(base: str) -> tuple[str, str]:
    match = _NUMBER.search(base)
    return (base[: match.start()], match[1]) if match else (base, "")


def _folded(name: str) -> str:
    """Fold case and the two ways to write an accent: archives are unpacked on many systems."""
    return unicodedata.normalize("NFC", name).casefold()


def read_takeout(data: bytes) -> Facts:
    """Read when and where from a JSON file of Takeout; any other JSON file says nothing."""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        return NO_FACTS
    taken = _taken(_at(told, "photoTakenTime", "timestamp"))
    if taken is None:
        return NO_FACTS
    for key in ("geoData", "geoDataExif"):
        latitude = _real(_at(told, key, "latitude"), 90)
        longitude = _real(_at(told, key, "longitude"), 180)
        if latitude is not None and longitude is not None and not latitude == longitude == 0:
            altitude = _real(_at(told, key, "altitude"), 100_000)
            return Facts(
                dates=(taken,),
                latitude=latitude,
                longitude=longitude,
                altitude_m=altitude or None,
                place_source="Takeout",
            )
    return Facts(dates=(taken,))


def _at(told: Any, *keys: str) -> Any:  # noqa: ANN401 (JSON)
    for key in keys:
        told = told.get(key) if isinstance(told, dict) else None
    return told


def _taken(seconds: object) -> Stamp | None:
    """Read seconds since 1970 in UTC, a text as Takeout writes it."""
    if not isinstance(seconds, str | int) or not re.fullmatch(
        r"-?\d{1,12}", str(seconds), re.ASCII
    ):
        return None
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds))
    except OverflowError:
        return None
    if moment.year < FIRST_YEAR:
        return None
    return Stamp("Takeout", moment.replace(tzinfo=None), in_utc=True)


def _real(value: object, limit: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(float(value), 7) if math.isfinite(value) and abs(value) <= limit else None
