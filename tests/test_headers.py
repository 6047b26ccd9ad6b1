"""Facts from photo headers: what cameras write is read, what nobody should write never raises."""

import io
import math
import struct
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from photosort.photos.decode import DecodeError, decode
from photosort.photos.metadata import Facts, Stamp, read_facts
from photosort.photos.metadata.window import FIRST_READ
from tests.conftest import snapshot
from tests.headers import (
    ALT,
    ALT_REF,
    BERLIN,
    CHANGED,
    COMMENT,
    DIGITIZED,
    EXPOSURE,
    FILE_SOURCE,
    GPS_DATE,
    GPS_TIME,
    LAT,
    LAT_REF,
    LON,
    LON_REF,
    MAKE,
    MODEL,
    OFFSET,
    OFFSET_DIGITIZED,
    OFFSET_TAKEN,
    ORDERS,
    ORIENTATION,
    SERIAL,
    SOFTWARE,
    SUBSEC_DIGITIZED,
    SUBSEC_TAKEN,
    TAKEN,
    box,
    exif_block,
    jpeg,
    photo,
    xmp_packet,
)  # fmt: skip

both_orders = pytest.mark.parametrize("order", ORDERS)
NOON = "2018:07:04 12:30:59"


def facts_of(main: Any = {}, own: Any = {}, gps: Any = {}, order: str = "<") -> Facts:  # noqa: B006
    return read_facts(jpeg(exif_block(main, own, gps, order)))


def taken(text: Any, order: str = "<") -> str | None:
    dates = facts_of(own={TAKEN: text}, order=order).dates
    return dates[0].local.isoformat() if dates else None


def place(**changes: Any) -> tuple[float | None, float | None]:
    order = changes.pop("order", "<")
    tags = {"lat_ref": LAT_REF, "lat": LAT, "lon_ref": LON_REF, "lon": LON}
    gps = BERLIN | {tags[name]: value for name, value in changes.items()}
    facts = facts_of(
        gps={tag: value for tag, value in gps.items() if value is not None}, order=order
    )
    return facts.latitude, facts.longitude


# ---- dates


@both_orders
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2018:07:04 12:30:59", "2018-07-04T12:30:59"),
        (b"2018:07:04 12:30:59", "2018-07-04T12:30:59"),
        ("\0\0" + NOON, "2018-07-04T12:30:59"),
        ("2018-07-04T12:30:59.123", "2018-07-04T12:30:59.123000"),
        ("2018/07/04 12:30", "2018-07-04T12:30:00"),
        ("2018:07:04", "2018-07-04T00:00:00"),
        ("2018: 7: 4  9: 5: 1", "2018-07-04T09:05:01"),
        ("2000:02:29 00:00:00", "2000-02-29T00:00:00"),
        ("0000:00:00 00:00:00", None),
        ("    :  :     :  :  ", None),
        ("2018:02:30 12:00:00", None),
        ("1900:02:29 12:00:00", None),
        ("2018:07:04 25:00:00", None),
        ("2018:07:04 24:00:00", None),
        ("0001:01:01 00:00:00", None),
        ("2018:07:04 12:30:59 and more", None),
        ("next Tuesday", None),
        ("٢٠١٨:٠٧:٠٤ ١٢:٣٠:٥٩", None),
        ("", None),
        (2018, None),
        (((2018, 1), (7, 1)), None),
    ],
)
def test_dates(text: Any, wanted: str | None, order: str) -> None:
    """The date forms cameras write are read; impossible dates and other types are none."""
    assert taken(text, order) == wanted


@both_orders
def test_dates_come_in_the_order_of_trust(order: str) -> None:
    """Taken, digitised, XMP's, the satellites', the last change; impossible ones are left out."""
    gps = {**BERLIN, GPS_DATE: "2018:07:04", GPS_TIME: ((10, 1), (30, 1), (595, 10))}
    exif = exif_block({CHANGED: "2020:01:01 01:01:01"}, {TAKEN: NOON, DIGITIZED: NOON}, gps, order)
    xmp = xmp_packet({"xmp:CreateDate": "2019-01-01T00:00:00Z"})
    assert [(stamp.source, str(stamp.local)) for stamp in read_facts(jpeg(exif, xmp)).dates] == [
        ("EXIF DateTimeOriginal", "2018-07-04 12:30:59"),
        ("EXIF DateTimeDigitized", "2018-07-04 12:30:59"),
        ("XMP CreateDate", "2019-01-01 00:00:00"),
        ("GPS time", "2018-07-04 10:30:59.500000"),
        ("EXIF DateTime", "2020-01-01 01:01:01"),
    ]
    bad = facts_of({CHANGED: NOON}, {TAKEN: "0000:00:00 00:00:00", DIGITIZED: "?"}, order=order)
    assert [stamp.source for stamp in bad.dates] == ["EXIF DateTime"]


