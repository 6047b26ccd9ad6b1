"""JPEG XL through pylibjxl, which is not installed unless it was asked for: the extra [jxl]."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from PIL import Image, ImageFile

if TYPE_CHECKING:
    from PIL._imaging import PixelAccess


def open_jxl(stream: IO[bytes]) -> ImageFile.ImageFile:
    """Read the header; raises RuntimeError where that is damaged, ImportError without decoder."""
    return JxlImageFile(stream)


class JxlImageFile(ImageFile.ImageFile):
    """A JPEG XL picture, first frame, which libjxl turns upright itself."""

    format = "JXL"
    format_description = "JPEG XL"

    def _open(self) -> None:
        from pylibjxl import probe

        assert self.fp is not None  # noqa: S101 (an opened file has one)
        self._data: bytes | None = self.fp.read()
        header = probe(self._data)
        self._size = header["width"], header["height"]
        self._mode = "RGBA" if header["has_alpha"] else "RGB"

    def load(self) -> PixelAccess | None:
        """Decode in one thread: workers are the parallel part."""
        if self._data is not None:
            from pylibjxl import JXL

            with JXL(threads=1) as codec:
                picture = Image.fromarray(codec.decode(self._data).squeeze())
            self._data = None
            self.im, self._mode, self._size = picture.im, picture.mode, picture.size
        return super().load()
