"""What is found among photos: at most one main reason for each, none for what the user keeps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from photosort.review.copies import Grades, copy_findings, exact_copies, near_copies
from photosort.review.kinds import kinds
from photosort.review.likeness import distances
from photosort.review.pairs import candidates, perceptual_hashes, sketches
from photosort.review.quality import faults
from photosort.review.records import REASONS, Finding
from photosort.review.trained import EXPOSURES, columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from photosort.dec.arrays import Floats
    from photosort.review.likeness import Halves, Thumbs
    from photosort.review.records import Item, Reason
    from photosort.review.trained import Trained

#: Chosen on self-made bursts of photos of ../shared's albums (benchmarks/review.py).
BRIGHT_WORTH: Final = 0.3
LIGHTS: Final = 0.85  # what 95 % of a photo's pixels are no lighter than, white being 1
ROUNDS: Final = 6  # each leaves a hundredth of many copies of one photo
ROWS: Final = 8192  # photos at a time whose features are float32
_LATEST: Final = np.datetime64("9999-01-01", "s")


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What the catalog holds of distinct contents (n,), and what the models say of them."""

    thumbs: Thumbs
    numbers: Floats
    features: Halves
    kind_odds: Floats


def judge(
    items: Sequence[Item], rows: Sequence[int], look: Look, trained: Trained
) -> dict[Reason, list[Finding]]:
    """Find what may not be worth keeping among `items`; `rows` are their places in `look`.

    By reason, in the order of REASONS, the surest first.
    """
    findings = _copies(items, rows, look, trained)
    at_rows = np.asarray(rows, np.int64)
    numbers, odds = look.numbers[at_rows], look.kind_odds[at_rows]
    of_kind = kinds(items, odds)
    of_quality = faults(items, numbers, trained)
    for at, item in enumerate(items):
        if item.kept or at in findings:
            continue
        verdicts = [*of_quality[at], *([of_kind[at]] if of_kind[at] else [])]
        first = min(filter(None, verdicts), key=lambda v: REASONS.index(v[0]), default=None)
        if first is not None:
            findings[at] = Finding(item, *first)
    found: dict[Reason, list[Finding]] = {reason: [] for reason in REASONS}
    for _, finding in sorted(findings.items(), key=lambda pair: (-pair[1].score, pair[0])):
        found[finding.reason].append(finding)
    return found


def _copies(
    items: Sequence[Item], rows: Sequence[int], look: Look, trained: Trained
) -> dict[int, Finding]:
    exact = exact_copies(items)
    alone = [at for at in range(len(items)) if at not in exact]  # one for each content
    chosen = np.array([rows[at] for at in alone], np.int64)
    thumbs, numbers = look.thumbs[chosen], look.numbers[chosen]
    features = look.features[chosen]
    grades = Grades(trained.blur_odds(numbers), misexposure(numbers, trained))
    ones = [items[at] for at in alone]
    near = _near(ones, thumbs, features, grades)
    place = {at: index for index, at in enumerate(alone)}
    found = dict(copy_findings(ones, near, grades))
    findings = {alone[index]: finding for index, finding in found.items()}
    for at, keeper in exact.items():
        again = found.get(place[keeper])  # then the one that stays has another content
        same = Finding(items[at], "duplicates", 1.0, "same content", items[keeper])
        findings[at] = same if again is None else replace(again, item=items[at])
    return {at: finding for at, finding in findings.items() if not items[at].kept}


def misexposure(numbers: Floats, trained: Trained) -> Floats:
    """Grade exposures (n,): 0 is right, 1 certainly wrong.

    Shots of one scene are compared: the one whose lights are as light as lights are is better. A
    bright scene looks like an overexposed one, so that counts less.
    """
    chances = trained.exposures(numbers)
    lights = columns(numbers, ("p95",))[:, 0]
    dark, bright = (chances[:, EXPOSURES.index(name)] for name in ("dark", "bright"))
    grade: Floats = dark + BRIGHT_WORTH * bright + np.clip(LIGHTS - lights, 0, LIGHTS)
    return np.minimum(grade, 1)


def _near(
    items: Sequence[Item], thumbs: Thumbs, features: Halves, grades: Grades
) -> dict[int, tuple[int, float]]:
    """Map each near copy to its keeper, in rounds: of many copies, one round meets some only.

    What resembled others in one round and stays is compared again in the next.
    """
    hashes, sketch = perceptual_hashes(thumbs), sketched(features)
    left = by_time(items)
    keeper_of: dict[int, tuple[int, float]] = {}
    for _ in range(ROUNDS):
        pairs = np.sort(left[candidates(hashes[left], sketch[left], np.arange(len(left)))], axis=1)
        apart = distances(thumbs, features, pairs)
        close = pairs[apart <= 1]
        met = near_copies(items, close, apart[apart <= 1], grades)
        if not met:
            break
        # What was a copy of a photo that is one itself now must be one of the new keeper, too.
        moved = [at for at, (keeper, _) in keeper_of.items() if keeper in met]
        renewed = np.array([(at, met[keeper_of[at][0]][0]) for at in moved], np.int64)
        apart = distances(thumbs, features, renewed.reshape(-1, 2))
        for at, (_, keeper), distance in zip(moved, renewed.tolist(), apart.tolist(), strict=True):
            del keeper_of[at]
            if distance <= 1:
                keeper_of[at] = keeper, distance
        keeper_of |= met
        again = set(np.unique(close).tolist()) - met.keys()
        left = np.array([at for at in left.tolist() if at in again], np.int64)
    return keeper_of


def sketched(features: Halves) -> npt.NDArray[np.uint64]:
    """Sketch features (n, 1280), some at a time."""
    if not len(features):
        return np.empty((0, 4), np.uint64)
    mean: Floats = np.asarray(np.mean(features, axis=0, dtype=np.float32), np.float32)
    parts = [
        sketches(features[start : start + ROWS].astype(np.float32), mean)
        for start in range(0, len(features), ROWS)
    ]
    return np.concatenate(parts)


def by_time(items: Sequence[Item]) -> npt.NDArray[np.int64]:
    """Order photos by camera and time; those without a time come last."""
    times = np.array(
        [np.datetime64(item.taken, "s") if item.taken else _LATEST for item in items],
        "datetime64[s]",
    )
    cameras = np.array([item.camera or "" for item in items], object).astype(str)
    order: npt.NDArray[np.int64] = np.lexsort((times, cameras))
    return order