@both_orders
@pytest.mark.parametrize(
    ("digits", "microsecond"),
    [("0532", 53200), ("8", 800_000), ("61", 610_000), ("123456789", 123_456), ("", 0), ("x", 0),
     ("  ", 0), ("²", 0), ("-1", 0)],
)  # fmt: skip
def test_parts_of_a_second(digits: str, microsecond: int, order: str) -> None:
    """SubSecTimeOriginal are decimals; each date has its own."""
    own = {TAKEN: NOON, SUBSEC_TAKEN: digits, DIGITIZED: NOON, SUBSEC_DIGITIZED: "5"}
    first, second = facts_of(own=own, order=order).dates
    assert (first.local.microsecond, second.local.microsecond) == (microsecond, 500_000)


@both_orders
@pytest.mark.parametrize(
    ("offset", "wanted"),
    [
        ("+02:00", 120),
        ("-0330", -210),
        ("Z", 0),
        (b"+05:45\0", 345),
        ("+14:00", 840),
        ("+15:00", None),
        ("+02:61", None),
        ("   :  ", None),
        (2, None),
    ],
)
def test_utc_offsets(offset: Any, wanted: int | None, order: str) -> None:
    """The offset of the date that was used, within what the world's clocks know."""
    (stamp,) = facts_of(own={TAKEN: NOON, OFFSET_TAKEN: offset}, order=order).dates
    assert stamp.offset_minutes == wanted
    assert stamp.offset_source == (None if wanted is None else "EXIF OffsetTimeOriginal")


def test_the_offset_may_stand_in_another_tag() -> None:
    """OffsetTimeOriginal, OffsetTimeDigitized, OffsetTime, then behind the time itself."""
    every = {OFFSET_TAKEN: "?", OFFSET_DIGITIZED: "+01:00", OFFSET: "+02:00"}
    (stamp,) = facts_of(own={TAKEN: NOON, **every}).dates
    assert (stamp.offset_minutes, stamp.offset_source) == (60, "EXIF OffsetTimeDigitized")
    (stamp,) = facts_of(own={TAKEN: f"{NOON}-07:00", OFFSET: "+02:00"}).dates
    assert (stamp.offset_minutes, stamp.offset_source) == (120, "EXIF OffsetTime")
    (stamp,) = facts_of(own={TAKEN: f"{NOON}-07:00"}).dates
    assert (stamp.offset_minutes, stamp.offset_source) == (-420, "date")
    assert facts_of(own={OFFSET_TAKEN: "+02:00"}).dates == ()


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("2018:07:04", ((24, 1), (0, 1), (0, 1))),
        ("2018:07:04", ((1, 1), (0, 0), (0, 1))),
        ("2018:07:04", ((1, 1), (0, 1))),
        ("0000:00:00", ((1, 1), (0, 1), (0, 1))),
        ("2018:07:04", "01:00:00"),
        (None, ((1, 1), (0, 1), (0, 1))),
    ],
)
def test_satellite_times_that_are_none(date: Any, time: Any) -> None:
    """Half a date, an hour that is none and 0/0 are no time."""
    gps = {GPS_DATE: date, GPS_TIME: time}
    assert facts_of(gps={tag: value for tag, value in gps.items() if value}).dates == ()


# ---- places


@both_orders
@pytest.mark.parametrize(
    "degrees",
    [
        ((52, 1), (31, 1), (12, 1)),
        ((52, 1), (31, 1), (1200, 100)),
        ((52, 1), (312, 10), (0, 1)),
        ((52, 1), (312, 10), (0, 0)),  # Nikon D5000
        ((52, 1), (312, 10)),
        ((5252, 100), (0, 0), (0, 0)),
        ((5252, 100),),
        52.52,
        (52.0, 31.0, 12.0),
    ],
)
def test_forms_of_degrees(degrees: Any, order: str) -> None:
    """Fractions and reals, with and without minutes and seconds, 0/0 where nothing is missing."""
    assert place(lat=degrees, order=order) == (52.52, 13.41)


