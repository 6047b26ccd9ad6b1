"""What `review` needs of a photo's pixels, measured once where they are decoded.

Near copies are found by the thumbnail; dark, bright and flat-coloured photos by the tones; blurred
ones by the texture. What the numbers mean for a photo is decided in `review`, not here.

Texture: the mean squared difference of pixels that are `lag` pixels apart grows in proportion to
the lag at a step edge, with the square of the lag where a picture is blurred (locally linear), and
not at all in noise. The ratio of this energy at two lags therefore separates sharp from blurred at
any contrast; it is the slope of the structure function (Kolmogorov). It is taken tile by tile, so
that a sharp face before a blurred background counts, and by direction, as motion blurs only one.

Overexposure: on a lit surface that is too bright, one channel clips before the others, the pixels
around are nearly as light, and levels heap up at the end of the scale. A white page, or the white
background of a cut-out, is white in all channels and ends at an edge. The numbers are the shares of
clipped pixels, their colour, the lightness of pixels beside them, and how many levels are clipped
against those just below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from photosort.photos.lettering import LETTERING, lettering
from photosort.photos.scaling import shortened

if TYPE_CHECKING:
    import numpy.typing as npt

    Grey = npt.NDArray[np.float32]  # (height, width), or numbers of tiles

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

#: Percentiles, mean and standard deviation of the grey levels, 0 to 1; the shares of nearly black
#: and nearly white pixels; the mean saturation; how many of 4096 colours occur, and the share of
#: the commonest one.
TONES: Final = (
    "p1", "p5", "p25", "p50", "p75", "p95", "p99", "mean", "deviation", "black", "white",
    "saturation", "colours", "commonest",
)  # fmt: skip
#: Decimal logarithms of three shares: pixels with one clipped channel, pixels with all clipped, and
#: clipped levels over those just below. Then how coloured clipped pixels are, and the share of
#: light ones among the pixels beside them.
CLIPPED: Final = ("clipped", "clipped_white", "heap", "clipped_colour", "rim")
#: "near" is the energy at a lag of 1 over that at 2, "far" that at 2 over that at 4: percentiles
#: over textured tiles; the least and the most over directions, of all textured tiles together and
#: of the 95th percentile. Then the share of textured tiles, decimal logarithms of the mean energy
#: at a lag of 4 and of the energy at a lag of 1 in the smoothest tiles, and the short side in
#: pixels.
TEXTURE: Final = (
    "near10", "near50", "near80", "near95", "far10", "far50", "far80", "far95",
    "near_least", "near_most", "far_least", "far_most",
    "near95_least", "near95_most", "far95_least", "far95_most",
    "textured", "contrast", "noise", "short_side",
)  # fmt: skip
NAMES: Final = TONES + CLIPPED + TEXTURE + LETTERING
_SMALL: Final = 1e-7  # added to what is divided by or has its logarithm taken
#: The short side that clipping is measured at. Pixels are picked: averages would not be clipped.
CLIP_SIDE: Final = 256
CLIP: Final = 250  # the level from which a channel counts as clipped: JPEG moves it a little
LIGHT: Final = 225  # the level from which a pixel beside clipped ones counts as light
FEW: Final = 20  # pixels: the colour and the rim of so few are not measured
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
    grey = shortened(grey, WORK_SIDE, Image.Resampling.BILINEAR, gap=2.0)
    numbers = [
        *_tones(grey, image),
        *_clipped(image),
        *_texture(np.asarray(grey, np.float32)),
        *lettering(grey),
    ]
    return Measures(np.asarray(thumb), np.asarray(numbers, np.float16))


def _tones(grey: Image.Image, image: Image.Image) -> list[float]:
    """Describe how light and dark, how colourful and how varied a picture is; see TONES."""
    counts = np.asarray(grey.histogram(), np.float64)
    total = counts.sum()
    levels = np.arange(256) / 255
    below = np.cumsum(counts) / total
    percentiles = levels[np.searchsorted(below, (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99))]
    mean = float((counts * levels).sum() / total)
    deviation = float(np.sqrt((counts * (levels - mean) ** 2).sum() / total))
    black, white = counts[:9].sum() / total, counts[247:].sum() / total
    small = np.asarray(image.resize((64, 64), Image.Resampling.NEAREST)).reshape(-1, 3)
    red, green, blue = small.T
    most = np.maximum(np.maximum(red, green), blue).astype(np.float32)
    least = np.minimum(np.minimum(red, green), blue)
    saturation = float(((most - least) / np.maximum(most, 1)).mean())
    high = (small >> 4).astype(np.int64)
    bins = high[:, 0] * 256 + high[:, 1] * 16 + high[:, 2]
    found = np.bincount(bins, minlength=4096)
    colours = float(np.count_nonzero(found) / 4096)
    return [
        *map(float, percentiles), mean, deviation, float(black), float(white),
        saturation, colours, float(found.max() / len(bins)),
    ]  # fmt: skip


def _clipped(image: Image.Image) -> list[float]:
    """Describe the highlights of a picture that are clipped; see CLIPPED."""
    image = shortened(image, CLIP_SIDE, Image.Resampling.NEAREST)
    # Each channel as an array of its own: NumPy's maximum over an axis of three is slow.
    packed = np.frombuffer(image.tobytes("raw", "RGB;L"), np.uint8)
    red, green, blue = packed.reshape(image.height, 3, image.width).transpose(1, 0, 2)
    most = np.maximum(np.maximum(red, green), blue)
    least = np.minimum(np.minimum(red, green), blue)
    clipped = most >= CLIP
    count = np.count_nonzero(clipped)
    beside = np.zeros_like(clipped)
    beside[1:] |= clipped[:-1]
    beside[:-1] |= clipped[1:]
    beside[:, 1:] |= clipped[:, :-1]
    beside[:, :-1] |= clipped[:, 1:]
    beside &= ~clipped
    rim = np.count_nonzero(beside)
    shares = np.asarray(Image.fromarray(most).histogram()) / most.size
    heap = (shares[CLIP + 2 :].sum() + _SHARE) / (shares[LIGHT : CLIP - 3].sum() + _SHARE)
    return [
        float(np.log10(count / most.size + _SHARE)),
        float(np.log10(np.count_nonzero(least >= CLIP) / most.size + _SHARE)),
        float(np.log10(heap)),
        float(1 - least[clipped].mean() / 255) if count > FEW else 0.0,
        np.count_nonzero(beside & (most >= LIGHT)) / rim if rim > FEW else 0.5,
    ]


def _texture(grey: Grey) -> list[float]:
    """Describe how sharp a grey picture, 0 to 255, is; see TEXTURE."""
    tile = max(min(grey.shape) // TILES, LEAST_TILE)
    if min(grey.shape) < tile + max(LAGS):
        return [0.0] * (len(TEXTURE) - 1) + [float(min(grey.shape))]
    energy = _energies(grey, tile)  # (lags, directions, tiles)
    pooled = energy.mean(axis=1)  # (lags, tiles)
    textured = pooled[2] > TEXTURED
    share = float(textured.mean())
    if not textured.any():  # then the tile with the most contrast has to do
        textured = pooled[2] == pooled[2].max()
    chosen = energy[:, :, textured]
    whole = chosen.sum(axis=2, keepdims=True)
    whole = whole[:2] / (whole[1:] + _SMALL)  # (near and far, directions, 1)
    # All directions together come first on the second axis, then each by itself.
    chosen = np.concatenate([pooled[:, np.newaxis, textured], chosen], axis=1)
    ratios = chosen[:2] / (chosen[1:] + _SMALL)  # (near and far, 1 + directions, tiles)
    found = _percentiles(ratios, (10, 50, 80, 95))  # (near and far, 1 + directions, percentiles)
    extremes = [
        extreme
        for values in (whole[0], whole[1], found[0, 1:, 3], found[1, 1:, 3])
        for extreme in (values.min(), values.max())
    ]
    contrast = float(np.log10(pooled[2].mean() + _SMALL))
    noise = float(np.log10(_percentiles(pooled[0], (5,))[0] + _SMALL))
    return [
        *map(float, found[0, 0]), *map(float, found[1, 0]), *map(float, extremes),
        share, contrast, noise, float(min(grey.shape)),
    ]  # fmt: skip


def _percentiles(values: Grey, percents: tuple[int, ...]) -> Grey:
    """Interpolate percentiles along the last axis, as the slower np.percentile does."""
    ordered = np.sort(values, axis=-1)
    last = values.shape[-1] - 1
    at = np.array(percents) / 100 * last
    below = at.astype(np.int64)
    low, high = ordered[..., below], ordered[..., np.minimum(below + 1, last)]
    found: Grey = low + (high - low) * (at - below)
    return found


def _energies(grey: Grey, tile: int) -> Grey:
    """Average squared differences in tiles, black to white being 1: (lags, directions, tiles).

    Rows are laid end to end, so that every pixel is the same distance in memory from the one it is
    compared with. The tiles are the same for every lag; the last row and the last column of tiles
    are larger by the pixels that are left over.
    """
    height, width = grey.shape
    rows, columns = ((side - max(LAGS)) // tile for side in grey.shape)
    steps = [(down * lag, right * lag) for lag in LAGS for down, right in DIRECTIONS]
    flat = np.ascontiguousarray(grey).ravel()
    changes = np.zeros((height, width), np.float32)
    rest = changes[rows * tile :]
    body = changes[: rows * tile].reshape(rows, tile, width)
    sums = np.zeros((len(steps), rows, width), np.float32)
    for at, (down, right) in enumerate(steps):
        step = down * width + right
        np.subtract(flat[:-step], flat[step:], out=changes.ravel()[:-step])
        left = max(-right, 0)  # a pixel whose step would lead into another row is not counted
        counted = slice(left, left + width - abs(right))
        of_tiles = np.einsum("rtw,rtw->rw", body, body)
        left_over = rest[: len(rest) - down]
        of_tiles[-1] += np.einsum("tw,tw->w", left_over, left_over)
        sums[at, :, : width - abs(right)] = of_tiles[:, counted]
    sums = np.add.reduceat(sums, np.arange(columns) * tile, axis=2)
    heights, widths = np.full((len(steps), rows), tile), np.full((len(steps), columns), tile)
    heights[:, -1] = [height - down - (rows - 1) * tile for down, _ in steps]
    widths[:, -1] = [width - abs(right) - (columns - 1) * tile for _, right in steps]
    # A diagonal step spans sqrt(2) lags, and squared differences are divided by the square of that.
    spans = np.array([2 if down and right else 1 for down, right in steps])
    energy = sums / (255**2 * spans[:, None, None] * heights[:, :, None] * widths[:, None, :])
    found: Grey = energy.astype(np.float32).reshape(len(LAGS), len(DIRECTIONS), -1)
    return found
