"""Small pictures of photos, as JPEG: about 13 kB each, kept in the catalog."""

import io
from typing import Final

from PIL import Image

from photosort.photos.pillow import LIBRARY_ERRORS

HEIGHT: Final = 240  # pixels; the rows of the gallery are lower
WIDEST: Final = 960  # pixels; a panorama is cut down to 4 times as wide as high
MAX_BYTES: Final = 500_000  # 960 x 240 pixels of noise at this quality take 180 kB
#: As like the photo (SSIM .96) as WebP of quality 65 and method 0. The file is a tenth larger, made
#: in a tenth of the time and read in a third (BENCHMARKS.md, "Thumbnails").
QUALITY: Final = 72
#: Pillow's `reducing_gap`: blocks of pixels are averaged first, down to so many times the
#: thumbnail's sides. With the usual 2 a picture of 1008 x 756 pixels takes twice the time.
GAP: Final = 1.5
#: A larger colour profile is left out; those of telephones and cameras are smaller.
MAX_PROFILE_BYTES: Final = 4096
_FORMATS: Final = ("JPEG", "WEBP")  # WebP: in catalogs of earlier versions


def thumbnail(image: Image.Image) -> bytes:
    """Encode a decoded photo small, never larger than it is."""
    size = _size(image.width, image.height)
    small = image
    if size != image.size:
        small = image.resize(size, Image.Resampling.HAMMING, reducing_gap=GAP)
    return _encode(small, image.info.get("icc_profile"))


def _size(width: int, height: int) -> tuple[int, int]:
    """Fit a picture into WIDEST x HEIGHT; it keeps its shape."""
    scale = min(WIDEST / width, HEIGHT / height, 1)
    return max(round(width * scale), 1), max(round(height * scale), 1)


def _encode(image: Image.Image, profile: object = None) -> bytes:
    kept = isinstance(profile, bytes) and len(profile) <= MAX_PROFILE_BYTES
    buffer = io.BytesIO()
    # The empty comment keeps Pillow from copying the photo's.
    image.save(buffer, "JPEG", quality=QUALITY, comment=b"", icc_profile=profile if kept else None)
    return buffer.getvalue()


def as_jpeg(data: bytes) -> bytes:
    """Encode the WebP of an earlier version's catalog anew; a JPEG stays as it is."""
    if not data.startswith(b"RIFF"):
        return data
    image = read_thumbnail(data)
    return data if image is None else _encode(image)


def thumbnail_size(data: bytes) -> tuple[int, int] | None:
    """Read width and height of what `thumbnail` gave; None for bytes that are no such picture."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            return image.size if image.width <= WIDEST and image.height <= HEIGHT else None
    except LIBRARY_ERRORS:
        return None


def read_thumbnail(data: bytes) -> Image.Image | None:
    """Decode what `thumbnail` gave; None for bytes that are no such picture."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            if image.width > WIDEST or image.height > HEIGHT:
                return None
            return image.convert("RGB")
    except LIBRARY_ERRORS:
        return None
