"""Small pictures of photos, as WebP."""

import io

from photosort.look.records import Picture
from photosort.photos.decode import DecodeError, decode

HEIGHT = 240  # pixels, the rows of the gallery are lower
WIDEST = 960  # a panorama is 4 times as wide as high there
QUALITY = 70


def webp(picture: Picture) -> bytes | None:
    """Decode a photo and encode it small; None where it cannot be read any more."""
    try:
        image = decode(picture.path, min_side=HEIGHT).image
    except DecodeError:
        return None
    image.thumbnail((WIDEST, HEIGHT))
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=QUALITY)
    return buffer.getvalue()
