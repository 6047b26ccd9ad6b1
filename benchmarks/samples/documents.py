"""Draw the screenshots, receipts and notes of sample_photos: all names and prices are made up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Picture = Image.Image
PHONE: Final = (296, 640)  # pixels, a 19.5:9 screen


@dataclass(frozen=True, slots=True)
class Fonts:
    """Where the fonts of Debian's fonts-lato, fonts-inconsolata and fonts-breip lie."""

    folder: Path

    def load(self, name: str, size: int) -> ImageFont.FreeTypeFont:
        """Open the font file `name`, wherever under the folder it lies."""
        return ImageFont.truetype(next(self.folder.rglob(name)), size)

    def plain(self, size: int) -> ImageFont.FreeTypeFont:
        """Open the sans serif of screens."""
        return self.load("Lato-Regular.ttf", size)

    def bold(self, size: int) -> ImageFont.FreeTypeFont:
        """Open the same in bold."""
        return self.load("Lato-Bold.ttf", size)

    def till(self, size: int) -> ImageFont.FreeTypeFont:
        """Open the monospaced font of receipts."""
        return self.load("Inconsolata.otf", size)

    def hand(self, size: int) -> ImageFont.FreeTypeFont:
        """Open the handwriting."""
        return self.load("Breip.ttf", size)


def _screen(fonts: Fonts, title: str) -> tuple[Picture, ImageDraw.ImageDraw]:
    """Start a phone's screen: clock, battery and the app's title."""
    paper, ink = "#f6f7f9", "#202124"
    image = Image.new("RGB", PHONE, paper)
    draw = ImageDraw.Draw(image)
    draw.text((14, 6), "10:41", ink, fonts.bold(13))
    draw.rounded_rectangle((258, 9, 282, 20), 3, outline=ink)
    draw.rectangle((260, 11, 275, 18), ink)
    draw.text((16, 36), title, ink, fonts.bold(20))
    draw.line((0, 68, PHONE[0], 68), "#dadce0")
    return image, draw


def chat(fonts: Fonts) -> Picture:
    """Draw a conversation in bubbles."""
    image, draw = _screen(fonts, "Ola")
    talk = (
        (0, "Are you at the lake yet?"),
        (1, "Nearly, the bus was late"),
        (0, "Bring the towels please"),
        (1, "Towels, sun cream and the\nbig umbrella. Anything else?"),
        (0, "Cherries!"),
        (1, "They only have plums"),
        (0, "Plums are fine too"),
        (0, "See you at the kiosk"),
        (1, "10 minutes"),
    )
    top = 82
    for mine, text in talk:
        left, _, right, bottom = draw.multiline_textbbox((0, 0), text, fonts.plain(14))
        width, height = right - left + 22, bottom + 16
        x = PHONE[0] - width - 12 if mine else 12
        draw.rounded_rectangle(
            (x, top, x + width, top + height), 13, "#cfe8d5" if mine else "white"
        )
        draw.multiline_text((x + 11, top + 6), text, "#202124", fonts.plain(14))
        top += height + 12
    draw.rounded_rectangle((12, 592, 284, 626), 17, "white", "#dadce0")
    draw.text((28, 600), "Message", "#80868b", fonts.plain(14))
    return image


def ticket(fonts: Fonts) -> Picture:
    """Draw a train ticket in an app, with a square code that says nothing."""
    image, draw = _screen(fonts, "Your ticket")
    draw.rounded_rectangle((18, 88, 278, 600), 14, "white", "#dadce0")
    draw.text((36, 104), "Berlin Hbf", "#202124", fonts.bold(19))
    draw.text((36, 130), "to Schwerin Hbf", "#202124", fonts.bold(19))
    facts = ("Sun 21 May 2023, 08:12", "Coach 4, seat 61", "1 adult, 2nd class", "EUR 24.90")
    for number, fact in enumerate(facts):
        draw.text((36, 172 + number * 25), fact, "#5f6368", fonts.plain(15))
    dots = np.random.default_rng(5).integers(0, 2, (27, 27)) * 255
    code = Image.fromarray(dots.astype(np.uint8)).resize((216, 216), Image.Resampling.NEAREST)
    image.paste(code, (40, 300))
    draw.text((148, 548), "Show this code on board", "#5f6368", fonts.plain(14), anchor="ma")
    return image


