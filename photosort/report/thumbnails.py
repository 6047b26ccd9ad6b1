"""Thumbnails in the terminal: kitty, sixel and, everywhere else, half-blocks (textual-image)."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageOps
from rich.console import RenderableType

from photosort.photos.decode import DecodeError, decode

CELL = 10  # pixels of the strip a terminal cell is wide: tiles and gaps begin where cells do
COLUMNS_A_TILE = 20  # cells, the gap of one included; with fewer, half-blocks show nothing
GAP = CELL
TILE = (COLUMNS_A_TILE - 1) * CELL  # pixels a side


def strip(paths: Sequence[Path], *, columns: int) -> RenderableType | None:
    """Draw photos side by side, as many as `columns` terminal cells hold; None if none can be read.

    A photo that cannot be read any more leaves its place to the next.
    """
    from textual_image.renderable import Image as TerminalImage  # asks the terminal what it can

    tiles: list[Image.Image] = []
    for path in paths:
        try:
            tiles.append(thumbnail(path))
        except DecodeError:
            continue
    tiles = tiles[: max(1, columns // COLUMNS_A_TILE)]
    if not tiles:
        return None
    width = len(tiles) * (TILE + GAP) - GAP
    sheet = Image.new("RGB", (width, TILE), "black")
    for index, tile in enumerate(tiles):
        sheet.paste(tile, (index * (TILE + GAP), 0))
    picture: RenderableType = TerminalImage(sheet, width=min(columns, width // CELL), height="auto")
    return picture


def thumbnail(path: Path, side: int = TILE) -> Image.Image:
    """Cut the centre square of a photo at `side` pixels, upright. Raises DecodeError."""
    return ImageOps.fit(decode(path, min_side=side // 2).image, (side, side))
