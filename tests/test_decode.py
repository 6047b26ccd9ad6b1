"""Decoding: every mode becomes upright RGB, and whatever is wrong with a file a DecodeError."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from photosort.photos.decode import Decoded, DecodeError, TooLargeError, decode
from photosort.photos.metadata import Facts, read_facts
from tests.conftest import snapshot

ORIENTATION = 0x0112
#: How a picture must be turned so that the orientation turns it back.
STORED_AS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def encoded(image: Image.Image, image_format: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, image_format, **options)
    return stream.getvalue()


def quarters(width: int = 60, height: int = 40) -> Image.Image:
    """Draw four colours, so that any turn shows."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("green", (width // 2, 0, width, height // 2))
    image.paste("blue", (0, height // 2, width // 2, height))
    image.paste("white", (width // 2, height // 2, width, height))
    return image


def assert_alike(got: Image.Image, wanted: Image.Image, within: float = 8) -> None:
    assert got.mode == "RGB"
    assert got.size == wanted.size
    difference = np.abs(np.asarray(got, float) - np.asarray(wanted.convert("RGB"), float))
    assert difference.mean() < within


def first_pixel(data: bytes) -> tuple[int, ...]:
    decoded = decode(data, min_side=260)
    assert decoded.image.mode == "RGB"
    pixel = decoded.image.getpixel((0, 0))
    assert isinstance(pixel, tuple)
    return pixel


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_formats(image_format: str, tmp_path: Path) -> None:
    """Every format decodes from bytes and from a path to the same picture."""
    data = encoded(quarters(), image_format)
    (tmp_path / "photo").write_bytes(data)
    before = snapshot(tmp_path)
    decoded = decode(data, min_side=260)
    assert_alike(decoded.image, quarters())
    assert read_facts(data) == read_facts(tmp_path / "photo") == Facts(60, 40)
    assert decode(tmp_path / "photo", min_side=260).image == decoded.image
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", STORED_AS)
def test_orientation(image_format: str, orientation: int) -> None:
    """All eight orientations come out upright, picture and facts, in every format with EXIF."""
    turn = STORED_AS[orientation]
    stored = quarters() if turn is None else quarters().transpose(turn)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    data = encoded(stored, image_format, exif=exif)
    assert_alike(decode(data, min_side=260).image, quarters())
    assert (read_facts(data).width, read_facts(data).height) == (60, 40)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG"])
def test_large_photos_come_small_but_not_too_small(image_format: str) -> None:
    """The short side ends at or above twice the asked side; facts keep the size of the file."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    data = encoded(quarters(1600, 1200), image_format, exif=exif)
    decoded = decode(data, min_side=100)
    assert 200 <= min(decoded.image.size) <= 400
    assert decoded.image.size[0] < decoded.image.size[1]
    assert read_facts(data) == Facts(1200, 1600, orientation=6)
    upright = quarters(1600, 1200).transpose(Image.Transpose.ROTATE_270)
    assert_alike(decoded.image, upright.resize(decoded.image.size))


@pytest.mark.parametrize("size", [(1, 1), (3, 100), (519, 521), (1040, 1040), (1041, 1039)])
def test_no_size_is_too_small(size: tuple[int, int]) -> None:
    """Small photos keep their size and are never enlarged; nothing goes below twice the side."""
    for image_format in ("JPEG", "PNG"):
        decoded = decode(encoded(Image.new("RGB", size, "red"), image_format), min_side=260)
        assert min(decoded.image.size) >= min(520, *size)
        assert decoded.image.size[0] <= size[0]


def test_alpha_lies_on_white() -> None:
    """Transparent pixels turn white in RGBA, LA, palettes and colour keys, half ones half."""
    half = Image.new("RGBA", (8, 8), (0, 0, 0, 127))
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    white = (255, 255, 255)
    assert first_pixel(encoded(half, "PNG")) == (128, 128, 128)
    for image_format in ("PNG", "WEBP", "TIFF", "AVIF", "GIF"):
        assert first_pixel(encoded(clear, image_format)) == white
    assert first_pixel(encoded(Image.new("LA", (8, 8), (0, 0)), "PNG")) == white
    palette = Image.new("P", (8, 8), 3)
    palette.putpalette([9, 9, 9] * 4)
    assert first_pixel(encoded(palette, "PNG", transparency=3)) == white
    assert first_pixel(encoded(Image.new("RGB", (8, 8), "red"), "PNG", transparency=(255, 0, 0))) \
        == white  # fmt: skip
    assert first_pixel(encoded(Image.new("L", (8, 8), 9), "PNG", transparency=9)) == white
    assert first_pixel(encoded(Image.new("L", (8, 8), 8), "PNG", transparency=9)) == (8, 8, 8)


def test_palettes_and_bits() -> None:
    """Palette, grey and one-bit pictures become the colours they stand for."""
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([0, 0, 0, 200, 100, 50])
    assert first_pixel(encoded(palette, "PNG")) == (200, 100, 50)
    assert first_pixel(encoded(Image.new("1", (8, 8), 1), "PNG")) == (255, 255, 255)
    assert first_pixel(encoded(Image.new("1", (8, 8), 0), "TIFF")) == (0, 0, 0)
    assert first_pixel(encoded(Image.new("L", (8, 8), 77), "JPEG")) == (77, 77, 77)


@pytest.mark.parametrize("image_format", ["JPEG", "TIFF"])
def test_cmyk(image_format: str) -> None:
    """Printers' colours come out right, Adobe's inverted JPEG included."""
    red = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    assert first_pixel(encoded(red, image_format)) == pytest.approx((255, 0, 0), abs=4)


def test_lab() -> None:
    """The printers' other colour space becomes RGB, not an error."""
    lab = Image.new("LAB", (8, 8), (255, 128, 128))  # as light as can be, no hue
    assert first_pixel(encoded(lab, "TIFF")) == pytest.approx((255, 255, 255), abs=4)


@pytest.mark.parametrize(
    ("dtype", "values", "wanted"),
    [
        ("uint16", (0, 65535), (0, 255)),
        ("uint16", (0, 4095), (0, 255)),  # 12 bits in 16
        ("uint16", (0, 200), (0, 200)),
        (">u2", (0, 65535), (0, 255)),
        ("int32", (0, 65535), (0, 255)),
        ("int32", (-1000, 1000), (0, 255)),
        ("int32", (0, 2**31 - 1), (0, 255)),
        ("float32", (0.0, 1.0), (0, 255)),
        ("float32", (0.0, 128.0), (0, 128)),
        ("float32", (float("nan"), 1.0), (0, 255)),
        ("float32", (float("-inf"), 1.0), (0, 255)),
        ("float32", (-3.0e38, 3.0e38), (0, 255)),
        ("float32", (0.0, 0.0), (0, 0)),
    ],
)
def test_deep_greys(dtype: str, values: tuple[float, float], wanted: tuple[int, int]) -> None:
    """16-bit, 32-bit and real pictures are scaled to what the eye sees, without a warning."""
    pixels = np.zeros((8, 8), dtype)
    pixels[:, 0], pixels[:, 1:] = values
    image = decode(encoded(Image.fromarray(pixels), "TIFF"), min_side=260).image
    dark, light = image.getpixel((0, 0)), image.getpixel((7, 7))
    assert isinstance(dark, tuple)
    assert isinstance(light, tuple)
    assert (dark[0], light[0]) == wanted


def test_sixteen_bit_png() -> None:
    """A 16-bit grey PNG is not clipped to white."""
    pixels = np.full((8, 8), 32768, "uint16")
    assert first_pixel(encoded(Image.fromarray(pixels), "PNG")) == (128, 128, 128)


@pytest.mark.parametrize("image_format", ["GIF", "WEBP", "TIFF", "PNG", "MPO", "AVIF"])
def test_the_first_frame_counts(image_format: str) -> None:
    """Animations, burst photos and pages give their first picture."""
    others = [Image.new("RGB", (16, 16), "blue")]
    red = Image.new("RGB", (16, 16), "red")
    data = encoded(red, image_format, save_all=True, append_images=others)
    assert first_pixel(data) == pytest.approx((255, 0, 0), abs=4)


def test_what_is_no_photo(tmp_path: Path) -> None:
    """Nothing, text, other formats and a vanished file are DecodeErrors; no path in the reason."""
    for data in (b"", b"hello", b"%!PS-Adobe-3.0 EPSF-3.0\n"):
        with pytest.raises(DecodeError, match="not an image"):
            decode(data, min_side=260)
    with pytest.raises(DecodeError, match=r"\Acannot be read: No such file or directory\Z"):
        decode(tmp_path / "gone.jpg", min_side=260)


def png_that_claims(width: int, height: int) -> bytes:
    """Write a PNG's header and a few bytes of its pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = zlib.crc32(kind + body).to_bytes(4, "big")
        return len(body).to_bytes(4, "big") + kind + body + crc

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100_000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def test_bombs_are_refused_before_they_go_off() -> None:
    """Sizes that would fill the memory are refused by their header."""
    large = r"too large: 30000 x 30000 pixels take 3\.6 GB .* a worker has 0\.8 GB left"
    with pytest.raises(TooLargeError, match=large):
        decode(png_that_claims(30_000, 30_000), min_side=260)
    with pytest.raises(DecodeError, match="too thin: 65535 x 10 pixels"):
        decode(png_that_claims(65_535, 10), min_side=260)


def jpeg_that_claims(side: int, **options: object) -> bytes:
    """Write a small JPEG with another size in its header."""
    data = encoded(quarters(), "JPEG", **options)
    at = data.index(b"\xff\xc2" if options.get("progressive") else b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", side, side) + data[at + 4 :]


def test_large_jpegs_are_judged_by_what_they_hold() -> None:
    """Drawn small, 200 megapixels are nothing, unless several scans keep every coefficient."""
    assert decode(jpeg_that_claims(30_000), min_side=260).image.width >= 520
    assert read_facts(jpeg_that_claims(30_000)) == Facts(30_000, 30_000)
    with pytest.raises(DecodeError, match="too large: 30000 x 30000"):
        decode(jpeg_that_claims(30_000, progressive=True), min_side=260)
    data = jpeg_that_claims(30_000)
    start_of_scan = data.index(b"\xff\xda")
    alone = data[:start_of_scan] + b"\xff\xda\0\x08\1\1\0\0\x3f\0" + data[start_of_scan + 14 :]
    with pytest.raises(DecodeError, match="too large: 30000 x 30000"):
        decode(alone, min_side=260)


def outcome(data: bytes) -> Decoded | DecodeError:
    """Decode, and check what must hold of any bytes."""
    try:
        decoded = decode(data, min_side=260)
    except DecodeError as error:
        refused = error
    else:
        assert decoded.image.mode == "RGB"
        return decoded
    assert str(refused).isprintable()
    assert ": " in str(refused)
    return refused


SEEDS = {
    image_format: encoded(quarters(), image_format, **options)
    for image_format, options in {
        "JPEG": {},
        "PNG": {},
        "WEBP": {},
        "GIF": {},
        "BMP": {},
        "TIFF": {},
        "AVIF": {"speed": 10},
    }.items()
}
RELAXED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


@settings(max_examples=200, **RELAXED)
@given(data=st.binary(max_size=200), image_format=st.sampled_from([*SEEDS, ""]))
def test_random_bytes_never_escape(data: bytes, image_format: str) -> None:
    """Law: any bytes, with and without a format's first ones, decode or are a DecodeError."""
    found = outcome(SEEDS.get(image_format, b"")[:24] + data)
    assert isinstance(found, Decoded | DecodeError)


@settings(max_examples=400, **RELAXED)
@given(data=st.data(), image_format=st.sampled_from([*SEEDS]))
def test_mutated_photos_never_escape(data: st.DataObject, image_format: str) -> None:
    """Law: a photo with bytes changed, removed or cut off decodes or is a DecodeError."""
    photo = bytearray(SEEDS[image_format])
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, len(photo) - 1))
        photo[at] = data.draw(st.integers(0, 255))
    start = data.draw(st.integers(0, len(photo)))
    del photo[start : start + data.draw(st.integers(0, 4))]
    found = outcome(bytes(photo[: data.draw(st.integers(len(photo) // 2, len(photo)))]))
    assert isinstance(found, Decoded | DecodeError)


def test_damaged_files_are_refused_or_decoded(shared: Path) -> None:
    """Every file that has broken some decoder ends in pixels or a reason, and stays as it was."""
    folder = shared / "fixtures" / "damaged"
    before = snapshot(folder)
    outcomes = [outcome(path.read_bytes()) for path in sorted(folder.iterdir())]
    assert len(outcomes) == len(before)
    assert sum(isinstance(found, Decoded) for found in outcomes) >= 25
    assert snapshot(folder) == before


def test_telephone_photos_decode(shared: Path) -> None:
    """HEIC and AVIF of real telephones and cameras give pixels of the right shape."""
    folder = shared / "fixtures" / "formats"
    for path in sorted(folder.iterdir()):
        if path.suffix == ".jxl":
            continue
        decoded = decode(path, min_side=260)
        facts = read_facts(path)
        assert facts.width
        assert facts.height
        wide = facts.width / facts.height
        assert decoded.image.width / decoded.image.height == pytest.approx(wide, rel=0.01)


def test_a_mutated_heic_never_escapes(shared: Path) -> None:
    """A HEIC with single bytes changed, header and picture, decodes or is a DecodeError."""
    photo = (shared / "fixtures" / "formats" / "samplefilehub.heif").read_bytes()
    random = np.random.default_rng(0)
    refused = 0
    for _ in range(100):
        mutated = bytearray(photo)
        for at in random.integers(0, 600, 2):
            mutated[at] = random.integers(0, 256)
        mutated[random.integers(0, len(photo))] = random.integers(0, 256)
        refused += isinstance(outcome(bytes(mutated)), DecodeError)
    assert 0 < refused < 100  # the damage does harm, and not always


def test_a_heic_that_would_crash_the_decoder_is_refused(shared: Path) -> None:
    """Item types that are no text end pi-heif's process; here they are damage like any other."""
    photo = (shared / "fixtures" / "formats" / "samplefilehub.heif").read_bytes()
    for name in (b"Exif", b"application/rdf+xml"):
        with pytest.raises(DecodeError, match="damaged: 'utf-8' codec can't decode byte 0xff"):
            decode(photo.replace(name, b"\xff" * len(name), 1), min_side=260)


def test_real_orientations_agree(shared: Path) -> None:
    """The eight ways to store one landscape look alike once they are decoded."""
    folder = shared / "fixtures" / "orientation"
    for name in ("Landscape", "Portrait"):
        wanted = decode(folder / f"{name}_1.jpg", min_side=100).image.resize((30, 30))
        for orientation in range(2, 9):
            got = decode(folder / f"{name}_{orientation}.jpg", min_side=100).image
            assert_alike(got.resize((30, 30)), wanted, within=12)