def test_signed_fractions() -> None:
    """Some programs write degrees as SRATIONAL."""
    signed = (10, 3, struct.pack("<6i", 52, 1, 31, 1, 12, 1))
    assert place(lat=signed) == (52.52, 13.41)


@both_orders
@pytest.mark.parametrize(
    ("refs", "signs"),
    [(("N", "E"), (1, 1)), ((b"S\0", b"W\0"), (-1, -1)), (("s", "west"), (-1, -1))],
)
def test_hemispheres(refs: tuple[Any, Any], signs: tuple[int, int], order: str) -> None:
    """South and west are negative, whether the letter is text or bytes."""
    found = place(lat_ref=refs[0], lon_ref=refs[1], order=order)
    assert found == (52.52 * signs[0], 13.41 * signs[1])


@both_orders
@pytest.mark.parametrize(
    "changes",
    [
        {"lat": ((91, 1), (0, 1), (0, 1))},
        {"lat": ((90, 1), (0, 1), (1, 1))},
        {"lon": ((180, 1), (0, 1), (1, 1))},
        {"lat": ((52, 1), (61, 1), (0, 1))},
        {"lat": (10, 3, struct.pack("<6i", -52, 1, 0, 1, 0, 1))},
        {"lat": (math.nan, 0.0, 0.0)},
        {"lat": math.inf},
        {"lat": ((52, 0), (0, 1), (0, 1))},
        {"lat": ((0, 0), (0, 0), (0, 0))},
        {"lat": ((52, 1), (0, 0), (0, 0))},  # a whole degree is a place to 80 km
        {"lat": ((52, 1), (31, 0), (0, 1))},
        {"lat": ((52, 1), (31, 1), (12, 0))},
        {"lat": ((1, 1), (2, 1), (3, 1), (4, 1))},
        {"lat": "fifty-two"},
        {"lat": None},
        {"lon": None},
        {"lat": b"\xff"},
        {"lat_ref": None},
        {"lat_ref": ""},
        {"lat_ref": "E"},
        {"lat_ref": "X"},
        {"lat_ref": 1},
        {"lat": ((0, 1), (0, 1), (0, 1)), "lon": ((0, 1), (0, 1), (0, 1))},
    ],
)
def test_places_that_are_none(changes: dict[str, Any], order: str) -> None:
    """Out of range, not finite, malformed or "no fix" at 0, 0: no place rather than a wrong one."""
    assert place(**changes, order=order) == (None, None)


def test_an_altitude_alone_is_no_place() -> None:
    """Height and satellite time without coordinates give no place."""
    facts = facts_of(gps={ALT_REF: b"\0", ALT: ((340, 1),)})
    assert (facts.latitude, facts.longitude, facts.place_source) == (None, None, None)


@pytest.mark.parametrize(
    ("altitude", "reference", "wanted"),
    [
        (((3405, 10),), b"\0", 340.5),
        (((430, 1),), b"\1", -430.0),
        (((12, 1),), b"1", -12.0),
        (((12, 1),), None, 12.0),
        (((1, 0),), b"\0", None),
        (((10**9, 1),), b"\0", None),
        ("high", b"\0", None),
    ],
)
def test_altitudes(altitude: Any, reference: Any, wanted: float | None) -> None:
    """Metres above the sea, negative below it, None where no photographer has been."""
    gps = {**BERLIN, ALT: altitude} | ({} if reference is None else {ALT_REF: reference})
    assert facts_of(gps=gps).altitude_m == wanted


# ---- cameras and pictures


@both_orders
def test_names_are_one_short_printable_line(order: str) -> None:
    """Camera names lose padding, control codes and everything behind a NUL."""
    main = {MAKE: b"NIKON   \0junk", MODEL: "E\x1b[31mOS\n 5D" + "x" * 500, SOFTWARE: "\0\0"}
    facts = facts_of(main, {SERIAL: " 0123 "}, order=order)
    assert (facts.make, facts.serial, facts.software) == ("NIKON", "0123", None)
    assert facts.model is not None
    assert facts.model.startswith("E [31mOS 5D")
    assert len(facts.model) == 100
    assert facts_of({MAKE: 5}).make is None
    assert facts_of({MAKE: "Müller".encode("latin-1")}).make == "Müller"
    assert facts_of({MAKE: "Müller"}).make == "Müller"


