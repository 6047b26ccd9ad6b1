"""Journeys: stretches of a timeline away from home.

Whether somebody was home between two photos taken away is weighed by what is known of this person:
how often they photograph away and at home, how often they leave and how soon they return.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from photosort.views.arrays import Ints
from photosort.views.density import LEAST_MINUTES
from photosort.views.home import Home
from photosort.views.spans import PAUSE_SECONDS, Span
from photosort.views.timeline import Timeline

Bools = npt.NDArray[np.bool_]

# "Seeds 0 to 29": chosen on those made-up lives of benchmarks/events.py; alike: within .002 of F1.

#: Where somebody hardly ever is, this is away: 1.5 times what nine of ten everyday days stay
#: within, but no less and no more than these km; 50 is GroupMachine's and immich-power-tools'.
#: Seeds 0 to 29: 10 to 25 and 35 to 50 are alike.
AWAY_KM: Final = (15.0, 50.0)
#: A journey goes on over at most so many days without a photo: two weeks.
_MOST_GAP_DAYS: Final = 14
#: How much likelier than not it is, as a logarithm, that somebody went on from one place to the
#: next without being home: the first if it is the same place, less the second times how long the
#: way is beside that by way of home. Seeds 0 to 29: (2, 5.5) is alike, (2.5, 4) .006 lower.
_PLACE: Final = (2.5, 5.5)
#: And how much less likely where somebody goes again and again. Seeds 0 to 29: 0.5 to 2.5 are
#: alike, with none F1 is .002 lower.
_FAMILIAR: Final = 1.5
#: From one day to the next it is a journey in any case where the way is at most so long beside that
#: by way of home: home lies hardly farther. Seeds 0 to 59: with 0.75 F1 is .001 lower.
_DETOUR: Final = 0.9
#: Nights farther away than this are not spent at home.
_NIGHT_KM: Final = 150.0
#: The way out and back belongs to a journey up to so long before and after the photos taken away;
#: eight hours is a day of travel. Seeds 0 to 29: 14 is alike.
_WAY_SECONDS: Final = 8 * 3600


@dataclass(frozen=True, slots=True)
class _Habits:
    """How often somebody photographs on a day of a journey and of a day at home, and leaves home.

    All are probabilities of a day: a photo away, a photo at home, leaving, coming back.
    """

    away: float = 0.8
    at_home: float = 0.3
    leaves: float = 0.03
    returns: float = 0.2


def find_journeys(line: Timeline, home: Home) -> list[Span]:
    """Find the stretches away from home, in order."""
    rows = np.flatnonzero(line.located & line.active)
    limit = away_km(line, home)
    away = (home.km[rows] > np.where(home.novel[rows], limit, AWAY_KM[1])) & ~home.everyday[rows]
    back = (home.km[rows] < limit / 2) | home.everyday[rows]
    covered = _covered_days(line)
    first = _runs(line, home, rows[away | back], covered, _Habits(), back[away | back])
    habits = _habits(line, first)
    found = _runs(line, home, rows[away | back], covered, habits, back[away | back])
    return _with_ways(line, home, found)


def away_km(line: Timeline, home: Home) -> float:
    """Return the distance that is away for this person where they hardly ever are."""
    known = np.flatnonzero(line.located & line.active & (home.km <= AWAY_KM[1]))
    if not len(known):
        return AWAY_KM[1]
    days, index = np.unique(line.day[known], return_inverse=True)
    farthest = np.zeros(len(days))
    np.maximum.at(farthest, index, home.km[known])
    return float(np.clip(1.5 * np.quantile(farthest, 0.9), *AWAY_KM))


def _covered_days(line: Timeline) -> Ints:
    """Return the days with so many photos that somebody was out, wherever it was."""
    pairs = np.unique(np.column_stack([line.day, line.minute])[line.active], axis=0)
    days, minutes = np.unique(pairs[:, 0], return_counts=True)
    return days[minutes >= LEAST_MINUTES]


def _habits(line: Timeline, spans: list[Span]) -> _Habits:
    """Count the days of journeys and of home; what is added is the default, as ten days."""
    if not spans:
        return _Habits()
    active = np.unique(line.day[line.active])
    first = np.array([line.day[span.first] for span in spans])
    last = np.maximum([line.day[span.last] for span in spans], first)  # see _lasts
    photos = np.searchsorted(active, last, "right") - np.searchsorted(active, first)
    inner, days = photos - 2, last - first - 1  # the first and last day have photos by definition
    long = days > 0
    home_days = max(int(active[-1] - active[0]) + 1 - int((last - first + 1).sum()), 1)
    at_home = max(len(active) - int(photos.sum()), 0)
    return _Habits(
        away=float((inner[long].sum() + 8) / (days[long].sum() + 10)),
        at_home=min((at_home + 3) / (home_days + 10), 0.99),
        leaves=(len(spans) + 0.3) / (home_days + 10),
        returns=float((len(spans) + 2) / ((last - first + 1).sum() + 10)),
    )


def _runs(
    line: Timeline, home: Home, rows: Ints, covered: Ints, habits: _Habits, back: Bools
) -> list[Span]:
    """Join `rows` away from home, one after the other, until one is `back` or a journey ends."""
    found: list[Span] = []
    first = last = -1
    for row, is_back in zip(rows.tolist(), back.tolist(), strict=True):
        goes_on = first >= 0 and not is_back and _lasts(line, home, covered, habits, (last, row))
        if first >= 0 and not goes_on:
            found.append(Span("journey", first, last))
        if is_back:
            first = -1
        else:
            first, last = (first if goes_on else row), row
    return [*found, Span("journey", first, last)] if first >= 0 else found


def _lasts(
    line: Timeline, home: Home, covered: Ints, habits: _Habits, shots: tuple[int, int]
) -> bool:
    """Say whether it is likelier that somebody stayed away between two shots than was at home."""
    one, other = shots
    if line.day[one] >= line.day[other]:  # later on an earlier day: over the date line
        return True
    first, last = np.searchsorted(covered, [line.day[one] + 1, line.day[other]])
    gap = int(line.day[other] - line.day[one] - 1 - (last - first))
    if gap > _MOST_GAP_DAYS:
        return False
    if gap == 0 and min(home.km[one], home.km[other]) > _NIGHT_KM:
        return True
    detour = line.km(one, other) / (home.km[one] + home.km[other])
    if gap == 0 and detour <= _DETOUR:
        return True
    stayed = gap * math.log(1 - habits.away)
    stayed += _PLACE[0] - _PLACE[1] * detour - (0 if home.novel[one] else _FAMILIAR)
    days = max(gap, 1)  # somebody who came home in the evening left in the morning
    went = math.log(habits.returns * habits.leaves * days) + gap * math.log(1 - habits.at_home)
    return bool(stayed > went)


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
        if abs(line.when[row] - line.when[edge]) > _WAY_SECONDS:
            break
        if line.located[row]:
            if home.everyday[row]:
                break
            end = row
        elif abs(line.when[row] - line.when[end]) <= PAUSE_SECONDS:
            end = row
    return end
