"""Self-made training images for `review`: blurred photos, screens, pages, receipts, memes.

All words are drawn from a list of syllables; no picture shows anything real.
"""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from review_memes import meme, stamped
from review_text import SYLLABLES, Rng, colour, font, words

Picture = Image.Image


def screen(rng: Rng, fonts: list[Path], photos: list[Path]) -> Picture:
    """Draw a phone's or a computer's screen: bars, rows, buttons, cards, pictures, text."""
    sizes = ((360, 720), (390, 844), (800, 576), (1024, 640), (800, 600), (640, 480), (600, 600))
    width, height = sizes[rng.integers(len(sizes))]
    dark = rng.random() < 0.35
    paper = colour(rng, 10, 50) if dark else colour(rng, 238, 256)
    ink = colour(rng, 190, 256) if dark else colour(rng, 0, 90)
    accent = colour(rng)
    image = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(image)
    unit = height / rng.uniform(22, 44)
    top = 0.0
    if rng.random() < 0.75:
        draw.rectangle((0, 0, width, unit * 1.8), accent if rng.random() < 0.6 else paper)
        draw.text((unit, unit * 0.4), words(rng, 2), ink, font(rng, fonts, unit * 0.9))
        top = unit * 2.2
    left = 0.0
    if width > height and rng.random() < 0.6:
        left = width * rng.uniform(0.15, 0.3)
        shade = tuple(min(max(c + (12 if dark else -12), 0), 255) for c in paper)
        draw.rectangle((0, top, left, height), shade)
        for row in range(rng.integers(3, 14)):
            at = top + unit * (0.6 + 1.8 * row)
            draw.text((unit * 0.6, at), words(rng, 2), ink, font(rng, fonts, unit * 0.8))
    _rows(rng, fonts, photos, image, (left + unit, top + unit / 2, unit), (ink, accent))
    return image


def _rows(
    rng: Rng,
    fonts: list[Path],
    photos: list[Path],
    image: Picture,
    place: tuple[float, float, float],
    colours: tuple[tuple[int, ...], tuple[int, ...]],
) -> None:
    """Fill a screen with rows of an app's parts."""
    draw = ImageDraw.Draw(image)
    left, at, unit = place
    ink, accent = colours
    width, height = image.size
    face = font(rng, fonts, unit * rng.uniform(0.6, 1.0))
    kinds = rng.choice(7, rng.integers(1, 4), replace=False)
    while at < height - unit:
        kind = rng.choice(kinds)
        tall = unit * rng.uniform(1.4, 2.6)
        right = width - unit
        if kind == 0:
            draw.text((left, at), words(rng, rng.integers(1, 7)), ink, face)
        elif kind == 1:
            draw.ellipse((left, at, left + tall, at + tall), accent)
            draw.text((left + tall * 1.3, at), words(rng, rng.integers(1, 4)), ink, face)
            tall *= 1.4
        elif kind == 2:
            draw.rounded_rectangle(
                (left, at, left + (right - left) * rng.uniform(0.2, 0.9), at + tall * 2),
                unit / 2,
                outline=ink,
                fill=colour(rng),
            )
            draw.text((left + unit, at + unit / 2), words(rng, 3), ink, face)
            tall *= 2.4
        elif kind == 3:
            draw.line((left, at, right, at), ink)
            draw.text((left, at + unit * 0.3), words(rng, 2), ink, face)
            draw.rounded_rectangle(
                (right - 2 * unit, at + unit * 0.3, right, at + unit * 1.2), unit / 2, fill=accent
            )
        elif kind == 4 and photos:
            side = int(unit * rng.uniform(3, 9))
            picture = Image.open(photos[rng.integers(len(photos))]).convert("RGB")
            image.paste(picture.resize((side, side)), (int(left), int(at)))
            tall = side * 1.1
        elif kind == 5:
            for column in range(rng.integers(2, 6)):
                draw.text((left + column * (right - left) / 5, at), words(rng, 1)[:9], ink, face)
        at += tall