def test_a_camera_is_told_from_scanner_and_screenshot() -> None:
    """A name and an exposure make a camera; a scanner says so in FileSource."""
    named, exposed = {MAKE: "Maker"}, {EXPOSURE: ((1, 60),)}
    assert facts_of(named, {**exposed, FILE_SOURCE: b"\3"}).from_camera
    assert facts_of({MODEL: "X"}, exposed).from_camera
    assert not facts_of(named).from_camera
    assert not facts_of({}, exposed).from_camera
    assert not facts_of(named, {EXPOSURE: ((0, 0),)}).from_camera
    assert not facts_of(named, {**exposed, FILE_SOURCE: b"\2"}).from_camera


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (b"ASCII\0\0\0Screenshot", "Screenshot"),
        (bytes(8) + b"Screenshot\0\0", "Screenshot"),
        (b"UNICODE\0" + "Écran".encode("utf-16-le"), "Écran"),
        (b"UNICODE\0" + "Écran".encode("utf-16-be"), "Écran"),
        (b"UNICODE\0" + "Écran".encode("utf-16"), "Écran"),
        (b"JIS\0\0\0\0\0abc", None),
        (b"short", None),
        (bytes(300), None),
    ],
)
def test_comments(raw: bytes, wanted: str | None) -> None:
    """UserComment names its encoding in its first eight bytes."""
    assert facts_of(own={COMMENT: raw}).comment == wanted


@both_orders
@pytest.mark.parametrize("value", [0, 9, "6", b"6", ((6, 1),), 2.5])
def test_absurd_orientations_are_none(value: Any, order: str) -> None:
    """Only the numbers 1 to 8 turn a picture."""
    assert facts_of({ORIENTATION: value}, order=order) == Facts(40, 30)


@both_orders
def test_size_is_upright(order: str) -> None:
    """A picture that lies on its side has its width and height exchanged."""
    for orientation in range(1, 9):
        wanted = (40, 30) if orientation < 5 else (30, 40)
        facts = facts_of({ORIENTATION: orientation}, order=order)
        assert facts == Facts(*wanted, orientation=orientation)


def test_the_thumbnail_speaks_for_itself() -> None:
    """The second directory describes the thumbnail: its orientation is not the photo's."""
    block = bytearray(exif_block())
    (first,) = struct.unpack_from("<I", block, 4)
    (count,) = struct.unpack_from("<H", block, first)
    struct.pack_into("<I", block, first + 2 + 12 * count, len(block))
    block += struct.pack("<HHHIII", 1, ORIENTATION, 3, 1, 6, 0)
    assert read_facts(jpeg(bytes(block))) == Facts(40, 30)


def test_a_directory_that_leads_to_itself_ends() -> None:
    """Pointers that form a loop are followed once."""
    block = bytearray(exif_block({MAKE: "Maker"}))
    for at in range(10, 10 + 12 * 3, 12):
        tag, kind, count, _ = struct.unpack_from("<HHII", block, at)
        if tag in (0x8769, 0x8825):
            struct.pack_into("<HHII", block, at, tag, kind, count, 8)
    assert read_facts(jpeg(bytes(block))).make == "Maker"


# ---- XMP


DATED = {
    "exif:DateTimeOriginal": "2018-07-04T12:30:59.25+02:00",
    "photoshop:DateCreated": "2018-07-05",
    "xmp:CreateDate": "2018-07-06T01:02:03Z",
}
XMP_DATES = (
    Stamp("XMP DateTimeOriginal", datetime(2018, 7, 4, 12, 30, 59, 250_000), 120, "date"),
    Stamp("XMP DateCreated", datetime(2018, 7, 5), day_only=True),
    Stamp("XMP CreateDate", datetime(2018, 7, 6, 1, 2, 3), 0, "date"),
)


@pytest.mark.parametrize("packet", [xmp_packet(DATED), xmp_packet(elements=[*DATED.items()])])
def test_dates_in_xmp(packet: bytes) -> None:
    """Attributes and elements, with zone and parts of a second."""
    assert read_facts(jpeg(xmp=packet)).dates == XMP_DATES


