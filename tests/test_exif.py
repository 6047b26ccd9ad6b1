"""Facts from EXIF: what cameras write is read, what nobody should write never raises."""

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from photosort.photos.exif import Facts, orientation, read_facts
from tests.conftest import snapshot

EXIF_IFD, GPS_IFD = 0x8769, 0x8825
MAKE, MODEL, ORIENTATION, CHANGED = 0x010F, 0x0110, 0x0112, 0x0132
TAKEN, DIGITISED, OFFSET_TAKEN = 0x9003, 0x9004, 0x9011
BERLIN = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0)}


class Camera(Image.Image):
    """A picture whose EXIF holds these very objects, as no file format could carry them all."""

    def __init__(self, main: Any = None, own: Any = None, gps: Any = None) -> None:
        super().__init__()
        self._size = (40, 30)
        self.tags = Tags(main or {})
        self.tags.directories = {EXIF_IFD: own or {}, GPS_IFD: gps or {}}

    def getexif(self) -> Any:
        return self.tags


class Tags(dict):
    directories: dict[int, Any]

    def get_ifd(self, tag: int) -> Any:
        return self.directories[tag]


def taken(text: Any) -> str | None:
    return read_facts(Camera(own={TAKEN: text})).taken


def place(**changes: Any) -> tuple[float | None, float | None]:
    tags = {"lat_ref": 1, "lat": 2, "lon_ref": 3, "lon": 4}
    gps = BERLIN | {tags[name]: value for name, value in changes.items()}
    facts = read_facts(Camera(gps=gps))
    return facts.latitude, facts.longitude


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2018:07:04 12:30:59", "2018-07-04T12:30:59"),
        (b"2018:07:04 12:30:59\0", "2018-07-04T12:30:59"),
        ("2018-07-04T12:30:59.123", "2018-07-04T12:30:59"),
        ("2018/07/04 12:30", "2018-07-04T12:30:00"),
        ("2018:07:04", "2018-07-04T00:00:00"),
        ("2018: 7: 4  9: 5: 1", "2018-07-04T09:05:01"),
        ("0000:00:00 00:00:00", None),
        ("    :  :     :  :  ", None),
        ("2018:02:31 12:00:00", None),
        ("2018:07:04 25:00:00", None),
        ("0001:01:01 00:00:00", None),
        ("next Tuesday", None),
        ("٢٠١٨:٠٧:٠٤ ١٢:٣٠:٥٩", None),
        ("", None),
        (20180704, None),
        ((2018, 7, 4), None),
    ],
)
def test_dates(text: Any, wanted: str | None) -> None:
    """The date forms cameras write are read; impossible dates and other types are None."""
    assert taken(text) == wanted


def test_the_best_usable_date_wins() -> None:
    """Taken before digitised before changed, each passed over when it is absurd."""
    good, other = "2018:07:04 12:30:59", "1999:12:31 23:59:59"
    assert taken(good) == "2018-07-04T12:30:59"
    facts = read_facts(Camera({CHANGED: other}, {TAKEN: "0000:00:00 00:00:00", DIGITISED: good}))
    assert facts.taken == "2018-07-04T12:30:59"
    assert read_facts(Camera({CHANGED: other}, {TAKEN: "?"})).taken == "1999-12-31T23:59:59"


@pytest.mark.parametrize(
    ("offset", "wanted"),
    [
        ("+02:00", "+02:00"),
        ("-0330", "-03:30"),
        ("Z", "+00:00"),
        (b"+05:45\0", "+05:45"),
        ("+15:00", None),
        ("+02:61", None),
        ("   :  ", None),
        (2, None),
    ],
)
def test_utc_offsets(offset: Any, wanted: str | None) -> None:
    """The offset of the date that was used, within what the world's clocks know."""
    facts = read_facts(Camera(own={TAKEN: "2018:07:04 12:30:59", OFFSET_TAKEN: offset}))
    assert facts.utc_offset == wanted


