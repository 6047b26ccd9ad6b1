"""Photos by event: journeys, outings, quiet months; what is told of each."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photosort.views.event_names import dates, duration
from photosort.views.events import by_event
from photosort.views.moments import moments
from photosort.views.records import Cut, Shot
from tests.shots import any_shots, burst, members, shot

NIJMEGEN, WORK = (51.8425, 5.8528), (51.9851, 5.8987)  # Arnhem, 16 km away
GOA, LISBON, SINTRA = (15.4909, 73.8278), (38.7167, -9.1333), (38.8010, -9.3783)
BERLIN, DELFT, ZOO = (52.5244, 13.4105), (52.0067, 4.3556), (51.6, 6.0)


def at_home(first: str, days: int, every: int = 3, where: tuple = NIJMEGEN) -> list[Shot]:
    """Take two photos at home on every third day, sometimes at work."""
    start = date.fromisoformat(first)
    shots = []
    for number in range(0, days, every):
        day = start + timedelta(days=number)
        place = WORK if where == NIJMEGEN and number % 4 == 0 else where
        shots += [shot(f"{day}-{hour}.jpg", f"{day} {hour}:00:00", place) for hour in (12, 19)]
    return shots


def stay(name: str, first: str, days: int, *places: tuple, photos: int = 12) -> list[Shot]:
    """Take photos on each of `days`, at one place after the other, every 20 minutes from noon."""
    start = date.fromisoformat(first)
    shots = []
    for number in range(days):
        day = start + timedelta(days=number)
        where = places[number * len(places) // days]
        shots += burst(f"{name}-{day}", f"{day} 12:00:00", photos, 20, where=where)
    return shots


def names(cuts: list[Cut]) -> dict[str, int]:
    """Name the cuts with the number of their photos."""
    return {cut.path[0]: len(cut.shots) for cut in cuts}


def year() -> list[Shot]:
    """Live a year in Nijmegen with journeys to Goa, Lisbon and Sintra, and a party."""
    quiet = at_home("2018-01-01", 365)
    away = [
        *stay("goa", "2018-05-03", 6, GOA),
        *stay("portugal", "2018-09-28", 10, LISBON, SINTRA),
        *stay("berlin", "2018-12-29", 6, BERLIN),
    ]
    gone = {(s.taken.local + timedelta(days=n)).date() for s in away for n in (-1, 0, 1)}
    kept = [s for s in quiet if s.taken.local.date() not in gone]
    return [*kept, *away, *burst("party", "2018-07-14 18:00:00", 60, 5, where=NIJMEGEN)]


def test_a_year_is_a_few_events_and_twelve_months() -> None:
    """Journeys by dates and places, over the end of months and years; the rest by month."""
    found = names(by_event(year()))
    events = {name: number for name, number in found.items() if not name.endswith("at home")}
    assert events == {
        "2018-05-03..08 Panjim": 72,
        "2018-09-28..10-07 Lisbon, Sintra": 120,
        "2018-12-29..2019-01-03 Berlin": 72,
    }
    assert found["2018-07-14 at home"] == 60
    months = {f"2018-{month:02} at home" for month in range(1, 13)}
    assert set(found) == {*events, "2018-07-14 at home", *months}
    assert list(found) == sorted(found)


def test_the_reason_is_said_in_words() -> None:
    """How far from home, what home is, and what comes before and after."""
    reasons = {cut.path[0]: cut.reason for cut in by_event(year())}
    assert reasons["2018-05-03..08 Panjim"] == (
        "away from home (Nijmegen), up to 7,152 km; begins 2 days after the one before, 16 km from "
        "home and ends 2 days before the next photo, at home"
    )
    assert reasons["2018-07-14 at home"].startswith("photos in 60 minutes, more than on usual days")
    assert "days with few photos" in reasons["2018-01 at home"]


def test_a_burst_of_screenshots_is_no_event() -> None:
    """Forty screenshots and forty photos in one minute at home stay in the month."""
    quiet = at_home("2018-01-01", 120)
    taken = burst("Screenshot", "2018-03-10 20:00:00", 40, 1, from_camera=False)
    cat = burst("cat", "2018-03-12 20:00:00", 40, 0.02, where=NIJMEGEN)
    assert set(names(by_event([*quiet, *taken, *cat]))) == {
        f"2018-0{month} at home" for month in (1, 2, 3, 4)
    }


def test_copies_and_photos_without_a_place_go_with_the_journey_of_their_day() -> None:
    """A second camera, a copy by a messenger with only a date, a screenshot of a map."""
    extra = [
        shot("DSC_1.jpg", "2018-05-05 13:10:00"),
        shot("IMG-20180506-WA0001.jpg", "2018-05-06", from_camera=False),
        shot("Screenshot.png", "2018-05-04 22:00:00", from_camera=False),
    ]
    found = members(by_event([*year(), *extra]))
    assert {one.path.name for one in extra} <= set(found["2018-05-03..08 Panjim"])


def test_home_moves() -> None:
    """Whoever moves to Berlin for years is at home there, and visits Nijmegen."""
    shots = [
        *at_home("2018-01-01", 360),
        *at_home("2019-01-01", 360, where=BERLIN),
        *stay("visit", "2019-06-08", 2, NIJMEGEN),
    ]
    kept = [
        s
        for s in shots
        if "visit" in s.path.name or not "2019-06-07" <= str(s.taken.local)[:10] <= "2019-06-10"
    ]
    found = names(by_event(kept))
    assert [name for name in found if not name.endswith("at home")] == ["2019-06-08..09 Nijmegen"]


def test_a_misplaced_photo_is_no_journey() -> None:
    """One photo whose GPS says Lisbon, an hour after and before photos at home."""
    shots = at_home("2018-01-01", 120)
    shots += burst("home", "2018-03-12 10:00:00", 3, 60, where=NIJMEGEN)
    shots.append(shot("wrong.jpg", "2018-03-12 11:30:00", LISBON))
    assert "wrong.jpg" in members(by_event(shots))["2018-03 at home"]


def test_a_journey_over_the_date_line_is_one_event() -> None:
    """Breakfast in Auckland, then afternoon in Pago Pago, on the local day before."""
    auckland, samoa = (-36.85, 174.76), (-14.28, -170.70)
    shots = at_home("2018-01-01", 120)
    for day in range(1, 6):
        shots += burst(f"nz-{day}", f"2018-06-0{day} 08:00:00", 9, where=auckland,
                       offset_minutes=720)  # fmt: skip
    for day in range(4, 9):
        shots += burst(f"as-{day}", f"2018-06-0{day} 15:00:00", 9, where=samoa,
                       offset_minutes=-660)  # fmt: skip
    found = members(by_event(shots))
    (event,) = {path for path, photos in found.items() if any(p[:2] in "nzas" for p in photos)}
    assert len(found[event]) == 90


def test_lives_that_jump_around_the_world_are_cut() -> None:
    """A hundred photos, each on another side of the date line: a plan, whatever it says."""
    places = [(random.uniform(-60, 60), side * random.uniform(150, 179))
              for random in [Random(1)] for _ in range(50) for side in (1, -1)]  # fmt: skip
    shots = [
        shot(f"{n}.jpg", f"2018-06-{1 + n // 4:02} {6 * (n % 4):02}:00:00", where,
             offset_minutes=720 if where[1] > 0 else -660)
        for n, where in enumerate(places)
    ]  # fmt: skip
    assert sum(names(by_event(shots)).values()) == 100


def test_a_day_at_home_with_photos_now_and_then_is_no_event() -> None:
    """Those of a day from morning to night are of the month, as many in three hours are a party."""
    quiet = [*at_home("2018-01-01", 89), *at_home("2018-04-03", 150)]
    day = burst("day", "2018-03-31 08:00:00", 26, 35, where=NIJMEGEN)
    party = burst("party", "2018-03-31 18:00:00", 26, 7, where=NIJMEGEN)
    assert {name for name in names(by_event([*quiet, *day])) if len(name) > 15} == set()
    assert names(by_event([*quiet, *party]))["2018-03-31 at home"] == 26


def test_a_journey_that_turns_overnight_is_one() -> None:
    """Delft in the evening, Berlin in the morning: nobody slept at home, which lies between."""
    quiet = [*at_home("2018-01-01", 120), *at_home("2018-05-20", 120)]
    shots = [*quiet, *stay("one", "2018-05-05", 3, DELFT), *stay("two", "2018-05-08", 4, BERLIN)]
    events = {name for name in names(by_event(shots)) if not name.endswith("at home")}
    assert events == {"2018-05-05..11 Berlin, Delft"}


def test_a_day_without_places_after_a_journey_is_of_it() -> None:
    """The telephone is off on the last day; the camera goes on."""
    quiet = [*at_home("2018-01-01", 120), *at_home("2018-05-20", 120)]
    last = burst("camera", "2018-05-09 10:00:00", 30, 10)
    shots = [*quiet, *stay("goa", "2018-05-03", 6, GOA), *last]
    found = members(by_event(shots))
    assert {one.path.name for one in last} <= set(found["2018-05-03..09 Panjim"])


def test_without_places_time_alone_tells() -> None:
    """No photo has a place: ten days with many photos are one event, named by its dates."""
    shots = [shot(s.path.name, str(s.taken.local)) for s in at_home("2018-01-01", 300)]
    shots += [shot(s.path.name, str(s.taken.local)) for s in stay("x", "2018-05-03", 10, GOA)]
    found = names(by_event(shots))
    events = {name for name in found if len(name) > 7}
    assert events == {"2018-05-03..12"}
    assert found["2018-05-03..12"] >= 120


def test_an_event_that_goes_on_is_not_cut_by_later_photos() -> None:
    """Five days in Goa are an event; five more days make it longer, under the same key."""
    home = at_home("2018-01-01", 120)
    early, late = stay("goa", "2018-05-03", 5, GOA), stay("goa", "2018-05-08", 5, GOA)
    before = by_event([*home, *early])
    previous = {shot.identity: cut.key for cut in before for shot in cut.shots}
    (goa,) = [
        cut
        for cut in by_event([*home, *early, *late], "english", previous)
        if "Panjim" in cut.path[0]
    ]
    assert goa.path == ("2018-05-03..12 Panjim",)
    assert set(goa.shots) == {*early, *late}
    assert goa.key in {cut.key for cut in before}


def test_events_of_before_are_neither_cut_nor_joined() -> None:
    """Whatever is found now, photos that were one event still are, and two still are two."""
    shots = stay("goa", "2018-05-03", 6, GOA)
    previous = {shot.identity: f"event:{number % 2}" for number, shot in enumerate(shots[:-9])}
    cuts = by_event([*shots, *at_home("2018-01-01", 100)], "english", previous)
    key_of = {shot.identity: cut.key for cut in cuts for shot in cut.shots}
    assert all(key_of[identity] == key for identity, key in previous.items())
    assert {key_of[shot.identity] for shot in shots} == {"event:0", "event:1"}


def test_names_sort_by_themselves() -> None:
    """One day, days of a month, over the end of a month, over the end of a year."""
    day = date(2018, 5, 3)
    assert dates(day, day) == "2018-05-03"
    assert dates(day, date(2018, 5, 12)) == "2018-05-03..12"
    assert dates(date(2018, 5, 28), date(2018, 6, 3)) == "2018-05-28..06-03"
    assert dates(date(2018, 12, 28), date(2019, 1, 3)) == "2018-12-28..2019-01-03"
    assert [duration(s) for s in (1, 7200, 86_400, 200_000)] == [
        "1 minute", "2 hours", "24 hours", "2 days",
    ]  # fmt: skip


def bad_ends() -> Iterator[tuple[str, list[Shot]]]:
    """Albums in which something is out of the ordinary."""
    yield "no photo", []
    yield "no date", [shot(f"{n}.jpg", where=GOA) for n in range(5)]
    yield "one photo", [shot("a.jpg", "2018-05-03 10:00:00", GOA)]
    yield "one minute", [shot(f"{n}.jpg", "2018-05-03 10:00:00") for n in range(500)]
    yield "dates alone", [shot(f"{n}.jpg", f"2018-05-{n:02}") for n in range(1, 20)]
    yield "50 years", [shot(f"{n}.jpg", f"{n}-01-01 10:00:00", GOA) for n in range(1975, 2026)]
    yield "1,900 years", [shot(f"{n}.jpg", f"{n:04}-01-01 10:00:00") for n in (1, 1900)]
    yield (
        "two cameras of one name",
        [
            shot(f"{n}.jpg", f"2018-05-{n:02} 10:00:00", (GOA, LISBON)[n % 2], camera="Canon EOS")
            for n in range(1, 20)
        ],
    )
    yield (
        "equal content",
        [shot(f"{n}.jpg", "2018-05-03 10:00:00", GOA, content_hash="00") for n in range(3)],
    )


@pytest.mark.parametrize(("shots"), [pytest.param(s, id=name) for name, s in bad_ends()])
def test_bad_ends(shots: list[Shot]) -> None:
    """Every photo is in one group, whose name is a folder's."""
    cuts = by_event(shots)
    assert sorted(s.path for cut in cuts for s in cut.shots) == sorted(s.path for s in shots)
    assert len({cut.path for cut in cuts}) == len({cut.key for cut in cuts}) == len(cuts)
    assert all("/" not in name and name.strip(" .") == name for c in cuts for name in c.path)


