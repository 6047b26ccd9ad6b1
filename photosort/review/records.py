"""What review is given of a photo, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

Reason = Literal[
    "duplicates", "bursts", "tiny", "empty", "screenshots", "documents", "receipts", "memes",
    "dark", "bright", "blurred",
]  # fmt: skip
#: In the order in which one is a photo's main reason.
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
#: What else a reason may be asked for by: a note is a document, written by hand; stickers, comics
#: and line drawings are found together with captioned pictures.
ALSO: Final[dict[str, Reason]] = {"notes": "documents", "drawings": "memes"}


@dataclass(frozen=True, slots=True)
class Item:
    """A photo: its file, and what its header says of it.

    `width` and `height` are pixels, None where the header lacks them. `taken` is the wall-clock
    time of the shot where a camera or the file's own header tells it. `kept`: the user wants it.
    `moving`: it has several frames, of which the first alone was looked at.
    """

    path: Path
    content_hash: bytes
    size_bytes: int
    mtime_ns: int
    format: str = "JPEG"
    width: int | None = None
    height: int | None = None
    taken: datetime | None = None
    camera: str | None = None
    from_camera: bool = False
    has_place: bool = False
    comment: str | None = None
    kept: bool = False
    moving: bool = False

    @property
    def pixels(self) -> int:
        """How many pixels it has; 0 where that is not known."""
        return (self.width or 0) * (self.height or 0)


@dataclass(frozen=True, slots=True)
class Finding:
    """A photo that may not be worth keeping: the main reason, how sure that is, and in words why.

    `keeper` is the photo that shows the same and is to stay; None where there is no other.
    """

    item: Item
    reason: Reason
    score: float  # 0 to 1
    why: str
    keeper: Item | None = None
