"""When a photo was taken: the order of the sources, dates that are refused, wall clock and UTC."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photosort.photos.metadata import NO_FACTS, Facts, Stamp
from photosort.photos.metadata.facts import TRUST, DateSource
from photosort.photos.metadata.when import Place, Taken, when, where

NOW = datetime(2026, 3, 4, 12)
NOON = datetime(2018, 7, 4, 12, 30, 59)
MTIME_NS = 1_525_342_272 * 10**9  # 2018-05-03 10:11:12 UTC
TOKYO = {"latitude": 35.68, "longitude": 139.69, "place_source": "EXIF"}
LISBON = {"latitude": 38.72, "longitude": -9.14, "place_source": "Takeout"}


@pytest.fixture(autouse=True)
def in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set this computer's time zone, far from the places of the tests."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def dated(source: DateSource, local: datetime = NOON, **more: object) -> Facts:
    return Facts(dates=(Stamp(source, local),), **more)


def decide(
    facts: Facts = NO_FACTS, name: str = "a.jpg", mtime_ns: int | None = None, *sidecars: Facts
) -> Taken | None:
    return when(facts, name, mtime_ns, sidecars, now=NOW)


# ---- the order


SOURCES = get_args(DateSource)


def told(at: int) -> tuple[Facts, str, int | None, Facts]:
    """Give photo, name, mtime and sidecar that know every source from the `at`th on."""
    stamps = [
        Stamp(
            source, NOON - timedelta(days=TRUST[source]), in_utc=source in ("GPS time", "Takeout")
        )
        for source in SOURCES[at:]
        if source not in ("file name", "file time")
    ]
    own = tuple(s for s in stamps if not s.source.startswith(("sidecar", "Takeout")))
    beside = tuple(s for s in stamps if s.source.startswith(("sidecar", "Takeout")))
    name = "IMG_20180503_101112.jpg" if at <= TRUST["file name"] else "a.jpg"
    return Facts(dates=own, **TOKYO), name, MTIME_NS, Facts(dates=beside)


@pytest.mark.parametrize("at", range(len(SOURCES)))
def test_the_best_source_wins(at: int) -> None:
    """EXIF, XMP, sidecar, satellites, name, Takeout, last change, in this order."""
    taken = decide(*told(at))
    assert taken is not None
    assert taken.source == SOURCES[at]
    assert taken.is_guess == (taken.source in ("EXIF DateTime", "file time"))


BAD = [
    datetime(1904, 1, 1),
    datetime(1904, 1, 1, 1),
    datetime(1903, 12, 31, 19),
    datetime(1970, 1, 1),
    datetime(1970, 1, 1, 1),
    datetime(1970, 1, 1, 5, 45),
    datetime(1969, 12, 31, 16),
    datetime(2554, 7, 4, 12, 30),
    datetime(2026, 3, 6),
    datetime(9999, 12, 31, 23, 59, 59),
]


@pytest.mark.parametrize("bad", BAD, ids=str)
@pytest.mark.parametrize("source", [s for s in SOURCES if not s.startswith("file")])
def test_implausible_dates_give_way(bad: datetime, source: DateSource) -> None:
    """Dates of clocks never set and of the future: the next source is asked."""
    assert decide(dated(source, bad, **TOKYO)) is None
    taken = decide(dated(source, bad, **TOKYO), "IMG_20180503_101112.jpg")
    assert taken is not None
    assert taken.source == "file name"


@pytest.mark.parametrize(
    "good",
    [datetime(1826, 6, 1), datetime(1904, 6, 1), datetime(1970, 1, 1, 10, 11, 12),
     datetime(1970, 1, 2), datetime(1980, 1, 1), datetime(2000, 1, 1), datetime(2026, 3, 5)],
    ids=str,
)  # fmt: skip
def test_unusual_dates_are_kept(good: datetime) -> None:
    """Scans of old photos, midnights of New Year and clocks a zone ahead are no mistakes."""
    taken = decide(dated("EXIF DateTimeOriginal", good))
    assert taken is not None
    assert taken.local == good


def test_the_future_comes() -> None:
    """A date is in the future until it is not."""
    facts = dated("EXIF DateTimeOriginal", datetime(2027, 1, 1))
    assert decide(facts) is None
    assert when(facts, "a.jpg", None, now=datetime(2027, 1, 1)) is not None


@pytest.mark.parametrize(
    "name", ["2554-01-01 10.11.12.jpg", "20991231_101112.jpg", "19700101_000000.jpg"]
)
def test_implausible_names_give_way(name: str) -> None:
    """A name with a date that cannot be is no name with a date."""
    taken = decide(name=name, mtime_ns=MTIME_NS)
    assert taken is not None
    assert taken.source == "file time"


@pytest.mark.parametrize(
    "mtime_ns", [0, 1, -(2**63), 2**63, 10**30, 315_532_800 * 10**9, 4_000_000_000 * 10**9, None]
)
def test_file_times_that_are_none(mtime_ns: int | None) -> None:
    """The zeros of Unix and FAT, the future and times beyond the calendar date no photo."""
    assert decide(mtime_ns=mtime_ns) is None


# ---- wall clock and UTC


def test_an_offset_that_is_written_stays() -> None:
    """The offset in the file outranks the zone of the place."""
    stamp = Stamp("EXIF DateTimeOriginal", NOON, 120, "EXIF OffsetTime")
    taken = decide(Facts(dates=(stamp,), **TOKYO))
    assert taken == Taken(NOON, "EXIF DateTimeOriginal", 120, "EXIF OffsetTime")
    assert taken.utc == datetime(2018, 7, 4, 10, 30, 59)


def test_the_place_gives_the_offset_and_moves_no_clock() -> None:
    """Without an offset, that of the place is taken, summer time included; else there is none."""
    assert decide(dated("EXIF DateTimeOriginal", **TOKYO)) == Taken(
        NOON, "EXIF DateTimeOriginal", 540, "place"
    )
    winter = decide(dated("EXIF DateTimeOriginal", datetime(2018, 1, 1), **LISBON))
    summer = decide(dated("EXIF DateTimeOriginal", NOON, **LISBON))
    assert winter is not None
    assert summer is not None
    assert (winter.offset_minutes, summer.offset_minutes) == (0, 60)
    assert decide(dated("EXIF DateTimeOriginal")) == Taken(NOON, "EXIF DateTimeOriginal")
    late = datetime(2018, 5, 31, 23, 45)
    taken = decide(dated("EXIF DateTimeOriginal", late, **TOKYO))
    assert taken is not None
    assert taken.local == late


def test_utc_becomes_the_wall_clock_of_the_place() -> None:
    """Satellites, Takeout and Google's file names say UTC: the day is that of the place."""
    evening = Stamp("GPS time", datetime(2018, 5, 31, 20), in_utc=True)
    assert decide(Facts(dates=(evening,), **TOKYO)) == Taken(
        datetime(2018, 6, 1, 5), "GPS time", 540, "place"
    )
    assert decide(Facts(dates=(evening,))) is None  # which day it was is not known
    moment = Stamp("Takeout", datetime(2018, 5, 31, 23, 30), in_utc=True)
    assert decide(NO_FACTS, "a.jpg", None, Facts(dates=(moment,), **LISBON)) == Taken(
        datetime(2018, 6, 1, 0, 30), "Takeout", 60, "place"
    )
    pixel = "PXL_20210101_023456789.jpg"
    assert decide(Facts(**TOKYO), pixel) == Taken(
        datetime(2021, 1, 1, 11, 34, 56, 789_000), "file name", 540, "place"
    )