@pytest.mark.parametrize(
    ("latitude", "longitude", "wanted"),
    [
        ("52,31,12N", "13,24,36E", (52.52, 13.41)),
        ("52,31.2N", "13,24.6W", (52.52, -13.41)),
        ("52.52S", "13.41E", (-52.52, 13.41)),
        ("52,31.2", "13,24.6E", None),
        ("91,0N", "13,24.6E", None),
        ("52,61N", "13,24.6E", None),
        ("0,0N", "0,0E", None),
        ("NaN", "13,24.6E", None),
        ("13,24.6E", "52,31.2N", None),
    ],
)
def test_places_in_xmp(latitude: str, longitude: str, wanted: tuple[float, float] | None) -> None:
    """Degrees and minutes with their hemisphere; what EXIF refuses, XMP has no better."""
    degrees = {"exif:GPSLatitude": latitude, "exif:GPSLongitude": longitude}
    packet = xmp_packet(degrees | {"exif:GPSAltitude": "3405/10"})
    facts = read_facts(jpeg(xmp=packet))
    if wanted is None:
        assert (facts.latitude, facts.longitude, facts.place_source) == (None, None, None)
    else:
        assert (facts.latitude, facts.longitude, facts.place_source) == (*wanted, "XMP")
        assert facts.altitude_m == 340.5


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2018-07-04T12:30:59Z", "2018-07-04T12:30:59"),
        ("2018-07-04T12:30:59+02:00", "2018-07-04T10:30:59"),
        ("2018-07-04T12:30:59", "2018-07-04T12:30:59"),
        ("2018-07-04", None),
        ("12:30:59", None),
    ],
)
def test_satellite_times_in_xmp(text: str, wanted: str | None) -> None:
    """XMP puts the satellites' date and time in one; EXIF's comes first."""
    packet = xmp_packet({"exif:GPSTimeStamp": text})
    dates = read_facts(jpeg(xmp=packet)).dates
    assert [stamp.local.isoformat() for stamp in dates] == ([wanted] if wanted else [])
    gps = {**BERLIN, GPS_DATE: "2018:07:05", GPS_TIME: ((1, 1), (2, 1), (3, 1))}
    (stamp,) = read_facts(jpeg(exif_block(gps=gps), packet)).dates
    assert stamp == Stamp("GPS time", datetime(2018, 7, 5, 1, 2, 3), in_utc=True)


def test_exif_outranks_xmp() -> None:
    """Place and camera of EXIF come first; XMP gives what is missing there."""
    packet = xmp_packet(
        {"exif:GPSLatitude": "1,0N", "exif:GPSLongitude": "1,0E", "tiff:Make": "X"}
        | {"tiff:Model": "Y", "aux:SerialNumber": "7", "xmp:CreatorTool": "Z"}
    )
    facts = read_facts(jpeg(exif_block({MAKE: "Maker"}, gps=BERLIN), packet))
    assert (facts.latitude, facts.place_source, facts.altitude_m) == (52.52, "EXIF", None)
    assert (facts.make, facts.model, facts.serial, facts.software) == ("Maker", "Y", "7", "Z")


def test_deeper_properties_of_xmp_are_not_the_photos() -> None:
    """Dates of ingredients and of the history are not those of this photo."""
    ingredient = (
        "<xmpMM:Ingredients><rdf:Bag><rdf:li><rdf:Description>"
        "<exif:DateTimeOriginal>2001-01-01T00:00:00</exif:DateTimeOriginal>"
        "</rdf:Description></rdf:li></rdf:Bag></xmpMM:Ingredients>"
    )
    assert read_facts(jpeg(xmp=xmp_packet(inner=ingredient))).dates == ()
    comment = (
        '<exif:UserComment><rdf:Alt><rdf:li xml:lang="x-default">Screenshot</rdf:li></rdf:Alt>'
        "</exif:UserComment>"
    )
    assert read_facts(jpeg(xmp=xmp_packet(inner=comment))).comment == "Screenshot"


@pytest.mark.parametrize(
    "damage",
    [
        lambda packet: b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + packet,
        lambda packet: packet[:60],
        lambda _: b"\0" * 50,
        lambda _: b"<a>" * 20_000,
        lambda _: b'<?xml version="1.0" encoding="no-such"?><a/>',
    ],
)
def test_bad_xmp_says_nothing(damage: Any) -> None:
    """Entities, cuts, depth and unknown encodings: no date, no exception."""
    assert read_facts(jpeg(xmp=damage(xmp_packet(DATED)))) == Facts(40, 30)


