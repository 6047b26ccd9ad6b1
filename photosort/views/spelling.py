"""Names as folders can hold them, and in English letters."""

import unicodedata
from typing import Final

#: Latin letters that Unicode does not decompose, as English texts write them; found by counting
#: what is left of the gazetteer's names after decomposition.
_LETTERS: Final = str.maketrans(
    {
        "ı": "i", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ß": "ss", "đ": "d", "Đ": "D",
        "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th",
        "ħ": "h", "Ħ": "H", "ə": "a", "ǝ": "a", "Ə": "A",
        "’": "'", "‘": "'", "ʼ": "'", "ʻ": "'", "”": "", "–": "-",
    }
)  # fmt: skip


def in_english_letters(name: str) -> str:
    """Write `name` without accents: Nagykovácsi -> Nagykovacsi; other alphabets stay."""
    bare = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    latin = "".join(char for char in bare if not "\u0300" <= char <= "\u036f")
    return unicodedata.normalize("NFC", latin)


def folder_name(name: str) -> str:
    """Make one folder of `name`: no slash, no control code, no dot or blank at either end."""
    kept = "".join(" " if unicodedata.category(char) == "Cc" else char for char in name)
    return " ".join(kept.replace("/", "-").replace("\\", "-").split()).strip(". ") or "_"