def test_utc_without_a_place_becomes_this_computers_time() -> None:
    """The zone that the computer is set to, and it is said to be so."""
    assert decide(name="PXL_20210101_023456789.jpg") == Taken(
        datetime(2020, 12, 31, 21, 34, 56, 789_000), "file name", -300, "system"
    )
    assert decide(mtime_ns=MTIME_NS) == Taken(
        datetime(2018, 5, 3, 6, 11, 12), "file time", -240, "system", is_guess=True
    )


def test_a_day_takes_its_time_from_a_later_source() -> None:
    """IMG-20180503-WA0001 is of that day; the file's time tells the hour if it is of that day."""
    name = "IMG-20180503-WA0001.jpg"
    assert decide(name=name) == Taken(datetime(2018, 5, 3), "file name", day_only=True)
    assert decide(name=name, mtime_ns=MTIME_NS) == Taken(
        datetime(2018, 5, 3, 6, 11, 12), "file name", -240, "system", time_source="file time"
    )
    next_day = decide(name=name, mtime_ns=MTIME_NS + 86_400 * 10**9)
    assert next_day == Taken(datetime(2018, 5, 3), "file name", day_only=True)


def test_places_at_sea_and_at_the_poles() -> None:
    """Every place has a zone: at sea a whole hour."""
    for latitude, longitude, minutes in ((10.0, -150.0, -600), (90.0, 180.0, 720), (0.0, 0.001, 0)):
        facts = dated("EXIF DateTimeOriginal", latitude=latitude, longitude=longitude,
                      place_source="EXIF")  # fmt: skip
        taken = decide(facts)
        assert taken is not None
        assert taken.offset_minutes == minutes


