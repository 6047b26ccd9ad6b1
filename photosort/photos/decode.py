"""A photo's bytes in, upright RGB pixels out; whatever is wrong with them becomes a DecodeError."""

import io
import math
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from PIL import Image, ImageFile

from photosort.photos.codecs import (
    DecodeError,
    TooLargeError,
    kept_bytes,
    make_ready,
    open_photo,
    read_format,
)
from photosort.photos.jpeg import is_drawn
from photosort.photos.memory import LEAST_BYTES
from photosort.photos.mend import mend
from photosort.photos.pillow import LIBRARY_ERRORS, hush_pillow, orientation
from photosort.photos.rgb import shrink, shrink_factor
from photosort.photos.salvage import FILLERS, fill_before_loading, salvage

__all__ = ["DecodeError", "Decoded", "TooLargeError", "decode"]

#: A photo of which less than this can be read is refused: of photos cut to so much, half still have
#: their own kind among their neighbours (benchmarks/damaged.py: .76 of caltech20, .50 of scenes).
LEAST_SHARE: Final = 0.4

_LONGEST_REASON: Final = 160
_MENDABLE: Final = ("damaged", "truncated")  # how such reasons begin
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Drawn = tuple[ImageFile.ImageFile, bool]  # a picture, and whether its decoder came to the end


@dataclass(frozen=True, slots=True)
class Decoded:
    """An upright RGB picture, perhaps smaller than the photo.

    `remark` says, in one line without the path, what is wrong with a photo that can be used anyway.
    """

    image: Image.Image
    remark: str | None = None


def decode(data: bytes | Path, *, min_side: int, max_bytes: int = LEAST_BYTES) -> Decoded:
    """Decode the first frame of a photo at a size whose short side is at least 2 * `min_side`.

    Smaller photos keep their size. Alpha is laid on white. A damaged photo is used where at least
    LEAST_SHARE of its pixels can be read. File and pixels take `max_bytes` at most. Raises
    DecodeError, and nothing else, for whatever the photo's bytes can cause.
    """
    hush_pillow()
    short_side = 2 * min_side
    try:
        with _readable(data) as stream, open_photo(stream, read_format(stream)) as image:
            size_bytes = len(data) if isinstance(data, bytes) else data.stat().st_size
            make_ready(image, short_side, max_bytes - size_bytes)
            image.load()
            return Decoded(_upright(shrink(image, shrink_factor(image.size, short_side)), image))
    except LIBRARY_ERRORS as error:
        damage = _reason(error)
        if not damage.startswith(_MENDABLE):
            raise DecodeError(damage) from error
        try:
            content = data if isinstance(data, bytes) else data.read_bytes()
            return _salvage(content, damage, short_side, max_bytes)
        except LIBRARY_ERRORS:
            raise DecodeError(damage) from error


def _readable(data: bytes | Path) -> IO[bytes]:
    return data.open("rb") if isinstance(data, Path) else io.BytesIO(data)


def _upright(small: Image.Image, image: Image.Image) -> Image.Image:
    turn = _TURNS.get(orientation(image))
    return small if turn is None else small.transpose(turn)


def _salvage(data: bytes, damage: str, short_side: int, max_bytes: int) -> Decoded:
    """Decode what is left of a damaged photo; raises what a decoder raises, and DecodeError."""
    kind, _, detail = damage.partition(": ")
    (first, through), (second, _) = _decode_twice(data, short_side, max_bytes)
    factor = shrink_factor(first.size, short_side)
    found = salvage(first, second, factor)
    percent = f"{math.floor(100 * found.share)} % of its pixels can be read"
    if found.share == 1:
        image, remark = shrink(first, factor), "damaged: every pixel can be read"
    elif through and first.format == "JPEG" and is_drawn(data):
        image, remark = shrink(first, factor), "incomplete: its finest details are missing"
    elif found.share >= LEAST_SHARE:
        image, remark = found.image, f"incomplete: {percent}"
    else:
        raise DecodeError(f"{kind}: {percent} ({detail})")
    return Decoded(_upright(image, first), f"{remark} ({detail})")


def _decode_twice(data: bytes, short_side: int, max_bytes: int) -> list[Drawn]:
    """Load a damaged photo over two fillers; raises what the last decoder raised."""
    drawn: list[Drawn] = []
    left_bytes = max_bytes - 2 * len(data)  # one for what is mended
    for filler in FILLERS:
        try:
            drawn.append(_load_damaged(data, filler, short_side, left_bytes))
        except LIBRARY_ERRORS:
            if filler == FILLERS[-1]:
                raise
            continue
        left_bytes -= kept_bytes(drawn[-1][0])
        if len(drawn) == 2:
            break
    return drawn


def _load_damaged(data: bytes, filler: int, short_side: int, max_bytes: int) -> Drawn:
    """Load what a decoder draws of a photo over `filler`; raises what it raises if that is none."""
    image_format = read_format(io.BytesIO(data))
    image = open_photo(io.BytesIO(mend(data, image_format, filler)), image_format)
    make_ready(image, short_side, max_bytes)
    fill_before_loading(image, filler)
    through = False
    with suppress(*LIBRARY_ERRORS):
        image.load()
        through = True
    image.tile = []  # what was drawn until the error is the picture
    image.load()
    return image, through


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
    if "MAX_TEXT_" in text:  # Pillow names its own constants
        text = "metadata larger than Pillow reads"
    if isinstance(error, LookupError) or not text:  # a key alone says nothing
        text = f"{type(error).__name__} {text}".rstrip()
    lower = text.lower()
    if isinstance(error, EOFError) or "truncated" in lower or "end of file" in lower:
        return f"truncated: {text}"
    return f"damaged: {text}"
