"""Cameras whose clock was off are noticed beside others, said in a line, and nothing is changed."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photosort.photos.metadata.clocks import Camera, OddClock, Reading, odd_clocks, spoken

PHONE, NIKON, CANON = (
    Camera("Apple", "iPhone 12"), Camera("NIKON CORPORATION", "NIKON D70"), Camera("Canon", "A80"),
)  # fmt: skip
MORNING = datetime(2018, 5, 3, 9)
SEVEN = timedelta(hours=7)


def flurries(seed: int, days: int = 3, a_day: int = 40) -> list[datetime]:
    """Draw when people take photos: a few within minutes, several times a day."""
    rng = np.random.default_rng(seed)
    times: list[datetime] = []
    for day in range(days):
        for _ in range(a_day // 4):
            at = MORNING + timedelta(days=day, hours=float(rng.uniform(0, 12)))
            for _ in range(4):
                at += timedelta(seconds=float(rng.exponential(70)))
                times.append(at)
    return times


def share(times: list[datetime], seed: int, *shifts: tuple[Camera, timedelta]) -> list[Reading]:
    """Let cameras take turns at random, the first one trusted, each with its clock's error."""
    rng = np.random.default_rng(seed)
    who = rng.integers(len(shifts), size=len(times))
    return [
        Reading(shifts[k][0], at + shifts[k][1], is_trusted=k == 0)
        for at, k in zip(times, who.tolist(), strict=True)
    ]


RIGHT = (PHONE, timedelta(0))


@pytest.mark.parametrize(
    "error",
    [SEVEN, -SEVEN, timedelta(hours=1), timedelta(minutes=-30), timedelta(hours=12),
     timedelta(days=-1234, hours=5, minutes=13), timedelta(days=4 * 365 + 1)],
    ids=str,
)  # fmt: skip
def test_a_clock_off_by_hours_or_years_is_noticed(error: timedelta) -> None:
    """Two cameras at one event: the one that no network sets is found, and by how much."""
    readings = share(flurries(1), 2, RIGHT, (NIKON, error))
    (odd,) = odd_clocks(readings)
    mine = [reading.local for reading in readings if reading.camera == NIKON]
    assert (odd.camera, odd.photos, odd.evidence) == (NIKON, len(mine), "moments")
    assert abs(odd.ahead - error) <= timedelta(minutes=2)
    assert (odd.first, odd.last) == (min(mine), max(mine))


def test_right_clocks_are_not_spoken_of() -> None:
    """Clocks that agree, to a few minutes, give no line; nor does a camera alone."""
    assert odd_clocks(share(flurries(1), 2, RIGHT, (NIKON, timedelta(0)))) == []
    assert odd_clocks(share(flurries(1), 2, RIGHT, (NIKON, timedelta(minutes=4)))) == []
    assert odd_clocks(share(flurries(1), 2, (NIKON, SEVEN))) == []
    assert odd_clocks([]) == []


@pytest.mark.parametrize("seed", range(8))
def test_cameras_that_never_met_say_nothing_of_each_other(seed: int) -> None:
    """Two photographers on the same days, each with moments of their own."""
    mine = share(flurries(seed), 0, RIGHT)
    theirs = share(flurries(seed + 100), 0, (NIKON, SEVEN))
    assert odd_clocks(mine + theirs) == []


def test_few_photos_are_no_evidence() -> None:
    """A handful of photos fits beside the others at many shifts."""
    readings = share(flurries(1), 2, RIGHT)
    few = [Reading(NIKON, reading.local + SEVEN) for reading in readings[::20]]
    assert len(few) < 10
    assert odd_clocks(readings + few) == []


def test_one_journey_at_the_time_of_home() -> None:
    """A camera that is right at home and a zone off on a journey: the journey alone is named."""
    home = [at - timedelta(days=90) for at in flurries(5, days=6)]
    away = flurries(1, days=4)
    readings = share(home, 2, RIGHT, (NIKON, timedelta(0)))
    readings += share(away, 2, RIGHT, (NIKON, -SEVEN))
    (odd,) = odd_clocks(readings)
    assert abs(odd.ahead + SEVEN) <= timedelta(minutes=2)
    assert odd.first >= min(away) - SEVEN
    assert odd.photos < sum(reading.camera == NIKON for reading in readings)


def test_the_odd_one_of_three() -> None:
    """Two cameras agree, the third is off; the later ones are compared with all before."""
    readings = share(flurries(1, days=5), 2, RIGHT, (CANON, timedelta(0)), (NIKON, SEVEN))
    (odd,) = odd_clocks(readings)
    assert odd.camera == NIKON
    both = share(flurries(1, days=5), 2, RIGHT, (CANON, -SEVEN), (NIKON, SEVEN))
    assert {str(odd.camera): round(odd.ahead / SEVEN) for odd in odd_clocks(both)} == {
        "Canon A80": -1,
        "NIKON D70": 1,
    }


# ---- satellites


def located(count: int, error: timedelta, stale: timedelta = timedelta(0)) -> list[Reading]:
    """Give readings with the satellites' time, which may be that of an earlier fix."""
    return [
        Reading(NIKON, at + error, true=at - stale * (k % 2))
        for k, at in enumerate(flurries(3)[:count])
    ]