def _photographed(paper: Picture, seed: int, table: tuple[int, int, int]) -> Picture:
    """Lay `paper` on a table a little askew, in light from one side: 640 x 480 or 480 x 640."""
    rng = np.random.default_rng(seed)
    size = (480, 640) if paper.height > paper.width else (640, 480)
    grain = rng.normal(0, 9, (size[1], 1, 1)) + rng.normal(0, 3, (size[1], size[0], 1))
    ground = np.clip(np.array(table) + grain, 0, 255).astype(np.uint8)
    image = Image.fromarray(ground).filter(ImageFilter.GaussianBlur(0.8))
    scale = min((size[0] - 70) / paper.width, (size[1] - 50) / paper.height)
    paper = paper.resize((round(paper.width * scale), round(paper.height * scale)))
    mask = Image.new("L", paper.size, 255)
    angle = float(rng.uniform(-7, 7))
    paper, mask = (
        each.rotate(angle, Image.Resampling.BICUBIC, expand=True) for each in (paper, mask)
    )
    left, top = (size[0] - paper.width) // 2, (size[1] - paper.height) // 2
    shade = Image.new("L", size)
    shade.paste(mask, (left + 5, top + 7))
    image.paste((25, 22, 20), mask=shade.filter(ImageFilter.GaussianBlur(6)))
    image.paste(paper, (left, top), mask)
    light = (
        np.linspace(1.04, 0.8, size[0])[None, :, None]
        * np.linspace(1.0, 0.9, size[1])[:, None, None]
    )
    lit = np.asarray(image) * light + rng.normal(0, 2.5, (size[1], size[0], 3))
    return Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8)).filter(
        ImageFilter.GaussianBlur(0.5)
    )


def _receipt(
    fonts: Fonts, shop: Sequence[str], goods: Sequence[tuple[str, float]], seed: int
) -> Picture:
    """Print a till's strip: shop, goods, sum, thanks."""
    paper = Image.new("RGB", (300, 210 + 22 * (len(shop) + len(goods))), "#f4f2ec")
    draw = ImageDraw.Draw(paper)
    y = 18
    for line in shop:
        draw.text((150, y), line, "#2b2b2b", fonts.till(18), anchor="ma")
        y += 22
    total = sum(price for _, price in goods)
    body = [("", None), *goods, ("-" * 30, None), ("TOTAL EUR", total), ("CARD", total)]
    for name, price in body:
        draw.text((18, y), name, "#2b2b2b", fonts.till(17))
        if price is not None:
            draw.text((282, y), f"{price:.2f}", "#2b2b2b", fonts.till(17), anchor="ra")
        y += 22
    draw.text((150, y + 16), "THANK YOU", "#2b2b2b", fonts.till(18), anchor="ma")
    x, bars = 60, np.random.default_rng(seed)
    while x < 240:
        width = int(bars.integers(1, 4))
        draw.rectangle((x, y + 44, x + width, y + 80), "#2b2b2b")
        x += width + int(bars.integers(2, 5))
    return _photographed(paper, seed, ((112, 84, 60), (70, 74, 80), (150, 132, 110))[seed % 3])


def bakery(fonts: Fonts) -> Picture:
    """Draw a bakery's receipt."""
    goods = (
        ("2 ROLL", 1.30),
        ("1 RYE BREAD 750G", 4.60),
        ("2 COFFEE", 5.80),
        ("1 PLUM CAKE", 3.20),
    )
    return _receipt(fonts, ("BACKSTUBE NORDLICHT", "20.05.2023  09:14"), goods, 3)


def diner(fonts: Fonts) -> Picture:
    """Draw a restaurant's bill."""
    goods = (("1 SOUP OF THE DAY", 6.50), ("1 TROUT", 17.90), ("1 GNOCCHI", 13.40))
    goods += (("1 WATER 0.75", 5.20), ("2 ESPRESSO", 4.80), ("COVER X2", 4.00))
    return _receipt(fonts, ("TRATTORIA DEL MOLO", "TABLE 7", "11.08.2023  20:47"), goods, 4)


