"""What the gallery's page is told: one script that defines `window.album`. Pure."""

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import quote

from photosort.look.records import Exhibit, Finding, Picture

SPRITE_SIDE = 32  # pixels of a photo on the map
SPRITES_A_ROW = 64  # 2048 x 2048 pixels a sheet: every browser's canvas takes that
UNIT = 4096  # steps of a coordinate of the map


class Numbered:
    """Numbers values in the order in which they are first asked for."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._index: dict[Any, int] = {}

    def of(self, value: Any) -> int:  # noqa: ANN401 - any hashable value
        """Return the number of `value`, from 0."""
        if value not in self._index:
            self._index[value] = len(self.values)
            self.values.append(value)
        return self._index[value]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What there are pictures of.

    `ratios` are width to height of thumbnails, by name (see `thumbnail_name`), `sprites` the places
    of the sheets, `gone` the rows of photos that are out of reach.
    """

    ratios: Mapping[str, float]
    sprites: Sequence[str]
    gone: Sequence[int]


def album_script(exhibit: Exhibit, out: Path, drawn: Drawn) -> str:
    """Return the script that defines `window.album` for a page in `out`."""
    return f"window.album = {as_script(album_data(exhibit, out, drawn))};\n"


def as_script(value: object) -> str:
    """Write JSON that no file name or title can end: `<`, `>`, `&` and line separators escaped."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def album_data(exhibit: Exhibit, out: Path, drawn: Drawn) -> dict[str, Any]:
    """Describe the exhibit in columns: an entry a photo, in the order of the groups."""
    ratios = drawn.ratios
    pictures, folders, places = exhibit.pictures, Numbered(), Numbered()
    places.of("")
    names = [thumbnail_name(picture) for picture in pictures]
    positions = [rounded(picture.position) for picture in pictures]
    layout = exhibit.layout
    return {
        "groups": [
            {
                "path": [printable(n) for n in g.path],
                "name": printable(g.path[-1]),
                "title": g.title,
            }
            for g in exhibit.groups
        ],
        "names": [printable(picture.path.name) for picture in pictures],
        "folder": [folders.of(picture.path.parent) for picture in pictures],
        "folders": [
            {"path": printable(os.path.join(folder, "")), "url": folder_url(folder, out)}  # noqa: PTH118 - with its separator
            for folder in folders.values
        ],
        "urls": {
            str(row): quote(os.fsencode(picture.path.name))
            for row, picture in enumerate(pictures)
            if printable(picture.path.name) != picture.path.name
        },
        "group": [row for row, group in enumerate(exhibit.groups) for _ in group.pictures],
        "dates": [picture.taken[:16] for picture in pictures],
        "place": [places.of(", ".join(dict.fromkeys(picture.place))) for picture in pictures],
        "places": places.values,
        "sure": [None if p.confidence is None else round(100 * p.confidence) for p in pictures],
        "thumbs": [name if name in ratios else "" for name in names],
        "ratios": [round(100 * ratios.get(name, 1.5)) for name in names],
        "positions": positions if any(positions) else None,
        "xy": None if layout is None else [steps(value) for point in layout for value in point],
        "sprites": {
            "side": SPRITE_SIDE,
            "per": SPRITES_A_ROW,
            "files": list(drawn.sprites),
        },
        "gone": list(drawn.gone),
        "review": review(exhibit.findings, out),
    }


def thumbnail_name(picture: Picture) -> str:
    """Name a photo's thumbnail by its content; by its path where the album knows no content."""
    if picture.content_hash:
        return picture.content_hash[:32]
    return blake2b(os.fsencode(picture.path), digest_size=15).hexdigest() + "-p"


def thumbnail_place(name: str) -> str:
    """Say where the thumbnail `name` lies in the gallery."""
    return f"thumbs/{name[:2]}/{name}.jpg"


def sprite_place(data: bytes) -> str:
    """Say where a sprite sheet lies in the gallery: it is named by its content."""
    return f"sprites/{blake2b(data, digest_size=12).hexdigest()}.webp"


def steps(value: float) -> int:
    """Round a coordinate from 0 to 1 to the steps the page counts in."""
    return min(UNIT, max(0, round(value * UNIT)))


def rounded(position: tuple[float, float] | None) -> list[float] | None:
    """Round degrees to about 10 m."""
    return None if position is None else [round(value, 4) for value in position]


def printable(name: str | Path) -> str:
    """Replace bytes of a file name that are no UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")


def folder_url(folder: Path, out: Path) -> str:
    """Return the relative address of `folder` from `out`, absolute where no relative one exists."""
    try:
        text = os.path.relpath(folder, out)
    except ValueError:  # another drive
        return f"{folder.as_uri()}/"
    return quote(os.fsencode(Path(text).as_posix())) + "/"


def review(findings: Sequence[Finding], out: Path) -> list[dict[str, Any]]:
    """Sort findings by reason, the most frequent first."""
    counts = Counter(finding.reason for finding in findings)
    return [
        {
            "reason": reason,
            "photos": [
                {
                    "name": printable(found.path.name),
                    "url": folder_url(found.path.parent, out) + quote(os.fsencode(found.path.name)),
                    "why": found.why,
                    "keeper": None if found.keeper is None else printable(found.keeper.name),
                }
                for found in findings
                if found.reason == reason
            ],
        }
        for reason, _ in counts.most_common()
    ]