def test_xmp_before_the_damage_is_read() -> None:
    """A packet that is cut behind its properties still dates the photo."""
    packet = xmp_packet(DATED)
    assert read_facts(jpeg(xmp=packet[: packet.index(b"</x:xmpmeta>")])).dates == XMP_DATES


def test_the_orientation_in_xmp_turns_no_photo() -> None:
    """Viewers turn by EXIF alone; facts and pixels agree on it."""
    data = photo("PNG", b"", xmp_packet({"tiff:Orientation": "6"}))
    assert read_facts(data) == Facts(40, 30)
    assert decode(data, min_side=10).image.size == (40, 30)


# ---- containers


@both_orders
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "JXL"])
def test_every_format_holds_exif_and_xmp(image_format: str, order: str, tmp_path: Path) -> None:
    """Date, place, camera and XMP come out of each container, from memory and from disk."""
    exif = exif_block({MAKE: "Maker"}, {TAKEN: NOON}, BERLIN, order)
    data = photo(image_format, exif, xmp_packet({"photoshop:DateCreated": "2018-07-05"}))
    facts = read_facts(data)
    if image_format != "JXL":
        assert (facts.width, facts.height) == (40, 30)
    assert (facts.make, facts.latitude, facts.longitude) == ("Maker", 52.52, 13.41)
    assert [stamp.source for stamp in facts.dates] == ["EXIF DateTimeOriginal", "XMP DateCreated"]
    (tmp_path / "photo").write_bytes(data)
    before = snapshot(tmp_path)
    assert read_facts(tmp_path / "photo") == facts
    assert snapshot(tmp_path) == before


def test_a_header_longer_than_one_read(tmp_path: Path) -> None:
    """Segments of other kinds before EXIF, and chunks of pixels before it, are passed over."""
    data = jpeg(exif_block({MAKE: "Maker"}))
    filler = b"\xff\xe2" + struct.pack(">H", 60_002) + bytes(60_000)
    (tmp_path / "a.jpg").write_bytes(data[:2] + filler * 3 + data[2:])
    chunk = b"\0\0\xea\x60IDAT" + bytes(60_004)
    png = photo("PNG", exif_block({MAKE: "Maker"}), xmp_packet(DATED))
    (tmp_path / "b.png").write_bytes(png[:33] + chunk * 3 + png[33:])
    for path in tmp_path.iterdir():
        assert path.stat().st_size > 2 * FIRST_READ
        assert read_facts(path).make == "Maker"
        assert read_facts(path).width == 40


def test_a_header_is_read_and_the_pixels_are_not(tmp_path: Path) -> None:
    """A file of a terabyte, nearly all of it a hole, takes no time and no memory."""
    path = tmp_path / "large.jpg"
    path.write_bytes(jpeg(exif_block({MAKE: "Maker"})))
    with path.open("r+b") as file:
        file.truncate(1 << 40)
    assert read_facts(path).make == "Maker"


def test_exif_as_imagemagick_writes_it_into_png() -> None:
    """EXIF and XMP in hexadecimal lines of a text chunk."""
    exif = b"Exif\0\0" + exif_block({MAKE: "Maker"})
    stream = io.BytesIO()
    info = PngImagePlugin.PngInfo()
    info.add_text("Raw profile type exif", f"\nexif\n{len(exif):8}\n{exif.hex()}\n", zip=True)
    packet = xmp_packet(DATED)
    info.add_text("Raw profile type xmp", f"\nxmp\n{len(packet):8}\n{packet.hex()}\n", zip=False)
    Image.new("RGB", (40, 30)).save(stream, "PNG", pnginfo=info)
    facts = read_facts(stream.getvalue())
    assert (facts.make, facts.dates) == ("Maker", XMP_DATES)


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xd8", b"II*\0", b"MM\0*", b"\x89PNG\r\n\x1a\n", b"BM", b"RIFF\0\0\0\0WEBP",
     b"GIF89a", b"\0\0\0\x18ftypheic", b"text"],
)  # fmt: skip
def test_a_beginning_alone_says_nothing(data: bytes) -> None:
    """Files that end behind their first bytes have no facts."""
    assert read_facts(data) == Facts()


