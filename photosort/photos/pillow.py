"""What is to be known of Pillow: what it raises, how it warns, how a picture lies."""

import struct
import warnings
import zlib
from typing import Final

from PIL import Image

#: What Pillow and pi-heif have been seen to raise on damaged files, by their common ancestors:
#: Pillow has no base class of its own. A bug of ours in the same call would read as a bad photo;
#: so these are caught only around calls into the libraries and around arithmetic on file contents.
LIBRARY_ERRORS: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    EOFError,
    Image.DecompressionBombError,
    LookupError,
    MemoryError,
    OSError,  # and UnidentifiedImageError
    RuntimeError,  # and NotImplementedError, RecursionError
    SyntaxError,
    TypeError,
    ValueError,  # and UnicodeError
    Warning,  # where a filter turns warnings into errors
    struct.error,
    zlib.error,
)

_ORIENTATION: Final = 0x0112


def orientation(image: Image.Image) -> int:
    """Give how the pixels of a loaded photo are to be turned, 1 to 8; 1 is upright.

    Pillow gives what is left to do: 1 where it has turned a TIFF, HEIF or AVIF file already. The
    orientation in XMP, which Pillow would take where EXIF has none, turns no photo in any viewer.
    """
    for packet in ("xmp", "XML:com.adobe.xmp"):
        image.info.pop(packet, None)
    try:
        value = image.getexif().get(_ORIENTATION)
    except LIBRARY_ERRORS:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def hush_pillow() -> None:
    """Keep Pillow's warnings about damaged files off the terminal; what it raises tells enough.

    A lasting filter, as `warnings.catch_warnings` is not safe among threads; set anew for each
    photo, as whoever does use `catch_warnings` around us takes it away again.
    """
    warnings.filterwarnings("ignore", module=r"PIL\.")
