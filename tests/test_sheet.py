"""Contact sheets: a page a group, in the format the file's name asks for."""

import io
from pathlib import Path

import pytest
from PIL import Image

from photosort.errors import PhotosortError
from photosort.look.records import Picture, Shown
from photosort.look.sheet import HIGHEST, Style, check_format, encoded, sheet

RED = (200, 20, 20)


def red(_: Picture) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (60, 40), RED).save(buffer, "PNG")
    return buffer.getvalue()


def group(count: int, title: str | None = "dog") -> Shown:
    pictures = tuple(Picture(Path(f"/p/IMG_{n}.jpg"), f"{n:032x}") for n in range(count))
    return Shown(("2018", "cluster-1"), title, pictures)


@pytest.mark.parametrize(("count", "shown"), [(1, 1), (7, 7), (30, 24)])
def test_every_photo_up_to_the_limit_has_its_tile(count: int, shown: int) -> None:
    """The red area is that of the tiles."""
    style = Style(tile=40, gap=4)
    page = sheet(group(count), red, style)
    area = sum(n for n, colour in page.getcolors(1 << 20) if colour == RED)
    assert area == shown * 40 * 40


def test_a_photo_that_cannot_be_read_leaves_an_empty_frame() -> None:
    """It costs itself, not the page."""
    page = sheet(group(2), lambda p: red(p) if p.path.name == "IMG_1.jpg" else None, Style(tile=40))
    assert sum(n for n, colour in page.getcolors(1 << 20) if colour == RED) == 40 * 40


def test_long_names_never_leave_their_tile() -> None:
    """A caption is cut at the width of its tile: the columns between tiles stay white."""
    long = Shown(("x" * 300,), "y" * 300, (Picture(Path("/p") / ("z" * 200 + ".jpg"), "0" * 32),))
    page = sheet(long, red, Style(columns=2, tile=60, gap=10))
    right = page.crop((10 + 60 + 1, 60, page.width, page.height))
    assert right.getcolors() == [(right.width * right.height, (255, 255, 255))]


def test_a_name_with_a_line_break_is_one_line() -> None:
    """Control characters in names of photos and folders cost no tile."""
    named = Shown(("a\nb",), "c\rd", (Picture(Path("/p/e\nf\tg.jpg"), "0" * 32),))
    page = sheet(named, red, Style(tile=40))
    assert sum(n for n, colour in page.getcolors(1 << 20) if colour == RED) == 40 * 40


def test_a_pdf_has_a_page_a_group_and_a_picture_has_them_below_each_other() -> None:
    """Both hold every page."""
    pages = [sheet(group(n), red, Style(tile=40)) for n in (1, 2, 3)]
    assert encoded(pages, "PDF").count(b"/Type /Page\n") == 3
    for kind in ("PNG", "JPEG", "WEBP"):
        with Image.open(io.BytesIO(encoded(pages, kind))) as image:
            assert image.format == kind
            assert image.size == (pages[0].width, sum(page.height for page in pages))


def test_what_no_picture_can_hold_is_refused_with_a_remedy() -> None:
    """JPEG and PNG end at some height; the message names the way out."""
    for kind, highest in HIGHEST.items():
        pages = [Image.new("RGB", (10, highest // 2 + 1))] * 2
        with pytest.raises(PhotosortError, match=r"name fewer groups, or a \.pdf"):
            encoded(pages, kind)


def test_an_unknown_format_is_refused_by_name() -> None:
    """Before any work."""
    assert check_format(Path("a.JPG")) == "JPEG"
    with pytest.raises(PhotosortError, match=r"a\.gif: a sheet is"):
        check_format(Path("a.gif"))
