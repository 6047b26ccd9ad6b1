"""Contact sheets: a page a group, its photos as thumbnails with captions. Pure but for `save`."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from photosort.counts import counted
from photosort.errors import PhotosortError
from photosort.look.page import printable
from photosort.look.records import Picture, Shown, Thumbnail

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".pdf": "PDF"}
HIGHEST = {"PNG": 65_000, "JPEG": 65_000, "WEBP": 16_383}  # pixels: JPEG ends at 65,535
QUALITY: dict[str, dict[str, object]] = {
    "PNG": {"optimize": True},
    "JPEG": {"quality": 85},
    "WEBP": {"quality": 80, "method": 6},
}
INK, PAPER, SOFT = (28, 28, 30), (255, 255, 255), (96, 96, 102)


@dataclass(frozen=True, slots=True)
class Style:
    """The measures of a sheet, in pixels; `limit` photos of a group are shown at most."""

    columns: int = 6
    tile: int = 200
    gap: int = 12
    limit: int = 24


def check_format(file: Path) -> str:
    """Return Pillow's name of the format that `file` ends in. Raises PhotosortError."""
    known = FORMATS.get(file.suffix.lower())
    if known is None:
        raise PhotosortError(
            f"{file}: a sheet is a .png, .jpg, .webp or .pdf; name such a file with -o"
        )
    return known


def sheet(group: Shown, thumbnail: Thumbnail, style: Style) -> Image.Image:
    """Draw one page: heading, then rows of square thumbnails with name and date below."""
    pictures = group.pictures[: style.limit]
    small, large = style.tile // 14, style.tile // 8
    caption = 2 * (small + 5)
    rows = -(-len(pictures) // style.columns)
    step_x, step_y = style.tile + style.gap, style.tile + caption + style.gap
    width = style.columns * step_x + style.gap
    top = 2 * style.gap + large + small
    page = Image.new("RGB", (width, top + rows * step_y + style.gap), PAPER)
    draw = ImageDraw.Draw(page)
    name = printable(" / ".join(group.path))
    heading = group.title or name
    more = f", {len(pictures)} of them shown" if len(pictures) < len(group.pictures) else ""
    count = f"{len(group.pictures)} photo{'' if len(group.pictures) == 1 else 's'}{more}"
    _text(draw, (style.gap, style.gap), heading, large, INK, width - 2 * style.gap)
    below = (style.gap, style.gap + large + 4)
    _text(draw, below, f"{name} - {count}", small, SOFT, width - 2 * style.gap)
    for number, picture in enumerate(pictures):
        row, column = divmod(number, style.columns)
        x, y = style.gap + column * step_x, top + row * step_y
        tile = _tile(picture, thumbnail, style.tile)
        if tile is None:
            draw.rectangle((x, y, x + style.tile, y + style.tile), outline=SOFT)
            _text(draw, (x + 8, y + 8), "cannot be read", small, SOFT, style.tile - 16)
        else:
            page.paste(tile, (x, y))
        _text(draw, (x, y + style.tile + 3), printable(picture.path.name), small, INK, style.tile)
        taken = picture.taken[:16].replace("T", " ")
        _text(draw, (x, y + style.tile + small + 7), taken, small, SOFT, style.tile)
    return page


def encoded(pages: Sequence[Image.Image], kind: str) -> bytes:
    """Encode pages as one file: PDF has a page each, a picture has them one below the other."""
    buffer = io.BytesIO()
    if kind == "PDF":
        pages[0].save(buffer, "PDF", save_all=True, append_images=pages[1:], resolution=144)
        return buffer.getvalue()
    height = sum(page.height for page in pages)
    if height > HIGHEST[kind]:
        raise PhotosortError(
            f"{counted(len(pages), 'group')}: a picture {height:,} px high, more than {kind} holds;"
            " name fewer groups, or a .pdf"
        )
    whole = Image.new("RGB", (max(page.width for page in pages), height), PAPER)
    y = 0
    for page in pages:
        whole.paste(page, (0, y))
        y += page.height
    whole.save(buffer, kind, **QUALITY[kind])
    return buffer.getvalue()


def _tile(picture: Picture, thumbnail: Thumbnail, side: int) -> Image.Image | None:
    data = thumbnail(picture)
    if data is None:
        return None
    with Image.open(io.BytesIO(data)) as image:
        return ImageOps.fit(image.convert("RGB"), (side, side))


def _text(
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int],
    text: str,
    size: int,
    ink: tuple[int, int, int],
    width: int,
) -> None:
    """Write one line, cut with an ellipsis where it is wider than `width`.

    Control characters, line breaks among them, are shown as U+FFFD: a name may hold them.
    """
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    font = ImageFont.load_default(size)
    if draw.textlength(text, font=font) > width:
        while text and draw.textlength(f"{text}...", font=font) > width:
            text = text[:-1]
        text = f"{text}..."
    draw.text(place, text, font=font, fill=ink)
