"""Pictures that are no photos of life: screenshots, documents, receipts, memes, drawings.

A linear classifier of what the network saw, and facts: a camera takes no screenshot, systems name
theirs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from photosort.review.trained import KINDS, softmax

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from photosort.dec.arrays import Floats
    from photosort.review.records import Item, Reason

#: Probabilities from which a picture is called so; memes are the kind that differs most within.
SURE: Final = {"screenshot": 0.5, "document": 0.5, "receipt": 0.5, "meme": 0.35}
_REASON_OF: Final[dict[str, Reason]] = {
    "screenshot": "screenshots", "document": "documents", "receipt": "receipts", "meme": "memes",
}  # fmt: skip
_WORDS: Final = {
    "screenshot": "looks like a screenshot",
    "document": "looks like a page of text or a note",
    "receipt": "looks like a receipt",
    "meme": "looks like a captioned picture or a drawing",
}
#: Words that systems put into the names of screenshots and of their folder: Android, iOS, macOS,
#: Windows, GNOME and KDE in English, German, French, Spanish, Portuguese, Italian, Dutch, Swedish,
#: Danish, Norwegian, Finnish, Polish, Czech, Turkish, Russian, Chinese, Japanese, Korean.
SCREENSHOT_NAME: Final = re.compile(
    r"(^|[^a-z])(screen[ _-]?(shot|cap)|bildschirmfoto|bildschirmaufnahme"
    r"|captura[ _-]?de[ _-]?(pantalla|tela|ecr[aã])|capture[ _-]d.?[ _-]?[eé]cran|schermata"
    r"|schermafbeelding|schermopname|sk[aä]rm(avbild|bild)|sk[aæ]rmbillede|skjermbilde"
    r"|n[aä]ytt[oö]kuva|zrzut[ _-]ekranu|sn[ií]mek[ _-]obrazovky|ekran[ _-](g[oö]r[uü]nt|al[ıi]nt)"
    r"|снимок[ _-]экрана|скриншот|屏幕(截图|快照)|截[屏图]|螢幕(截圖|快照)"
    r"|スクリーンショット|스크린샷)",
    re.IGNORECASE,
)
_CAMERA_TAKES_NONE: Final = ("screenshot", "meme")
#: Log-odds that PNG without a camera adds for a screenshot: photos are hardly ever saved so.
_PNG_ODDS: Final = 1.0
#: Pixels of the screens of phones, tablets and computers, the shorter side first; those that videos
#: and cameras have as well (720 x 1280, 1080 x 1920, 1536 x 2048, 2160 x 3840) are left out.
SCREENS: Final = frozenset({
    (640, 1136), (750, 1334), (828, 1792), (1080, 2160), (1080, 2220), (1080, 2280), (1080, 2310),
    (1080, 2340), (1080, 2400), (1080, 2408), (1080, 2412), (1080, 2460), (1125, 2436),
    (1170, 2532), (1179, 2556), (1206, 2622), (1220, 2712), (1242, 2208), (1242, 2688),
    (1260, 2800), (1284, 2778), (1290, 2796), (1320, 2868), (1344, 2992), (1440, 2560),
    (1440, 2960), (1440, 3040), (1440, 3088), (1440, 3120), (1440, 3200), (720, 1520), (720, 1560),
    (720, 1600), (720, 1612), (1488, 2266), (1620, 2160), (1640, 2360), (1668, 2224), (1668, 2388),
    (2048, 2732), (2064, 2752), (1200, 1920), (1600, 2560), (1848, 2960), (768, 1366), (800, 1280),
    (900, 1440), (900, 1600), (1050, 1680), (1664, 2560), (1800, 2880), (1864, 2880), (1964, 3024),
    (2234, 3456), (1440, 3440), (2880, 5120),
})  # fmt: skip
#: Log-odds that such a size without a camera adds for a screenshot: as much as PNG.
_SCREEN_ODDS: Final = 1.0


def kinds(items: Sequence[Item], odds: Floats) -> list[tuple[Reason, float, str] | None]:
    """Say what each picture is from the classifier's log-odds (n, 5); None for a photo."""
    odds = odds.copy()
    known = np.zeros(len(items), bool)
    png = np.array([item.format == "PNG" and not item.from_camera for item in items], bool)
    odds[png, KINDS.index("screenshot")] += _PNG_ODDS
    screen = np.array([_is_screen_sized(item) for item in items], bool)
    odds[screen, KINDS.index("screenshot")] += _SCREEN_ODDS
    for at, item in enumerate(items):
        if item.from_camera:
            odds[at, [KINDS.index(kind) for kind in _CAMERA_TAKES_NONE]] = -np.inf
        known[at] = _is_named_screenshot(item)
    shares = softmax(odds)
    return [
        ("screenshots", 1.0, "named or marked as a screenshot") if sure else _verdict(row)
        for row, sure in zip(shares, known.tolist(), strict=True)
    ]


def _verdict(shares: npt.NDArray[np.float32]) -> tuple[Reason, float, str] | None:
    best = max(_REASON_OF, key=lambda kind: float(shares[KINDS.index(kind)]))
    score = float(shares[KINDS.index(best)])
    # Documents and receipts look alike: the sum of their probabilities decides for either.
    paper = float(shares[KINDS.index("document")] + shares[KINDS.index("receipt")])
    total = paper if best in ("document", "receipt") else score
    return (_REASON_OF[best], total, _WORDS[best]) if total >= SURE[best] else None


def _is_screen_sized(item: Item) -> bool:
    sides = sorted((item.width or 0, item.height or 0))
    return not item.from_camera and tuple(sides) in SCREENS


def _is_named_screenshot(item: Item) -> bool:
    if item.from_camera:
        return False
    marked = (item.comment or "").strip().lower() == "screenshot"
    names = (item.path.name, item.path.parent.name)
    return marked or any(SCREENSHOT_NAME.search(name) for name in names)
