"""The gallery of a manifest: photos in an object store, shown by thumbnails made of them."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from photosort.commands.embed import require_arrow
from photosort.photos.paths import in_full
from photosort.photos.records import read_hash

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from photosort.commands.request import Progress
    from photosort.look.gallery import Gallery
    from photosort.look.records import Picture, Shown, Thumbnail
    from photosort.scale.manifest import Entry, RemoteAlbum

THREADS: Final = 8  # fetching waits for the network
AHEAD: Final = 32  # photos in memory: some 150 MB of phone photos


def make_remote_gallery(url: str, out: Path, progress: Progress) -> Gallery:
    """Write the page of the manifest at `url` into the folder `out`. Raises PhotosortError."""
    require_arrow()
    from photosort.look.gallery import check_gallery, write_gallery
    from photosort.look.records import Exhibit
    from photosort.scale.manifest import read_manifest

    folder = in_full(out)
    check_gallery(folder)
    album = read_manifest(url)
    by_folder = _by_folder(album)
    groups = tuple(_shown(place, title, by_folder.get(place, [])) for place, title in album.folders)
    shown = [one for place, _ in album.folders for one in by_folder.get(place, [])]
    spots = [one.at for one in shown if one.at is not None]
    layout = spots if len(spots) == len(shown) else None
    exhibit = Exhibit(url.rstrip("/").rpartition("/")[2], groups, (), layout)
    progress.stage("Drawing", total=len(exhibit.pictures))
    with _thumbnails(shown) as small:
        return write_gallery(exhibit, folder, small, progress.advance)


def _by_folder(album: RemoteAlbum) -> dict[str, list[Entry]]:
    """Give the photos of each folder, those surest to belong there first."""
    found: dict[str, list[Entry]] = {}
    for one in album.photos:
        found.setdefault(one.folder, []).append(one)
    for photos in found.values():
        photos.sort(key=lambda one: -one.confidence)
    return found


def _shown(place: str, title: str | None, photos: Sequence[Entry]) -> Shown:
    from photosort.look.records import Picture, Shown

    pictures = [
        Picture(
            Path(one.url),
            one.content_hash or None,
            one.confidence,
            one.taken or "",
            one.location[::-1],
            one.position,
        )
        for one in photos
    ]
    return Shown(tuple(place.split("/")), title, tuple(pictures))


@contextmanager
def _thumbnails(photos: Sequence[Entry]) -> Iterator[Thumbnail]:
    """Find thumbnails, which are asked for in the order of `photos`: known, or made of the photo.

    The next photos are fetched meanwhile.
    """
    from photosort.catalog import Catalog

    with Catalog.open() as catalog, ThreadPoolExecutor(THREADS) as threads:
        waiting = deque(photos)
        coming: deque[tuple[bytes | None, Future[bytes | None] | None]] = deque()

        def fill() -> None:
            while waiting and len(coming) < AHEAD:
                one = waiting.popleft()
                digest = read_hash(one.content_hash)
                known = catalog.thumbnail(digest) if digest else None
                future = None if known else threads.submit(_made_of, one.url)
                coming.append((known, future))

        def of(_: Picture) -> bytes | None:
            fill()
            known, future = coming.popleft()
            return future.result() if future else known

        yield of


def _made_of(url: str) -> bytes | None:
    """Make the thumbnail of a photo; None where it cannot be fetched or decoded."""
    from photosort.photos.decode import DecodeError, decode
    from photosort.photos.thumbnails import HEIGHT, thumbnail
    from photosort.scale.places import fetch

    data = fetch(url)
    if isinstance(data, str):
        return None
    try:
        return thumbnail(decode(data, min_side=HEIGHT).image)
    except DecodeError:
        return None
