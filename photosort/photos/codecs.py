"""The decoders: one a format, chosen by content, with a bound on what each takes in memory."""

import logging
from collections.abc import Callable
from typing import IO, Final

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from photosort.photos.formats import HEAD_BYTES, JXL_NOT_READ, photo_format, reads_jxl
from photosort.photos.heif import open_heif
from photosort.photos.jpeg import is_in_scans
from photosort.photos.jxl import open_jxl

#: Each decoder by itself. `Image.open` would also try formats that start other programs, and would
#: apply a limit of its own (a global) that refuses the 200-megapixel JPEGs of today's telephones.
_DECODERS: Final[dict[str, Callable[[IO[bytes]], ImageFile.ImageFile]]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
    "HEIF": open_heif,
    "JXL": open_jxl,
}
#: Bytes a pixel that loading takes at its peak, rounded up: measured on 16 to 35 megapixels, TIFF
#: reckoned for 16 bits in a single strip, JPEG XL for a frame of floats. Other decoders take what
#: Pillow keeps of a pixel.
_PEAK_BYTES: Final = {"AVIF": 14, "WEBP": 17, "HEIF": 9, "HEIF HDR": 14, "TIFF": 10, "JXL": 20}
_KEPT_BYTES: Final = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}
_OTHER_KEPT_BYTES: Final = 4
#: The network sees a square in the middle: a thinner picture has next to nothing there.
MAX_ASPECT: Final = 100

# Workers are the parallel part, one thread each.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
# Pillow logs complaints about damaged files; without a handler Python prints them on stderr.
logging.getLogger("PIL").addHandler(logging.NullHandler())


class DecodeError(Exception):
    """A photo that gives no pixels; its text is the reason, one line without the path."""


class TooLargeError(DecodeError):
    """A photo that takes more memory than it may; it can be read where there is more."""


def read_format(stream: IO[bytes]) -> str:
    """Return a photo's format by its first bytes. Raises DecodeError where they are no photo's."""
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    image_format = photo_format(head, "")
    if image_format is None:
        raise DecodeError("not an image: " + ("no known format" if head else "empty file"))
    if image_format == "JXL" and not reads_jxl():
        raise DecodeError(f"not an image: {JXL_NOT_READ}")
    return image_format


def open_photo(stream: IO[bytes], image_format: str) -> ImageFile.ImageFile:
    """Let a format's decoder read the header; raises what that raises."""
    return _DECODERS[image_format](stream)


def make_ready(image: ImageFile.ImageFile, short_side: int, max_bytes: int) -> None:
    """Check that an opened photo may be loaded, and let a JPEG be drawn at part of its size.

    That is an eighth, a quarter or half, as long as the short side stays at `short_side` or more.
    Raises DecodeError for a photo that is too thin, TooLargeError for one that takes more than
    `max_bytes`.
    """
    size = image.size
    if max(size) > MAX_ASPECT * min(size):
        raise DecodeError(f"too thin: {size[0]} x {size[1]} pixels")
    coefficients = 0
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        coefficients = _coefficient_bytes(image)
        image.draft(None, (short_side, short_side))
    needed_bytes = coefficients + image.width * image.height * _pixel_bytes(image)
    if needed_bytes > max_bytes:
        raise TooLargeError(
            f"too large: {size[0]} x {size[1]} pixels take {needed_bytes / 1e9:.1f} GB to decode, "
            f"and a worker has {max(max_bytes, 0) / 1e9:.1f} GB left for them"
        )


def kept_bytes(image: ImageFile.ImageFile) -> int:
    """Count what a loaded picture takes."""
    return image.width * image.height * _KEPT_BYTES.get(image.mode, _OTHER_KEPT_BYTES)


def _pixel_bytes(image: ImageFile.ImageFile) -> int:
    kind = image.format or ""
    if kind == "HEIF" and image.info.get("bit_depth", 8) > 8:
        kind = "HEIF HDR"
    return _PEAK_BYTES.get(kind) or _KEPT_BYTES.get(image.mode, _OTHER_KEPT_BYTES)


def _coefficient_bytes(image: JpegImagePlugin.JpegImageFile) -> int:
    """Count what a JPEG in several scans keeps in memory whatever size it is drawn at.

    That is 16 bits for every coefficient. A JPEG in a single scan keeps a few rows.
    """
    assert image.fp is not None  # noqa: S101 (an opened file has one; this tells the type checker)
    image.fp.seek(0)
    if not is_in_scans(image.fp.read()):
        return 0
    samples = [layer[1] * layer[2] for layer in image.layer]
    whole = max(layer[1] for layer in image.layer) * max(layer[2] for layer in image.layer)
    return 2 * image.width * image.height * sum(samples) // whole
