"""Pictures that are no photos of life: screenshots, documents, receipts, memes.

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
SURE: Final = {"screenshot": 0.5, "document": 0.5, "receipt": 0.5, "meme": 0.4}
_REASON_OF: Final[dict[str, Reason]] = {
    "screenshot": "screenshots", "document": "documents", "receipt": "receipts", "meme": "memes",
}  # fmt: skip
_WORDS: Final = {
    "screenshot": "looks like a screenshot",
    "document": "looks like a page of text",
    "receipt": "looks like a receipt",
    "meme": "looks like a picture with a caption",
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


def kinds(items: Sequence[Item], odds: Floats) -> list[tuple[Reason, float, str] | None]:
    """Say what each picture is from the classifier's log-odds (n, 5); None for a photo."""
    odds = odds.copy()
    known = np.zeros(len(items), bool)
    png = np.array([item.format == "PNG" and not item.from_camera for item in items], bool)
    odds[png, KINDS.index("screenshot")] += _PNG_ODDS
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


def _is_named_screenshot(item: Item) -> bool:
    if item.from_camera:
        return False
    marked = (item.comment or "").strip().lower() == "screenshot"
    names = (item.path.name, item.path.parent.name)
    return marked or any(SCREENSHOT_NAME.search(name) for name in names)