def test_the_satellites_know_better() -> None:
    """A clock an hour off its own satellites' time needs no other camera; fixes may be old."""
    (odd,) = odd_clocks(located(5, timedelta(hours=1), stale=timedelta(minutes=6)))
    assert (odd.evidence, odd.ahead, odd.matches) == ("satellites", timedelta(hours=1), 5)
    assert odd_clocks(located(5, timedelta(0), stale=timedelta(minutes=6))) == []
    assert odd_clocks(located(2, timedelta(hours=1))) == []


def test_a_receiver_that_miscounts_weeks_is_not_the_clock() -> None:
    """1,024 weeks are the error of old receivers."""
    assert odd_clocks(located(9, timedelta(weeks=1024))) == []
    assert odd_clocks(located(9, timedelta(weeks=-1024, hours=2))) == []


# ---- scenes


def scenes(count: int, noise: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    """Make rows of length 1: a scene each, and the same scenes as another camera saw them."""
    rng = np.random.default_rng(0)
    first = rng.normal(size=(count, 64))
    second = first + noise * rng.normal(size=first.shape)
    return tuple(x / np.linalg.norm(x, axis=1, keepdims=True) for x in (first, second))


@pytest.mark.parametrize("error", [SEVEN, timedelta(days=800), timedelta(0)])
def test_the_same_scenes_at_other_times(error: timedelta) -> None:
    """Where photos look alike their times tell the error, with less than ten moments."""
    times = [MORNING + timedelta(minutes=47 * k * k) for k in range(9)]
    readings = [Reading(PHONE, at, is_trusted=True) for at in times]
    readings += [Reading(NIKON, at + error + timedelta(seconds=20)) for at in times]
    features = np.concatenate(scenes(9)).astype(np.float32)
    found = odd_clocks(readings, features)
    if not error:
        assert found == []
        return
    (odd,) = found
    assert (odd.evidence, odd.matches) == ("scenes", 9)
    assert abs(odd.ahead - error) <= timedelta(minutes=1)


def test_scenes_that_recur_are_no_evidence() -> None:
    """Like photos at any distance in time: a kitchen is a kitchen."""
    rng = np.random.default_rng(1)
    times = [MORNING + timedelta(days=float(d)) for d in rng.uniform(0, 900, 80)]
    readings = [Reading(PHONE if k < 40 else NIKON, at, is_trusted=k < 40)
                for k, at in enumerate(times)]  # fmt: skip
    assert odd_clocks(readings, np.concatenate(scenes(40)).astype(np.float32)) == []


# ---- words


def test_it_is_said_in_a_line() -> None:
    """Camera, error, photos, days, why, and that nothing was changed."""
    odd = OddClock(NIKON, MORNING, MORNING + timedelta(days=9), 1217, SEVEN, "moments", 334)
    assert str(odd) == (
        "NIKON D70: its clock seems 7 h ahead in 1,217 photos (2018-05-03 to 2018-05-12), by 334 "
        "moments at which another camera took photos too; the dates are left as they are"
    )
    one = OddClock(CANON, MORNING, MORNING, 1, -SEVEN, "satellites", 1)
    assert "Canon A80: its clock seems 7 h behind in 1 photo (2018-05-03), by the" in str(one)


@pytest.mark.parametrize(
    ("length", "wanted"),
    [
        (timedelta(minutes=30), "30 min"),
        (timedelta(hours=5, minutes=30), "5 h 30 min"),
        (timedelta(days=1, hours=1), "1 day 1 h"),
        (timedelta(days=365), "1 year"),
        (timedelta(days=3 * 365 + 41, hours=7), "3 years 41 days"),
    ],
)
def test_lengths_of_time(length: timedelta, wanted: str) -> None:
    """Years and days, or days, hours and minutes."""
    assert spoken(length) == wanted


@pytest.mark.parametrize(
    ("camera", "wanted"),
    [
        (Camera("NIKON CORPORATION", "NIKON D70"), "NIKON D70"),
        (Camera("Apple", "iPhone 12"), "Apple iPhone 12"),
        (Camera(None, "X"), "X"),
        (Camera("Maker", None), "Maker"),
        (Camera(None, None), "unnamed camera"),
    ],
)
def test_names_of_cameras(camera: Camera, wanted: str) -> None:
    """The make is said once."""
    assert str(camera) == wanted


readings = st.builds(
    Reading,
    camera=st.sampled_from([PHONE, NIKON, CANON, Camera(None, None)]),
    local=st.datetimes(datetime(1826, 1, 1)),
    true=st.none() | st.datetimes(datetime(1826, 1, 1)),
    is_trusted=st.booleans(),
)


@given(st.lists(readings, max_size=60))
def test_any_readings_are_judged(told: list[Reading]) -> None:
    """Law: whatever clocks say, nothing raises, and no error below half an hour is spoken of."""
    for odd in odd_clocks(told):
        assert abs(odd.ahead) >= timedelta(minutes=30)
        assert "\n" not in str(odd)
