"""What a network is shown of a picture, as a square of bytes: its centre, or all of it."""

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]  # (side, side, 3)


def prepare(image: Image.Image, side: int) -> Pixels:
    """Scale the short side of an RGB `image` to `side` and cut out the centre: (side, side, 3).

    Bicubic, as the network was trained. Only the centre is resampled; Pillow first averages whole
    blocks of pixels down to at least twice `side` (`reducing_gap`), which makes large photos cheap.
    """
    short = min(image.size)
    left, top = (image.width - short) / 2, (image.height - short) / 2
    centre = (left, top, left + short, top + short)
    small = image.resize((side, side), Image.Resampling.BICUBIC, box=centre, reducing_gap=2.0)
    return np.asarray(small)


def squeeze(image: Image.Image, side: int) -> Pixels:
    """Scale all of an RGB `image` to a square, whatever its shape: (side, side, 3)."""
    small = image.resize((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return np.asarray(small)