def test_a_late_party_belongs_to_its_day_and_a_late_photo_to_its_month() -> None:
    """The party of 31 May goes on after midnight; a photo at home at 23:45 stays in May."""
    shots = at_home("2018-03-01", 120)
    party = burst("party", "2018-05-31 19:00:00", 60, 6, where=NIJMEGEN)
    late = shot("late.jpg", "2018-03-31 23:45:00", NIJMEGEN, offset_minutes=-420)
    found = members(by_event([*shots, *party, late]))
    assert "late.jpg" in found["2018-03 at home"]
    assert len([name for name in found["2018-05-31 at home"] if "party" in name]) == 60


def test_two_offsets_at_one_time_are_one_order() -> None:
    """Two cameras told the same time with other offsets: a third goes by the same one always."""
    shots = [
        shot("a.jpg", "2018-05-03 10:00:00", offset_minutes=60),
        shot("b.jpg", "2018-05-03 10:00:00", offset_minutes=120),
        shot("c.jpg", "2018-05-03 10:01:00"),
    ]
    assert moments(shots).tolist() == moments(shots[::-1]).tolist()[::-1]


@settings(max_examples=30)
@given(any_shots(), st.randoms(), st.data())
def test_every_shot_is_in_one_event_in_any_order(
    shots: list, random: Random, data: st.DataObject
) -> None:
    """Groups share no photo and hold all, also beside those of before; order does not matter."""
    before = by_event(data.draw(st.permutations(shots))[: len(shots) // 2])
    previous = {shot.identity: cut.key for cut in before for shot in cut.shots}
    cuts = by_event(shots, "english", previous)
    assert sorted((s for cut in cuts for s in cut.shots), key=id) == sorted(shots, key=id)
    assert len({cut.path for cut in cuts}) == len({cut.key for cut in cuts}) == len(cuts)
    key_of = {shot.identity: cut.key for cut in cuts for shot in cut.shots}
    for identity, key in previous.items():
        assert key_of[identity] == key or not key.startswith("event:")
    random.shuffle(shots)
    assert by_event(shots, "english", previous) == cuts
