"""What `review` needs of a photo's pixels, measured once where they are decoded.

Near copies are found by the thumbnail, dark, bright and flat-coloured photos by the tones, blurred
ones by the texture. What the numbers mean for a photo is decided in `review`, not here.

Texture: at a step edge the mean squared difference of pixels `lag` apart grows with the lag, in a
blurred (locally linear) place with its square, in noise not at all. The ratio of two lags therefore
separates sharp from blurred at any contrast; this is the slope of the structure function
(Kolmogorov). It is taken tile by tile, so that a sharp face before a blurred background counts, and
by direction, as motion blurs one direction only.

Overexposure: of a lit surface one channel clips before the others, and levels heap up at the end of
the scale; a white page or a cut-out's ground ends in an edge, and its levels do not. The numbers
are the shares of clipped pixels, their colour, the lightness of pixels beside them, and the share
of clipped levels against those just below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageChops

from photosort.photos.lettering import LETTERING, lettering

if TYPE_CHECKING:
    import numpy.typing as npt

    Grey = npt.NDArray[np.float32]

#: Raised whenever a number changes its meaning: photos measured by an older version are read again.
VERSION: Final = 2

THUMB_SIDE: Final = 32
#: The short side that texture is measured at, in pixels; smaller photos keep theirs.
WORK_SIDE: Final = 384
LAGS: Final = (1, 2, 4)
DIRECTIONS: Final = ((0, 1), (1, 0), (1, 1), (1, -1))  # rows down, columns right
#: Tiles along the short side, and the fewest pixels of one: lag 4 must fit several times.
TILES: Final = 12
LEAST_TILE: Final = 16
#: Mean squared difference over 4 pixels, black to white being 1, from which a tile has texture: six
#: of 255 levels, above JPEG's and the sensor's noise in a sky.
TEXTURED: Final = (6 / 255) ** 2

TONES: Final = (
    "p1", "p5", "p25", "p50", "p75", "p95", "p99", "mean", "deviation", "black", "white",
    "saturation", "colours", "commonest",
)  # fmt: skip
#: Decimal logarithms of the shares of pixels of which one channel and of which all are clipped, and
#: of what is clipped beside what is just below; how coloured clipped pixels are, and how light the
#: pixels around them.
CLIPPED: Final = ("clipped", "clipped_white", "heap", "clipped_colour", "rim")
TEXTURE: Final = (
    "near10", "near50", "near80", "near95", "far10", "far50", "far80", "far95",
    "near_least", "near_most", "far_least", "far_most",
    "near95_least", "near95_most", "far95_least", "far95_most",
    "textured", "contrast", "noise", "short_side",
)  # fmt: skip
NAMES: Final = TONES + CLIPPED + TEXTURE + LETTERING
_SMALL: Final = 1e-7
#: The short side that clipping is measured at: pixels are picked, not averaged, which unclips them.
CLIP_SIDE: Final = 256
CLIP: Final = 250  # the level from which a channel counts as clipped: JPEG moves it a little
LIGHT: Final = 225  # the level from which a pixel beside clipped ones is nearly so
FEW: Final = 20  # pixels: of fewer nothing is said
_SHARE: Final = 1e-3  # added to a share before its logarithm


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """A photo's grey thumbnail, squeezed to a square, and its numbers in the order of NAMES."""

    thumb: npt.NDArray[np.uint8]  # (32, 32)
    numbers: npt.NDArray[np.float16]  # (len(NAMES),)


def measure(image: Image.Image) -> Measures:
    """Measure an upright RGB picture of any size."""
    grey = image.convert("L")
    thumb = grey.resize((THUMB_SIDE, THUMB_SIDE), Image.Resampling.BOX)
    scale = WORK_SIDE / min(grey.size)
    if scale < 1:
        size = (max(round(grey.width * scale), 1), max(round(grey.height * scale), 1))
        grey = grey.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    numbers = [
        *_tones(grey, image),
        *_clipped(image),
        *_texture(np.asarray(grey, np.float32) / np.float32(255)),
        *lettering(grey),
    ]
    return Measures(np.asarray(thumb), np.asarray(numbers, np.float16))


def _tones(grey: Image.Image, image: Image.Image) -> list[float]:
    """Describe how light and dark, how colourful and how varied a picture is; see TONES."""
    counts = np.asarray(grey.histogram(), np.float64)
    total = counts.sum()
    levels = np.arange(256) / 255
    below = np.cumsum(counts) / total
    percentiles = [levels[np.searchsorted(below, p)] for p in (0.01, 0.05, 0.25, 0.5, 0.75)]
    percentiles += [levels[np.searchsorted(below, p)] for p in (0.95, 0.99)]
    mean = float((counts * levels).sum() / total)
    deviation = float(np.sqrt((counts * (levels - mean) ** 2).sum() / total))
    black, white = counts[:9].sum() / total, counts[247:].sum() / total
    small = np.asarray(image.resize((64, 64), Image.Resampling.NEAREST)).reshape(-1, 3)
    most, least = small.max(axis=1).astype(np.float32), small.min(axis=1)
    saturation = float(((most - least) / np.maximum(most, 1)).mean())
    bins = (small >> 4).astype(np.int64) @ np.array([256, 16, 1])
    found = np.bincount(bins, minlength=4096)
    colours = float(np.count_nonzero(found) / 4096)
    return [
        *map(float, percentiles), mean, deviation, float(black), float(white),
        saturation, colours, float(found.max() / len(bins)),
    ]  # fmt: skip


