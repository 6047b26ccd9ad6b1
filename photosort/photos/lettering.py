"""How much a picture looks as if words were written over it, in light or in dark letters.

Letters are thin and far lighter (or darker) than what is around them. A morphological opening takes
such strokes away, and what it takes is the white top-hat (Serra 1982). Leaves and grass are thin as
well, but only letters stand in lines whose upper and lower ends are the same all across.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from photosort.photos.scaling import shortened

if TYPE_CHECKING:
    import numpy.typing as npt

    Levels = npt.NDArray[np.uint8]

#: Of light letters, then of dark ones: how far the clearest line of letters stands out, how far the
#: clearest line of pure white (black) ones, and the share of the picture that pure ones cover.
LETTERING: Final = (
    "light_line", "white_line", "white_letters", "dark_line", "black_line", "black_letters",
)  # fmt: skip
#: The short side of the picture that letters are searched in, and the side of the square that
#: strokes are thinner than, both in pixels: chosen among strokes of 9, 11 and 15 at short sides of
#: 256 and 384, on the labelled photos of models/ and the albums.
SIDE: Final = 256
STROKE: Final = 11
# The rest is judgement, by looking at the pictures of models/review_memes.py.
CONTRAST: Final = 70  # levels, of 255, between a letter and what is around it
LIGHT: Final = 215  # the level from which a letter is light
PURE: Final = 240  # and from which it is pure white
LINES: Final = (8, 12, 17, 24, 34)  # heights of lines of letters, in pixels
GAP: Final = 4  # rows beside a line that are compared with it


def lettering(grey: Image.Image) -> list[float]:
    """Describe a grey picture of any size; see LETTERING."""
    levels = np.asarray(shortened(grey, SIDE, Image.Resampling.BILINEAR, gap=2.0))
    height, width = levels.shape
    shares, covered = [], []  # of light, white, dark, black letters
    for lighter in (levels, 255 - levels):  # dark letters are light in the negative
        for rows in _letters(lighter):
            shares.append(np.bincount(rows, minlength=height) / width)
            covered.append(len(rows) / levels.size)
    light, white, dark, black = _lines(np.stack(shares))
    return [light, white, covered[1], dark, black, covered[3]]


def _letters(levels: Levels) -> list[npt.NDArray[np.int64]]:
    """Return the row of every pixel of light letters, and of every pixel of pure white ones."""
    # An opening is nowhere lighter than the picture, so the difference cannot wrap around below 0.
    thin = np.flatnonzero(levels - _opened(levels) > CONTRAST)
    rows, found = thin // levels.shape[1], levels.ravel()[thin]
    return [rows[found >= least] for least in (LIGHT, PURE)]


def _opened(levels: Levels) -> Levels:
    """Return the morphological opening by a square of STROKE x STROKE: erosion, then dilation."""
    return _filtered(_filtered(levels, np.minimum), np.maximum)


def _filtered(levels: Levels, extreme: np.ufunc) -> Levels:
    """Take the minimum or the maximum of the STROKE x STROKE pixels around each.

    The window grows by doubling: along rows, then along columns. Rows are laid end to end, so that
    each step is one pass over the array; at the ends of rows it mixes two rows, and those pixels
    are cut off.
    """
    height, width = levels.shape
    half = STROKE // 2
    # Pixels beyond an edge are like those on it; np.pad takes five times as long.
    wide = np.empty((height + 2 * half, width + 2 * half), np.uint8)
    wide[half:-half, half:-half] = levels
    wide[:half, half:-half], wide[-half:, half:-half] = levels[0], levels[-1]
    wide[:, :half], wide[:, -half:] = wide[:, half : half + 1], wide[:, -half - 1 : -half]
    flat = wide.ravel()
    for stride in (1, wide.shape[1]):  # to the next pixel of a row, of a column
        window = 1
        while window < STROKE:
            step = min(window, STROKE - window)
            flat = extreme(flat[: -step * stride], flat[step * stride :])
            window += step
    # `flat` ends STROKE - 1 pixels before the last row does; these belong to what is cut off.
    found = np.empty((height, wide.shape[1]), np.uint8)
    found.ravel()[: len(flat)] = flat
    return found[:, :width]


def _lines(rows: npt.NDArray[np.float64]) -> list[float]:
    """Say by how much the clearest line stands out from the rows above and below it: n numbers.

    `rows` (n, height) are the shares of each row that letters cover. A line is judged by its mean
    share, less that of the GAP rows above it or below it, whichever is larger; the row next to it
    is left out, as letters reach into it. It is 0 where no line stands out.
    """
    height = rows.shape[1]
    far = GAP + 1
    # (n, far + height + 1 + far); column far + k is the sum of the first k rows
    sums = np.pad(np.cumsum(rows, axis=1), ((0, 0), (far + 1, 0)))
    sums = np.concatenate([sums, np.repeat(sums[:, -1:], far, axis=1)], axis=1)
    at = np.arange(height + 1)
    # Means of the rows beside a line that begins at row `at`, or that ends before it.
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
