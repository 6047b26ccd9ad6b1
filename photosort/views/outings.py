"""Outings: stretches of days, outside of journeys, on which more was photographed than usual."""

from typing import Final

import numpy as np
import numpy.typing as npt

from photosort.views.arrays import Ints
from photosort.views.density import LEAST_MINUTES, Days, event_runs
from photosort.views.home import Home
from photosort.views.spans import PAUSE_SECONDS, Span
from photosort.views.timeline import Timeline

Bools = npt.NDArray[np.bool_]

#: Sessions at either end of an outing with fewer minutes than this part of its longest are not of
#: it. Chosen on the lives of seeds 0 to 29 (benchmarks/events.py): with 0.2 F1 is .005 lower, with
#: 0 alike.
_SMALL: Final = 0.1
#: Minutes of the stretch in which an event's photos crowd, and everyday ones do not. Seeds 0 to 59:
#: beside the longest session without a pause F1 is .002 higher; two hours are alike.
_WINDOW: Final = 4 * 60
#: Places this far apart are of one outing.
_SAME_KM: Final = 15.0


def find_outings(line: Timeline, home: Home, taken: Bools) -> list[Span]:
    """Find outings among the shots that are not `taken` (n,) by journeys."""
    sessions = _sessions(line, taken)
    if not sessions:
        return []
    days = _days(line, home, taken, sessions)
    run_of = dict(zip(days.day.tolist(), event_runs(days).tolist(), strict=True))
    found: list[Span] = []
    outing: list[Ints] = []
    before = 0
    for rows in sessions:
        run = run_of[int(line.day[rows[0]])]
        if outing and (run != before or not _goes_on(line, home, taken, outing[-1], rows)):
            found += _trimmed(line, outing)
            outing = []
        if run:
            outing.append(rows)
        before = run
    return found + _trimmed(line, outing)


def _sessions(line: Timeline, taken: Bools) -> list[Ints]:
    """Split the active shots outside of journeys by days and at each long pause."""
    rows = np.flatnonzero(line.active & line.clocked & ~taken)
    if not len(rows):
        return []
    journeys = np.cumsum(taken)[rows]  # a journey in between is a pause
    cut = (np.diff(line.when[rows]) > PAUSE_SECONDS) | (np.diff(journeys) > 0)
    cut |= np.diff(line.day[rows]) != 0
    return np.split(rows, np.flatnonzero(cut) + 1)


def _days(line: Timeline, home: Home, taken: Bools, sessions: list[Ints]) -> Days:
    """Describe every day with photos of a camera, and those of journeys, for the model."""
    day = np.unique(line.day[(line.active & line.clocked) | taken])
    minutes, crowded = np.ones(len(day), np.int64), np.ones(len(day), np.int64)
    elsewhere = np.full(len(day), np.nan)
    seen: dict[int, list[Ints]] = {}
    for rows in sessions:
        seen.setdefault(int(np.searchsorted(day, line.day[rows[0]])), []).append(rows)
    for index, parts in seen.items():
        rows = np.concatenate(parts)
        found = np.unique(line.minute[rows])
        minutes[index] = len(found)
        crowded[index] = (np.searchsorted(found, found + _WINDOW) - np.arange(len(found))).max()
        located = rows[line.located[rows]]
        if len(located):
            elsewhere[index] = float(home.novel[located].mean() > 0.5)
            if not elsewhere[index]:  # what is taken now and then on a day at home is no event
                minutes[index] = crowded[index]
        elif line.abroad[rows].any():
            elsewhere[index] = 1.0
    return Days(day, minutes, crowded, elsewhere, np.isin(day, line.day[taken]))


def _goes_on(line: Timeline, home: Home, taken: Bools, before: Ints, rows: Ints) -> bool:
    """Say whether the session `rows` is of the outing of `before`: no journey between, one place.

    At home a day without photos ends it, as somebody is there anyway.
    """
    if taken[before[-1] : rows[0]].any():
        return False
    one, other = _middle(line, before), _middle(line, rows)
    if one is None or other is None:
        return True
    if home.everyday[[one, other]].any() and line.day[rows[0]] - line.day[before[-1]] > 1:
        return False
    return line.km(one, other) <= _SAME_KM


def _middle(line: Timeline, rows: Ints) -> int | None:
    """Return the middle one of the located shots among `rows`."""
    located = rows[line.located[rows]]
    return int(located[len(located) // 2]) if len(located) else None


def _trimmed(line: Timeline, outing: list[Ints]) -> list[Span]:
    """Leave out small sessions at either end of an outing, and an outing of too few minutes."""
    minutes = np.array([len(np.unique(line.minute[rows])) for rows in outing])
    if minutes.sum() < LEAST_MINUTES:
        return []
    large = np.flatnonzero(minutes >= max(2, minutes.max() * _SMALL))
    return [Span("outing", int(outing[large[0]][0]), int(outing[large[-1]][-1]))]
