"""What an album holds, with pictures of it where the terminal can show some."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Literal

from rich.table import Table
from rich.text import Text

from photosort.counts import counted
from photosort.report import console
from photosort.report.console import bold, line, out, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from PIL import Image

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Folder, Placed
    from photosort.commands.find import Found
    from photosort.report.thumbnails import Small

Sort = Literal["typical", "uncertain", "date", "name"]

GONE: Final = "  (the original is out of reach)"
LINES_BESIDE: Final = 5  # of the screen: heading, the prompt and what is left out
NAMED_PLACES: Final = 3
BAR: Final = 12  # cells of the longest bar
TINY: Final = (6, 6)  # pixels of a picture in the list: 6 cells in 3 lines
TINY_TILES: Final = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """Which photos of a folder are shown, and in which order; `limit` None means what fits."""

    sort: Sort = "typical"
    limit: int | None = None
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """What a list shows beside names and numbers."""

    pictures: bool = False
    bars: bool = False
    days: bool = False


RICHEST_FIRST: Final = (
    Parts(pictures=True, bars=True, days=True),
    Parts(pictures=True, bars=True),
    Parts(bars=True, days=True),
    Parts(bars=True),
)


def in_order(photos: Iterable[Placed], sort: Sort) -> list[Placed]:
    """Sort photos; those without a date come last."""
    keys: dict[Sort, Callable[[Placed], Any]] = {
        "typical": lambda photo: -photo.confidence,
        "uncertain": lambda photo: photo.confidence,
        "date": lambda photo: (photo.taken.date is None, photo.taken.date or "", photo.path.name),
        "name": lambda photo: (photo.path.name.casefold(), str(photo.path)),
    }
    return sorted(photos, key=keys[sort])


def _limit(choice: Choice, otherwise: int) -> int:
    return otherwise if choice.limit is None else choice.limit


def span(photos: Iterable[Placed]) -> str:
    """Say from which day to which photos were taken; empty where no date is known."""
    days = sorted(photo.taken.date[:10] for photo in photos if photo.taken.date)
    if not days:
        return ""
    return days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}"


def places(photos: Iterable[Placed]) -> str:
    """Name the places where most of the photos were taken, with their numbers."""
    counts: dict[str, int] = {}
    for photo in photos:
        if photo.taken.location:
            name = _town(photo.taken.location)
            counts[name] = counts.get(name, 0) + 1
    most = sorted(counts, key=lambda name: (-counts[name], name))
    named = [f"{name} ({counts[name]:,})" for name in most[:NAMED_PLACES]]
    return "; ".join(named) + ("; ..." if len(most) > NAMED_PLACES else "")


def _town(location: tuple[str, ...]) -> str:
    """Name a place, given from the country down to a part of a town, by town and country."""
    in_parts = len(location) > 2 and not location[-1].startswith("near ")
    town = location[-2] if in_parts else location[-1]
    return ", ".join(dict.fromkeys((town, location[0])))


def show_folder(manifest: Manifest, folder: Folder, small: Small | None, choice: Choice) -> None:
    """Show a folder: what is known of it, a grid of thumbnails, the names of those photos."""
    _heading(manifest, folder)
    photos = in_order(folder.photos, choice.sort)
    pictures = _grid(photos, small, choice)
    shown = photos if choice.everything else photos[: _limit(choice, pictures or len(photos))]
    for photo in shown:
        line(f"  {printable(_name(photo, folder))}", _gone(photo))
    if len(shown) < len(photos):
        line(f"{len(photos) - len(shown):,} more; --all names them")
    _count_gone(folder.photos)


def show_rows(manifest: Manifest, small: Small | None, choice: Choice) -> None:
    """Show each folder of an album in a row: its heading and a strip of thumbnails or names."""
    from photosort.report.thumbnails import COLUMNS_A_SMALL_TILE, shows_pictures, strip

    draws = small is not None and shows_pictures()
    for folder in manifest.folders:
        _heading(manifest, folder)
        photos = in_order(folder.photos, choice.sort)
        if small is not None and draws:
            images = _images(photos[: choice.limit], small)
            drawn = strip(images, columns=out.width, tile=COLUMNS_A_SMALL_TILE)
            if drawn is not None:
                out.print(drawn)
                continue
        for photo in photos if choice.everything else photos[: _limit(choice, TINY_TILES)]:
            line(f"  {printable(_name(photo, folder))}", _gone(photo))
    _count_gone(manifest.photos)


def _heading(manifest: Manifest, folder: Folder) -> None:
    """Say what a folder is: name, title, number of photos, share; days, places, the reason."""
    named = folder.leaf.number and folder.leaf.name
    title = f" · {printable(folder.leaf.name or '')}" if named else ""
    total = sum(1 for _ in manifest.photos) or 1
    count = counted(len(folder.photos), "photo")
    line(bold(folder.name), f"{title} · {len(folder.photos) / total:.0%} · {count}")
    told = [span(folder.photos), printable(places(folder.photos))]
    if any(told):
        line(" · ".join(filter(None, told)))
    if folder.reason:
        line(printable(folder.reason))


def _grid(photos: Sequence[Placed], small: Small | None, choice: Choice) -> int:
    """Draw photos in rows as they are found; return how many were looked for, 0 without a grid."""
    from photosort.report.thumbnails import a_row, rows_that_fit, shows_pictures, strip

    if small is None or choice.limit == 0 or not shows_pictures():
        return 0
    width = a_row(out.width)
    fitting = width * rows_that_fit(out.height - LINES_BESIDE)
    count = len(photos) if choice.everything else _limit(choice, fitting)
    images = _images(photos[:count], small)
    while (drawn := strip(images, columns=out.width)) is not None:
        out.print(drawn)
    return min(count, len(photos))


def _images(photos: Iterable[Placed], small: Small) -> Iterable[Image.Image]:
    from photosort.report.thumbnails import small_images

    return small_images(small, ((photo.path, photo.content_hash) for photo in photos))


def _name(photo: Placed, folder: Folder) -> PurePosixPath:
    return PurePosixPath(*photo.place.parts[len(folder.place.parts) :])


def _gone(photo: Placed) -> Text:
    there = os.path.exists(photo.path)  # noqa: PTH110 - False, too, where it may not be seen
    return Text("" if there else GONE, style="yellow")


def _count_gone(photos: Iterable[Placed]) -> None:
    """Say how many of the photos were moved or deleted since."""
    lost = sum(1 for photo in photos if not os.path.exists(photo.path))  # noqa: PTH110
    if lost:
        line(
            Text(
                f"{counted(lost, 'photo')} out of reach; photosort relink finds what moved",
                "yellow",
            )
        )


def show_album(manifest: Manifest, home: Path, small: Small | None) -> None:
    """Show the folders of the album at `home`; `small` finds thumbnails, where there is room."""
    rich = out.is_terminal and (out.encoding or "").lower().startswith("utf")
    draws = bool(rich and out.color_system and not out.no_color)
    wanted = [p for p in RICHEST_FIRST if rich and ((draws and small) or not p.pictures)]
    fitting = (parts for parts in wanted if _width(_table(manifest, None, parts)) <= out.width)
    console.table(_table(manifest, small, next(fitting, Parts())))
    count = sum(len(folder.photos) for folder in manifest.folders)
    line(f"{counted(count, 'photo')} in ", bold(home), f", {manifest.created[:10]}")
    if os.path.realpath(home) != str(manifest.out):
        line(
            Text(
                f"Made at {printable(manifest.out)}, and moved since; photosort relink repairs"
                " its links",
                "yellow",
            )
        )


def _width(table: Table) -> int:
    from rich.measure import Measurement

    wide = out.options.update(width=console.UNBOUNDED)
    return Measurement.get(out, wide, table).maximum


def _table(manifest: Manifest, small: Small | None, parts: Parts) -> Table:
    """Lay out the folders: thumbnails, name, title, photos, share, a bar of it, days.

    Without `small` there is room for thumbnails, and none is drawn.
    """
    from photosort.report.results import folder_titles

    folders, titles = manifest.folders, folder_titles(manifest)
    most = max((len(folder.photos) for folder in folders), default=0) or 1
    total = sum(len(folder.photos) for folder in folders) or 1
    spans = [span(folder.photos) for folder in folders]
    clusters = all(folder.leaf.number is not None for folder in folders)
    table = Table(box=None, pad_edge=False, header_style="bold")
    columns: list[tuple[str, Literal["left", "right"], list[str | Text]]] = [
        ("cluster" if clusters else "folder", "left", [printable(f.name) for f in folders]),
        ("photos", "right", [f"{len(folder.photos):,}" for folder in folders]),
        ("share", "right", [f"{len(folder.photos) / total:.0%}" for folder in folders]),
    ]
    if any(titles):
        columns.insert(1, ("title", "left", [printable(title) for title in titles]))
    if parts.bars:
        lengths = [round(BAR * len(folder.photos) / most) or 1 for folder in folders]
        columns.append(("", "left", [Text("█" * length, "cyan") for length in lengths]))
    if parts.days and any(spans):
        columns.append(("taken", "left", list(spans)))
    if parts.pictures:
        columns.insert(0, ("", "left", [_tiny(folder, small) for folder in folders]))
    for heading, justify, _ in columns:
        table.add_column(heading, justify=justify, vertical="middle")
    for cells in zip(*(cells for *_, cells in columns), strict=True):
        table.add_row(*cells)
    table.add_section()
    return table


def _tiny(folder: Folder, small: Small | None) -> Text:
    """Draw the most typical photos of a folder in half-blocks, two pixels a cell."""
    if small is None:
        return Text(" " * (TINY_TILES * (TINY[0] + 1) - 1))
    from itertools import islice

    from PIL import ImageOps

    images = _images(in_order(folder.photos, "typical"), small)
    tiles = [ImageOps.fit(image, TINY).convert("RGB") for image in islice(images, TINY_TILES)]
    text = Text()
    for top in range(0, TINY[1], 2):
        for number, tile in enumerate(tiles):
            text.append(" " if number else "")
            for x in range(TINY[0]):
                upper, lower = (_colour(tile, x, top + half) for half in (0, 1))
                text.append("▀", f"{upper} on {lower}")
        text.append("\n" if top + 2 < TINY[1] else "")
    return text


def _colour(tile: Image.Image, x: int, y: int) -> str:
    """Name a pixel's colour as rich does."""
    red, green, blue = tile.crop((x, y, x + 1, y + 1)).tobytes()
    return f"rgb({red},{green},{blue})"