def page(rng: Rng, fonts: list[Path], photos: list[Path]) -> Picture:
    """Draw a page of text, a form or a table, scanned or photographed."""
    width, height = (600, 850) if rng.random() < 0.8 else (850, 600)
    image = Image.new("RGB", (width, height), colour(rng, 240, 256))
    draw = ImageDraw.Draw(image)
    unit, ink = height / rng.uniform(40, 75), colour(rng, 0, 80)
    face = font(rng, fonts, unit * 0.9)
    margin, at = width * rng.uniform(0.06, 0.14), height * rng.uniform(0.04, 0.1)
    draw.text((margin, at), words(rng, 3), ink, font(rng, fonts, unit * 1.8))
    at += unit * 3
    table = rng.random() < 0.4
    while at < height * rng.uniform(0.8, 0.97):
        if table:
            for column in range(4):
                x = margin + column * (width - 2 * margin) / 4
                draw.text((x + 2, at), words(rng, 1)[:12], ink, face)
                draw.rectangle((x, at, x + (width - 2 * margin) / 4, at + unit * 1.3), outline=ink)
            at += unit * 1.3
        elif rng.random() < 0.12:
            at += unit * 1.2
        else:
            line = words(rng, 40)
            while draw.textlength(line, face) > (width - 2 * margin) and " " in line:
                line = line.rsplit(" ", 1)[0]
            draw.text((margin, at), line, ink, face)
            at += unit * 1.25
    return _photographed(rng, image, photos) if rng.random() < 0.6 else image


def note(rng: Rng, fonts: list[Path], photos: list[Path]) -> Picture:
    """Write by hand, as far as fonts do, on plain, ruled or squared paper, or a coloured slip."""
    width = int(rng.integers(320, 640))
    height = int(width * rng.uniform(0.7, 1.5))
    plain = rng.random() < 0.75
    image = Image.new("RGB", (width, height), colour(rng, 232, 256) if plain else colour(rng, 170))
    draw = ImageDraw.Draw(image)
    unit = height / rng.uniform(9, 24)
    rule, style = colour(rng, 150, 225), rng.integers(3)
    for row in range(int(height / unit)) if style else ():
        draw.line((0, row * unit, width, row * unit), rule)
    for column in range(int(width / unit)) if style == 2 else ():
        draw.line((column * unit, 0, column * unit, height), rule)
    hands = [path for path in fonts if "Humor" in path.name or "Comic" in path.name] or fonts
    ink = colour(rng, 0, 70) if rng.random() < 0.6 else (20, 30, int(rng.integers(90, 200)))
    face = font(rng, hands, unit * rng.uniform(0.7, 1.1))
    text = SYLLABLES.split()
    for row in range(1, int(rng.integers(3, height / unit))):
        line = " ".join("".join(rng.choice(text, 2)) for _ in range(rng.integers(1, 7)))
        left = width * 0.06 + unit * rng.uniform(0, 1)
        draw.text((left, row * unit + rng.normal(0, unit / 12)), line, ink, face)
    return _photographed(rng, image, photos) if rng.random() < 0.7 else image


def paper(rng: Rng, fonts: list[Path], photos: list[Path]) -> Picture:
    """Make a page of print, or a note."""
    return (note if rng.random() < 0.3 else page)(rng, fonts, photos)


