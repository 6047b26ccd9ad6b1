"""The new album, built aside in `.photosort/next` while the old one stays as it is."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from photosort.album import disk, folder
from photosort.album.folder import HOME, NEXT
from photosort.album.manifest import Manifest
from photosort.album.plan import Placed
from photosort.album.refusals import explain_link
from photosort.errors import PhotosortError
from photosort.photos.records import Skipped


@dataclass(frozen=True, slots=True)
class Staging:
    """What every step of the building needs: the album it shall be, and the one it replaces."""

    album: Manifest
    old: Manifest | None

    @property
    def tree(self) -> Path:
        """Where the new album is built."""
        return self.album.out / HOME / NEXT


def stage(staging: Staging, on_placed: Callable[[int], None] | None = None) -> Manifest:
    """Build the album; photos that cannot be placed are in the result's `skipped`.

    Raises OSError when the disk refuses, PhotosortError when links are not possible or when a
    whole source is no longer there.
    """
    disk.discard(staging.tree)
    disk.make_folder(staging.tree)
    copies = _old_copies(staging)
    skipped: list[Skipped] = []
    folders = []
    done = 0
    for place in staging.album.directories:
        disk.make_folder(staging.tree / place)
    for some in staging.album.folders:
        placed = []
        for photo in some.photos:
            try:
                placed.append(_place(staging, photo, copies.get(photo.path)))
            except disk.SourceError as error:
                skipped.append(Skipped(photo.path, str(error)))
            done += 1
            if on_placed:
                on_placed(done)
        folders.append(replace(some, photos=tuple(placed)))
    for place in staging.album.directories:
        disk.sync_folder(staging.tree / place)
    disk.sync_folder(staging.tree)
    _refuse_lost_sources(staging.album, {entry.path for entry in skipped})
    everything = (*staging.album.skipped, *skipped)
    return replace(staging.album, folders=tuple(folders), skipped=everything)


def _old_copies(staging: Staging) -> dict[Path, Placed]:
    """Find the old album's copies by source: an unchanged one need not be copied again."""
    old = staging.old
    if old is None or old.link != "copy" or staging.album.link != "copy":
        return {}
    return {photo.path: photo for photo in old.photos}


def _place(staging: Staging, photo: Placed, earlier: Placed | None) -> Placed:
    place = staging.tree / photo.place
    out = staging.album.out
    try:
        original = photo.path.stat()
    except OSError as error:
        raise disk.SourceError(_reason(error)) from error
    if not stat.S_ISREG(original.st_mode):
        raise disk.SourceError("no longer a file")
    try:
        if staging.album.link == "symlink":
            _link_symbolic(staging, photo, original)
            return photo
        if staging.album.link == "hardlink":
            disk.link_hard(photo.path, place)
            return _measured(photo, place)
        same = earlier is not None and photo.content_hash in (None, earlier.content_hash)
        if earlier is not None and same and _reuse(staging, earlier, place, original):
            return replace(_measured(photo, place), content_hash=earlier.content_hash)
        digest = disk.copy(photo.path, place)
        return replace(_measured(photo, place), content_hash=digest)
    except FileNotFoundError:  # between the look and the link
        raise disk.SourceError("no longer there") from None
    except OSError as error:
        raise explain_link(error, out, staging.album.link, photo.path) from error


def _link_symbolic(staging: Staging, photo: Placed, original: os.stat_result) -> None:
    """Link, once it is proven that the text leads to the photo from the link's final folder."""
    text = staging.album.text_of(photo)
    # Seen from photosort's own folder, which is at the top of the album and exists.
    from_top = text.removeprefix("../" * (len(photo.place.parts) - 2))
    if not _leads_to(staging.tree.parent / from_top, photo.path, original):
        raise PhotosortError(
            f"{photo.path}: a link at {staging.album.out} would not lead to it;"
            " pass an --out whose path has no link in it"
        )
    disk.link_symbolic(text, staging.tree / photo.place)


def _leads_to(from_home: Path, photo: Path, original: os.stat_result) -> bool:
    """Try a link's text from photosort's own folder: it lies as deep as a cluster's, and exists."""
    try:
        if os.path.samestat(from_home.stat(), original):  # Path keeps the text's ".."
            return True
    except OSError:
        return False
    # Some file systems give a file another number at every look.
    return os.path.realpath(from_home) == os.path.realpath(photo)


def _reuse(staging: Staging, earlier: Placed, place: Path, original: os.stat_result) -> bool:
    """Give the old album's copy a second name, if it still is what a new copy would be."""
    out, old = staging.album.out, staging.old
    if old is None or (original.st_size, original.st_mtime_ns) != (
        earlier.size_bytes,
        earlier.mtime_ns,
    ):
        return False
    try:
        if folder.why_keep(out, old, earlier, thorough=False) is not None:
            return False
        disk.link_hard(out / earlier.place, place)
    except OSError:  # gone, or no hard links here: copy
        return False
    return True


def _measured(photo: Placed, place: Path) -> Placed:
    status = place.lstat()
    return replace(photo, size_bytes=status.st_size, mtime_ns=status.st_mtime_ns)


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "no longer there"
    return error.strerror or str(error)


def _refuse_lost_sources(album: Manifest, lost: set[Path]) -> None:
    """Raise PhotosortError when all photos of a source are gone: its disk is, not the photos."""
    for source in album.sources:
        photos = [photo.path for photo in album.photos if photo.path.is_relative_to(source)]
        if photos and all(photo in lost for photo in photos):
            raise PhotosortError(
                f"{source}: its photos can no longer be read; is its disk still connected?"
                " The album was left as it was"
            )
