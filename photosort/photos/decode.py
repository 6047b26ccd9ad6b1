"""A photo's bytes in, upright RGB pixels out; whatever is wrong with them becomes a DecodeError."""

import io
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from photosort.photos.formats import HEAD_BYTES, photo_format
from photosort.photos.heif import open_heif
from photosort.photos.pillow import LIBRARY_ERRORS, hush_pillow, orientation

#: What decoding one photo may take, so that a worker with its network stays near 1 GB.
MAX_DECODE_BYTES: Final = 850_000_000
#: Bytes a pixel at the peak, measured on 35 megapixels, rounded up; "deep" is grey beyond 8 bits.
_PEAK_BYTES: Final = {"AVIF": 14, "WEBP": 17, "HEIF": 9, "HEIF HDR": 14, "deep": 13, "RGB": 8}
_OTHER_PEAK_BYTES: Final = 9
#: The network sees a square in the middle: a thinner picture has next to nothing there.
MAX_ASPECT: Final = 100

_LONGEST_REASON: Final = 160
_WHITE: Final = (255, 255, 255)
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_DEEP_GREYS: Final = frozenset({"F", "I", "I;16", "I;16L", "I;16B", "I;16N"})
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
}
#: Values above which a picture of more than 8 bits must have been made for more than that.
_USUAL_PEAKS: Final = (1.0, 255.0, 4095.0, 16383.0, 65535.0)

# Workers are the parallel part, one thread each.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
# Pillow logs complaints about damaged files; without a handler Python prints them on stderr.
logging.getLogger("PIL").addHandler(logging.NullHandler())


class DecodeError(Exception):
    """A photo that gives no pixels; its text is the reason, one line without the path."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """An upright RGB picture, perhaps smaller than the photo."""

    image: Image.Image


def decode(data: bytes | Path, *, min_side: int) -> Decoded:
    """Decode the first frame of a photo at a size whose short side is at least 2 * `min_side`.

    Smaller photos keep their size. Alpha is laid on white. Raises DecodeError, and nothing else,
    for whatever the photo's bytes can cause.
    """
    hush_pillow()
    try:
        with _readable(data) as stream, _open(stream) as image:
            return _pixels(image, 2 * min_side)
    except LIBRARY_ERRORS as error:
        raise DecodeError(_reason(error)) from error


def _pixels(image: ImageFile.ImageFile, short_side: int) -> Decoded:
    _refuse_thin(image.size)
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        full_size, held = image.size, _coefficient_bytes(image)
        image.draft(None, (short_side, short_side))
        _refuse_large(full_size, held + image.width * image.height * _OTHER_PEAK_BYTES)
        image.load()
    else:
        _refuse_large(image.size, image.width * image.height * _peak_bytes(image))
        image.load()
    rgb = _rgb(image)
    factor = min(rgb.size) // short_side
    rgb = rgb.reduce(factor) if factor > 1 else rgb.copy()
    turn = _TURNS.get(orientation(image))
    return Decoded(rgb if turn is None else rgb.transpose(turn))


def _readable(data: bytes | Path) -> IO[bytes]:
    return data.open("rb") if isinstance(data, Path) else io.BytesIO(data)


def _open(stream: IO[bytes]) -> ImageFile.ImageFile:
    """Choose the decoder by content and let it read the header."""
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    image_format = photo_format(head, "")
    if image_format == "HEIF":
        return open_heif(stream)
    if image_format is None:
        raise DecodeError("not an image: " + ("no known format" if head else "empty file"))
    return _DECODERS[image_format](stream)


def _refuse_thin(size: tuple[int, int]) -> None:
    if max(size) > MAX_ASPECT * min(size):
        raise DecodeError(f"too thin: {size[0]} x {size[1]} pixels")


def _refuse_large(size: tuple[int, int], needed_bytes: int) -> None:
    if needed_bytes > MAX_DECODE_BYTES:
        raise DecodeError(
            f"too large: {size[0]} x {size[1]} pixels would take "
            f"{needed_bytes / 1e9:.1f} GB to decode"
        )


def _peak_bytes(image: ImageFile.ImageFile) -> int:
    """Estimate the bytes a pixel that loading `image` and making it RGB will hold at once."""
    kind = "deep" if image.mode in _DEEP_GREYS else image.format or ""
    if kind == "HEIF" and image.info.get("bit_depth", 8) > 8:
        kind = "HEIF HDR"
    return _PEAK_BYTES.get(kind) or _PEAK_BYTES.get(image.mode, _OTHER_PEAK_BYTES)


def _coefficient_bytes(image: JpegImagePlugin.JpegImageFile) -> int:
    """Count what a JPEG in several scans keeps in memory whatever size it is drawn at.

    That is 16 bits for every coefficient. A JPEG in a single scan keeps a few rows.
    """
    if "progressive" not in image.info and _first_scan_channels(image) == len(image.layer):
        return 0
    samples = [layer[1] * layer[2] for layer in image.layer]
    whole = max(layer[1] for layer in image.layer) * max(layer[2] for layer in image.layer)
    return 2 * image.width * image.height * sum(samples) // whole


def _first_scan_channels(image: JpegImagePlugin.JpegImageFile) -> int:
    """Walk a JPEG's markers to its first scan; 0 where they do not lead there."""
    assert image.fp is not None  # noqa: S101 (an opened file has one; this tells the type checker)
    image.fp.seek(2)
    while (marker := image.fp.read(5)) and marker[0] == 0xFF and len(marker) == 5:
        if marker[1] == 0xDA:
            return marker[4]
        image.fp.seek(int.from_bytes(marker[2:4], "big") - 3, io.SEEK_CUR)
    return 0