def receipt(rng: Rng, fonts: list[Path], photos: list[Path]) -> Picture:
    """Draw a till's slip: narrow, names left, prices right, scanned or photographed."""
    mono = [path for path in fonts if "Mono" in path.name] or fonts
    some = mono if rng.random() < 0.7 else fonts
    width = int(rng.integers(260, 480))
    size = width / rng.uniform(20, 34)
    rows = int(rng.integers(14, 46))
    height = int(rows * size * 1.3 + size * 6)
    image = Image.new("RGB", (width, height), colour(rng, 225, 256))
    draw = ImageDraw.Draw(image)
    ink = colour(rng, 0, 120)
    face = font(rng, some, size)
    draw.text((width / 2, size), words(rng, 2).upper(), ink, font(rng, fonts, size * 1.4), "ma")
    for row in range(rows):
        at = size * (4 + 1.3 * row)
        kind = rng.random()
        if kind < 0.6:
            draw.text((size, at), words(rng, 2)[:18], ink, face)
            draw.text((width - size, at), f"{rng.uniform(0, 99):.2f}", ink, face, "ra")
        elif kind < 0.75:
            draw.text((width / 2, at), words(rng, 3)[:24], ink, face, "ma")
        elif kind < 0.85:
            draw.text((size, at), "-" * 30, ink, face)
    if rng.random() < 0.5:
        edge = int(width * rng.uniform(0.1, 0.6))
        wide = Image.new("RGB", (width + edge, height + edge // 2), colour(rng, 235, 256))
        wide.paste(image, (int(rng.integers(edge)), int(rng.integers(edge // 2 + 1))))
        image = wide
    return _photographed(rng, image, photos) if rng.random() < 0.5 else image


def _photographed(rng: Rng, paper: Picture, photos: list[Path]) -> Picture:
    """Turn a page a little, lay it on something, light it from a side."""
    angle = float(rng.uniform(-8, 8))
    tint = colour(rng, 20, 200)
    grown = (int(paper.width * rng.uniform(1.0, 1.4)), int(paper.height * rng.uniform(1.0, 1.3)))
    ground = Image.new("RGB", grown, tint)
    if rng.random() < 0.3:
        ground = Image.open(photos[rng.integers(len(photos))]).convert("RGB").resize(grown)
    mask = Image.new("L", paper.size, 255).rotate(angle, expand=True)
    turned = paper.rotate(angle, expand=True)
    ground.paste(turned, ((grown[0] - turned.width) // 2, (grown[1] - turned.height) // 2), mask)
    slope = np.linspace(rng.uniform(0.6, 1), rng.uniform(0.6, 1), ground.width)[None, :, None]
    lit = np.asarray(ground, np.float32) * slope + rng.normal(0, 3, (1, 1, 3))
    return Image.fromarray(lit.clip(0, 255).astype(np.uint8))


Drawing = Callable[[Rng, list[Path], list[Path]], Picture]
KINDS: dict[str, Drawing] = {
    "screenshot": screen, "document": paper, "receipt": receipt, "meme": meme, "photo": stamped,
}  # fmt: skip


# ------------------------------------------------------------------------------------------- blur


def blurred(image: Picture, how: str, share: float, angle: float = 0.0) -> Picture:
    """Blur `image`: "gaussian", "focus" (a disk) or "motion"; `share` of the short side wide.

    That is the deviation of a Gaussian, the radius of a disk, half the length of a motion.
    """
    radius = share * min(image.size)
    if how == "gaussian":
        return image.filter(ImageFilter.GaussianBlur(radius))
    reach = int(np.ceil(radius))
    down, right = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    if how == "focus":
        kernel = np.clip(radius + 0.5 - np.hypot(down, right), 0, 1)
    else:
        along = right * np.cos(angle) + down * np.sin(angle)
        across = down * np.cos(angle) - right * np.sin(angle)
        kernel = np.clip(1 - np.abs(across), 0, 1) * (np.abs(along) <= radius)
    return _convolved(image, kernel / kernel.sum())


def _convolved(image: Picture, kernel: np.ndarray) -> Picture:
    """Convolve with a kernel of odd sides; the picture is mirrored at its edges."""
    reach = kernel.shape[0] // 2
    pixels = np.asarray(image, np.float32)
    padded = np.pad(pixels, ((reach, reach), (reach, reach), (0, 0)), mode="symmetric")
    shape = padded.shape[:2]
    transform = np.fft.rfft2(kernel, shape)
    out = np.stack([
        np.fft.irfft2(np.fft.rfft2(padded[:, :, c]) * transform, shape) for c in range(3)
    ], axis=2)  # fmt: skip
    whole = out[2 * reach :, 2 * reach :][: pixels.shape[0], : pixels.shape[1]]
    return Image.fromarray(whole.clip(0, 255).astype(np.uint8))


def mosaic(images: list[Picture]) -> Picture:
    """Lay four pictures side by side, two by two, each as large as the first."""
    width, height = images[0].size
    whole = Image.new("RGB", (2 * width, 2 * height))
    for at, image in enumerate(images[:4]):
        whole.paste(image.resize((width, height)), (at % 2 * width, at // 2 * height))
    return whole


def bokeh(rng: Rng, image: Picture) -> Picture:
    """Blur all but an ellipse in the middle: a subject in focus, its background not."""
    mask = Image.new("L", image.size, 0)
    width, height = image.size
    across, down = width * rng.uniform(0.15, 0.35), height * rng.uniform(0.15, 0.35)
    middle = (width * rng.uniform(0.35, 0.65), height * rng.uniform(0.35, 0.65))
    box = (middle[0] - across, middle[1] - down, middle[0] + across, middle[1] + down)
    ImageDraw.Draw(mask).ellipse(box, 255)
    mask = mask.filter(ImageFilter.GaussianBlur(min(image.size) * 0.01))
    return Image.composite(image, blurred(image, "focus", float(rng.uniform(0.02, 0.05))), mask)


def exposed(image: Picture, stops: float) -> Picture:
    """Expose `image` by so many stops more, in linear light (sRGB's curve taken for gamma 2.2)."""
    light = (np.asarray(image, np.float32) / 255) ** 2.2 * 2.0**stops
    return Image.fromarray((np.clip(light, 0, 1) ** (1 / 2.2) * 255 + 0.5).astype(np.uint8))


def as_jpeg(image: Picture, quality: int) -> Picture:
    """Compress and read back."""
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")