def test_boxes_that_never_end_do(tmp_path: Path) -> None:
    """Empty boxes, items without length and counts of four thousand millions end soon."""
    location = bytes([1, 0, 0, 0, 0, 0]) + b"\xff\xff" + bytes(100)
    many = struct.pack(">II", 1 << 24, 0xFFFFFFFF) + bytes(100)
    meta = bytes(4) + box(b"iloc", location) + box(b"iprp", box(b"ipma", many)) + box(b"iinf", many)
    assert read_facts(box(b"ftyp", b"heic\0\0\0\0") + box(b"meta", meta)) == Facts()
    assert read_facts(box(b"ftyp", b"heic\0\0\0\0") + box(b"free", b"") * 200_000) == Facts()


# ---- laws


ABSURD = st.one_of(
    st.tuples(st.integers(0, 20), st.integers(0, 2**32 - 1), st.binary(max_size=30)),
    st.text(max_size=30),
    st.binary(max_size=30),
    st.integers(0, 65535),
    st.floats(),
    st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 3)), min_size=1, max_size=4),
)
TAGS = st.dictionaries(
    st.sampled_from(
        [*range(8), GPS_DATE, MAKE, ORIENTATION, CHANGED, TAKEN, OFFSET_TAKEN, SUBSEC_TAKEN,
         COMMENT, EXPOSURE, SERIAL]
    ),
    ABSURD,
)  # fmt: skip


def assert_in_range(facts: Facts) -> None:
    """Assert what must hold of any bytes."""
    assert facts.latitude is None or -90 <= facts.latitude <= 90
    assert facts.longitude is None or -180 <= facts.longitude <= 180
    assert (facts.latitude is None) == (facts.longitude is None) == (facts.place_source is None)
    assert facts.altitude_m is None or math.isfinite(facts.altitude_m)
    assert facts.orientation in (None, *range(1, 9))
    assert (facts.width is None) == (facts.height is None)
    assert (facts.make or "").isprintable()
    for stamp in facts.dates:
        assert stamp.local.year >= 1826
        assert (stamp.offset_minutes is None) == (stamp.offset_source is None)


@given(main=TAGS, own=TAGS, gps=TAGS, order=st.sampled_from(ORDERS))
def test_absurd_values_never_raise(main: Any, own: Any, gps: Any, order: str) -> None:
    """Law: whatever the tags hold, facts come back, and what is in them is in range."""
    assert_in_range(read_facts(jpeg(exif_block(main, own, gps, order))))


@settings(max_examples=300)
@given(
    date=st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),
    minutes=st.none() | st.integers(-14 * 60, 14 * 60),
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    order=st.sampled_from(ORDERS),
)
def test_what_a_camera_writes_is_what_is_read(
    date: datetime, minutes: int | None, latitude: float, longitude: float, order: str
) -> None:
    """Law: any date, offset and place written as EXIF asks for comes back, to a millimetre."""
    own = {TAKEN: f"{date:%Y:%m:%d %H:%M:%S}", SUBSEC_TAKEN: f"{date.microsecond:06}"}
    if minutes is not None:
        sign, hours, rest = "-" if minutes < 0 else "+", abs(minutes) // 60, abs(minutes) % 60
        own[OFFSET_TAKEN] = f"{sign}{hours:02}:{rest:02}"
    gps = {
        LAT_REF: "S" if latitude < 0 else "N", LAT: sexagesimal(latitude),
        LON_REF: "W" if longitude < 0 else "E", LON: sexagesimal(longitude),
    }  # fmt: skip
    facts = facts_of({}, own, gps, order)
    assert facts.dates[0].local == date
    assert facts.dates[0].offset_minutes == minutes
    if (facts.latitude, facts.longitude) == (None, None):
        assert abs(latitude) < 1e-6
        assert abs(longitude) < 1e-6
    else:
        assert facts.latitude == pytest.approx(latitude, abs=1e-6)
        assert facts.longitude == pytest.approx(longitude, abs=1e-6)


