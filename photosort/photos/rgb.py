"""Pictures of any mode in, smaller RGB pictures out, strip by strip: no second copy in memory."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from PIL import Image

#: Pixels that are converted at a time, some 20 MB in all they pass through.
STRIP_PIXELS: Final = 1 << 20
DEEP_GREYS: Final = frozenset({"F", "I", "I;16", "I;16L", "I;16B", "I;16N"})

_WHITE: Final = (255, 255, 255)
#: Values above which a picture of more than 8 bits must have been made for more than that.
_USUAL_PEAKS: Final = (1.0, 255.0, 4095.0, 16383.0, 65535.0)

Range = tuple[float, float]


def shrink_factor(size: tuple[int, int], short_side: int) -> int:
    """Give the side of the blocks to average so that `short_side` or more pixels are left."""
    return max(min(size) // short_side, 1)


def shrink(image: Image.Image, factor: int) -> Image.Image:
    """Make a loaded picture RGB and average blocks of `factor` x `factor` pixels.

    Alpha is laid on white, more than 8 bits are scaled down.
    """
    if _is_rgb(image):
        return image.reduce(factor)
    small = Image.new("RGB", shrunk_size(image.size, factor))
    for top, strip in rgb_strips(image, factor):
        small.paste(strip.reduce(factor), (0, top // factor))
    return small


def shrunk_size(size: tuple[int, int], factor: int) -> tuple[int, int]:
    """Count the blocks across and down, those at the edges included."""
    return -(-size[0] // factor), -(-size[1] // factor)


def rgb_strips(image: Image.Image, factor: int) -> Iterator[tuple[int, Image.Image]]:
    """Cut as `strips` does, and make each strip RGB."""
    values = _value_range(image, factor) if image.mode in DEEP_GREYS else (0.0, 0.0)
    return ((top, _rgb(strip, values)) for top, strip in strips(image, factor))


def strips(image: Image.Image, factor: int) -> Iterator[tuple[int, Image.Image]]:
    """Cut a picture into strips of whole blocks of `factor` rows; each comes with its first row."""
    rows = factor * max(STRIP_PIXELS // (factor * image.width), 1)
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(top + rows, image.height)))


def _is_rgb(image: Image.Image) -> bool:
    return image.mode == "RGB" and "transparency" not in image.info


def _rgb(image: Image.Image, values: Range) -> Image.Image:
    """Turn any mode into RGB; `values` are black and white where a pixel is more than a byte."""
    if image.mode in DEEP_GREYS:
        image = _eight_bits(image, values)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        opaque = Image.new("RGB", image.size, _WHITE)
        is_layer = image.mode == "RGBA" and "transparency" not in image.info
        layer = image if is_layer else image.convert("RGBA")
        opaque.paste(layer, mask=layer.getchannel("A"))
        return opaque
    return image if _is_rgb(image) else image.convert("RGB")


def _value_range(image: Image.Image, factor: int) -> Range:
    """Find the smallest usual range that holds all values of a grey picture, or their own."""
    greys = (_grey(strip) for _, strip in strips(image, factor))
    ends = [(float(grey.min()), float(grey.max())) for grey in greys]
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    if low >= 0:
        low, high = 0.0, next((peak for peak in _USUAL_PEAKS if high <= peak), high)
    return low, high


def _grey(strip: Image.Image) -> np.ndarray[Any, np.dtype[np.float32]]:
    values: np.ndarray[Any, np.dtype[np.float32]] = np.asarray(strip).astype(np.float32)
    np.nan_to_num(values, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    return values


def _eight_bits(strip: Image.Image, values: Range) -> Image.Image:
    """Scale grey values from `values` to 0..255."""
    low, high = values
    grey = _grey(strip)
    with np.errstate(over="ignore"):  # a float may span its whole range; clip takes the excess
        grey -= low
        grey *= 255 / ((high - low) or 1)
    np.rint(grey, out=grey).clip(0, 255, out=grey)
    return Image.fromarray(grey.astype(np.uint8))
