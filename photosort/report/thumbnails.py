"""Thumbnails in the terminal: kitty, sixel and, everywhere else, half-blocks (textual-image)."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import sys
import time
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from photosort.photos.decode import DecodeError, decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from rich.console import RenderableType

CELL = 10  # pixels of the strip a terminal cell is wide: tiles and gaps begin where cells do
COLUMNS_A_TILE = 20  # cells, the gap of one included; with fewer, half-blocks show nothing
GAP = CELL
TILE = (COLUMNS_A_TILE - 1) * CELL  # pixels a side
ANSWER_S = 0.5  # until a terminal has answered: longer than the way around the world and back


def strip(paths: Sequence[Path], *, columns: int) -> RenderableType | None:
    """Draw photos side by side, as many as `columns` terminal cells hold; None if none can be read.

    A photo that cannot be read any more leaves its place to the next.
    """
    # Says, with a traceback, what it asked in vain; it has something else to draw then.
    logging.getLogger("textual_image").addHandler(logging.NullHandler())
    from textual_image.renderable import Image as TerminalImage  # asks the terminal what it can

    tiles: list[Image.Image] = []
    for path in paths:
        if len(tiles) == max(1, columns // COLUMNS_A_TILE):
            break
        with contextlib.suppress(DecodeError):
            tiles.append(thumbnail(path))
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
