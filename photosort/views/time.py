"""Photos by year, month or day of the wall clock where they were taken."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from photosort.views.records import Cut, Shot, collect

Every = Literal["day", "month", "year"]

NO_DATE = "no-date"
_LENGTH = {"year": 4, "month": 7, "day": 10}  # characters of 2018-05-03


def by_time(shots: Iterable[Shot], every: Every = "day") -> list[Cut]:
    """Cut by `every` day, month or year; the folders sort by date: 2018/2018-05-03.

    The day is the local one: 23:45 on 31 May is in May wherever the photo is looked at.
    """
    cuts = []
    for period, members in collect(shots, lambda shot: _period(shot, every)).items():
        if period is None:
            cuts.append(undated(members))
            continue
        path = (period,) if every == "year" else (period[:4], period)
        keys = tuple(f"time:{name}" for name in path)
        cuts.append(Cut(path, keys, tuple(members), _sources(members)))
    return sorted(cuts, key=lambda cut: (cut.key == NO_DATE, cut.path))


def undated(shots: Sequence[Shot]) -> Cut:
    """Cut off what has no date."""
    return Cut((NO_DATE,), (NO_DATE,), tuple(shots), "no date was found")


def _period(shot: Shot, every: Every) -> str | None:
    if shot.taken is None:
        return None
    return shot.taken.local.date().isoformat()[: _LENGTH[every]]


def _sources(shots: Iterable[Shot]) -> str:
    """Say where the dates come from, the most frequent source first."""
    found = Counter(shot.taken.source for shot in shots if shot.taken is not None)
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return "date from " + ", ".join(f"{source} ({count:,})" for source, count in ranked)
