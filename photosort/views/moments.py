"""The order in which photos of several cameras were taken."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from photosort.views.arrays import Floats
from photosort.views.records import Shot

_EPOCH: Final = datetime(1970, 1, 1)


def wall_clock(shots: Sequence[Shot]) -> Floats:
    """Return local seconds since 1970 (n,); NaN without a date."""
    return np.array(
        [
            np.nan if shot.taken is None else (shot.taken.local - _EPOCH).total_seconds()
            for shot in shots
        ],
        float,
    )


def moments(shots: Sequence[Shot]) -> Floats:
    """Return seconds (n,) that order photos of all cameras: UTC; NaN without a date.

    A camera that does not know its offset is taken to be where the photo nearest by the wall clock
    was that knows its own; local time where none does.
    """
    local = wall_clock(shots)
    offset = np.array(
        [
            np.nan if shot.taken is None or shot.taken.offset_minutes is None
            else 60.0 * shot.taken.offset_minutes
            for shot in shots
        ],
        float,
    )  # fmt: skip
    known = np.flatnonzero(~np.isnan(offset))
    if not len(known):
        return local
    known = known[np.lexsort((offset[known], local[known]))]  # in any order of the shots
    unknown = np.flatnonzero(np.isnan(offset) & ~np.isnan(local))
    offset[unknown] = offset[known[nearest(local[known], local[unknown])]]
    result: Floats = local - offset
    return result


def nearest(ordered: Floats, values: Floats) -> npt.NDArray[np.int64]:
    """Return for each of `values` the index of the closest of `ordered`; the earlier of two."""
    right = np.searchsorted(ordered, values).clip(0, len(ordered) - 1)
    left = (right - 1).clip(0)
    closer = np.abs(ordered[left] - values) <= np.abs(ordered[right] - values)
    return np.where(closer, left, right)


def has_clock(shot: Shot) -> bool:
    """Say whether the time of day is known, and not that of a change or a copy of the file."""
    return shot.taken is not None and not shot.taken.day_only and not shot.taken.is_guess
