"""Photos by day, month and year of the local wall clock."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from photosort.views.time import Every, by_time
from tests.shots import any_shots, members, shot


def test_folders_sort_by_date_and_what_has_none_is_last() -> None:
    """2018/2018-05-03, the day being the local one: 23:45 in May is in May, whatever UTC says."""
    shots = [
        shot("late.jpg", "2018-05-31 23:45:00", offset_minutes=-420),
        shot("early.jpg", "2018-06-01 00:10:00", offset_minutes=720),
        shot("old.jpg", "1968-12-24 16:40:00"),
        shot("unknown.jpg"),
    ]
    assert members(by_time(shots)) == {
        "1968/1968-12-24": ["old.jpg"],
        "2018/2018-05-31": ["late.jpg"],
        "2018/2018-06-01": ["early.jpg"],
        "no-date": ["unknown.jpg"],
    }
    assert list(members(by_time(shots, "month"))) == [
        "1968/1968-12", "2018/2018-05", "2018/2018-06", "no-date",
    ]  # fmt: skip
    assert list(members(by_time(shots, "year"))) == ["1968", "2018", "no-date"]


def test_the_reason_names_where_the_dates_come_from() -> None:
    """Each source with its number of photos."""
    (cut,) = by_time([shot("a.jpg", "2018-05-03 10:00:00"), shot("b.jpg", "2018-05-03 11:00:00")])
    assert cut.reason == "date from EXIF DateTimeOriginal (2)"
    assert cut.key == "time:2018-05-03"


def test_no_photo_has_a_date() -> None:
    """All lie in no-date; of no photos there are no groups."""
    assert members(by_time([shot("a.jpg"), shot("b.jpg")])) == {"no-date": ["a.jpg", "b.jpg"]}
    assert by_time([]) == []


@settings(max_examples=50)
@given(any_shots(), st.sampled_from(["day", "month", "year"]), st.randoms())
def test_every_shot_is_in_one_group_in_any_order(shots: list, every: Every, random: Random) -> None:
    """The groups share no photo, hold all of them, and do not depend on the order they came in."""
    cuts = by_time(shots, every)
    held = [shot for cut in cuts for shot in cut.shots]
    assert sorted(held, key=id) == sorted(shots, key=id)
    random.shuffle(shots)
    assert by_time(shots, every) == cuts
