"""The small pictures of a served page: thumbnails from the catalog, sprite sheets when wanted."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from photosort.look.gallery import sprite_sheet, sprite_tile
from photosort.look.page import SPRITES_A_ROW, thumbnail_name
from photosort.photos.thumbnails import thumbnail_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photosort.commands.request import Progress
    from photosort.look.records import Picture

A_SHEET = SPRITES_A_ROW**2


def thumbnail(picture: Picture) -> bytes | None:
    """Read a thumbnail, JPEG; None where there is none and the photo cannot be read."""
    return _thumbnails([picture])[0]


def _thumbnails(pictures: Sequence[Picture]) -> list[bytes | None]:
    """Read thumbnails; the catalog is opened anew, as an open one is for one thread alone."""
    from photosort.commands.thumbnails import thumbnails

    with thumbnails() as small:
        return [small.of(one.path, one.content_hash) for one in pictures]


class Sprites:
    """Gives each picture a place on the sheets, which it keeps whatever is corrected.

    `ratios` are width to height of the thumbnails there are, by name.
    """

    def __init__(self) -> None:
        self.ratios: dict[str, float] = {}
        self._tiles: dict[str, Picture] = {}  # in the order of their places
        self._sheets: dict[str, bytes] = {}
        self._drawing = Lock()

    def places(self, pictures: Sequence[Picture], progress: Progress) -> list[int]:
        """Give the place of each picture, and learn its shape where it is new."""
        from photosort.commands.thumbnails import thumbnails

        named = {thumbnail_name(one): one for one in pictures}
        new = {name: one for name, one in named.items() if name not in self._tiles}
        if new:
            progress.stage("Reading thumbnails", total=len(new))
            with thumbnails() as small:
                for done, (name, one) in enumerate(new.items(), start=1):
                    data = small.of(one.path, one.content_hash)
                    size = thumbnail_size(data) if data else None
                    if size:
                        self.ratios[name] = size[0] / size[1]
                    progress.advance(done)
        self._tiles = self._tiles | new  # another thread may be reading the old one
        place = {name: number for number, name in enumerate(self._tiles)}
        return [place[thumbnail_name(one)] for one in pictures]

    def names(self) -> list[str]:
        """Name the sprite sheets; one to which pictures were added has another name."""
        count = len(self._tiles)
        return [
            f"sprites/{first // A_SHEET}-{min(count - first, A_SHEET)}.webp"
            for first in range(0, count, A_SHEET)
        ]

    def sheet(self, name: str) -> bytes:
        """Draw a sheet of those that have a name when it is asked for first."""
        with self._drawing:
            if name not in self._sheets:
                number, _, count = (
                    name.removeprefix("sprites/").removesuffix(".webp").partition("-")
                )
                first = int(number) * A_SHEET
                some = list(self._tiles.values())[first : first + int(count)]
                tiles = [sprite_tile(data) if data else None for data in _thumbnails(some)]
                self._sheets[name] = sprite_sheet(tiles)
            return self._sheets[name]
