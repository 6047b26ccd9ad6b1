"""The dated shots of an album in the order they were taken, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from photosort.views.arrays import Floats, Ints
from photosort.views.gazetteer import arc_km, unit_vectors
from photosort.views.moments import moments, wall_clock
from photosort.views.records import Shot

Bools = npt.NDArray[np.bool_]

DAY: Final = 86_400
#: A party that lasts past midnight is one day's: the day of an event begins at four.
DAY_BEGINS: Final = 4 * 3600
#: A photo farther from those before and after it than an airliner flies in the time is misplaced.
_FASTEST_KMH: Final = 120.0
_LEAST_JUMP_KM: Final = 20.0
#: An offset from UTC is that of home where a sixth of all photo days has it: one at home and half a
#: year of summer time, seldom more.
_USUAL: Final = 1 / 6


@dataclass(frozen=True, slots=True)
class Timeline:
    """Dated shots by time; arrays of n.

    `rows` are their places in the list they came from, `when` seconds that order all cameras,
    `day` the local day since 1970 and `minute` the local minute. `active`: taken by a camera of
    this person, as far as one can tell. `clocked`: the time of day is known. `point` (n, 3) lies on
    the unit sphere where `located`, else it is NaN. `abroad`: the clock was set to a time zone that
    few days have.
    """

    rows: Ints
    when: Floats
    day: Ints
    minute: Ints
    active: Bools
    clocked: Bools
    located: Bools
    point: Floats
    abroad: Bools

    def __len__(self) -> int:
        return len(self.rows)

    def km(self, one: int, other: int) -> float:
        """Return how far apart two located shots were taken."""
        return float(arc_km(np.linalg.norm(self.point[[one]] - self.point[[other]], axis=1))[0])


def timeline(shots: Sequence[Shot]) -> Timeline:
    """Order the dated shots by time, a date alone at noon; equal times by content."""
    local, when = wall_clock(shots), moments(shots)
    clocked = np.array([s.taken is not None and not s.taken.day_only for s in shots], bool)
    noon = np.where(clocked, 0, DAY / 2)
    dated = np.flatnonzero(~np.isnan(local))
    identity = np.array([shots[row].identity for row in dated.tolist()])
    path = np.array([str(shots[row].path) for row in dated.tolist()])
    rows = dated[np.lexsort((path, identity, local[dated], (when + noon)[dated]))]
    degrees = [(shots[row].latitude, shots[row].longitude) for row in rows.tolist()]
    place = np.array(degrees, float).reshape(-1, 2)
    camera = np.array([shots[row].from_camera and _sure(shots[row]) for row in rows.tolist()], bool)
    local, clocked = local[rows], clocked[rows]
    when = (when + noon)[rows]
    located = np.isfinite(place).all(axis=1)
    point = unit_vectors(place[:, 0], place[:, 1])
    located &= ~_misplaced(when, located, point)
    day = np.floor((local - np.where(clocked, DAY_BEGINS, 0)) / DAY).astype(np.int64)
    return Timeline(
        rows=rows,
        when=when,
        day=day,
        minute=np.floor(local / 60).astype(np.int64),
        active=_active(camera | located),
        clocked=clocked,
        located=located,
        point=point,
        abroad=_abroad([shots[row] for row in rows.tolist()], day),
    )


def _abroad(shots: Sequence[Shot], day: Ints) -> Bools:
    """Return the shots whose offset from UTC is that of few days; summer time is that of many."""
    told = [None if s.taken is None else s.taken.offset_minutes for s in shots]
    days: dict[int, set[int]] = {}
    for number, offset in zip(day.tolist(), told, strict=True):
        if offset is not None:
            days.setdefault(offset, set()).add(number)
    total = sum(len(some) for some in days.values())
    rare = {offset for offset, some in days.items() if len(some) < _USUAL * total}
    return np.array([offset in rare for offset in told], bool)


def _sure(shot: Shot) -> bool:
    """Say whether the date is that of the photo, not of a change or a copy of the file."""
    return shot.taken is not None and not shot.taken.is_guess


def _active(camera: Bools) -> Bools:
    """Return the shots that a camera took; all where hardly any has EXIF that says so."""
    return camera if camera.sum() * 10 >= len(camera) else np.ones(len(camera), bool)


def _misplaced(when: Floats, located: Bools, point: Floats) -> Bools:
    """Find single shots too far away from those just before and after, which are close."""
    wrong = np.zeros(len(when), bool)
    rows = np.flatnonzero(located)
    if len(rows) < 3:
        return wrong
    before, now, after = rows[:-2], rows[1:-1], rows[2:]
    there = _jump(when, point, before, now)
    back = _jump(when, point, now, after)
    wrong[now[there & back & ~_jump(when, point, before, after)]] = True
    return wrong


def _jump(when: Floats, point: Floats, one: Ints, other: Ints) -> Bools:
    """Say between which shots the distance is too long for the time."""
    km = arc_km(np.linalg.norm(point[one] - point[other], axis=1))
    hours = np.maximum(when[other] - when[one], 0) / 3600
    return km > _LEAST_JUMP_KM + _FASTEST_KMH * hours
