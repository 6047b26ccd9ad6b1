"""Damaged photos: used for what can be read of them, and refused where that is too little."""

import itertools
import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile, PngImagePlugin

from photosort.photos.decode import LEAST_SHARE, DecodeError, decode
from photosort.photos.formats import reads_jxl
from tests.test_decode import assert_alike, encoded, outcome

SIZE = (640, 480)
MINIMUM = 60  # decodes at a quarter of SIZE
DONE = "damaged: every pixel can be read (image file is truncated)"
LARGE = "word " * 300_000  # unpacks to 1.5 MB; Pillow reads 1 MiB


def scene() -> Image.Image:
    """Draw a picture whose every part differs from the rest, with some grain."""
    noise = np.random.default_rng(3).integers(0, 60, (SIZE[1], SIZE[0]), np.uint8)
    across = np.linspace(0, 190, SIZE[0], dtype=np.uint8)[None, :]
    down = np.linspace(190, 0, SIZE[1], dtype=np.uint8)[:, None]
    planes = (noise + across, noise + down, noise // 2 + across // 2 + down // 2)
    return Image.merge("RGB", [Image.fromarray(plane.astype(np.uint8)) for plane in planes])


def with_alpha(image: Image.Image) -> Image.Image:
    image = image.copy()
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


def deep(image: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)


def tiff_in_strips(image: Image.Image, rows: int = 16) -> bytes:
    """Write a TIFF of deflated strips whose directory comes first, as cameras and scanners do."""
    pixels = np.asarray(image.convert("RGB"))
    strips = [zlib.compress(pixels[at : at + rows].tobytes(), 1) for at in range(0, SIZE[1], rows)]
    count, bits_at = len(strips), 8 + 2 + 12 * 9 + 4
    offsets_at, sizes_at = bits_at + 6, bits_at + 6 + 4 * count
    sizes = [len(strip) for strip in strips]
    offsets = [*itertools.accumulate(sizes[:-1], initial=sizes_at + 4 * count)]
    tags = [
        (256, 4, 1, SIZE[0]), (257, 4, 1, SIZE[1]), (258, 3, 3, bits_at), (259, 4, 1, 8),
        (262, 4, 1, 2), (273, 4, count, offsets_at), (277, 4, 1, 3), (278, 4, 1, rows),
        (279, 4, count, sizes_at),
    ]  # fmt: skip
    directory = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    head = struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + directory + bytes(4)
    tables = struct.pack(f"<3H{2 * count}I", 8, 8, 8, *offsets, *sizes)
    return head + tables + b"".join(strips)


@pytest.fixture(scope="module")
def photos() -> dict[str, bytes]:
    image = scene()
    return {
        "JPEG": encoded(image, "JPEG"),
        "JPEG grey": encoded(image.convert("L"), "JPEG"),
        "JPEG CMYK": encoded(image.convert("CMYK"), "JPEG"),
        "PNG": encoded(image, "PNG", compress_level=1),
        "PNG palette": encoded(image.convert("P"), "PNG", compress_level=1),
        "PNG alpha": encoded(with_alpha(image), "PNG", compress_level=1),
        "PNG deep": encoded(deep(image), "PNG", compress_level=1),
        "WEBP": encoded(image, "WEBP"),
        "WEBP lossless": encoded(image, "WEBP", lossless=True, method=0),
        "WEBP alpha": encoded(with_alpha(image), "WEBP"),
        "TIFF": encoded(image, "TIFF"),
        "TIFF deflated": tiff_in_strips(image),
        "GIF": encoded(image, "GIF", interlace=0),
        "GIF transparent": encoded(image.convert("P"), "GIF", transparency=3, interlace=0),
        "BMP": encoded(image, "BMP"),
    }


KINDS = (
    "JPEG", "JPEG grey", "JPEG CMYK", "PNG", "PNG palette", "PNG alpha", "PNG deep", "WEBP",
    "WEBP lossless", "WEBP alpha", "TIFF", "TIFF deflated", "GIF", "GIF transparent", "BMP",
)  # fmt: skip


def share_of(text: str) -> float:
    """Read the share of pixels that a remark or a reason states."""
    match = re.search(r": (\d+) % of its pixels can be read \(", text)
    assert match is not None, text
    return int(match[1]) / 100


def same(one: Image.Image, other: Image.Image) -> bool:
    """Compare pixels alone."""
    return one.size == other.size and one.tobytes() == other.tobytes()


def agreement(one: Image.Image, other: Image.Image) -> float:
    difference = np.abs(np.asarray(one, int) - np.asarray(other, int)).max(axis=2)
    return float((difference <= 6).mean())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("kept", [0.95, 0.7])
def test_a_cut_photo_is_used_for_what_is_left(
    kind: str, kept: float, photos: dict[str, bytes]
) -> None:
    """It decodes with a remark that states the share of its pixels which are the photo's own."""
    data = photos[kind]
    whole = decode(data, min_side=MINIMUM)
    cut = decode(data[: int(len(data) * kept)], min_side=MINIMUM)
    assert whole.remark is None
    assert cut.remark is not None
    assert cut.remark.startswith("incomplete: ")
    assert cut.image.size == whole.image.size
    share = share_of(cut.remark)
    assert kept - 0.2 <= share < 1
    # Rows of blocks at the edge count as lost; a flat part may be guessed rightly.
    assert share - 0.02 <= agreement(cut.image, whole.image) <= share + 0.15


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_photo_too_little_is_left(kind: str, photos: dict[str, bytes]) -> None:
    """Below LEAST_SHARE it is refused, with the share in the reason; half a header is no photo."""
    data = photos[kind]
    with pytest.raises(DecodeError) as refused:
        decode(data[: int(len(data) * 0.2)], min_side=MINIMUM)
    assert share_of(str(refused.value)) < LEAST_SHARE
    with pytest.raises(DecodeError, match=r"\A(truncated|damaged|not an image): [^\n]+\Z"):
        decode(data[:40], min_side=MINIMUM)


@pytest.mark.parametrize("missing", [1, 2])
@pytest.mark.parametrize("kind", ["JPEG", "JPEG grey", "JPEG CMYK", "progressive"])
def test_a_jpeg_without_its_end_is_whole(kind: str, missing: int, photos: dict[str, bytes]) -> None:
    """All pixels are there: the picture is the same, and the remark says so."""
    data = photos.get(kind) or encoded(scene(), "JPEG", progressive=True)
    cut = decode(data[:-missing], min_side=MINIMUM)
    # Where the last bits fill a byte, the decoder is done before it misses anything.
    assert re.match("damaged: every pixel can be read .image file is trunc", cut.remark or DONE)
    assert same(cut.image, decode(data, min_side=MINIMUM).image)


def test_a_progressive_jpeg_is_used_once_it_is_drawn() -> None:
    """Cut between its scans, all of it is seen coarsely; cut in the first one, it is refused."""
    data = encoded(scene(), "JPEG", progressive=True)
    second = data.index(b"\xff\xda", data.index(b"\xff\xda") + 2)
    for end in ((second + len(data)) // 2, second + 40):
        coarse = decode(data[:end], min_side=MINIMUM)
        assert coarse.remark is not None
        assert coarse.remark.startswith("incomplete: its finest details are missing (")
        assert_alike(coarse.image, decode(data, min_side=MINIMUM).image, within=12)
    first = data.index(b"\xff\xda")
    with pytest.raises(DecodeError):
        decode(data[: first + (second - first) // 5], min_side=MINIMUM)


def text_chunks(kind: str) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    if kind == "zTXt":
        info.add_text("Comment", LARGE, zip=True)
    elif kind == "iTXt":
        info.add_itxt("XML:com.adobe.xmp", LARGE, zip=True)
    elif kind == "unknown method":
        info.add(b"zTXt", b"Comment\0\x78nothing")
    elif kind == "behind the pixels":
        info.add(b"zTXt", b"Comment\0\0" + zlib.compress(LARGE.encode()), after_idat=True)
    return info


@pytest.mark.parametrize(
    "kind", ["zTXt", "iTXt", "iCCP", "unknown method", "behind the pixels", "bad checksum"]
)
def test_a_png_is_not_refused_for_its_metadata(kind: str) -> None:
    """Text, XMP or a profile too large or damaged: the picture is whole, upright, with a remark."""
    image = scene()
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = LARGE.encode() if kind == "iCCP" else None
    data = encoded(image, "PNG", pnginfo=text_chunks(kind), icc_profile=profile, exif=exif)
    if kind == "bad checksum":
        at = data.index(b"IDAT") - 4
        data = data[:at] + struct.pack(">I", 3) + b"tEXta\0bnope" + data[at:]
    decoded = decode(data, min_side=MINIMUM)
    assert decoded.remark is not None
    assert decoded.remark.startswith("damaged: every pixel can be read (")
    assert "MAX_TEXT" not in decoded.remark
    assert same(decoded.image, decode(encoded(image, "PNG", exif=exif), min_side=MINIMUM).image)


@pytest.mark.parametrize("segment", [b"\xff\xe2\0\x0eICC_PROFILE\0", b"\xff\xee\0\x08Adobe\0"])
def test_a_jpeg_is_not_refused_for_its_metadata(segment: bytes) -> None:
    """A profile or an Adobe segment cut short: the picture is whole, upright, with a remark."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(scene(), "JPEG", exif=exif)
    decoded = decode(data[:2] + segment + data[2:], min_side=MINIMUM)
    assert decoded.remark is not None
    assert decoded.remark.startswith("damaged: every pixel can be read (")
    assert same(decoded.image, decode(data, min_side=MINIMUM).image)


def test_a_webp_that_lacks_its_metadata_is_whole() -> None:
    """Cut in the EXIF behind the pixels, which are all there."""
    exif = Image.Exif()
    exif[0x010F] = "camera " * 20
    data = encoded(scene(), "WEBP", exif=exif)
    cut = decode(data[:-90], min_side=MINIMUM)
    assert cut.remark is not None
    assert cut.remark.startswith("damaged: every pixel can be read (")
    assert same(cut.image, decode(data, min_side=MINIMUM).image)


@pytest.mark.parametrize("image_format", ["PNG", "GIF"])
def test_the_rows_between_those_that_are_left_are_filled(image_format: str) -> None:
    """Interlaced and cut in the last pass, every other row is there, and the picture is seen."""
    data = interlaced_png(scene()) if image_format == "PNG" else encoded(scene(), "GIF")
    cut = decode(data[: int(len(data) * 0.75)], min_side=MINIMUM)
    assert cut.remark is not None
    assert 0.5 < share_of(cut.remark) < 0.9
    assert_alike(cut.image, decode(data, min_side=MINIMUM).image, within=12)


def interlaced_png(image: Image.Image) -> bytes:
    """Write a PNG in Adam7's seven passes, which Pillow reads and does not write."""
    pixels = np.asarray(image)
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2)]
    rows = []
    for top, left, down, across in (*passes, (1, 0, 2, 1)):
        rows += [b"\0" + row.tobytes() for row in pixels[top::down, left::across]]
    body = zlib.compress(b"".join(rows), 1)

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *image.size, 8, 2, 0, 0, 1))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_pillow_is_left_as_it_was(photos: dict[str, bytes]) -> None:
    """Nothing is done by Pillow's own switches, which would act on every other thread."""
    decode(photos["JPEG"][:-2], min_side=MINIMUM)
    decode(encoded(scene(), "PNG", pnginfo=text_chunks("zTXt")), min_side=MINIMUM)
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
    assert PngImagePlugin.MAX_TEXT_CHUNK == ImageFile.SAFEBLOCK


