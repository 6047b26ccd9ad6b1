"""Self-made training images for `review`: captioned pictures, stickers, comics, line drawings.

Beside them photos with a date or a mark in a corner, which are photos all the same.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from review_text import Rng, colour, font, words

Picture = Image.Image


def meme(rng: Rng, fonts: list[Path], photos: list[Path]) -> Picture:
    """Make one of the kinds below; captions on a photo, the hardest to tell, most often."""
    return KINDS[rng.choice(len(KINDS), p=SHARES)](rng, fonts, photos)


def stamped(rng: Rng, fonts: list[Path], photos: list[Path]) -> Picture:
    """Write a camera's date, or small words as a mark, into a corner of a photo."""
    picture = _photo(rng, photos)
    size = picture.width / rng.uniform(18, 40)
    if rng.random() < 0.5:
        day, month, year = rng.integers(1, 29), rng.integers(1, 13), rng.integers(1990, 2026)
        text, ink = f"{day:02}.{month:02}.{year}", (255, int(rng.integers(90, 200)), 30)
    else:
        text, ink = words(rng, 2)[:16], (255, 255, 255)
    face = font(rng, fonts, size, text)
    across = picture.width * rng.uniform(0.03, 0.1)
    anchor, left = ("ls", across) if rng.random() < 0.3 else ("rs", picture.width - across)
    top = picture.height * (rng.uniform(0.08, 0.12) if rng.random() < 0.2 else 0.95)
    ImageDraw.Draw(picture).text((left, top), text, ink, face, anchor)
    return picture