def grocer(fonts: Fonts) -> Picture:
    """Draw a long receipt from a supermarket."""
    names = "MILK 1L,OATS 500G,TOMATOES,BANANAS,BUTTER,PASTA 500G,YOGHURT X4,SOAP,APPLES 1KG,HONEY"
    prices = (1.19, 1.49, 2.38, 1.72, 2.29, 0.99, 2.56, 1.85, 2.99, 4.49)
    goods = tuple(zip(names.split(","), prices, strict=True))
    return _receipt(fonts, ("MARKET HALL 24", "14.07.2024  18:02"), goods, 5)


def hardware(fonts: Fonts) -> Picture:
    """Draw a hardware shop's receipt."""
    goods = (("WOOD SCREWS 4X40", 5.49), ("SANDPAPER P120", 2.20), ("BOAT VARNISH", 18.95))
    return _receipt(fonts, ("TOOLS & TIMBER", "08.06.2024  11:26"), goods, 7)


def chemist(fonts: Fonts) -> Picture:
    """Draw a chemist's receipt."""
    goods = (("SUN CREAM 50+", 11.90), ("PLASTERS", 3.45), ("TOOTHPASTE", 2.79), ("LIP BALM", 4.20))
    goods += (("AFTER SUN 200ML", 8.60),)
    return _receipt(fonts, ("CITY CHEMIST", "12.07.2024  17:08"), goods, 9)


def _note(
    fonts: Fonts, text: str, paper_ink: tuple[str, str], seed: int, *, lined: bool
) -> Picture:
    """Write `text` by hand on a sheet, lined or squared or plain."""
    lines = text.splitlines()
    paper = Image.new("RGB", (430, 70 + 46 * len(lines)), paper_ink[0])
    draw = ImageDraw.Draw(paper)
    rng = np.random.default_rng(seed)
    for number in range(len(lines) + 1):
        if lined:
            draw.line((0, 62 + 46 * number, 430, 62 + 46 * number), "#a9bdd6")
    if lined:
        draw.line((44, 0, 44, paper.height), "#d99a9a")
    for number, line in enumerate(lines):
        x, y = 54 + rng.integers(-4, 5), 24 + 46 * number + rng.integers(-3, 4)
        draw.text((int(x), int(y)), line, paper_ink[1], fonts.hand(36))
    return _photographed(paper, seed, ((96, 70, 52), (60, 66, 72), (168, 150, 128))[seed % 3])


def shopping(fonts: Fonts) -> Picture:
    """Draw a shopping list."""
    text = "Shopping\n- oats, milk\n- tomatoes\n- honey!!\n- soap\n- batteries AA\n- bread (rye)"
    return _note(fonts, text, ("#fbfaf4", "#23356b"), 11, lined=True)


def recipe(fonts: Fonts) -> Picture:
    """Draw a recipe jotted down."""
    text = "Plum cake\n250 g flour, 1 egg\n120 g butter, sugar\n1 kg plums, halved\n180 C, 45 min"
    return _note(fonts, text, ("#fffdf6", "#2a2a2a"), 13, lined=True)


def sticky(fonts: Fonts) -> Picture:
    """Draw a yellow note by the door."""
    return _note(
        fonts,
        "Water plants!\nMon + Thu\nkey at Marta's\nback 18 July",
        ("#f7e36b", "#333333"),
        15,
        lined=False,
    )


def meeting(fonts: Fonts) -> Picture:
    """Draw the minutes of a club's meeting."""
    text = "Club, 6 June\n1. boat needs paint\n2. fees: 40 per year\n3. summer fete 22.6."
    text += "\n   Ola: music\n   Jan: grill\n4. any news"
    return _note(fonts, text, ("#f3f5f2", "#1d3f2f"), 16, lined=True)


def packing(fonts: Fonts) -> Picture:
    """Draw a packing list."""
    text = "Hike, 3 days\nboots, 2x socks\nmap + compass\ntorch, batteries\nrain jacket\nchocolate"
    return _note(fonts, text, ("#f8f8f2", "#4a2a20"), 18, lined=True)


_TILL = (bakery, diner, grocer, hardware, chemist)
_HAND = (shopping, recipe, sticky, meeting, packing)
#: What draws each document of samples.tsv, by name.
DOCUMENTS: Final[dict[str, Callable[[Fonts], Picture]]] = {
    draw.__name__: draw for draw in (chat, ticket, *_TILL, *_HAND)
}
