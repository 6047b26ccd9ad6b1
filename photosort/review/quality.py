"""Blurred, dark, bright, empty and tiny photos, judged by what `photos.measures` measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from photosort.review.trained import EXPOSURES, columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photosort.dec.arrays import Floats
    from photosort.review.records import Item, Reason
    from photosort.review.trained import Trained

Verdict = tuple["Reason", float, str]

#: Pixels of the longer side: DCF gives thumbnails 160 x 120, freedesktop.org's normal ones 128.
TINY_SIDE: Final = 160
#: Probabilities from which a photo is called so: higher than even, as a wrong word costs more than
#: a missing one. models/review.json has precision and recall at .5, BENCHMARKS.md at these.
SURE: Final = 0.8
SURE_BRIGHT: Final = 0.6  # clipping is measured itself: fewer photos are taken for it
#: A picture of one colour: levels deviate less than 5 of 255, no tile has texture.
FLAT: Final = 5 / 255
TEXTURED: Final = 0.01
#: Below this share of tiles with texture, or this short side in pixels, sharpness is not judged: a
#: sky and a wall are not blurred.
JUDGED_SHARE: Final = 0.02
JUDGED_SIDE: Final = 64


def faults(items: Sequence[Item], numbers: Floats, trained: Trained) -> list[list[Verdict]]:
    """List, for each photo, what is wrong with it, in no order: reason, score and words."""
    blur = 1 / (1 + np.exp(-np.clip(trained.blur_odds(numbers), -30, 30)))
    exposure = trained.exposures(numbers)
    deviation, textured, side = columns(numbers, ("deviation", "textured", "short_side")).T
    empty = (deviation < FLAT) & (textured < TEXTURED)
    judged = (textured >= JUDGED_SHARE) & (side >= JUDGED_SIDE)
    found: list[list[Verdict]] = [[] for _ in items]
    for at, item in enumerate(items):
        longer = max(item.width or 0, item.height or 0)
        if 0 < longer <= TINY_SIDE:
            found[at].append(
                ("tiny", 1.0, f"{item.width} x {item.height}, the size of a thumbnail")
            )
        if empty[at]:
            found[at].append(("empty", 1.0, "one colour all over"))
    exposed: tuple[tuple[Reason, float, str], ...] = (
        ("dark", SURE, "underexposed"),
        ("bright", SURE_BRIGHT, "overexposed"),
    )
    for reason, sure, why in exposed:
        chances = exposure[:, EXPOSURES.index(reason)]
        for at in np.flatnonzero(chances >= sure).tolist():
            found[at].append((reason, float(chances[at]), why))
    for at in np.flatnonzero((blur >= SURE) & judged).tolist():
        found[at].append(("blurred", float(blur[at]), "no part of it is sharp"))
    return found
