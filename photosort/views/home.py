"""Where somebody lives, over the years, from where their photos were taken."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from photosort.views.arrays import Floats, Ints
from photosort.views.gazetteer import EARTH_KM, arc_km
from photosort.views.timeline import Timeline

#: Photos within this distance are of one place: a home and its neighbourhood.
NEIGHBOURHOOD_KM: Final = 5.0
#: Weeks with photos that a new home must have more than the old one. So a journey of less than
#: twelve weeks is no home, and a home is found after six weeks with a photo there.
MOVE_WEEKS: Final = 6.0
#: A place with photos in this part of the weeks is everyday life: work, a second home.
EVERYDAY: Final = 0.25
RARE_WEEKS: Final = 2
RARE_PART: Final = 0.02
_EVERYDAY_KM: Final = 150.0
_CANDIDATES: Final = 40


@dataclass(frozen=True, slots=True)
class Home:
    """Where home is: for every shot its distance from there (NaN where unknown).

    `everyday` (n,) says of each shot that it was taken where somebody is week by week, `novel` that
    it was taken where somebody hardly ever is. `point` (n, 3) is home at the time, NaN where no
    photo tells.
    """

    km: Floats
    everyday: npt.NDArray[np.bool_]
    novel: npt.NDArray[np.bool_]
    point: Floats


def find_home(line: Timeline) -> Home:
    """Find the place with photos in the most weeks, and when it changed."""
    n = len(line)
    rows = np.flatnonzero(line.located & line.active)
    if not len(rows):
        unknown = np.full(n, np.nan)
        return Home(unknown, np.zeros(n, bool), np.zeros(n, bool), np.full((n, 3), np.nan))
    week = line.day // 7
    weeks, index = np.unique(week[rows], return_inverse=True)
    centers = _candidates(line.point[rows], index)
    near = np.stack([_km(line.point[rows], center) <= NEIGHBOURHOOD_KM for center in centers])
    seen = np.zeros((len(centers), len(weeks)), bool)
    for candidate, mine in enumerate(near):
        seen[candidate, index[mine]] = True
    lived = _most_weeks(seen)
    at = lived[np.searchsorted(weeks, week).clip(0, len(weeks) - 1)]
    point = centers[at]
    km = np.full(n, np.nan)
    located = np.flatnonzero(line.located)
    km[located] = arc_km(np.linalg.norm(line.point[located] - point[located], axis=1))
    return Home(km, _everyday(line, centers, seen, lived, at), _novel(line, len(weeks)), point)


def _km(points: Floats, center: Floats) -> Floats:
    return arc_km(np.linalg.norm(points - center, axis=1))


def _candidates(points: Floats, week: Ints) -> Floats:
    """Return the centres (k, 3) of places with photos in the most weeks, 5 km apart or more."""
    cell = np.round(points * EARTH_KM / 2).astype(np.int64)  # about 2 km
    cells, which = np.unique(cell, axis=0, return_inverse=True)
    pairs = np.unique(np.column_stack([which.reshape(-1), week]), axis=0)
    weeks = np.bincount(pairs[:, 0], minlength=len(cells))
    sums = [np.bincount(which.reshape(-1), weights=axis) for axis in points.T]
    middle: Floats = np.stack(sums, axis=1).astype(float)
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    chosen: list[int] = []
    for one in np.lexsort((np.arange(len(cells)), -weeks)).tolist():
        if not chosen or _km(middle[chosen], middle[one]).min() > NEIGHBOURHOOD_KM:
            chosen.append(one)
        if len(chosen) == _CANDIDATES:
            break
    return middle[chosen]


def _most_weeks(seen: npt.NDArray[np.bool_]) -> Ints:
    """Choose a candidate for each week: most weeks seen, less `MOVE_WEEKS` a change.

    `seen` (k, weeks); the best sequence, found by dynamic programming (Viterbi).
    """
    candidates, weeks = seen.shape
    score = seen[:, 0].astype(float)
    came = np.zeros((weeks, candidates), np.int64)
    for week in range(1, weeks):
        best = int(score.argmax())
        moved = score[best] - MOVE_WEEKS
        came[week] = np.where(score >= moved, np.arange(candidates), best)
        score = np.maximum(score, moved) + seen[:, week]
    lived = np.empty(weeks, np.int64)
    lived[-1] = int(score.argmax())
    for week in range(weeks - 1, 0, -1):
        lived[week - 1] = came[week, lived[week]]
    return lived


def _novel(line: Timeline, weeks: int) -> npt.NDArray[np.bool_]:
    """Say which shots were taken where photos were taken in hardly any week."""
    rows = np.flatnonzero(line.located)
    cell = np.round(line.point[rows] * EARTH_KM / NEIGHBOURHOOD_KM).astype(np.int64)
    cells, which = np.unique(cell, axis=0, return_inverse=True)
    pairs = np.unique(np.column_stack([which.reshape(-1), line.day[rows] // 7]), axis=0)
    seen = np.bincount(pairs[:, 0], minlength=len(cells))
    novel = np.zeros(len(line), bool)
    novel[rows] = (seen <= max(RARE_WEEKS, RARE_PART * weeks))[which.reshape(-1)]
    return novel


def _everyday(
    line: Timeline, centers: Floats, seen: npt.NDArray[np.bool_], lived: Ints, at: Ints
) -> npt.NDArray[np.bool_]:
    """Say which shots were taken at home or at another place of everyday life."""
    everyday = np.zeros(len(line), bool)
    for home in np.unique(lived).tolist():
        often = seen[:, lived == home].mean(axis=1) >= EVERYDAY
        often &= _km(centers, centers[home]) <= _EVERYDAY_KM
        often[home] = True
        mine = np.flatnonzero((at == home) & line.located)
        for center in centers[often]:
            everyday[mine] |= _km(line.point[mine], center) <= NEIGHBOURHOOD_KM
    return everyday
