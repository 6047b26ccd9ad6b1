"""Where events begin and end on a timeline: journeys by distance from home, others by density.

Compared in benchmarks/events.py with a fixed gap (GroupMachine: 48 hours, 50 km) and with a home
and a fixed distance (immich-power-tools: 50 km, two days without photos).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from photosort.views.density import LEAST_MINUTES, Days, event_runs
from photosort.views.home import Home
from photosort.views.timeline import Timeline

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

HOUR: Final = 3600

AWAY_KM: Final = (15.0, 50.0)
MOST_GAP_DAYS: Final = 14
PLACE = (2.5, 5.5)
FAMILIAR = 1.5
DETOUR: Final = 0.75
NIGHT_KM: Final = 150.0
WAY_SECONDS: Final = 8 * HOUR
PAUSE_SECONDS: Final = 3 * HOUR
LEAST_SESSION: Final = 3
SMALL: Final = 0.2
SAME_OUTING_KM: Final = 15.0

Kind = Literal["journey", "outing"]


@dataclass(frozen=True, slots=True)
class Span:
    """An event: the shots of a timeline from `first` to `last`, and why it begins and ends there.

    A journey was spent away from home; an outing has more photos than days at home have.
    """

    kind: Kind
    first: int
    last: int
    begins: str = ""
    ends: str = ""


def find_spans(line: Timeline, home: Home) -> list[Span]:
    """Find the events of a life in order; no two share a shot."""
    journeys = _journeys(line, home)
    taken = np.zeros(len(line), bool)
    for span in journeys:
        taken[span.first : span.last + 1] = True
    return sorted([*journeys, *_outings(line, home, taken)], key=lambda span: span.first)


def away_km(line: Timeline, home: Home) -> float:
    """Return the distance that is away for this person: nine of ten everyday photo days are nearer.

    Days farther than the upper bound are no everyday's.
    """
    known = np.flatnonzero(line.located & line.active & (home.km <= AWAY_KM[1]))
    if not len(known):
        return AWAY_KM[1]
    days, index = np.unique(line.day[known], return_inverse=True)
    farthest = np.zeros(len(days))
    np.maximum.at(farthest, index, home.km[known])
    return float(np.clip(1.5 * np.quantile(farthest, 0.9), *AWAY_KM))


# Journeys.


def _journeys(line: Timeline, home: Home) -> list[Span]:
    rows = np.flatnonzero(line.located & line.active)
    limit = away_km(line, home)
    away = (home.km[rows] > np.where(home.novel[rows], limit, AWAY_KM[1])) & ~home.everyday[rows]
    back = (home.km[rows] < limit / 2) | home.everyday[rows]
    covered = _covered_days(line)
    habits, found = Habits(), []
    for _ in range(2):

        def lasts(one: int, other: int, habits: Habits = habits) -> bool:
            return _lasts(line, home, covered, habits, one, other)

        found = _runs(rows, away, back, lasts)
        habits = _habits(line, found)
    return _with_ways(line, home, found)


@dataclass(frozen=True, slots=True)
class Habits:
    """How often somebody photographs on a day of a journey and of a day at home, and leaves home.

    All are probabilities of a day: a photo away, a photo at home, leaving, coming back.
    """

    away: float = 0.8
    at_home: float = 0.3
    leaves: float = 0.03
    returns: float = 0.2


def _habits(line: Timeline, spans: list[Span]) -> Habits:
    """Count the days of journeys and of home; the numbers added are those of the default."""
    if not spans:
        return Habits()
    active = np.unique(line.day[line.active])
    first = np.array([line.day[span.first] for span in spans])
    last = np.array([line.day[span.last] for span in spans])
    photos = np.searchsorted(active, last, "right") - np.searchsorted(active, first)
    inner, days = photos - 2, last - first - 1  # the first and last day have photos by definition
    long = days > 0
    home_days = max(int(active[-1] - active[0]) + 1 - int((last - first + 1).sum()), 1)
    at_home = max(len(active) - int(photos.sum()), 0)
    return Habits(
        away=(inner[long].sum() + 8) / (days[long].sum() + 10),
        at_home=min((at_home + 3) / (home_days + 10), 0.99),
        leaves=(len(spans) + 0.3) / (home_days + 10),
        returns=(len(spans) + 2) / ((last - first + 1).sum() + 10),
    )


def _runs(rows: Ints, away: Bools, back: Bools, lasts: Callable[[int, int], bool]) -> list[Span]:
    """Join shots away from home, one after the other, as long as the journey `lasts`."""
    found: list[Span] = []
    open_ = False
    for row, is_away, is_back in zip(rows.tolist(), away.tolist(), back.tolist(), strict=True):
        if is_back:
            open_ = False
        elif not is_away:
            continue
        elif open_ and lasts(found[-1].last, row):
            found[-1] = replace(found[-1], last=row)
        else:
            found.append(Span("journey", row, row))
            open_ = True
    return found


def _lasts(line: Timeline, home: Home, covered: Ints, habits: Habits, one: int, other: int) -> bool:
    """Say whether it is likelier that somebody stayed away between two shots than was at home."""
    if line.day[one] == line.day[other]:
        return True
    between = np.searchsorted(covered, line.day[other]) - np.searchsorted(
        covered, line.day[one], "right"
    )
    gap = int(line.day[other] - line.day[one] - 1 - between)
    if gap > MOST_GAP_DAYS:
        return False
    if gap == 0 and min(home.km[one], home.km[other]) > NIGHT_KM:
        return True
    detour = line.km(one, other) / (home.km[one] + home.km[other])
    if gap == 0:
        return bool(detour <= DETOUR)
    stayed = gap * math.log(1 - habits.away)
    went = math.log(habits.returns * habits.leaves * gap) + gap * math.log(1 - habits.at_home)
    place = PLACE[0] - PLACE[1] * detour - (0 if home.novel[one] else FAMILIAR)
    return bool(stayed + place > went)


def _covered_days(line: Timeline) -> Ints:
    """Return the days with so many photos that somebody was out, wherever it was."""
    pairs = np.unique(np.column_stack([line.day, line.minute])[line.active], axis=0)
    days, minutes = np.unique(pairs[:, 0], return_counts=True)
    return days[minutes >= LEAST_MINUTES]


def _with_ways(line: Timeline, home: Home, spans: list[Span]) -> list[Span]:
    """Add the way out and back to journeys: shots just before and after that are not at home."""
    found: list[Span] = []
    for index, span in enumerate(spans):
        before = found[-1].last if found else -1
        after = spans[index + 1].first if index + 1 < len(spans) else len(line)
        first = _walk(line, home, span.first, range(span.first - 1, before, -1))
        last = _walk(line, home, span.last, range(span.last + 1, after))
        found.append(replace(span, first=first, last=last))
    return found


def _walk(line: Timeline, home: Home, edge: int, rows: range) -> int:
    """Return the last of `rows` that belongs to the journey which ends at `edge`."""
    end = edge
    for row in rows:
        if not line.active[row]:
            continue
        if abs(line.when[row] - line.when[edge]) > WAY_SECONDS:
            break
        if line.located[row]:
            if home.everyday[row]:
                break
            end = row
        elif abs(line.when[row] - line.when[end]) <= PAUSE_SECONDS:
            end = row
    return end


# Outings.


def _outings(line: Timeline, home: Home, taken: Bools) -> list[Span]:
    """Find stretches of days, outside of journeys, with more photos than usual."""
    sessions = _sessions(line, taken)
    if not sessions:
        return []
    days = _days(line, home, taken, sessions)
    run_of = dict(zip(days.day.tolist(), event_runs(days).tolist(), strict=True))
    found: list[Span] = []
    run: list[Ints] = []
    for rows in sessions:
        number = run_of[int(line.day[rows[0]])]
        if not number:
            continue
        if run and not (
            run_of[int(line.day[run[-1][0]])] == number
            and _one_outing(line, home, taken, run[-1], rows)
        ):
            found += _trimmed(line, run)
            run = []
        run.append(rows)
    return found + _trimmed(line, run)


def _days(line: Timeline, home: Home, taken: Bools, sessions: list[Ints]) -> Days:
    """Describe every day with photos of a camera for the model."""
    day, where = np.unique(line.day[line.active & line.clocked | taken], return_inverse=True)
    del where
    minutes, longest = np.ones(len(day), np.int64), np.ones(len(day), np.int64)
    journey = np.isin(day, line.day[taken])
    elsewhere = np.full(len(day), np.nan)
    seen: dict[int, list[Ints]] = {}
    for rows in sessions:
        seen.setdefault(int(np.searchsorted(day, line.day[rows[0]])), []).append(rows)
    for index, parts in seen.items():
        counts = [len(np.unique(line.minute[rows])) for rows in parts]
        minutes[index], longest[index] = sum(counts), max(counts)
        rows = np.concatenate(parts)
        located = rows[line.located[rows]]
        if len(located):
            elsewhere[index] = float(np.mean(home.novel[located]) > 0.5)
        elif line.abroad[rows].any():
            elsewhere[index] = 1.0
    return Days(day, minutes, longest, elsewhere, journey)


def _trimmed(line: Timeline, run: list[Ints]) -> list[Span]:
    """Leave out sessions at either end of a run that are small beside its largest."""
    if not run:
        return []
    minutes = np.array([len(np.unique(line.minute[rows])) for rows in run])
    large = np.flatnonzero(minutes >= max(LEAST_SESSION, minutes.max() * SMALL))
    if not len(large) or minutes.sum() < LEAST_MINUTES:
        return []
    return [Span("outing", int(run[large[0]][0]), int(run[large[-1]][-1]))]


def _sessions(line: Timeline, taken: Bools) -> list[Ints]:
    """Split the active shots outside of journeys at each long pause."""
    rows = np.flatnonzero(line.active & line.clocked & ~taken)
    if not len(rows):
        return []
    journeys = np.cumsum(taken)[rows]  # a journey in between is a pause
    cut = (np.diff(line.when[rows]) > PAUSE_SECONDS) | (np.diff(journeys) > 0)
    cut |= np.diff(line.day[rows]) != 0
    return np.split(rows, np.flatnonzero(cut) + 1)


def _one_outing(line: Timeline, home: Home, taken: Bools, before: Ints, rows: Ints) -> bool:
    """Say whether the session `rows` goes on with that `before`: the same or next day and place."""
    if taken[before[-1] : rows[0]].any():
        return False
    one, other = _middle(line, before), _middle(line, rows)
    if one is None or other is None:
        return True
    if home.everyday[[one, other]].any() and line.day[rows[0]] - line.day[before[-1]] > 1:
        return False
    return line.km(one, other) <= SAME_OUTING_KM


def _middle(line: Timeline, rows: Ints) -> int | None:
    """Return the middle one of the located shots among `rows`."""
    located = rows[line.located[rows]]
    return int(located[len(located) // 2]) if len(located) else None