def captioned(rng: Rng, fonts: list[Path], photos: list[Path]) -> Picture:
    """Write on a photo: white with an outline, plain white, or black, at its top or bottom."""
    picture = _photo(rng, photos)
    places = [(0.9, "bottom"), (0.1, "top"), (0.75, "bottom")][: 1 if rng.random() < 0.7 else 2]
    if rng.random() < 0.25:
        places = [(float(rng.uniform(0.12, 0.9)), "middle")]
    style = rng.random()
    ink, edge = ("black", "white") if style < 0.2 else ("white", "black")
    width = 0 if 0.1 < style < 0.45 else max(picture.width // int(rng.integers(80, 220)), 1)
    for share, place in places:
        text = _lines(rng)
        _write(rng, fonts, picture, (share, place, text), (ink, edge, width))
    return picture


def bordered(rng: Rng, fonts: list[Path], photos: list[Path]) -> Picture:
    """Caption a photo, or a drawing, on a white, black or coloured strip above or below it."""
    picture = _photo(rng, photos) if rng.random() < 0.8 else _doodle(rng, photos)
    strip = int(picture.height * rng.uniform(0.12, 0.4))
    paper = ["white", "white", "white", "black", colour(rng)][rng.integers(5)]
    below = rng.random() < 0.5
    grown = Image.new("RGB", (picture.width, picture.height + strip), paper)
    grown.paste(picture, (0, 0 if below else strip))
    share = (picture.height + strip / 2 if below else strip / 2) / grown.height
    ink = "white" if paper == "black" else "black"
    _write(rng, fonts, grown, (share, "middle", _lines(rng)), (ink, paper, 0))
    return grown


def subtitled(rng: Rng, fonts: list[Path], photos: list[Path]) -> Picture:
    """Take a photo for a still of a film: wide, words at its foot, perhaps black bars."""
    picture = _photo(rng, photos)
    wide = picture.resize((picture.width, int(picture.width * rng.uniform(0.42, 0.6))))
    if rng.random() < 0.5:
        bar = int(wide.height * rng.uniform(0.08, 0.2))
        framed = Image.new("RGB", (wide.width, wide.height + 2 * bar))
        framed.paste(wide, (0, bar))
        wide = framed
    ink = "white" if rng.random() < 0.8 else (250, 230, 60)
    text = words(rng, int(rng.integers(1, 5)))[:26]
    _write(rng, fonts, wide, (rng.uniform(0.86, 0.93), "middle", text), (ink, "black", 1), small=2)
    return wide


def collage(rng: Rng, fonts: list[Path], photos: list[Path]) -> Picture:
    """Set two to four captioned pictures below or beside each other."""
    side = int(rng.integers(160, 280))
    count = int(rng.integers(2, 5))
    across = 2 if count == 4 else int(rng.choice([1, 2]))
    down = -(-count // across)
    whole = Image.new("RGB", (across * side, down * side), "white")
    for at in range(count):
        make = captioned if rng.random() < 0.7 else bordered
        part = make(rng, fonts, photos).resize((side - 2, side - 2))
        whole.paste(part, (at % across * side + 1, at // across * side + 1))
    return whole


def sticker(rng: Rng, fonts: list[Path], photos: list[Path]) -> Picture:
    """Draw a figure on white or a light ground, mostly with a caption."""
    picture = _doodle(rng, photos)
    if rng.random() < 0.75:
        share = float(rng.choice([0.1, 0.88]))
        style = ("black", "white", int(rng.integers(0, 4)))
        _write(rng, fonts, picture, (share, "middle", _lines(rng)), style)
    return picture


def comic(rng: Rng, fonts: list[Path], photos: list[Path]) -> Picture:
    """Draw two to four panels of figures with balloons."""
    side, count = int(rng.integers(180, 300)), int(rng.integers(2, 5))
    across = int(rng.choice([1, 2, count]))
    whole = Image.new("RGB", (across * side, -(-count // across) * side), "white")
    for at in range(count):
        panel = _doodle(rng, photos).resize((side - 6, side - 6))
        draw = ImageDraw.Draw(panel)
        if rng.random() < 0.8:
            box = (side * 0.05, side * 0.04, side * rng.uniform(0.5, 0.9), side * 0.28)
            draw.ellipse(box, "white", "black", 2)
            text = words(rng, 2)[:12]
            middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
            draw.text(middle, text, "black", font(rng, fonts, side / 14, text), "mm")
        draw.rectangle((0, 0, side - 7, side - 7), outline="black", width=2)
        whole.paste(panel, (at % across * side + 3, at // across * side + 3))
    return whole


KINDS: tuple[Callable[[Rng, list[Path], list[Path]], Picture], ...] = (
    captioned, bordered, subtitled, collage, sticker, comic,
)  # fmt: skip
SHARES = (0.4, 0.16, 0.1, 0.06, 0.2, 0.08)


def _photo(rng: Rng, photos: list[Path]) -> Picture:
    """Take a photo at another size and with other sides, at times cropped to a square."""
    picture = Image.open(photos[rng.integers(len(photos))]).convert("RGB")
    side = int(rng.integers(200, 560))
    return picture.resize((side, int(side * rng.uniform(0.65, 1.15))), Image.Resampling.BICUBIC)


def _lines(rng: Rng) -> str:
    return "\n".join(words(rng, int(rng.integers(1, 4)))[:16] for _ in range(rng.integers(1, 3)))


def _write(
    rng: Rng,
    fonts: list[Path],
    picture: Picture,
    what: tuple[float, str, str],
    style: tuple[object, object, int],
    small: float = 1.0,
) -> None:
    """Write lines around a share of the height, no wider than the picture."""
    share, _, text = what
    ink, edge, width = style
    draw = ImageDraw.Draw(picture)
    bold = [path for path in fonts if "Bold" in path.name] or fonts
    some = bold if rng.random() < 0.6 else fonts
    size = picture.width / rng.uniform(7, 16) / small
    first = rng.integers(2**31)
    for _ in range(6):  # until it fits; the same font each time
        face = font(np.random.default_rng(first), some, size, text.replace("\n", ""))
        box = draw.multiline_textbbox((0, 0), text, face, align="center")
        if box[2] - box[0] <= picture.width * 0.96:
            break
        size *= 0.8
    tall = box[3] - box[1]
    middle = min(max(share * picture.height, tall / 2 + 2), picture.height - tall / 2 - 2)
    draw.multiline_text(
        (picture.width / 2, middle), text, ink, face, "mm",
        align="center", stroke_width=width, stroke_fill=edge,
    )  # fmt: skip


def _doodle(rng: Rng, photos: list[Path]) -> Picture:
    """Draw a head with a face, a body of strokes, some filled; at times with a photo's patch."""
    side = int(rng.integers(200, 460))
    paper = "white" if rng.random() < 0.75 else colour(rng, 200, 256)
    image = Image.new("RGB", (side, int(side * rng.uniform(0.8, 1.1))), paper)
    draw = ImageDraw.Draw(image)
    line = max(side // int(rng.integers(50, 130)), 1)
    ink = "black" if rng.random() < 0.8 else colour(rng, 0, 120)
    fills = [None, None, "white", "black", colour(rng), colour(rng, 180, 256)]
    for _ in range(rng.integers(1, 3)):
        x, y = side * rng.uniform(0.3, 0.7), side * rng.uniform(0.25, 0.5)
        wide, tall = side * rng.uniform(0.12, 0.32), side * rng.uniform(0.12, 0.28)
        for _ in range(rng.integers(2, 9)):  # limbs, ears, clothes
            points = [
                (x + wide * rng.normal(0, 1.1), y + tall * rng.uniform(-1.2, 2.4)) for _ in range(4)
            ]
            fill = fills[rng.integers(len(fills))]
            if fill is not None and rng.random() < 0.6:
                draw.polygon(points[:3], fill, ink, line)
            else:
                draw.line(_curve(points), ink, line, joint="curve")
        draw.ellipse((x - wide, y - tall, x + wide, y + tall), fills[rng.integers(6)], ink, line)
        if photos and rng.random() < 0.3:
            patch = Image.open(photos[rng.integers(len(photos))]).convert("L").convert("RGB")
            patch = patch.resize((max(int(wide * 1.3), 2), max(int(tall * 1.3), 2)))
            mask = Image.new("L", patch.size)
            ImageDraw.Draw(mask).ellipse((0, 0, *patch.size), 255)
            mask = mask.filter(ImageFilter.GaussianBlur(wide / 10))
            image.paste(patch, (int(x - wide * 0.65), int(y - tall * 0.65)), mask)
            continue
        for way in (-1, 1):
            eye, size = x + way * wide * rng.uniform(0.25, 0.45), wide * rng.uniform(0.05, 0.2)
            box = (eye - size, y - tall * 0.3 - size, eye + size, y - tall * 0.3 + size)
            draw.ellipse(box, "white" if rng.random() < 0.5 else "black", ink, line)
        mouth = (x - wide * 0.4, y + tall * 0.1, x + wide * 0.4, y + tall * rng.uniform(0.4, 0.7))
        draw.arc(mouth, *([0, 180] if rng.random() < 0.5 else [180, 360]), ink, line)
    return image


def _curve(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Follow the Bezier curve of four points."""
    corners, steps = np.array(points), np.linspace(0, 1, 24)[:, None]
    shares = ((1 - steps) ** 3, 3 * steps * (1 - steps) ** 2, 3 * steps**2 * (1 - steps), steps**3)
    path = sum(share * corner for share, corner in zip(shares, corners, strict=True))
    return [(float(x), float(y)) for x, y in np.asarray(path)]
