"""Make docs/images/: two pictures of the gallery's page and one of `photosort preview`.

    python docs/make_screenshots.py ALBUM

ALBUM is one of sample_photos, made by `photosort organize`. Needs Chromium and its driver, and
selenium (the extra `test`).
"""

import argparse
import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.text import Text

REPO = Path(__file__).parents[1]
IMAGES = Path(__file__).with_name("images")
sys.path.insert(0, str(REPO))

from tests.browser import browser  # noqa: E402 - after the path
from tests.terminals import shown_in  # noqa: E402

SIZE = (1100, 700)
QUALITY = 70  # WebP


def save(png: bytes, name: str) -> None:
    """Store a picture small."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.save(IMAGES / f"{name}.webp", quality=QUALITY, method=6)


def pages(album: Path) -> None:
    """Picture the groups in light, the map of similarity in dark."""
    with tempfile.TemporaryDirectory() as work, browser() as window:
        out = Path(work) / "page"
        command = [sys.executable, "-m", "photosort", "gallery", "--album", str(album)]
        subprocess.run([*command, "--out", str(out), "-q"], check=True)
        window.open(out / "index.html", "#groups", size=SIZE)
        window.wait("return [...document.images].every((i) => i.complete)")
        save(window.driver.get_screenshot_as_png(), "gallery")
        window.open(out / "index.html", "#map", size=SIZE, dark=True)
        window.wait("return document.querySelector('canvas')")
        for _ in range(30):  # the sprite sheet is decoded aside
            window.frame()
        window.js("document.querySelector('main h2').scrollIntoView()")
        save(window.driver.get_screenshot_as_png(), "map")


def terminal(album: Path) -> None:
    """Picture what `photosort preview` prints into a terminal of 84 columns."""
    command = ["env", "COLORTERM=truecolor", sys.executable, "-m", "photosort", "preview"]
    _, shown = shown_in("talking", [*command, "--album", str(album)], columns=84)
    told = re.sub(r"\x1b_G[^\x1b]*\x1b\\", "", shown)  # a question to the terminal
    text = Text.from_ansi(told.replace("\r\n", "\n"))
    console = Console(record=True, width=84, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ photosort preview", "bold"))
    console.print(Text("\n").join(text.split("\n")[:28]))
    svg = console.export_svg(title="photosort preview")
    with tempfile.TemporaryDirectory() as work, browser() as window:
        page = Path(work) / "page.html"
        page.write_text(f"<!doctype html><body style='margin:0'>{svg}</body>", "utf-8")
        window.driver.get(page.as_uri())
        window.cdp(
            "Emulation.setDeviceMetricsOverride",
            {"width": 1050, "height": 780, "deviceScaleFactor": 1, "mobile": False},
        )
        save(window.find("svg").screenshot_as_png, "preview")


def main() -> None:
    """Make the pictures of the album named on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("album", type=Path)
    album = Path(os.path.abspath(parser.parse_args().album))
    IMAGES.mkdir(exist_ok=True)
    pages(album)
    terminal(album)


if __name__ == "__main__":
    main()
