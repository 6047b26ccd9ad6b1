"""What was found in the header of a file."""

from dataclasses import dataclass

from photosort.photos.metadata.tiff import Tiff


@dataclass(slots=True)
class Found:
    """EXIF, XMP, and width and height of the picture as it is stored.

    `is_sideways`: whether the container turns the picture by 90 degrees, as HEIF and AVIF can; None
    where EXIF's orientation turns it, as in all other formats.
    """

    size: tuple[int, int] | None = None
    exif: Tiff | None = None
    xmp: bytes | None = None
    is_sideways: bool | None = None

    def set_xmp(self, packet: bytes) -> None:
        """Keep the first packet that is not empty."""
        self.xmp = self.xmp or packet

    def set_exif(self, tiff: Tiff | None) -> None:
        """Keep the first EXIF that is readable."""
        self.exif = self.exif or tiff