def test_an_offset_written_into_the_date() -> None:
    """Some programs write the offset behind the time; no date, no offset."""
    facts = read_facts(Camera(own={TAKEN: "2018:07:04 12:30:59-07:00"}))
    assert (facts.taken, facts.utc_offset) == ("2018-07-04T12:30:59", "-07:00")
    assert read_facts(Camera(own={OFFSET_TAKEN: "+02:00"})).utc_offset is None


@pytest.mark.parametrize(
    "degrees",
    [
        (52, 31, 12),
        [52.0, 31.0, 12.0],
        (IFDRational(52), IFDRational(31), IFDRational(1200, 100)),
        ((52, 1), (31, 1), (1200, 100)),
        (Fraction(52), Fraction(156, 5)),
        (52.52,),
        52.52,
        IFDRational(5252, 100),
    ],
)
def test_forms_of_degrees(degrees: Any) -> None:
    """Whole, real, rational and paired numbers, with and without minutes and seconds."""
    assert place(lat=degrees) == (52.52, 13.41)


@pytest.mark.parametrize(
    ("refs", "signs"),
    [(("N", "E"), (1, 1)), ((b"S\0", b"W\0"), (-1, -1)), (("s", "west"), (-1, -1))],
)
def test_hemispheres(refs: tuple[Any, Any], signs: tuple[int, int]) -> None:
    """South and west are negative, whether the letter is text or bytes."""
    assert place(lat_ref=refs[0], lon_ref=refs[1]) == (52.52 * signs[0], 13.41 * signs[1])


@pytest.mark.parametrize(
    "changes",
    [
        {"lat": (91, 0, 0)},
        {"lon": (180, 0, 1)},
        {"lat": (52, 61, 0)},
        {"lat": (-52, 0, 0)},
        {"lat": (math.nan, 0, 0)},
        {"lat": math.inf},
        {"lat": (IFDRational(52, 0), 0, 0)},
        {"lat": ((52, 0), (0, 1), (0, 1))},
        {"lat": ()},
        {"lat": (1, 2, 3, 4)},
        {"lat": "fifty-two"},
        {"lat": None},
        {"lat": b"\xff"},
        {"lat_ref": None},
        {"lat_ref": ""},
        {"lat_ref": "E"},
        {"lat_ref": 1},
        {"lat": (0, 0, 0), "lon": (0, 0, 0)},
    ],
)
def test_places_that_are_none(changes: dict[str, Any]) -> None:
    """Out of range, not finite, malformed or "no fix" at 0, 0: no place rather than a wrong one."""
    assert place(**changes) == (None, None)


@pytest.mark.parametrize(
    ("altitude", "reference", "wanted"),
    [
        (IFDRational(3405, 10), b"\0", 340.5),
        ((430, 1), b"\1", -430.0),
        (12, 1, -12.0),
        (12, None, 12.0),
        (IFDRational(1, 0), 0, None),
        (1e9, 0, None),
        ("high", 0, None),
    ],
)
def test_altitudes(altitude: Any, reference: Any, wanted: float | None) -> None:
    """Metres above the sea, negative below it, None where no photographer has been."""
    assert read_facts(Camera(gps={5: reference, 6: altitude})).altitude_m == wanted


def test_names_are_one_short_printable_line() -> None:
    """Camera names lose padding, control codes and everything behind a NUL."""
    facts = read_facts(Camera({MAKE: b"NIKON   \0junk", MODEL: "E\x1b[31mOS\n 5D" + "x" * 500}))
    assert facts.make == "NIKON"
    assert facts.model is not None
    assert facts.model.startswith("E [31mOS 5D")
    assert len(facts.model) == 100
    assert read_facts(Camera({MAKE: 5, MODEL: "\0\0"})).make is None


@pytest.mark.parametrize("value", [0, 9, -1, "6", b"6", None, (6,), 2.5])
def test_absurd_orientations_are_upright(value: Any) -> None:
    """Only the numbers 1 to 8 turn a picture."""
    assert orientation(Camera({ORIENTATION: value})) == 1


def test_size_is_upright() -> None:
    """A picture that lies on its side has its width and height exchanged."""
    assert read_facts(Camera({ORIENTATION: 1})) == Facts(40, 30)
    assert read_facts(Camera({ORIENTATION: 6})) == Facts(30, 40)


