"""What the page is told when it is served: the album, with keys in the place of paths. Pure."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from photosort.look.page import Drawn, album_data, printable, review
from photosort.look.records import Exhibit


@dataclass(frozen=True, slots=True)
class Editing:
    """What it takes to correct an album.

    `version` names the state of the album, `undo` the step that can be taken back. For each group
    `keys` are those of its headings and `clusters` its number, None where it is no cluster. `tiles`
    are the places of the pictures on the sprite sheets. `kept` and `aside` are photos that the user
    keeps, and that the user rejected.
    """

    version: str
    undo: str | None
    keys: Sequence[Sequence[str]]
    clusters: Sequence[int | None]
    tiles: Sequence[int]
    kept: frozenset[Path] = frozenset()
    aside: Sequence[Path] = ()


def photo_key(path: Path) -> str:
    """Name a photo so that nothing has to be known of the path, nor can be asked by one."""
    return blake2b(os.fsencode(path), digest_size=16).hexdigest()


def served_data(exhibit: Exhibit, drawn: Drawn, editing: Editing) -> dict[str, Any]:
    """Describe the exhibit as `album_data` does; photos have keys, groups those of headings."""
    data = album_data(exhibit, Path("/"), drawn)
    for group, keys, number in zip(data["groups"], editing.keys, editing.clusters, strict=True):
        group.update(keys=list(keys), cluster=number)
    for folder in data["folders"]:
        folder["url"] = ""
    data["review"] = _review(exhibit, editing)
    return data | {
        "urls": {},
        "keys": [photo_key(picture.path) for picture in exhibit.pictures],
        "tiles": list(editing.tiles),
        "version": editing.version,
        "undo": editing.undo,
        "aside": [{"name": printable(path.name), "key": photo_key(path)} for path in editing.aside],
    }


def _review(exhibit: Exhibit, editing: Editing) -> list[dict[str, Any]]:
    """Sort findings by reason, as `page.review` does, with what the user said of each photo."""
    aside = frozenset(editing.aside)
    state = dict.fromkeys(editing.kept, "kept") | dict.fromkeys(aside, "aside")
    found = review(exhibit.findings, Path("/"))
    for some in found:
        mine = [finding for finding in exhibit.findings if finding.reason == some["reason"]]
        for photo, finding in zip(some["photos"], mine, strict=True):
            key = photo_key(finding.path)
            photo.update(url=f"photo/{key}", key=key, state=state.get(finding.path, ""))
    return found
