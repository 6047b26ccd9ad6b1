"""XMP packets: the dates, place and camera in them.

XMP specification part 1 (ISO 16684-1), sections 6 and 7; part 2, sections 3.3 and 3.4.
"""

import contextlib
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final
from xml.parsers import expat

from photosort.photos.metadata.exif import total_degrees
from photosort.photos.metadata.facts import DateSource, Stamp
from photosort.photos.metadata.text import line, stamp

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns# "
_EXIF: Final = "http://ns.adobe.com/exif/1.0/ "
_TIFF: Final = "http://ns.adobe.com/tiff/1.0/ "
_XMP: Final = "http://ns.adobe.com/xap/1.0/ "
_TAKEN, _CREATED, _MADE = (
    f"{_EXIF}DateTimeOriginal",
    "http://ns.adobe.com/photoshop/1.0/ DateCreated",
    f"{_XMP}CreateDate",
)
_GPS_TIME: Final = f"{_EXIF}GPSTimeStamp"
_LATITUDE, _LONGITUDE = f"{_EXIF}GPSLatitude", f"{_EXIF}GPSLongitude"
_ALTITUDE, _ALTITUDE_REF = f"{_EXIF}GPSAltitude", f"{_EXIF}GPSAltitudeRef"
_MAKE, _MODEL, _COMMENT = f"{_TIFF}Make", f"{_TIFF}Model", f"{_EXIF}UserComment"
_SERIAL: Final = "http://ns.adobe.com/exif/1.0/aux/ SerialNumber"
_TOOL: Final = f"{_XMP}CreatorTool"
_WANTED: Final = frozenset(
    {_TAKEN, _CREATED, _MADE, _GPS_TIME, _LATITUDE, _LONGITUDE, _ALTITUDE, _ALTITUDE_REF}
    | {_MAKE, _MODEL, _COMMENT, _SERIAL, _TOOL}
)
_LONGEST: Final = 1000
_COORDINATE: Final = re.compile(
    r"(\d{1,3})(?:\.(\d+))?(?:,(\d\d?(?:\.\d+)?)(?:,(\d\d?(?:\.\d+)?))?)?([NSEW])", re.ASCII
)
_RATIONAL: Final = re.compile(r"(-?\d{1,15})(?:/(\d{1,15}))?", re.ASCII)

Properties = Mapping[str, str]


def read_xmp(packet: bytes) -> Properties:
    """Collect the wanted properties of a packet, by namespace and name.

    A property is an attribute or a child of a top-level rdf:Description; deeper ones belong to the
    packet's history or to its ingredients. What precedes damage is kept.
    """
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.doctype  # entities could grow without bound
    # Damage, an encoding that is not known, a document type.
    with contextlib.suppress(expat.ExpatError, ValueError, LookupError, _DoctypeError):
        parser.Parse(packet.strip(b"\0 \t\r\n"), True)
    return reader.found


class _DoctypeError(Exception):
    """XMP has no document type."""


class _Reader:
    """Follows the elements of a packet."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._path: list[str] = []
        self._depth = 0  # of the property that is open, 0 where none is

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._path and self._path[-1] == f"{_RDF}RDF" and name == f"{_RDF}Description":
            for key in _WANTED & attributes.keys():
                self._add(key, attributes[key])
        elif len(self._path) >= 2 and self._is_top_level() and name in _WANTED:
            self._depth = len(self._path) + 1
            self.found.pop(name, None)
        self._path.append(name)

    def end(self, _: str) -> None:
        if self._depth == len(self._path):
            self._depth = 0
        self._path.pop()

    def text(self, text: str) -> None:
        if self._depth:
            key = self._path[self._depth - 1]
            self._add(key, self.found.get(key, "") + text)

    def doctype(self, *_: object) -> None:
        raise _DoctypeError

    def _is_top_level(self) -> bool:
        return self._path[-2:] == [f"{_RDF}RDF", f"{_RDF}Description"]

    def _add(self, key: str, value: str) -> None:
        self.found[key] = value[:_LONGEST]


def dates(found: Properties, sources: tuple[DateSource, DateSource, DateSource]) -> Iterator[Stamp]:
    """Give the dates that can be, best first, under the names of `sources`."""
    for key, source in zip((_TAKEN, _CREATED, _MADE), sources, strict=True):
        text = (found.get(key) or "").partition(", ")[0]  # GIMP joins several
        made = stamp(line(text), source)
        if made is not None:
            yield made


def gps_time(found: Properties) -> Stamp | None:
    """Read the satellites' date and time as UTC; one without a zone is UTC."""
    made = stamp(line(found.get(_GPS_TIME)), "GPS time")
    if made is None or made.day_only:
        return None
    utc = made.local - timedelta(minutes=made.offset_minutes or 0)
    return Stamp("GPS time", utc, in_utc=True)


def place(found: Properties) -> tuple[float, float] | None:
    """Read latitude and longitude; exactly 0, 0 is none, as in EXIF."""
    latitude = _degrees(found.get(_LATITUDE), "NS", 90)
    longitude = _degrees(found.get(_LONGITUDE), "EW", 180)
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None
    return latitude, longitude


def _degrees(text: str | None, signs: str, limit: int) -> float | None:
    """Read "55,1,54N" and "55,1.9N", and "55.031667N" as some programs write it."""
    match = _COORDINATE.fullmatch((text or "").strip())
    if match is None or match[5] not in signs:
        return None
    degrees = float(f"{match[1]}.{match[2] or 0}")
    numbers = [degrees, *(float(part) for part in (match[3], match[4]) if part)]
    return total_degrees(list[float | None](numbers), limit, negative=match[5] == signs[1])


def altitude(found: Properties) -> float | None:
    """Read metres above the sea, a fraction; reference 1 is below it."""
    match = _RATIONAL.fullmatch((found.get(_ALTITUDE) or "").strip())
    if match is None or match[2] == "0" * len(match[2] or ""):
        return None
    metres = int(match[1]) / int(match[2] or 1)
    if abs(metres) > 100_000:
        return None
    return round(-metres if (found.get(_ALTITUDE_REF) or "").strip() == "1" else metres, 2)


def camera(found: Properties) -> tuple[str | None, str | None, str | None]:
    """Give make, model and serial number."""
    return line(found.get(_MAKE)), line(found.get(_MODEL)), line(found.get(_SERIAL))


def software(found: Properties) -> str | None:
    """Name the program that wrote the file first."""
    return line(found.get(_TOOL))


def comment(found: Properties) -> str | None:
    """Read exif:UserComment, in its default language where it has several."""
    return line(found.get(_COMMENT))
