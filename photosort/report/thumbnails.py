"""Thumbnails in the terminal: kitty, sixel and, everywhere else, half-blocks (textual-image)."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import select
import sys
import time
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from photosort.photos.thumbnails import read_thumbnail
from photosort.report.console import out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from rich.console import RenderableType

    Small = Callable[[Path, str | None], bytes | None]  # path, content hash -> JPEG

CELL = 10  # pixels of a strip a terminal cell is wide: tiles and gaps begin where cells do
COLUMNS_A_TILE = 20  # cells, the gap of one included; in half-blocks 19 x 19 pixels are seen
COLUMNS_A_SMALL_TILE = 12
GAP = CELL
TILE = (COLUMNS_A_TILE - 1) * CELL  # pixels a side
ANSWER_S = 0.5  # until a terminal has answered: longer than the way around the world and back


def shows_pictures() -> bool:
    """Return whether stdout is a terminal with colours that answers what it can draw."""
    return bool(out.is_terminal and out.color_system and not out.no_color and answers())


def a_row(columns: int, tile: int = COLUMNS_A_TILE) -> int:
    """Return how many tiles of `tile` cells fit side by side; at least one."""
    return max(1, (columns + 1) // tile)


def rows_that_fit(lines: int, tile: int = COLUMNS_A_TILE) -> int:
    """Return how many rows of square tiles fit into `lines` of a terminal; at least one."""
    return max(1, lines // (tile // 2))  # a cell is about twice as high as wide


def strip(
    images: Iterable[Image.Image | None], *, columns: int, tile: int = COLUMNS_A_TILE
) -> RenderableType | None:
    """Draw square pictures side by side, as many as `columns` cells hold; None without any.

    A photo that cannot be read any more, None, leaves its place to the next.
    """
    # Says, with a traceback, what it asked in vain; it has something else to draw then.
    logging.getLogger("textual_image").addHandler(logging.NullHandler())
    from textual_image.renderable import Image as TerminalImage  # asks the terminal what it can

    side = (tile - 1) * CELL
    readable = (ImageOps.fit(image, (side, side)) for image in images if image is not None)
    if columns < 2:  # half-blocks need two
        return None
    tiles = list(itertools.islice(readable, a_row(columns, tile)))
    if not tiles:
        return None
    width = len(tiles) * (side + GAP) - GAP
    sheet = Image.new("RGB", (width, side), "black")
    for index, picture in enumerate(tiles):
        sheet.paste(picture, (index * (side + GAP), 0))
    drawn: RenderableType = TerminalImage(sheet, width=min(columns, width // CELL), height="auto")
    return drawn


def small_images(small: Small, photos: Iterable[tuple[Path, str | None]]) -> Iterator[Image.Image]:
    """Find the thumbnails of photos, those of them that can be found."""
    for path, content_hash in photos:
        data = small(path, content_hash)
        image = read_thumbnail(data) if data else None
        if image is not None:
            yield image


def opened(paths: Iterable[Path]) -> Iterator[Image.Image]:
    """Decode photos at the size of a tile, those of them that can be read."""
    from photosort.photos.decode import DecodeError, decode

    for path in paths:
        with contextlib.suppress(DecodeError):
            yield decode(path, min_side=TILE // 2).image


def answers(timeout_s: float = ANSWER_S) -> bool:
    """Ask the terminal what it is (DA1, which all know) and tell whether it answered in time.

    What draws pictures asks more and needs the answers. False without asking where stdin and stdout
    are not both a terminal that has a size, or this process is in the background.
    """
    both = all(stream and stream.isatty() for stream in (sys.__stdin__, sys.__stdout__))
    if not both or sys.platform == "win32":
        return both
    import termios

    keyboard, screen = 0, 1
    try:
        if 0 in os.get_terminal_size(screen) or os.tcgetpgrp(keyboard) != os.getpgrp():
            return False
        with _keys_at_once(keyboard):
            os.write(screen, b"\x1b[c")
            return _has_answered(keyboard, timeout_s)
    except (OSError, termios.error):  # the terminal went away
        return False


@contextlib.contextmanager
def _keys_at_once(keyboard: int) -> Iterator[None]:
    """Give each byte as it comes, without showing it; drop what comes too late."""
    import termios
    import tty

    before = termios.tcgetattr(keyboard)
    tty.setcbreak(keyboard, termios.TCSANOW)
    try:
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSAFLUSH, before)


def _has_answered(keyboard: int, timeout_s: float) -> bool:
    """Read up to the end of the answer, ESC [ ? ... c."""
    end_s = time.monotonic() + timeout_s
    answer = b""
    while (left_s := end_s - time.monotonic()) > 0 and select.select([keyboard], [], [], left_s)[0]:
        byte = os.read(keyboard, 1)
        if not byte:
            return False
        answer += byte
        if byte == b"c" and b"\x1b[?" in answer:
            return True
    return False
