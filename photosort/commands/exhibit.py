"""What `sheet` and `gallery` show: an album, or some of its folders."""

from __future__ import annotations

import contextlib
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

from photosort.commands.album import find_album, open_album
from photosort.photos.paths import in_full
from photosort.photos.records import read_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Folder, Placed
    from photosort.commands.request import Progress
    from photosort.commands.thumbnails import Thumbnails
    from photosort.look.gallery import Gallery
    from photosort.look.records import Finding, Picture, Shown, Thumbnail
    from photosort.look.sheet import Style
    from photosort.photos.scan import Photo


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
    names: Sequence[str], album: Path | None, file: Path, style: Style, progress: Progress
) -> int:
    """Draw a contact sheet of the named folders, or of all, into a new `file`; return the pages.

    Raises PhotosortError.
    """
    from photosort.album.files import check_apart, write_file
    from photosort.album.manifest import find_folder
    from photosort.commands.thumbnails import thumbnails
    from photosort.look.sheet import check_format, encoded, sheet

    kind = check_format(file)
    manifest = open_album(album)
    file = in_full(file)
    check_apart(file, manifest, "-o")
    folders = [find_folder(manifest, name) for name in names] or list(manifest.folders)
    progress.stage("Drawing", total=len(folders), unit="page")
    pages = []
    with thumbnails() as small:
        for done, folder in enumerate(folders, start=1):
            pages.append(sheet(shown(folder), of_picture(small), style))
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
    spots = whereabouts(manifest, progress)
    groups = tuple(at_their_places(shown(folder), spots) for folder in manifest.folders)
    found = findings(home, manifest, progress)
    progress.stage("Placing photos", total=None)
    exhibit = Exhibit(home.name, groups, found, layout(manifest, groups))
    progress.stage("Drawing", total=len(exhibit.pictures))
    with thumbnails() as small:
        return write_gallery(exhibit, folder, of_picture(small), progress.advance)


def whereabouts(
    manifest: Manifest, progress: Progress
) -> dict[Path, tuple[tuple[float, float], tuple[str, ...]]]:
    """Find where photos that are still there were taken: degrees, names up to the country."""
    from photosort.commands.metadata import describe
    from photosort.views.place import places_of
    from photosort.views.records import Shot

    described, _ = describe(states(photo.path for photo in manifest.photos), progress)
    at = [(one.photo.path, one.place) for one in described if one.place is not None]
    shots = [Shot(path, latitude=place.latitude, longitude=place.longitude) for path, place in at]
    named = places_of(shots)
    return {
        path: ((place.latitude, place.longitude), names.names[::-1] if names else ())
        for (path, place), names in zip(at, named, strict=True)
    }


def at_their_places(
    group: Shown, spots: Mapping[Path, tuple[tuple[float, float], tuple[str, ...]]]
) -> Shown:
    """Add to the pictures of a group where they were taken; the names of the album go first."""
    pictures = []
    for one in group.pictures:
        position, names = spots.get(one.path, (None, ()))
        pictures.append(replace(one, position=position, place=one.place or names))
    return replace(group, pictures=tuple(pictures))


def states(paths: Iterable[Path]) -> list[Photo]:
    """List the files that are there, without opening one."""
    from photosort.photos.scan import Photo

    found = []
    for path in dict.fromkeys(paths):
        with contextlib.suppress(OSError, ValueError):
            status = path.stat()
            if stat.S_ISREG(status.st_mode):
                times = status.st_mtime_ns, status.st_ctime_ns
                found.append(Photo(path, status.st_size, *times, ""))
    return found


def findings(home: Path, manifest: Manifest, progress: Progress) -> tuple[Finding, ...]:
    """Say what `review` finds in an album, where the catalog knows all that it takes."""
    from photosort.catalog import Catalog
    from photosort.commands.review import Wanted, rehearse_review
    from photosort.embed.backbone import DEFAULT_MODEL, find_model
    from photosort.look.records import Finding

    there = {photo.path for photo in states(photo.path for photo in manifest.photos)}
    digests = {read_hash(photo.content_hash) for photo in manifest.photos if photo.path in there}
    known = [digest for digest in digests if digest]
    with Catalog.open() as catalog:
        held = catalog.held(known, find_model(DEFAULT_MODEL).id) & catalog.measured(known)
    if not known or held != digests:
        return ()
    reviewed = rehearse_review(Wanted(album=home), progress)
    return tuple(
        Finding(one.item.path, one.reason, one.why, one.keeper.path if one.keeper else None)
        for one in reviewed.findings
    )


def layout(manifest: Manifest, groups: Sequence[Shown]) -> list[tuple[float, float]] | None:
    """Place the photos on a plane by their features; None where the catalog lacks one."""
    from photosort.catalog import Catalog
    from photosort.commands.references import as_before
    from photosort.grouping.layout import plane

    hashes = [read_hash(one.content_hash) for group in groups for one in group.pictures]
    digests = [digest for digest in hashes if digest]
    if not digests or None in hashes:
        return None
    _, spec = as_before(manifest)
    with Catalog.open() as catalog:
        if catalog.held(digests, spec.id) != set(digests):
            return None
        features = catalog.features(digests, spec.id)
    return [(float(x), float(y)) for x, y in plane(features)]