def _clipped(image: Image.Image) -> list[float]:
    """Describe what of a picture is clipped at its light end; see CLIPPED."""
    scale = CLIP_SIDE / min(image.size)
    if scale < 1:
        size = (max(round(image.width * scale), 1), max(round(image.height * scale), 1))
        image = image.resize(size, Image.Resampling.NEAREST)
    red, green, blue = image.split()
    # Pillow's, as NumPy's maximum over an axis of three takes ten times as long.
    lightest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    most = np.asarray(lightest)
    least = np.asarray(ImageChops.darker(ImageChops.darker(red, green), blue))
    clipped = most >= CLIP
    beside = np.zeros_like(clipped)
    beside[1:] |= clipped[:-1]
    beside[:-1] |= clipped[1:]
    beside[:, 1:] |= clipped[:, :-1]
    beside[:, :-1] |= clipped[:, 1:]
    rim = most[beside & ~clipped]
    shares = np.asarray(lightest.histogram()) / most.size
    heap = (shares[CLIP + 2 :].sum() + _SHARE) / (shares[LIGHT : CLIP - 3].sum() + _SHARE)
    return [
        float(np.log10(clipped.mean() + _SHARE)),
        float(np.log10((least >= CLIP).mean() + _SHARE)),
        float(np.log10(heap)),
        float(1 - least[clipped].mean() / 255) if np.count_nonzero(clipped) > FEW else 0.0,
        float((rim >= LIGHT).mean()) if len(rim) > FEW else 0.5,
    ]


def _texture(grey: Grey) -> list[float]:
    """Describe how sharp a grey picture, 0 to 1, is; see TEXTURE."""
    tile = max(min(grey.shape) // TILES, LEAST_TILE)
    if min(grey.shape) < tile + max(LAGS):
        return [0.0] * (len(TEXTURE) - 1) + [float(min(grey.shape))]
    # (lags, directions, tiles)
    energy = np.stack([
        np.stack([_energy(grey, lag, direction, tile) for direction in DIRECTIONS])
        for lag in LAGS
    ])  # fmt: skip
    pooled = energy.mean(axis=1)
    textured = pooled[2] > TEXTURED
    share = float(textured.mean())
    if not textured.any():  # nothing to judge by: the tile with the most contrast
        textured = pooled[2] == pooled[2].max()
    near = pooled[0, textured] / (pooled[1, textured] + _SMALL)
    far = pooled[1, textured] / (pooled[2, textured] + _SMALL)
    chosen = energy[:, :, textured]
    whole = chosen.sum(axis=2)  # (lags, directions)
    near_whole, far_whole = whole[0] / (whole[1] + _SMALL), whole[1] / (whole[2] + _SMALL)
    near_95 = np.percentile(chosen[0] / (chosen[1] + _SMALL), 95, axis=1)
    far_95 = np.percentile(chosen[1] / (chosen[2] + _SMALL), 95, axis=1)
    ends = [
        end
        for values in (near_whole, far_whole, near_95, far_95)
        for end in (values.min(), values.max())
    ]
    contrast = float(np.log10(pooled[2].mean() + _SMALL))
    noise = float(np.log10(np.percentile(pooled[0], 5) + _SMALL))
    return [
        *map(float, np.percentile(near, (10, 50, 80, 95))),
        *map(float, np.percentile(far, (10, 50, 80, 95))),
        *map(float, ends), share, contrast, noise, float(min(grey.shape)),
    ]  # fmt: skip


def _energy(grey: Grey, lag: int, direction: tuple[int, int], tile: int) -> Grey:
    """Average squared differences over `lag` pixels in each tile: (tiles,)."""
    down, right = direction[0] * lag, direction[1] * lag
    height, width = grey.shape
    first = grey[: height - down, max(-right, 0) : width - max(right, 0)]
    second = grey[down:, max(right, 0) : width - max(-right, 0)]
    squares = first - second
    np.square(squares, out=squares)
    # The same tiles for every lag; the last ones take what is left over.
    rows, columns = (np.arange(0, side - max(LAGS) - tile + 1, tile) for side in grey.shape)
    sums = np.add.reduceat(np.add.reduceat(squares, rows, axis=0), columns, axis=1)
    heights = np.diff(np.append(rows, squares.shape[0]))
    widths = np.diff(np.append(columns, squares.shape[1]))
    # A diagonal step is longer: what it spans is sqrt(2) lags.
    steps = 2 if all(direction) else 1
    average: Grey = (sums / (heights[:, None] * widths[None, :] * steps)).astype(np.float32)
    return average.ravel()