SMALL = {
    image_format: encoded(scene().resize((96, 72)), image_format)
    for image_format in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    image_format=st.sampled_from([*SMALL]),
    kept=st.floats(0.0, 1.0),
)
def test_less_of_a_file_never_shows_more(image_format: str, kept: float) -> None:
    """Law: a cut photo is refused, or its remark states a share below that of the whole."""
    data = SMALL[image_format]
    cut = data[: int(len(data) * kept)]
    found = outcome(cut)
    if isinstance(found, DecodeError):
        return
    remark = found.remark
    if remark is None or "every pixel" in remark:
        assert same(decode(cut, min_side=MINIMUM).image, decode(data, min_side=MINIMUM).image)
    else:
        assert LEAST_SHARE <= share_of(remark) < 1


@pytest.mark.parametrize("name", ["IMG_5195.HEIC", "iphone_13_pro_max.HEIC", "samplefilehub.heif"])
def test_a_cut_heic_is_not_painted_green(name: str, shared: Path) -> None:
    """What libheif leaves undrawn, and says nothing of, counts as lost, turned photos included."""
    data = (shared / "fixtures" / "formats" / name).read_bytes()
    whole = decode(data, min_side=MINIMUM)
    assert whole.remark is None
    cut = decode(data[: int(len(data) * 0.6)], min_side=MINIMUM)
    assert cut.remark is not None
    share = share_of(cut.remark)
    assert 0.55 <= share <= 0.75
    assert share - 0.02 <= agreement(cut.image, whole.image) <= share + 0.1
    red, green, blue = (np.asarray(band, int) for band in cut.image.split())
    assert ((green > 80) & (red < 20) & (blue < 20)).mean() < 0.01


def test_a_heic_is_used_or_refused_by_what_is_left(shared: Path) -> None:
    """Without its last byte it lacks hardly a pixel; with a fifth of its bytes it is refused."""
    data = (shared / "fixtures" / "formats" / "samplefilehub.heif").read_bytes()
    remark = decode(data[:-1], min_side=MINIMUM).remark
    assert remark is not None
    assert share_of(remark) >= 0.99
    with pytest.raises(DecodeError, match=r"of its pixels can be read \(image file is truncated\)"):
        decode(data[: int(len(data) * 0.2)], min_side=MINIMUM)


@pytest.mark.slow
def test_whole_files_bear_no_remark(shared: Path) -> None:
    """No photo of a camera, phone or editor is taken for damaged."""
    for folder in ("formats", "gps", "orientation"):
        for path in sorted((shared / "fixtures" / folder).rglob("*.*")):
            if path.suffix != ".jxl" or reads_jxl():
                assert decode(path, min_side=MINIMUM).remark is None, path