def contents_json(manifest: Manifest, folder: Folder | None, choice: Choice) -> dict[str, Any]:
    """Describe a folder, or an album, with the photos of `choice`, all where it has no limit."""
    from photosort.report.as_json import album_json, folder_json

    def chosen(some: Folder) -> dict[str, Any]:
        limit = None if choice.everything else choice.limit
        photos = tuple(in_order(some.photos, choice.sort)[:limit])
        counted_in_full = folder_json(manifest, some)
        shown = folder_json(manifest, replace(some, photos=photos))
        return {**counted_in_full, "photos": shown["photos"]}

    if folder is not None:
        return chosen(folder)
    return {**album_json(manifest), "folders": [chosen(some) for some in manifest.folders]}


def show_found(found: Found, small: Small | None) -> None:
    """Show photos that are alike: a strip of thumbnails, then distance, folder and path of each."""
    from photosort.report.thumbnails import (
        COLUMNS_A_SMALL_TILE,
        shows_pictures,
        small_images,
        strip,
    )

    if found.photos and small is not None and shows_pictures():
        images = small_images(small, ((one.path, one.content_hash) for one in found.photos))
        drawn = strip(images, columns=out.width, tile=COLUMNS_A_SMALL_TILE)
        if drawn is not None:
            out.print(drawn)
    for one in found.photos:
        where = f"  {printable(one.folder)}" if one.folder else ""
        line(f"{one.distance:.3f}{where}  {printable(one.path)}")
    line(f"{counted(len(found.photos), 'photo')} most like {printable(found.wanted)}"
         f" of {found.compared:,} compared")  # fmt: skip
    if found.gone:
        line(Text(f"{counted(found.gone, 'photo')} out of reach, no less alike", "yellow"))


def found_json(found: Found) -> dict[str, Any]:
    """Describe the photos that were found, the most alike first."""
    return {
        "wanted": found.wanted,
        "compared": found.compared,
        "gone": found.gone,
        "photos": [
            {"path": str(one.path), "distance": one.distance, "folder": one.folder}
            for one in found.photos
        ],
    }
