"""Days on which more happens than usual, told by how densely this person photographs.

A hidden Markov model of two states, everyday and event; its figures are learned from the album
itself (Baum and Welch; Rabiner 1989, sections III and V).
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from photosort.views.arrays import Floats, Ints

Bools = npt.NDArray[np.bool_]

# "Seeds 0 to 29": chosen on those made-up lives of benchmarks/events.py.

_ROUNDS: Final = 15  # of expectation and maximisation; little changes after ten
_LONGEST_GAP: Final = 14  # days without photos in a row; longer ones say no more
#: No event has photos in fewer minutes. Seeds 0 to 29: with 8 F1 is .002 lower, with 12 .003.
LEAST_MINUTES: Final = 10
#: A day of an event has at least so many times the photos of an everyday one. Seeds 0 to 29: with
#: 3.5 F1 is .002 lower, with 8 more lives have too few events.
_BUSIER: Final = 6.0
#: Of everyday days at most this part is followed by an event's: else the busier half of everyday
#: life may become one. Seeds 0 to 29: 1/45 and no bound are .004 and .002 lower.
#: At most this part of an event's days is without photos: more would join events that lie apart.
#: Seeds 0 to 59: 0.25 is alike.
_MOST_EMPTY: Final = 0.4
_OFTEN: Final = 1 / 20
#: The least spread of log minutes: counts of a few minutes seem to have none. Seeds 0 to 29: with
#: 0.55 F1 is .002 lower.
_LEAST_SPREAD: Final = 0.7
#: The minutes of a day and of its busiest hours go together: two facts that count as 1.25. Seeds
#: 0 to 29: as 1 and 1.5 F1 is .005 and 0 to .003 lower.
_TOGETHER: Final = 1.6
#: What is expected of the changes (from everyday, from event) before any day is seen, in days.
_PRIOR: Final = ((19.0, 1.0), (1.5, 3.5))


@dataclass(frozen=True, slots=True)
class Days:
    """What is seen of each day with photos; arrays of n, `day` ascending.

    Photos are counted as the minutes in which one was taken, so that a burst is one: `minutes` of
    the day, `crowded` of its busiest four hours. `elsewhere` is 1 where they were
    taken off the places of everyday life, 0 where at them, NaN where nothing tells; `journey` that
    the day is known to be an event's.
    """

    day: Ints
    minutes: Ints
    crowded: Ints
    elsewhere: Floats
    journey: Bools


@dataclass(slots=True)
class _State:
    """How many days are without photos; mean and spread of log minutes (2,); days elsewhere."""

    empty: float
    mean: Floats
    spread: Floats = field(default_factory=lambda: np.array([0.8, 0.8]))
    elsewhere: float = 0.5

    def log_likelihood(self, logs: Floats, elsewhere: Floats) -> Floats:
        """Return the log likelihood (n,) of each day."""
        some = np.isfinite(logs[:, 0])
        z = (np.where(some[:, None], logs, 0) - self.mean) / self.spread
        normal = (-0.5 * z**2 - np.log(self.spread)).sum(axis=1) / _TOGETHER
        result: Floats = np.where(some, np.log(1 - self.empty) + normal, np.log(self.empty))
        place = np.where(elsewhere == 1, self.elsewhere, 1 - self.elsewhere)
        result += np.where(np.isnan(elsewhere), 0, np.log(place))
        return result


def event_runs(days: Days) -> Ints:
    """Return for each day (n,) the number of the event's run it is in; 0 for an everyday day."""
    if not len(days.day):
        return np.zeros(0, np.int64)
    steps = np.minimum(np.diff(days.day, prepend=days.day[0] - 1), _LONGEST_GAP + 1)
    at = np.cumsum(steps) - 1
    n = int(at[-1]) + 1
    logs = np.full((n, 2), -np.inf)
    logs[at] = np.log(np.stack([days.minutes, days.crowded], axis=1))
    elsewhere = np.full(n, np.nan)
    elsewhere[at] = days.elsewhere
    journey = np.zeros(n, bool)
    journey[at] = days.journey
    busy = _viterbi(*_learned(logs, elsewhere, journey))
    runs: Ints = np.cumsum(np.diff(busy, prepend=False) & busy)
    runs[~busy] = 0
    result: Ints = runs[at]
    return result


