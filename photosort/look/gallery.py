"""Writes the gallery: one folder with a page that opens from disk.

Thumbnails and sprite sheets are named by content and never change. They are written first,
`data.js` and `index.html` last, and what is no longer shown is removed after that: a page that is
there is whole, wherever a run was killed. The marker lists what photosort wrote: nothing else in
the folder is ever replaced or removed.
"""

import io
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image, ImageOps

from photosort import __version__
from photosort.errors import PhotosortError
from photosort.look.page import (
    SPRITE_SIDE,
    SPRITES_A_ROW,
    Drawn,
    album_script,
    sprite_place,
    thumbnail_name,
    thumbnail_place,
)
from photosort.look.records import Exhibit, Picture, Thumbnail
from photosort.photos.thumbnails import read_thumbnail

MARKER = ".photosort-gallery"
HERE = Path(__file__).parent
STATIC = (
    *(HERE / "templates" / name for name in ("gallery.css", "gallery.js", "plane.js")),
    *(
        HERE / "vendor" / name
        for name in (
            "photoswipe.css",
            "photoswipe.umd.min.js",
            "photoswipe-lightbox.umd.min.js",
            "land.js",
            "LICENCES.txt",
        )
    ),
)

EDITING = tuple(HERE / "templates" / name for name in ("edit.css", "edit.js", "drag.js"))

OnDone = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Gallery:
    """A gallery as written: its page, the photos on it, those of them that are out of reach."""

    page: Path
    count: int
    unreadable: tuple[Path, ...]


def check_gallery(out: Path) -> None:
    """Refuse a folder that holds something and is no gallery of photosort. PhotosortError."""
    if os.path.lexists(out) and not out.is_dir():
        raise PhotosortError(f"{out}: not a folder; pass another --out")
    marker = out / MARKER
    ours = marker.is_file() and not marker.is_symlink()
    begun = f"{MARKER}.new"  # all that a run leaves that was killed in its first step
    if out.is_dir() and not ours and any(path.name != begun for path in out.iterdir()):
        raise PhotosortError(
            f"{out}: holds files and is not a gallery of photosort; pass an empty or a new --out"
        )


def write_gallery(exhibit: Exhibit, out: Path, thumbnail: Thumbnail, on_done: OnDone) -> Gallery:
    """Write the page of `exhibit` into the folder `out`. Raises PhotosortError."""
    check_gallery(out)
    try:
        return _write(exhibit, out, thumbnail, on_done)
    except OSError as error:
        raise PhotosortError(
            f"{out}: {error.strerror or error}; free some space or pass another --out,"
            " then run it again: it goes on where it stopped"
        ) from error


def _write(exhibit: Exhibit, out: Path, thumbnail: Thumbnail, on_done: OnDone) -> Gallery:
    out.mkdir(parents=True, exist_ok=True, mode=0o700)  # as private as the photos may be
    pictures = exhibit.pictures
    written = _listed(out) | _planned(pictures)
    _note(out, written)  # what a killed run leaves is known to the next one
    ratios: dict[str, float] = {}
    current: set[str] = set()
    sprites: list[str] = []
    gone: list[int] = []
    for first in range(0, len(pictures), SPRITES_A_ROW**2):
        tiles: list[Image.Image | None] = []
        for number, picture in enumerate(pictures[first : first + SPRITES_A_ROW**2]):
            tile = _thumbnail(picture, out, thumbnail, ratios, current)
            tiles.append(tile)
            if tile is None or not os.path.exists(picture.path):  # noqa: PTH110 - False, too, where it may not be seen
                gone.append(first + number)
            on_done(first + number + 1)
        data = sprite_sheet(tiles)
        sprites.append(sprite_place(data))
        written.add(sprites[-1])
        _note(out, written)
        _put(out, sprites[-1], data, current)
    for file in STATIC:
        _put(out, file.name, file.read_bytes(), current)
    drawn = Drawn(ratios, sprites, gone)
    _put(out, "data.js", album_script(exhibit, out, drawn).encode("ascii"), current)
    _put(out, "index.html", page_html(exhibit).encode("utf-8"), current)
    for name in sorted(written - current):
        (out / name).unlink(missing_ok=True)
    _note(out, current)
    unreadable = tuple(pictures[row].path for row in gone)
    return Gallery(out / "index.html", len(pictures), unreadable)


def _planned(pictures: list[Picture]) -> set[str]:
    """Name the files of a gallery of `pictures`, but for the sprite sheets."""
    places = {thumbnail_place(thumbnail_name(picture)) for picture in pictures}
    return places | {file.name for file in STATIC} | {"data.js", "index.html"}


def _thumbnail(
    picture: Picture,
    out: Path,
    thumbnail: Thumbnail,
    ratios: dict[str, float],
    current: set[str],
) -> Image.Image | None:
    """Write a photo's thumbnail unless it is there; return its tile for the map."""
    data = thumbnail(picture)
    image = read_thumbnail(data) if data else None
    if data is None or image is None:
        return None
    name = thumbnail_name(picture)
    ratios[name] = image.width / image.height
    place = thumbnail_place(name)
    if place not in current:
        _put(out, place, data, current)
    return ImageOps.fit(image, (SPRITE_SIDE, SPRITE_SIDE))


def sprite_sheet(tiles: Iterable[Image.Image | None]) -> bytes:
    """Draw tiles of the map on one sheet, row by row; where there is none it stays black."""
    sheet = Image.new("RGB", (SPRITES_A_ROW * SPRITE_SIDE,) * 2)
    for number, tile in enumerate(tiles):
        if tile is not None:
            row, column = divmod(number, SPRITES_A_ROW)
            sheet.paste(tile, (column * SPRITE_SIDE, row * SPRITE_SIDE))
    buffer = io.BytesIO()
    sheet.save(buffer, "WEBP", quality=60, method=4)
    return buffer.getvalue()


def sprite_tile(data: bytes) -> Image.Image | None:
    """Cut the tile of a thumbnail; None for bytes that are no thumbnail."""
    image = read_thumbnail(data)
    return None if image is None else ImageOps.fit(image, (SPRITE_SIDE, SPRITE_SIDE))


def _put(out: Path, name: str, data: bytes, current: set[str]) -> None:
    """Write a file of the gallery at once: a reader sees the old one or the new one."""
    path = out / name
    current.add(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and not path.is_symlink() and path.read_bytes() == data:
        return
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with new.open("xb") as file:
        file.write(data)
    new.chmod(0o600)
    new.replace(path)


def _listed(out: Path) -> set[str]:
    """Read which files of the folder photosort wrote; names that leave it are not believed."""
    try:
        names = json.loads((out / MARKER).read_text("utf-8"))["files"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return set()
    return {
        name
        for name in names
        if isinstance(name, str) and not name.startswith("/") and ".." not in Path(name).parts
    }


def _note(out: Path, names: set[str]) -> None:
    text = json.dumps({"made_by": f"photosort {__version__}", "files": sorted(names)})
    new = out / f"{MARKER}.new"
    new.unlink(missing_ok=True)
    with new.open("x", encoding="utf-8") as file:
        file.write(text)
    new.replace(out / MARKER)


def page_html(exhibit: Exhibit, *, served: bool = False) -> str:
    """Write the page itself; one that is served has what it takes to correct the album."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("index.html").render(
        title=exhibit.title,
        count=len(exhibit.pictures),
        version=__version__,
        created=datetime.now(UTC).date().isoformat(),
        served=served,
    )
