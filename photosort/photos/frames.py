"""Whether a picture has several frames or pages: animations, scans of more than one sheet."""

from pathlib import Path
from typing import Final

from photosort.photos.codecs import DecodeError, open_photo, read_format
from photosort.photos.pillow import LIBRARY_ERRORS, hush_pillow

#: Formats that hold several pictures of equal rank; the others of a JPEG's or HEIC's are previews.
MOVING: Final = frozenset({"GIF", "WEBP", "PNG", "TIFF", "AVIF"})


def is_moving(path: Path) -> bool:
    """Ask the file's header; a file that cannot be read is not known to hold more than one."""
    hush_pillow()
    try:
        with path.open("rb") as stream:
            image = open_photo(stream, read_format(stream))
            return bool(getattr(image, "is_animated", False))
    except (DecodeError, *LIBRARY_ERRORS):
        return False