def test_an_hour_that_comes_twice_and_one_that_never_comes() -> None:
    """Where clocks are set back or forward an offset is still found."""
    for local in (datetime(2018, 10, 28, 1, 30), datetime(2018, 3, 25, 1, 30)):
        taken = decide(dated("EXIF DateTimeOriginal", local, **LISBON))
        assert taken is not None
        assert taken.local == local
        assert taken.offset_minutes in (0, 60)


def test_the_place_is_the_photos_own_or_a_sidecars() -> None:
    """EXIF and XMP in the file come before the files beside it."""
    assert where(Facts(**TOKYO), [Facts(**LISBON)]) == Place(35.68, 139.69, None, "EXIF")
    assert where(NO_FACTS, [NO_FACTS, Facts(**LISBON)]) == Place(38.72, -9.14, None, "Takeout")
    assert where(NO_FACTS, [NO_FACTS]) is None


stamps = st.builds(
    Stamp,
    source=st.sampled_from([s for s in SOURCES if not s.startswith("file")]),
    local=st.datetimes(),
    in_utc=st.booleans(),
    day_only=st.booleans(),
)


def in_order(dates: list[Stamp]) -> tuple[Stamp, ...]:
    """Sort by trust, as the readers do."""
    return tuple(sorted(dates, key=lambda stamp: TRUST[stamp.source]))


placed = st.builds(
    Facts,
    dates=st.lists(stamps, max_size=4).map(in_order),
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    place_source=st.just("EXIF"),
) | st.builds(Facts, dates=st.lists(stamps, max_size=4).map(in_order))


@given(
    facts=placed, beside=placed, name=st.text(max_size=30), mtime_ns=st.integers(-(2**65), 2**65)
)
def test_any_facts_give_a_plausible_date_or_none(
    facts: Facts, beside: Facts, name: str, mtime_ns: int
) -> None:
    """Law: nothing raises, nothing lies in the future, and UTC differs by less than a day."""
    taken = when(facts, name, mtime_ns, [beside], now=NOW)
    if taken is not None:
        assert taken.local <= datetime(2026, 3, 6, 15)
        assert (taken.offset_minutes is None) == (taken.offset_source is None)
        if taken.utc is not None:
            assert abs(taken.local - taken.utc) < timedelta(days=1)


@given(facts=placed, beside=st.lists(placed, max_size=2), name=st.text(max_size=30))
def test_it_is_a_pure_function(facts: Facts, beside: list[Facts], name: str) -> None:
    """Law: the same facts give the same date."""
    once, again = (when(facts, name, MTIME_NS, beside, now=NOW) for _ in range(2))
    assert once == again
