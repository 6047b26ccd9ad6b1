"""Files beside a photo that say when and where it was taken: XMP and Google Takeout's JSON."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from photosort.photos.metadata import takeout, xmp
from photosort.photos.metadata.facts import NO_FACTS, DateSource, Facts

SUFFIXES: Final = (".xmp", ".json")
#: darktable's history is the longest there is; a larger JSON file is not of Takeout.
MAX_BYTES: Final = 8 << 20
_SOURCES: Final[tuple[DateSource, DateSource, DateSource]] = (
    "sidecar DateTimeOriginal", "sidecar DateCreated", "sidecar CreateDate",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sidecars:
    """The files that belong to a photo."""

    xmp: Path | None = None
    takeout: Path | None = None


def pair(photos: Iterable[Path], sidecars: Iterable[Path]) -> dict[Path, Sidecars]:
    """Find the sidecars of each photo that has one: IMG.jpg.xmp, IMG.xmp, IMG.jpg.json and so on.

    A sidecar whose photo is not there is left out. Case is folded, as XMP and xmp both occur.
    """
    folders: dict[Path, _Folder] = defaultdict(_Folder)
    for path in sidecars:
        folders[path.parent].add(path.name)
    found = {}
    for photo in photos:
        folder = folders.get(photo.parent)
        mine = folder.of(photo) if folder else None
        if mine is not None:
            found[photo] = mine
    return found


class _Folder:
    """The sidecars of one folder."""

    def __init__(self) -> None:
        self.xmp: dict[str, str] = {}
        self.json: list[str] = []
        self._index: takeout.Index | None = None

    def add(self, name: str) -> None:
        lower = name.lower()
        if lower.endswith(".xmp"):
            self.xmp.setdefault(lower, name)
        elif lower.endswith(".json"):
            self.json.append(name)

    def of(self, photo: Path) -> Sidecars | None:
        if self._index is None:
            self._index = takeout.index(sorted(self.json))
        beside = [f"{photo.name}.xmp".lower(), f"{photo.stem}.xmp".lower()]
        its_xmp = next((self.xmp[name] for name in beside if name in self.xmp), None)
        its_json = takeout.partner(photo.name, self._index) if self._index else None
        if its_xmp is None and its_json is None:
            return None
        return Sidecars(
            photo.with_name(its_xmp) if its_xmp else None,
            photo.with_name(its_json) if its_json else None,
        )


def read_sidecar(path: Path) -> Facts:
    """Read the facts in a sidecar; never raises for what it holds. Raises OSError."""
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        return NO_FACTS
    if path.suffix.lower() == ".json":
        return takeout.read_takeout(data)
    packet = xmp.read_xmp(data)
    where = xmp.place(packet)
    facts = Facts(dates=tuple(xmp.dates(packet, _SOURCES)))
    if where is None:
        return facts
    return replace(
        facts,
        latitude=where[0],
        longitude=where[1],
        altitude_m=xmp.altitude(packet),
        place_source="sidecar",
    )
