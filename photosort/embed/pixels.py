"""What a network is shown of a picture, as squares of bytes: its centre, its middle, all of it."""

import numpy as np
import numpy.typing as npt
from PIL import Image

MIDDLE = 0.7  # of each side

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


def looks(image: Image.Image, side: int) -> list[Pixels]:
    """Show an RGB `image` four times: its centre, that mirrored, its middle, all of it squeezed."""
    centre = prepare(image, side)
    cut = [round((1 - MIDDLE) / 2 * length) for length in image.size]
    middle = image.crop((cut[0], cut[1], image.width - cut[0], image.height - cut[1]))
    return [
        centre,
        np.ascontiguousarray(centre[:, ::-1]),
        prepare(middle, side),
        squeeze(image, side),
    ]


def squeeze(image: Image.Image, side: int) -> Pixels:
    """Scale all of an RGB `image` to a square, whatever its shape: (side, side, 3)."""
    small = image.resize((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return np.asarray(small)