def _learned(logs: Floats, elsewhere: Floats, journey: Bools) -> tuple[Floats, Floats]:
    """Fit both states; return log likelihoods (n, 2) and the probability of changes (2, 2)."""
    free = ~journey
    some = free & np.isfinite(logs[:, 0])
    change = np.array([[0.95, 0.05], [0.3, 0.7]])
    typical = np.median(logs[some], axis=0) if some.any() else np.zeros(2)
    quiet = _State(0.5, typical, elsewhere=0.1)
    event = _State(0.15, np.maximum(typical + np.log(_BUSIER), np.log(LEAST_MINUTES * 2)))
    if some.any():
        event.mean = np.maximum(event.mean, np.quantile(logs[some], 0.95, axis=0))
    for _ in range(_ROUNDS):
        likely = _likely(logs, elsewhere, journey, (quiet, event))
        gamma, moves = _forward_backward(likely, change)
        moves += _PRIOR
        change = moves / moves.sum(axis=1, keepdims=True)
        change[0] = 1 - min(change[0, 1], _OFTEN), min(change[0, 1], _OFTEN)
        quiet = _refit(logs, elsewhere, gamma[:, 0] * free)
        event = _refit(logs, elsewhere, gamma[:, 1] * free)
        event.mean = np.maximum(event.mean, quiet.mean + np.log(_BUSIER))
        event.mean = np.maximum(event.mean, np.log([LEAST_MINUTES * 1.5, LEAST_MINUTES]))
        event.empty = min(event.empty, _MOST_EMPTY, quiet.empty)
    return _likely(logs, elsewhere, journey, (quiet, event)), change


def _likely(
    logs: Floats, elsewhere: Floats, journey: Bools, states: tuple[_State, _State]
) -> Floats:
    result = np.stack([state.log_likelihood(logs, elsewhere) for state in states], axis=1)
    result[journey] = [-20.0, 0.0]
    return result


def _refit(logs: Floats, elsewhere: Floats, weight: Floats) -> _State:
    some = np.isfinite(logs[:, 0])
    mine, rows = weight[some], logs[some]
    total = mine.sum() + 1e-9
    mean = mine @ rows / total
    spread = np.sqrt(mine @ (rows - mean) ** 2 / total)
    empty = float((weight[~some].sum() + 1) / (weight.sum() + 2))
    told = ~np.isnan(elsewhere)
    off = float((weight[told] @ elsewhere[told] + 1) / (weight[told].sum() + 3))
    return _State(min(max(empty, 0.01), 0.99), mean, np.maximum(spread, _LEAST_SPREAD), off)


def _forward_backward(logs: Floats, change: Floats) -> tuple[Floats, Floats]:
    """Return the probability (n, 2) of each state on each day, and expected changes (2, 2)."""
    likely = np.exp(logs - logs.max(axis=1, keepdims=True)) + 1e-12
    n = len(logs)
    forward, backward = np.empty((n, 2)), np.empty((n, 2))
    (stay0, go), (back, stay1) = change.tolist()
    a, b = 0.9, 0.1
    rows = likely.tolist()
    for day, (quiet, event) in enumerate(rows):
        a, b = (a * stay0 + b * back) * quiet, (a * go + b * stay1) * event
        total = a + b
        a, b = a / total, b / total
        forward[day] = a, b
    a = b = 1.0
    for day in range(n - 1, -1, -1):
        backward[day] = a, b
        quiet, event = rows[day]
        a, b = (stay0 * quiet * a + go * event * b), (back * quiet * a + stay1 * event * b)
        total = a + b
        a, b = a / total, b / total
    gamma = forward * backward
    gamma /= gamma.sum(axis=1, keepdims=True)
    pair = forward[:-1, :, None] * change * (likely * backward)[1:, None, :]
    pair /= pair.sum(axis=(1, 2), keepdims=True)
    return gamma, pair.sum(axis=0)


def _viterbi(logs: Floats, change: Floats) -> Bools:
    """Return the most probable sequence: True on a day of an event."""
    (stay0, go), (back, stay1) = np.log(change).tolist()
    a, b = float(np.log(0.9)), float(np.log(0.1))
    came: list[tuple[bool, bool]] = []
    for quiet, event in logs.tolist():
        came.append((b + back > a + stay0, b + stay1 > a + go))
        a, b = max(a + stay0, b + back) + quiet, max(a + go, b + stay1) + event
    busy = np.empty(len(logs), bool)
    now = b > a
    for day in range(len(logs) - 1, -1, -1):
        busy[day] = now
        now = came[day][now]
    return busy