ABSURD = st.recursive(
    st.none()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=20)
    | st.builds(IFDRational, st.integers(), st.integers(-1, 1)),
    lambda inner: st.tuples(inner, inner) | st.lists(inner, max_size=4).map(tuple),
    max_leaves=6,
)
TAGS = st.dictionaries(
    st.sampled_from([*range(8), MAKE, MODEL, ORIENTATION, CHANGED, TAKEN, DIGITISED, OFFSET_TAKEN]),
    ABSURD,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(main=TAGS, own=TAGS, gps=TAGS)
def test_absurd_values_never_raise(main: Any, own: Any, gps: Any) -> None:
    """Law: whatever the tags hold, facts come back, and what is in them is in range."""
    facts = read_facts(Camera(main, own, gps))
    assert facts.latitude is None or -90 <= facts.latitude <= 90
    assert facts.longitude is None or -180 <= facts.longitude <= 180
    assert facts.altitude_m is None or math.isfinite(facts.altitude_m)
    assert (facts.make or "").isprintable()


def good_block() -> bytes:
    exif = Image.Exif()
    exif[MAKE], exif[ORIENTATION] = "Maker", 6
    exif.get_ifd(EXIF_IFD).update({TAKEN: "2018:07:04 12:30:59", OFFSET_TAKEN: "+02:00"})
    exif.get_ifd(GPS_IFD).update(BERLIN)
    return exif.tobytes()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_mutated_exif_blocks_never_raise(data: st.DataObject) -> None:
    """Law: EXIF blocks with any bytes changed or missing give facts, not exceptions."""
    block = bytearray(good_block())
    for _ in range(data.draw(st.integers(0, 8))):
        block[data.draw(st.integers(0, len(block) - 1))] = data.draw(st.integers(0, 255))
    picture = Image.new("RGB", (40, 30))
    picture.info["exif"] = bytes(block[: data.draw(st.integers(0, len(block)))])
    assert read_facts(picture).width in (40, 30)


def test_hypothesis_block_is_readable_unmutated() -> None:
    """The block that the law above mutates is a good one to begin with."""
    picture = Image.new("RGB", (40, 30))
    picture.info["exif"] = good_block()
    assert read_facts(picture) == Facts(
        30, 40, "2018-07-04T12:30:59", "+02:00", 52.52, 13.41, None, "Maker"
    )


CAMERA_FILES = {
    "gps/DSCN0010.jpg": Facts(
        640, 480, "2008-10-22T16:28:39", None, 43.4674483, 11.8851267, None,
        "NIKON", "COOLPIX P6000",
    ),
    "gps/thompson-springs.jpg": Facts(150, 103, None, None, 39.115, -108.4009683, 1483.9),
    "gps/empty_gps.jpg": Facts(
        4640, 3472, "2025-06-01T16:59:26", make="motorola", model="moto g(9) plus"
    ),
    "dated/Kodak_CX7530.jpg": Facts(
        100, 78, "2005-08-13T09:47:23", None, -0.3713, 36.0564167, None,
        "EASTMAN KODAK COMPANY", "KODAK CX7530 ZOOM DIGITAL CAMERA",
    ),
    "dated/67-0_length_string.jpg": Facts(
        4032, 2012, "2016-09-12T10:05:31", None, 51.025, 7.5919444, 340.0, "samsung", "SM-G930F"
    ),
    "dated/date-priority-test.jpg": Facts(100, 100, "2023-02-02T02:00:00"),
    "dated/PaintTool_sample.jpg": Facts(88, 100),
    "orientation/Portrait_8.jpg": Facts(1200, 1800),
}  # fmt: skip


@pytest.mark.parametrize("name", CAMERA_FILES)
def test_camera_files(shared: Path, name: str) -> None:
    """The facts of real files, zero-length strings and empty GPS blocks among them."""
    path = shared / "fixtures" / name
    before = snapshot(path.parent)
    with Image.open(path) as image:
        assert read_facts(image) == CAMERA_FILES[name]
    assert snapshot(path.parent) == before
