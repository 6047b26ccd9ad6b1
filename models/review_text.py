"""Made-up words in several scripts, fonts that have their characters, and colours."""

import functools
from pathlib import Path

import numpy as np
from PIL import ImageFont

Rng = np.random.Generator
SYLLABLES = "ka lo mi ter an be dor is ul ve ra sho pin gal eto sun mar ti qui zen"
#: First and last characters: Cyrillic, Greek, Arabic, Georgian, kana, hangul; Chinese twice.
SCRIPTS = (
    (0x0410, 0x044F), (0x0391, 0x03C9), (0x0627, 0x064A), (0x10D0, 0x10F0), (0x3042, 0x3093),
    (0xAC00, 0xD7A3), (0x4E00, 0x6FFF), (0x4E00, 0x6FFF),
)  # fmt: skip
TRIES = 12


def words(rng: Rng, count: int) -> str:
    """Make up words; half of the texts are in another script than Latin."""
    if rng.random() < 0.5:
        first, last = SCRIPTS[rng.integers(len(SCRIPTS))]
        longest = 4 if first >= 0x3042 else 8
        return " ".join(
            "".join(chr(c) for c in rng.integers(first, last, rng.integers(1, longest)))
            for _ in range(count)
        )
    some = SYLLABLES.split()
    text = " ".join("".join(rng.choice(some, rng.integers(1, 4))) for _ in range(count))
    return text.upper() if rng.random() < 0.25 else text


def font(rng: Rng, fonts: list[Path], size: float, text: str = "") -> ImageFont.FreeTypeFont:
    """Pick a font that has the characters of `text`, where one of some tries does."""
    for _ in range(TRIES):
        path = fonts[rng.integers(len(fonts))]
        if not text or has(path, text):
            break
    return opened(path, max(int(size), 6))


def has(path: Path, text: str) -> bool:
    """Return whether a font draws the first characters of `text` unlike one that does not exist."""
    face = opened(path, 20)
    missing = bytes(face.getmask("\U0010fffd"))
    return all(bytes(face.getmask(char)) != missing for char in text[:4] if char != " ")


@functools.lru_cache(maxsize=512)
def opened(path: Path, size: int) -> ImageFont.FreeTypeFont:
    """Open a font once a size."""
    return ImageFont.truetype(str(path), size)


def colour(rng: Rng, low: int = 0, high: int = 256) -> tuple[int, ...]:
    """Pick a colour with channels from `low` to `high`."""
    return tuple(int(c) for c in rng.integers(low, high, 3))