def _rgb(image: Image.Image) -> Image.Image:
    """Turn any mode into RGB: alpha on white, more than 8 bits scaled down, the rest as it is."""
    if image.mode in _DEEP_GREYS:
        image = _eight_bits(image)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        opaque = Image.new("RGB", image.size, _WHITE)
        layer = _converted(image, "RGBA")
        opaque.paste(layer, mask=layer.getchannel("A"))
        return opaque
    return _converted(image, "RGB")


def _converted(image: Image.Image, mode: str) -> Image.Image:
    """Convert without Pillow's copy of an image that is in this mode already."""
    return image if image.mode == mode and "transparency" not in image.info else image.convert(mode)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale grey values to 0..255: from the smallest usual range that holds them, or their own."""
    values: np.ndarray[Any, np.dtype[np.float32]] = np.asarray(image).astype(np.float32)
    np.nan_to_num(values, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if low >= 0:
        low, high = 0.0, next((peak for peak in _USUAL_PEAKS if high <= peak), high)
    with np.errstate(over="ignore"):  # a float may span its whole range; clip takes the excess
        values -= low
        values *= 255 / ((high - low) or 1)
    np.rint(values, out=values).clip(0, 255, out=values)
    return Image.fromarray(values.astype(np.uint8))


def _reason(error: BaseException) -> str:
    """Name what went wrong in one line that carries no control characters."""
    if isinstance(error, MemoryError):
        return "too large: not enough memory to decode it"
    if isinstance(error, Image.DecompressionBombError):
        return "too large: Pillow takes it for a decompression bomb"
    if isinstance(error, OSError) and error.errno is not None:
        return f"cannot be read: {error.strerror}"
    text = "".join(c if c.isprintable() else " " for c in str(error))
    text = " ".join(text.split())[:_LONGEST_REASON]
    if isinstance(error, LookupError) or not text:  # a key alone says nothing
        text = f"{type(error).__name__} {text}".rstrip()
    lower = text.lower()
    if isinstance(error, EOFError) or "truncated" in lower or "end of file" in lower:
        return f"truncated: {text}"
    return f"damaged: {text}"
