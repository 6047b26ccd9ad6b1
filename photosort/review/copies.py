"""Exact copies, near copies and bursts, in groups around the photo that is to stay.

Every photo of a group is a copy of its keeper, not just of another one: no chain joins a holiday.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from photosort.review.records import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from photosort.dec.arrays import Floats
    from photosort.review.pairs import Pairs
    from photosort.review.records import Item, Reason

#: Seconds between shots of a burst; two of one place at different times both stay.
BURST_S: Final = 60.0
#: What the log-odds of blur count up to, either way, and what each is worth in doublings of pixels:
#: a photo that is certainly blurred loses to a sharp one with a sixteenth of its pixels.
BLUR_LIMIT: Final = 4.0
BLUR_WORTH: Final = 0.5
EXPOSURE_WORTH: Final = 3.0  # doublings of pixels, for one wrongly exposed for certain
DATA_WORTH: Final = 0.3  # for what a camera wrote, and again for a place
DENSITY_WORTH: Final = 0.25  # for each doubling of the bytes a pixel: less compressed
#: What has to differ for a reason to be said.
MORE: Final = 1.2  # times the pixels, or the bytes
SHARPER: Final = 1.5  # of log-odds
EXPOSED: Final = 0.15
_COPY_NAME: Final = re.compile(
    r"(\(\d+\)|[ _-](copy|copie|kopie|copia|kopia|копия|副本)([ _-]?\d+)?|~\d+|-WA\d{4})$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Grades:
    """How good photos (n,) are: log-odds of blur, how wrongly exposed from 0 to 1."""

    blur: Floats
    exposure: Floats


def exact_copies(items: Sequence[Item]) -> dict[int, int]:
    """Map each photo whose content another one has to the one that stays, by their indices."""
    by_content: dict[bytes, list[int]] = defaultdict(list)
    for at, item in enumerate(items):
        by_content[item.content_hash].append(at)
    return {
        other: same[0]
        for group in by_content.values()
        if len(group) > 1
        for same in [sorted(group, key=lambda at: _original_first(items[at]))]
        for other in same[1:]
    }


def near_copies(
    items: Sequence[Item], pairs: Pairs, distance: Floats, grades: Grades
) -> dict[int, tuple[int, float]]:
    """Map each near copy to its keeper and their distance, given `pairs` that are close enough."""
    near: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for (first, second), apart in zip(pairs.tolist(), distance.tolist(), strict=True):
        if _may_be_one(items[first], items[second]):
            near[first].append((second, apart))
            near[second].append((first, apart))
    best_first = sorted(near, key=lambda at: (*_rank(items[at], at, grades), at))
    keeper_of: dict[int, tuple[int, float]] = {}
    keepers = set()
    for at in best_first:
        if at in keeper_of:
            continue
        keepers.add(at)
        for other, apart in near[at]:
            taken = keeper_of.get(other)
            if other not in keepers and not items[other].kept and (not taken or apart < taken[1]):
                keeper_of[other] = (at, apart)
    return keeper_of


def copy_findings(
    items: Sequence[Item], near: dict[int, tuple[int, float]], grades: Grades
) -> Iterable[tuple[int, Finding]]:
    """Say of each near copy what is kept instead and why; the indices are those of `items`."""
    for at, (keeper, apart) in near.items():
        reason = _reason(items[at], items[keeper])
        why = better(at, keeper, items, grades)
        yield at, Finding(items[at], reason, 1 - apart / 2, why, items[keeper])


def last_left(findings: Iterable[Finding]) -> frozenset[Path]:
    """Name the keepers: without the copies that were found, each is all that is left of a picture.

    A keeper may itself be found for another reason, as a dark photo or a screenshot.
    """
    return frozenset(one.keeper.path for one in findings if one.keeper is not None)


def better(at: int, keeper: int, items: Sequence[Item], grades: Grades) -> str:
    """Say in words what the keeper has that the copy has not."""
    loser, winner = items[at], items[keeper]
    told = []
    if loser.pixels and winner.pixels >= MORE * loser.pixels:
        told.append(f"{winner.pixels / loser.pixels:.1f}x the pixels")
    if grades.blur[at] - grades.blur[keeper] >= SHARPER and grades.blur[at] > 0:
        told.append("sharper")
    if grades.exposure[at] - grades.exposure[keeper] >= EXPOSED:
        told.append("better exposed")
    if winner.has_place and not loser.has_place:
        told.append("has GPS")
    if winner.from_camera and not loser.from_camera:
        told.append("has the camera's data")
    if not told and winner.size_bytes >= MORE * loser.size_bytes:
        told.append("less compressed")
    if winner.kept:
        told = ["you keep it"]
    return f"keeper: {', '.join(told) or 'as good, and first in order'}"


def _may_be_one(first: Item, second: Item) -> bool:
    """Return whether two photos that look alike may be the same shot or burst.

    Two cameras, or two times far apart, are two shots, however alike. A photo without a date
    may be a copy of any. Of an animation the first frame alone is known: no still is a copy of it.
    """
    if first.moving or second.moving:
        return False
    if first.taken is None or second.taken is None:
        return True
    if first.camera and second.camera and first.camera != second.camera:
        return False
    return abs((first.taken - second.taken).total_seconds()) <= BURST_S


def _reason(loser: Item, keeper: Item) -> Reason:
    both = loser.taken is not None and keeper.taken is not None
    return "bursts" if both and loser.taken != keeper.taken else "duplicates"


def _rank(item: Item, at: int, grades: Grades) -> tuple[bool, float, tuple[object, ...]]:
    """Order photos of a group: what the user keeps, then the best."""
    blur = min(max(float(grades.blur[at]), -BLUR_LIMIT), BLUR_LIMIT)
    score = math.log2(max(item.pixels, 1))
    score -= BLUR_WORTH * blur + EXPOSURE_WORTH * float(grades.exposure[at])
    score += DATA_WORTH * (item.from_camera + item.has_place)
    score += DENSITY_WORTH * math.log2(max(item.size_bytes, 1) / max(item.pixels, 1))
    return not item.kept, -score, _original_first(item)


def _original_first(item: Item) -> tuple[object, ...]:
    """Order files of one content: the user's choice, then no copy by its name, older, shorter."""
    name = str(item.path)
    copied = bool(_COPY_NAME.search(item.path.stem))
    return not item.kept, copied, item.mtime_ns, len(name), name
