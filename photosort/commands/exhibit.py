"""What `sheet` and `gallery` show: an album, or some of its folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photosort.commands.album import find_album, open_album
from photosort.photos.paths import in_full

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Folder, Placed
    from photosort.commands.request import Progress
    from photosort.commands.thumbnails import Thumbnails
    from photosort.look.gallery import Gallery
    from photosort.look.records import Picture, Shown, Thumbnail


def shown(folder: Folder) -> Shown:
    """Describe a folder of an album, the photos surest to belong there first."""
    from photosort.look.records import Shown

    photos = sorted(folder.photos, key=lambda photo: -photo.confidence)
    return Shown(folder.place.parts, folder.leaf.name, tuple(map(picture, photos)))


def picture(photo: Placed) -> Picture:
    """Describe a photo of an album."""
    from photosort.look.records import Picture

    return Picture(
        photo.path,
        photo.content_hash,
        photo.confidence,
        photo.taken.date or "",
        photo.taken.location[::-1],
    )


def of_picture(small: Thumbnails) -> Thumbnail:
    """Say where `look` finds the thumbnails of what it shows."""
    return lambda picture: small.of(picture.path, picture.content_hash)


def draw_sheet(
    names: Sequence[str], album: Path | None, file: Path, limit: int, progress: Progress
) -> int:
    """Draw a contact sheet of the named folders, or of all, into a new `file`; return the pages.

    Raises PhotosortError.
    """
    from photosort.album.files import check_apart, write_file
    from photosort.album.manifest import find_folder
    from photosort.commands.thumbnails import thumbnails
    from photosort.look.sheet import Style, check_format, encoded, sheet

    kind = check_format(file)
    manifest = open_album(album)
    file = in_full(file)
    check_apart(file, manifest, "-o")
    folders = [find_folder(manifest, name) for name in names] or list(manifest.folders)
    progress.stage("Drawing", total=len(folders), unit="page")
    pages = []
    with thumbnails() as small:
        for done, folder in enumerate(folders, start=1):
            pages.append(sheet(shown(folder), of_picture(small), Style(limit=limit)))
            progress.advance(done)
    write_file(file, encoded(pages, kind), "-o")
    return len(pages)


def make_gallery(album: Path | None, out: Path | None, progress: Progress) -> Gallery:
    """Write the page of an album, by default beside it. Raises PhotosortError."""
    from photosort.album.files import check_apart
    from photosort.commands.thumbnails import thumbnails
    from photosort.look.gallery import check_gallery, write_gallery
    from photosort.look.records import Exhibit

    manifest = open_album(album)
    home = find_album(album)
    folder = in_full(out) if out else home.with_name(f"{home.name}-gallery")
    check_apart(folder, manifest, "--out")
    check_gallery(folder)
    progress.stage("Placing photos", total=None)
    groups = tuple(map(shown, manifest.folders))
    exhibit = Exhibit(home.name, groups, layout=layout(manifest, groups))
    progress.stage("Drawing", total=len(exhibit.pictures))
    with thumbnails() as small:
        return write_gallery(exhibit, folder, of_picture(small), progress.advance)


def layout(manifest: Manifest, groups: Sequence[Shown]) -> list[tuple[float, float]] | None:
    """Place the photos on a plane by their features; None where the catalog lacks one."""
    from photosort.catalog import Catalog
    from photosort.commands.references import as_before
    from photosort.grouping.layout import plane

    hashes = [picture.content_hash for group in groups for picture in group.pictures]
    if not hashes or None in hashes:
        return None
    _, spec = as_before(manifest)
    with Catalog.open() as catalog:
        digests = [bytes.fromhex(text) for text in hashes if text]
        if catalog.held(digests, spec.id) != set(digests):
            return None
        features = catalog.features(digests, spec.id)
    return [(float(x), float(y)) for x, y in plane(features)]