def sexagesimal(degrees: float) -> tuple[tuple[int, int], ...]:
    """Write degrees, minutes and ten-thousandths of a second, rounded down to stay in range."""
    units = int(abs(degrees) * 36_000_000)
    return (units // 36_000_000, 1), (units // 600_000 % 60, 1), (units % 600_000, 10_000)


SEEDS = {
    image_format: photo(
        image_format,
        exif_block({MAKE: "Maker", ORIENTATION: 6}, {TAKEN: NOON}, BERLIN, order),
        xmp_packet(DATED),
    )
    for order, image_format in zip(
        ORDERS * 3, ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "JXL"], strict=True
    )
}


@settings(max_examples=600)
@given(data=st.data(), image_format=st.sampled_from(sorted(SEEDS)))
def test_changed_bytes_never_raise(data: st.DataObject, image_format: str) -> None:
    """Law: photos with any bytes changed or missing give facts in range, not exceptions."""
    block = bytearray(SEEDS[image_format])
    for _ in range(data.draw(st.integers(0, 8))):
        block[data.draw(st.integers(0, len(block) - 1))] = data.draw(st.integers(0, 255))
    assert_in_range(read_facts(bytes(block[: data.draw(st.integers(0, len(block)))])))


# ---- camera files


CAMERA_FILES = {
    "gps/DSCN0010.jpg": (640, 480, "2008-10-22 16:28:39", 43.4674483, 11.8851267, "COOLPIX P6000"),
    "gps/thompson-springs.jpg": (
        150, 103, "2022-01-10 15:15:44.310000", 39.115, -108.4009683, None,
    ),
    "gps/empty_gps.jpg": (4640, 3472, "2025-06-01 16:59:26.023460", None, None, "moto g(9) plus"),
    "dated/Kodak_CX7530.jpg": (
        100, 78, "2005-08-13 09:47:23", -0.3713, 36.0564167, "KODAK CX7530 ZOOM DIGITAL CAMERA",
    ),
    "dated/67-0_length_string.jpg": (
        4032, 2012, "2016-09-12 10:05:31", 51.025, 7.5919444, "SM-G930F",
    ),
    "dated/PaintTool_sample.jpg": (88, 100, None, None, None, None),
    "orientation/Portrait_8.jpg": (1200, 1800, None, None, None, None),
}  # fmt: skip


@pytest.mark.parametrize("name", CAMERA_FILES)
def test_camera_files(shared: Path, name: str) -> None:
    """The facts of real files, zero-length strings and empty GPS blocks among them."""
    path = shared / "fixtures" / name
    before = snapshot(path.parent)
    facts = read_facts(path)
    width, height, date, latitude, longitude, model = CAMERA_FILES[name]
    assert (facts.width, facts.height, facts.model) == (width, height, model)
    assert (facts.latitude, facts.longitude) == (latitude, longitude)
    assert (str(facts.dates[0].local) if facts.dates else None) == date
    assert snapshot(path.parent) == before


def test_sizes_agree_with_the_decoder(shared: Path) -> None:
    """Width and height of the header are those of the upright picture, for every small fixture."""
    compared = 0
    for path in sorted((shared / "fixtures").rglob("*")):
        if "damaged" in path.parts or not path.is_file() or path.stat().st_size > 300_000:
            continue
        try:
            image = decode(path, min_side=10_000).image
        except DecodeError:
            continue
        facts = read_facts(path)
        assert (facts.width, facts.height) == image.size, path
        compared += 1
    assert compared > 120


def test_sample_photos_are_read_alike_from_disk_and_memory() -> None:
    """A window over a file gives what the whole file gives."""
    folder = Path(__file__).parents[1] / "sample_photos"
    paths = [path for path in folder.rglob("*") if path.suffix.lower() in {".jpg", ".png", ".webp"}]
    assert len(paths) > 50
    for path in paths:
        assert read_facts(path) == read_facts(path.read_bytes())


def test_facts_are_read_without_pillow_and_numpy() -> None:
    """Reading headers loads nothing that decodes or computes."""
    code = (
        "import sys; from photosort.photos.metadata import read_facts; "
        "print([m for m in ('PIL', 'numpy', 'tzfpy', 'pi_heif') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_now_is_no_part_of_the_facts() -> None:
    """A date of the future is a fact of the file; `when` refuses it, and not for ever."""
    tomorrow = datetime.now(UTC).replace(tzinfo=None, microsecond=0) + timedelta(days=9)
    (stamp,) = facts_of(own={TAKEN: f"{tomorrow:%Y:%m:%d %H:%M:%S}"}).dates
    assert stamp.local == tomorrow
