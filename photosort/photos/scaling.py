"""Pictures scaled down to a working size."""

from PIL import Image


def shortened(
    image: Image.Image, side: int, method: Image.Resampling, gap: float | None = None
) -> Image.Image:
    """Scale a picture down until its short side has `side` pixels; a smaller one stays as it is.

    `gap` is Pillow's `reducing_gap`: blocks of pixels are averaged first, down to so many times the
    size that is wanted.
    """
    scale = side / min(image.size)
    if scale >= 1:
        return image
    size = (max(round(image.width * scale), 1), max(round(image.height * scale), 1))
    return image.resize(size, method, reducing_gap=gap)
