"""What can still be seen of a damaged photo, told pixel by pixel.

A photo is decoded twice from what is left of its file, each time with another filling where
something is missing. Where both pictures agree, the pixels are the photo's own.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile

from photosort.photos.rgb import rgb_strips, shrunk_size, strips

#: Fillings to try until two are decoded: what WebP makes of one may be no picture, according to the
#: photo. Two of these did for every lossless photo tried, short of 1, 2, 3 and 10 bytes. The first
#: two differ in their first bit, as the codes of a JPEG then do.
FILLERS: Final = (0, 155, 45, 115, 55, 255)

#: Green without red or blue is what libheif leaves where a HEIF's tile cannot be decoded: with all
#: of its signal at 0, BT.601 gives 136, BT.2020 94, BT.709 84.
_UNDRAWN_GREEN: Final = 80

Mask = npt.NDArray[np.bool_]  # (height, width)


@dataclass(frozen=True, slots=True)
class Salvaged:
    """A picture whose lost pixels have colours of their neighbours, and the share of the others."""

    image: Image.Image
    share: float


def fill_before_loading(image: ImageFile.ImageFile, filler: int) -> None:
    """Let loading draw over `filler` instead of black, so that what is not drawn shows."""
    prepare = image.load_prepare

    def load_prepare() -> None:
        prepare()
        bands = image.im.bands
        image.im.paste(filler if bands == 1 else (filler,) * bands, (0, 0, *image.im.size))

    vars(image)["load_prepare"] = load_prepare  # for this picture alone


def salvage(first: ImageFile.ImageFile, second: ImageFile.ImageFile, factor: int) -> Salvaged:
    """Keep of two decodings of one photo what they agree on, averaged in blocks of `factor`.

    Raises ValueError where they are not of one kind.
    """
    if (first.mode, first.size) != (second.mode, second.size):
        raise ValueError("decodes to a different picture each time")
    small = Image.new("RGBA", shrunk_size(first.size, factor))
    count = 0
    both = zip(strips(first, factor), strips(second, factor), strict=True)
    for (top, rgb), ((_, one), (_, other)) in zip(rgb_strips(first, factor), both, strict=True):
        own = _agreement(one, other)
        if first.format == "HEIF":
            own &= ~_is_undrawn(rgb)
        count += int(own.sum())
        rgb.putalpha(Image.fromarray(own).convert("L"))
        small.paste(rgb.reduce(factor), (0, top // factor))
    return Salvaged(fill_gaps(small), count / (first.width * first.height))


def fill_gaps(image: Image.Image) -> Image.Image:
    """Make transparent pixels the average of their neighbourhood, as small as has some colour."""
    own = image.getchannel("A").point([0] + [255] * 255)
    if own.getextrema() == (255, 255) or image.size == (1, 1):
        return image.convert("RGB")
    filled = fill_gaps(image.reduce(2)).resize(image.size, Image.Resampling.BILINEAR)
    filled.paste(image, mask=own)
    return filled


def _agreement(one: Image.Image, other: Image.Image) -> Mask:
    """Return, for every pixel, whether both strips have the same value."""
    same: Mask = np.asarray(one) == np.asarray(other)
    if same.ndim == 3:
        same = np.logical_and.reduce(same, axis=2)
    return same


def _is_undrawn(strip: Image.Image) -> Mask:
    red, green, blue = (np.asarray(band) for band in strip.split())
    undrawn: Mask = (red == 0) & (blue == 0) & (green >= _UNDRAWN_GREEN)
    return undrawn
