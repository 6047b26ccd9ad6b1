"""Small pictures of photos, as WebP: about 10 kB each, kept in the catalog."""

import io
from typing import Final

from PIL import Image

from photosort.photos.pillow import LIBRARY_ERRORS

HEIGHT: Final = 240  # pixels; the rows of the gallery are lower
WIDEST: Final = 960  # pixels; a panorama is cut down to 4 times as wide as high
MAX_BYTES: Final = 500_000  # 960 x 240 pixels of noise at this quality take 130 kB
# Of 76 sample photos: 10.9 kB and 2.5 ms each; at Pillow's defaults (4, 80) 12 kB and 10 ms.
QUALITY: Final = 65
METHOD: Final = 0


def thumbnail(image: Image.Image) -> bytes:
    """Encode a decoded photo small, never larger than it is."""
    small = image.copy()
    small.thumbnail((WIDEST, HEIGHT), Image.Resampling.HAMMING)
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=QUALITY, method=METHOD)
    return buffer.getvalue()


def thumbnail_size(data: bytes) -> tuple[int, int] | None:
    """Read width and height of what `thumbnail` gave; None for bytes that are no such picture."""
    try:
        with Image.open(io.BytesIO(data), formats=["WEBP"]) as image:
            return image.size if image.width <= WIDEST and image.height <= HEIGHT else None
    except LIBRARY_ERRORS:
        return None


def read_thumbnail(data: bytes) -> Image.Image | None:
    """Decode what `thumbnail` gave; None for bytes that are no such picture."""
    try:
        with Image.open(io.BytesIO(data), formats=["WEBP"]) as image:
            if image.width > WIDEST or image.height > HEIGHT:
                return None
            return image.convert("RGB")
    except LIBRARY_ERRORS:
        return None
