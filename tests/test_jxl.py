"""JPEG XL: read where its decoder is installed, and said where it is not."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from photosort.photos import codecs, scan
from photosort.photos.decode import DecodeError, TooLargeError, decode
from photosort.photos.formats import JXL_NOT_READ, reads_jxl
from tests.conftest import snapshot
from tests.headers import ORIENTATION, exif_block

NAME = "8bit-sRGB.jxl"


def test_without_its_decoder_a_jxl_is_skipped_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason names the format and the remedy; bare, in a container, whatever the suffix."""
    monkeypatch.setattr(scan, "reads_jxl", lambda: False)
    monkeypatch.setattr(codecs, "reads_jxl", lambda: False)
    (tmp_path / "bare.jxl").write_bytes(b"\xff\x0a" + bytes(60))
    (tmp_path / "boxed.jpg").write_bytes(b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(60))
    found = scan.scan([tmp_path])
    assert [(s.path.name, s.reason) for s in found.skipped] == [
        ("bare.jxl", JXL_NOT_READ),
        ("boxed.jpg", JXL_NOT_READ),
    ]
    with pytest.raises(DecodeError, match="JPEG XL is not read"):
        decode(tmp_path / "bare.jxl", min_side=100)


needs_decoder = pytest.mark.skipif(not reads_jxl(), reason="the extra [jxl] is not installed")


@needs_decoder
def test_a_jxl_is_found_and_decoded(tmp_path: Path, shared: Path) -> None:
    """A camera's file is a photo, decodes at its shape, and stays as it was."""
    shutil.copy2(shared / "fixtures" / "formats" / NAME, tmp_path)
    before = snapshot(tmp_path)
    (photo,) = scan.scan([tmp_path]).photos
    decoded = decode(photo.path, min_side=100)
    assert photo.format == "JXL"
    assert decoded.remark is None
    assert min(decoded.image.size) >= 200
    assert decoded.image.width / decoded.image.height == pytest.approx(1440 / 1080, rel=0.01)
    assert snapshot(tmp_path) == before


@needs_decoder
def test_colours_alpha_and_grey_come_out_right() -> None:
    """RGB, alpha on white and grey; the tag of an orientation turns nothing a second time."""
    from pylibjxl import encode

    red = np.zeros((30, 20, 3), np.uint8)
    red[..., 0] = 255
    clear = np.dstack([red, np.zeros((30, 20), np.uint8)])
    grey = np.full((30, 20, 1), 77, np.uint8)
    for pixels, wanted in ((red, (255, 0, 0)), (clear, (255, 255, 255)), (grey, (77, 77, 77))):
        exif = exif_block({ORIENTATION: 6})
        data = encode(np.ascontiguousarray(pixels), lossless=True, exif=exif)
        image = decode(data, min_side=100).image
        assert image.size == (20, 30)
        assert image.getpixel((0, 0)) == wanted


@needs_decoder
def test_damaged_and_large_jxl_are_refused(shared: Path) -> None:
    """Cut at any length it is a DecodeError; a size beyond the memory is refused by the header."""
    data = (shared / "fixtures" / "formats" / NAME).read_bytes()
    for kept in (3, 20, 1000, len(data) // 2):
        with pytest.raises(DecodeError):
            decode(data[:kept], min_side=100)
    with pytest.raises(TooLargeError, match="too large: 1440 x 1080"):
        decode(data, min_side=100, max_bytes=10_000_000)
