"""What is measured of a photo's pixels, and that the catalog gives it back."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from photosort import report
from photosort.catalog import Catalog
from photosort.commands.embedding import look
from photosort.commands.request import Request
from photosort.embed.backbone import find_model
from photosort.errors import PhotosortError
from photosort.photos.measures import NAMES, measure
from photosort.photos.scan import scan
from tests.conftest import REPO, snapshot

SAMPLE = REPO / "sample_photos" / "DSCN1180.JPG"


#: Of SAMPLE, by the first code of this VERSION: `review` was trained with such numbers.
NUMBERS = (
    0.149, 0.2549, 0.3882, 0.4941, 0.5923, 0.8394, 0.8784, 0.5063, 0.1692, 5.502e-05, 0,
    0.4287, 0.06787, 0.02734, -2.17, -3, -1.532, 0.1879, 0.9751, 0.3953, 0.4458, 0.488,
    0.5215, 0.4812, 0.5986, 0.6855, 0.7812, 0.4155, 0.4873, 0.5767, 0.6162, 0.4802, 0.6055,
    0.7241, 0.8545, 0.9092, -2.184, -4.711, 384, 0, 0, 0, 0.01584, 0.002638, 0.000134,
)  # fmt: skip


def named(image: Image.Image) -> dict[str, float]:
    return dict(zip(NAMES, measure(image).numbers.tolist(), strict=True))


@given(st.integers(1, 120), st.integers(1, 120), st.integers(0, 2**32 - 1))
def test_a_picture_of_any_size_is_measured(width, height, seed):
    """Every number is finite, whatever the picture: 1 x 1 pixels, a line, noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    measures = measure(Image.fromarray(pixels))
    assert measures.thumb.shape == (32, 32)
    assert np.isfinite(measures.numbers).all()


def test_the_numbers_keep_their_meaning():
    """A photo has the numbers it had when `review` was trained."""
    assert measure(Image.open(SAMPLE).convert("RGB")).numbers == pytest.approx(NUMBERS, rel=2e-3)


@pytest.mark.parametrize("size", [(8000, 60), (60, 8000), (1, 1)])
def test_a_flat_panorama_is_measured(size):
    """A picture without any texture has finite numbers, and none of its tiles is textured."""
    numbers = named(Image.new("RGB", size, "grey"))
    assert np.isfinite(list(numbers.values())).all()
    assert numbers["textured"] == 0
    assert numbers["commonest"] == 1


def test_blur_lowers_the_ratio_and_light_does_not():
    """Out of focus, a photo's near ratio falls; half as bright, it stays."""
    photo = Image.open(SAMPLE).convert("RGB")
    sharp = named(photo)
    blurred = named(photo.filter(ImageFilter.GaussianBlur(3)))
    darker = named(ImageEnhance.Brightness(photo).enhance(0.5))
    assert blurred["near50"] < sharp["near50"] - 0.05
    assert abs(darker["near80"] - sharp["near80"]) < 0.03
    assert darker["mean"] == pytest.approx(sharp["mean"] / 2, abs=0.02)


def test_the_catalog_gives_back_what_the_workers_measured(tmp_path):
    """Measured once, in the worker; a catalog of before is completed, a damaged row is absent."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.open(SAMPLE).convert("RGB").save(folder / "a.png")
    before = snapshot(folder)
    spec, request = find_model("lite2"), Request((folder,), workers=1)
    photos = scan([folder]).photos

    def seen() -> bytes:
        return look(photos, spec, request, report.Quiet(), measured=True).photos[0][1]

    digest = seen()
    with Catalog.open() as catalog:
        thumbs, numbers = catalog.measures([digest, digest])
        assert thumbs.shape == (2, 32, 32)
        assert numbers[0] == pytest.approx(_measured(folder / "a.png"))
        for damage in ("DELETE FROM measure", "UPDATE measure SET thumb = x'00'"):
            catalog.connection.execute(damage)
            catalog.connection.commit()
            assert catalog.measured([digest]) == set()
            with pytest.raises(PhotosortError, match="misses 1 photo"):
                catalog.measures([digest])
            assert seen() == digest
            assert catalog.measured([digest]) == {digest}
    assert snapshot(folder) == before


def _measured(path: Path) -> np.ndarray:
    from photosort.photos.decode import decode

    return measure(decode(path, min_side=260).image).numbers.astype(np.float32)


def test_overexposure_clips_and_heaps_up():
    """Three stops more: more is clipped, in colour, and levels heap up; darker, none of it."""
    photo = Image.open(SAMPLE).convert("RGB")
    light = (np.asarray(photo, np.float32) / 255) ** 2.2
    bright = Image.fromarray((np.clip(light * 8, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8))
    before, after = named(photo), named(bright)
    assert after["clipped"] > before["clipped"] + 0.5
    assert after["heap"] > before["heap"] + 0.5
    assert after["clipped_colour"] > 0.01
    darker = named(ImageEnhance.Brightness(photo).enhance(0.5))
    assert darker["clipped"] == darker["clipped_white"] == pytest.approx(-3, abs=0.01)


@pytest.mark.parametrize(("ink", "line"), [("white", "light_line"), ("black", "dark_line")])
def test_a_caption_is_a_line_of_letters(ink, line):
    """Words across a photo stand out from the rows above and below them, in their own lightness."""
    photo = Image.open(SAMPLE).convert("RGB").resize((480, 360))
    written = photo.copy()
    middle = Image.new("RGB", (480, 60), (128, 128, 128))
    for image in (photo, written):
        image.paste(middle, (0, 270))
    ImageDraw.Draw(written).text((240, 300), "what a day it was", ink, font_size=40, anchor="mm")
    assert named(written)[line] > named(photo)[line] + 0.1
