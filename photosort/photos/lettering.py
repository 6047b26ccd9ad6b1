"""How much a picture looks as if words were written over it, in light or in dark letters.

Letters are thin and far lighter (or darker) than what is around them: what a morphological opening
takes away, the white top-hat (Serra 1982). Lines of them begin and end at one row all across, which
leaves and grass do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Levels = npt.NDArray[np.uint8]

#: For light letters, then for dark ones: the clearest line of letters, the clearest of pure white
#: (black) ones, and the share of the picture that pure ones cover.
LETTERING: Final = (
    "light_line", "white_line", "white_letters", "dark_line", "black_line", "black_letters",
)  # fmt: skip
#: The short side that letters are looked for at, in pixels, and what strokes are thinner than:
#: chosen among 9, 11 and 15 at 256 and 384 by the labelled photos of models/ and the albums.
SIDE: Final = 256
STROKE: Final = 11
#: The rest is judgement, looked at on the pictures of models/review_memes.py.
CONTRAST: Final = 70  # levels of 255 between a letter and its ground
LIGHT: Final = 215
PURE: Final = 240
LINES: Final = (8, 12, 17, 24, 34)  # heights of lines of letters, in pixels
GAP: Final = 4  # rows beside a line that are compared with it


def lettering(grey: Image.Image) -> list[float]:
    """Describe a grey picture of any size; see LETTERING."""
    scale = SIDE / min(grey.size)
    if scale < 1:
        size = (max(round(grey.width * scale), 1), max(round(grey.height * scale), 1))
        grey = grey.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    levels = np.asarray(grey)
    found = []
    for some in (levels, 255 - levels):
        opened = _slid(_slid(some, np.minimum), np.maximum)
        thin = some - opened > CONTRAST  # an opening is nowhere lighter
        letters = [thin & (some >= least) for least in (LIGHT, PURE)]
        shares = [np.count_nonzero(one, axis=1) / one.shape[1] for one in letters]
        found += [*map(_line, shares), np.count_nonzero(letters[1]) / letters[1].size]
    return found


def _slid(levels: Levels, extreme: Callable[[Levels, Levels], Levels]) -> Levels:
    """Take the least or the most of STROKE x STROKE pixels around each, in doubling steps."""
    for axis in (0, 1):
        edge = [(STROKE // 2, STROKE // 2) if axis == one else (0, 0) for one in (0, 1)]
        slid = np.swapaxes(np.pad(levels, edge, mode="edge"), 0, axis)
        width = 1
        while width < STROKE:
            step = min(width, STROKE - width)
            slid = extreme(slid[:-step], slid[step:])
            width += step
        levels = np.swapaxes(slid, 0, axis)
    return levels


def _line(rows: npt.NDArray[np.float64]) -> float:
    """Find the line whose share of letters stands out most from the rows above and below it."""
    count = len(rows)
    sums = np.concatenate([[0.0], np.cumsum(rows)])

    def mean(first: npt.NDArray[np.int64], end: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        first, end = np.maximum(first, 0), np.minimum(end, count)  # np.clip takes twice as long
        end = np.maximum(end, first)
        shares: npt.NDArray[np.float64] = (sums[end] - sums[first]) / np.maximum(end - first, 1)
        return shares

    best = 0.0
    for height in LINES:
        top = np.arange(max(count - height, 0))
        if not len(top):
            break
        below = top + height
        beside = np.maximum(mean(top - GAP - 1, top - 1), mean(below + 1, below + GAP + 1))
        best = max(best, float((mean(top, below) - beside).max()))
    return best
