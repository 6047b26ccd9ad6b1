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
    shares, covered = [], []
    for some in (levels, 255 - levels):
        for letters in _letters(some):
            shares.append(np.bincount(letters, minlength=len(some)) / some.shape[1])
            covered.append(len(letters) / some.size)
    light, white, dark, black = _lines(np.stack(shares))
    return [light, white, covered[1], dark, black, covered[3]]


def _letters(levels: Levels) -> list[npt.NDArray[np.int64]]:
    """Give the row of each pixel of a light letter, then of each of a pure white one."""
    thin = np.flatnonzero(levels - _opened(levels) > CONTRAST)  # an opening is nowhere lighter
    rows, found = thin // levels.shape[1], levels.ravel()[thin]
    return [rows[found >= least] for least in (LIGHT, PURE)]


def _opened(levels: Levels) -> Levels:
    """Take the most, among squares of STROKE x STROKE pixels, of the least in each."""
    return _slid(_slid(levels, np.minimum), np.maximum)


def _slid(levels: Levels, extreme: np.ufunc) -> Levels:
    """Take the least or the most of STROKE x STROKE pixels around each, in doubling steps.

    Rows are laid end to end, so that each step is one pass; what it makes of the ends of rows,
    which have no neighbours there, is cut off.
    """
    height, width = levels.shape
    half = STROKE // 2
    # Pixels beyond an edge are like those on it; np.pad takes five times as long.
    wide = np.empty((height + 2 * half, width + 2 * half), np.uint8)
    wide[half:-half, half:-half] = levels
    wide[:half, half:-half], wide[-half:, half:-half] = levels[0], levels[-1]
    wide[:, :half], wide[:, -half:] = wide[:, half : half + 1], wide[:, -half - 1 : -half]
    slid = wide.ravel()
    for pixel in (1, wide.shape[1]):
        reach = 1
        while reach < STROKE:
            step = min(reach, STROKE - reach)
            slid = extreme(slid[: -step * pixel], slid[step * pixel :])
            reach += step
    # `slid` lacks its last STROKE - 1 rows and as many pixels; those pixels are no result.
    found = np.empty((height, wide.shape[1]), np.uint8)
    found.ravel()[: len(slid)] = slid
    return found[:, :width]


def _lines(rows: npt.NDArray[np.float64]) -> list[float]:
    """Find the line whose share of letters stands out most from the rows above and below it.

    `rows` (n, height) are shares of a row; 0 at least.
    """
    height = rows.shape[1]
    far = GAP + 1
    # (n, far + height + 1 + far): what lies beyond the picture has no rows
    sums = np.pad(np.cumsum(rows, axis=1), ((0, 0), (far + 1, 0)))
    sums = np.concatenate([sums, np.repeat(sums[:, -1:], far, axis=1)], axis=1)
    at = np.arange(height + 1)
    # GAP rows above one that lies above row `at`, and as many below one that lies below it
    above = (sums[:, far - 1 : far + height] - sums[:, : height + 1]) / np.clip(at - 1, 1, GAP)
    below = sums[:, 2 * far :] - sums[:, far + 1 : far + height + 2]
    below /= np.clip(height - at - 1, 1, GAP)
    sums = sums[:, far:]
    best = np.zeros(len(rows))
    for line in LINES:
        end = height - line
        if end < 1:
            break
        means = (sums[:, line:height] - sums[:, :end]) / line
        means -= np.maximum(above[:, :end], below[:, line:height])
        np.maximum(best, means.max(axis=1), out=best)
    return [float(one) for one in best]
