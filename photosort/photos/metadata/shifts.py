"""By how much one camera's clock differs from that of others, from times and from likeness."""

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Features = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

#: Photos of one camera no further apart are one moment.
_MOMENT_S: Final = 120.0
#: Moments of two cameras no further apart are the same.
_TOGETHER_S: Final = 180.0
#: Shifts close to the one in question, at which moments fall together by chance alone.
_NEARBY_S: Final = np.array([sign * s for sign in (-1, 1) for s in range(900, 7201, 420)], float)
MIN_MOMENTS: Final = 10
_MIN_SHARE: Final = 0.2
#: Standard deviations. Of 26 pairs of cameras that never met none came above 5.6 (benchmarks/
#: lives.py, seeds 1 to 11), of cameras that did none below 40; 60 photos of a day come to 6.
_MIN_Z: Final = 6.5
MIN_SCENES: Final = 6
_SCENE_SHARE: Final = 0.25
_SCENE_WINDOW_S: Final = 600.0
_MOST_MOMENTS: Final = (400, 8000)  # of the camera and of the others, for the vote on shifts
_CANDIDATES: Final = 20


def by_moments(
    own: Floats, others: Floats, *, limit_s: float | None = None
) -> tuple[float, int] | None:
    """Find the shift at which two cameras' moments fall together, and how many of them do.

    Differences between all moments of both vote in steps of two minutes; the shifts with the most
    votes are judged by how many moments fall together there and at shifts nearby, where the days
    match as well but the minutes do not. None where no shift stands out.
    """
    own, others = _moments(own), _moments(others)
    if min(len(own), len(others)) < MIN_MOMENTS:
        return None
    best, best_z = None, _MIN_Z
    for shift in _candidates(_thinned(own, 0), _thinned(others, 1), limit_s):
        together, z = _judge(own, others, shift)
        if z > best_z and together >= _MIN_SHARE * len(own):
            best, best_z = (shift, together), z
    return best


def _moments(times: Floats) -> Floats:
    """Take the first photo of each moment."""
    ordered = np.sort(times)
    first = np.diff(ordered, prepend=-np.inf) > _MOMENT_S
    return ordered[first]


def _thinned(moments: Floats, which: int) -> Floats:
    """Take evenly as many moments as the vote can do with."""
    most = _MOST_MOMENTS[which]
    return moments[:: -(-len(moments) // most)]


def _candidates(own: Floats, others: Floats, limit_s: float | None) -> Floats:
    """Let the differences vote: the shifts, in seconds, that most pairs of moments agree on."""
    if limit_s is None:
        differences = (others[None, :] - own[:, None]).ravel()
    else:
        bounds = np.searchsorted(others, np.stack([own - limit_s, own + limit_s]))
        parts = [others[low:high] - at for at, low, high in zip(own, *bounds, strict=True)]
        differences = np.concatenate(parts)
    steps, votes = np.unique(np.rint(differences / _MOMENT_S).astype(np.int64), return_counts=True)
    if not len(steps):
        return np.empty(0)
    total = votes.astype(float)
    for side in (-1, 1):
        beside = np.searchsorted(steps, steps + side).clip(0, len(steps) - 1)
        total += np.where(steps[beside] == steps + side, votes[beside], 0)
    order = np.argsort(-total, kind="stable")[:_CANDIDATES]
    result: Floats = steps[order] * _MOMENT_S
    return result


def _judge(own: Floats, others: Floats, shift: float) -> tuple[int, float]:
    """Count the moments that fall together at a shift; how far that is above chance, in sigmas."""
    together = _together(own + shift, others)
    chance = float(np.mean([_together(own + shift + by, others) for by in _NEARBY_S])) / len(own)
    deviation = np.sqrt(len(own) * chance * (1 - chance) + 1)
    return together, float((together - len(own) * chance) / deviation)


def _together(moments: Floats, others: Floats) -> int:
    """Count the moments that have one of the others beside them; `others` is sorted."""
    right = np.searchsorted(others, moments).clip(1, len(others) - 1)
    apart = np.minimum(np.abs(others[right] - moments), np.abs(others[right - 1] - moments))
    return int((apart <= _TOGETHER_S).sum())


def by_scenes(
    times: Floats,
    features: Features,
    own: Rows,
    others: Rows,
    limit_s: float | None,
) -> tuple[float, int] | None:
    """Find the difference in time that most pairs of like photos agree on, and how many do.

    A pair are photos of two cameras that are each other's most similar. The pairs that agree must
    be a quarter of all, and three times as many as at any other difference.
    """
    own = own[:: -(-len(own) // 2000)]
    others = others[:: -(-len(others) // 10_000)]
    alike = features[own] @ features[others].T
    nearest = alike.argmax(axis=1)
    mutual = alike.argmax(axis=0)[nearest] == np.arange(len(own))
    differences = np.sort(times[others[nearest[mutual]]] - times[own[mutual]])
    if limit_s is not None:
        differences = differences[np.abs(differences) <= limit_s]
    if len(differences) < MIN_SCENES:
        return None
    ends = np.searchsorted(differences, differences + 2 * _SCENE_WINDOW_S, side="right")
    counts = ends - np.arange(len(differences))
    start = int(counts.argmax())
    agreeing = int(counts[start])
    apart = np.abs(differences - differences[start]) > 2 * _SCENE_WINDOW_S
    runner_up = int(counts[apart].max(initial=0))
    if agreeing < max(MIN_SCENES, _SCENE_SHARE * int(mutual.sum()), 3 * runner_up):
        return None
    return float(np.median(differences[start : start + agreeing])), agreeing
