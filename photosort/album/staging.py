"""The new album, built aside in `.photosort/next` while the old one stays as it is."""

import errno
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from photosort.album import disk, folder
from photosort.album.folder import HOME, NEXT
from photosort.album.manifest import Manifest
from photosort.album.plan import Placed
from photosort.album.refusals import ELSEWHERE, explain_link, why_unplaced
from photosort.album.rights import group_at, mode_for, rights_of
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


@dataclass(frozen=True, slots=True)
class _Unplaced:
    """A photo that is left out; `error` is what the album's file system said, if that is why."""

    entry: Skipped
    error: OSError | None = None


def stage(staging: Staging, on_placed: Callable[[int], None] | None = None) -> Manifest:
    """Build the album; photos that cannot be placed are in the result's `skipped`.

    Raises OSError when the disk refuses, PhotosortError when links are not possible, when none of
    the photos can be placed, or when a whole source is no longer there.
    """
    disk.discard(staging.tree)
    refused = _make_folders(staging)
    copies = _old_copies(staging)
    left_out: list[_Unplaced] = []
    folders = []
    done = 0
    for some in staging.album.folders:
        placed = []
        for photo in some.photos:
            found = _try_to_place(staging, photo, copies.get(photo.path), refused.get(some.place))
            if isinstance(found, Placed):
                placed.append(found)
            else:
                left_out.append(found)
            done += 1
            if on_placed:
                on_placed(done)
        folders.append(replace(some, photos=tuple(placed)))
    for place in staging.album.directories:
        if place not in refused:
            disk.sync_folder(staging.tree / place)
    disk.sync_folder(staging.tree)
    _refuse_lost_sources(staging.album, {one.entry.path for one in left_out if not one.error})
    if not any(some.photos for some in folders):
        _refuse_nothing_placed(staging, left_out)
    skipped = (*staging.album.skipped, *(one.entry for one in left_out))
    return replace(staging.album, folders=tuple(folders), skipped=skipped)


def _try_to_place(
    staging: Staging, photo: Placed, earlier: Placed | None, refused: OSError | None
) -> Placed | _Unplaced:
    """Place a photo, or say why not; `refused` is why its folder is not there."""
    try:
        if refused is not None:
            raise refused
        return _place(staging, photo, earlier)
    except disk.SourceError as error:
        return _Unplaced(Skipped(photo.path, str(error)))
    except OSError as error:
        reason = why_unplaced(error, staging.album.link)
        if reason is None:
            raise explain_link(error, staging.album.out, staging.album.link, photo.path) from error
        return _Unplaced(Skipped(photo.path, reason), error)


def _refuse_nothing_placed(staging: Staging, left_out: Sequence[_Unplaced]) -> None:
    """Raise PhotosortError when the album's file system refused whatever there was to place."""
    for one in left_out:
        if one.error:
            out, link = staging.album.out, staging.album.link
            raise explain_link(one.error, out, link, one.entry.path) from one.error


def _make_folders(staging: Staging) -> dict[PurePosixPath, OSError]:
    """Make the album's folders; return those whose name or path the file system refused."""
    mode = mode_for(_origins(staging.album), staging.tree)
    disk.make_folder(staging.tree, mode)
    refused: dict[PurePosixPath, OSError] = {}
    for place in staging.album.directories:
        if place.parent in refused:
            refused[place] = refused[place.parent]
            continue
        try:
            disk.make_folder(staging.tree / place, mode)
        except OSError as error:
            if why_unplaced(error, staging.album.link) is None:
                raise
            refused[place] = error
    return refused


def _origins(album: Manifest) -> set[Path]:
    """Find the sources, and the folders on the way from them to the photos."""
    origins = set(album.sources)
    for parent in {photo.path.parent for photo in album.photos}:
        way = [parent]
        while way[-1] not in origins and way[-1] != way[-1].parent:
            way.append(way[-1].parent)
        origins.update(way if way[-1] in origins else [parent])
    return origins


def _old_copies(staging: Staging) -> dict[Path, Placed]:
    """Find the old album's copies by source: an unchanged one need not be copied again."""
    old = staging.old
    if old is None or old.link != "copy" or staging.album.link != "copy":
        return {}
    return {photo.path: photo for photo in old.photos}


def _place(staging: Staging, photo: Placed, earlier: Placed | None) -> Placed:
    """Place one photo. Raises SourceError where it cannot be read, OSError where it is refused."""
    place = staging.tree / photo.place
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


def _link_symbolic(staging: Staging, photo: Placed, original: os.stat_result) -> None:
    """Link, once it is proven that the text leads to the photo from the link's final folder."""
    text = staging.album.text_of(photo)
    # Seen from photosort's own folder, which is at the top of the album and exists.
    from_top = text.removeprefix("../" * (len(photo.place.parts) - 2))
    if not _leads_to(staging.tree.parent, from_top, photo.path, original):
        raise PhotosortError(
            f"{photo.path}: a link at {staging.album.out} would not lead to it;"
            f" {ELSEWHERE}, in a path without links"
        )
    disk.link_symbolic(text, staging.tree / photo.place)


def _leads_to(home: Path, text: str, photo: Path, original: os.stat_result) -> bool:
    """Return whether `text`, as a link in `home` would hold it, leads to the file `original`.

    Raises OSError where `text` is too long for a link.
    """
    try:
        if os.stat in os.supports_dir_fd:  # home and text in one path may be too long
            with disk.opened_folder(home) as descriptor:
                found = os.stat(text, dir_fd=descriptor)
        else:
            found = (home / text).stat()  # Path keeps the text's ".."
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise
        return False
    # Some file systems give a file another number at every look.
    return os.path.samestat(found, original) or (
        os.path.realpath(home / text) == os.path.realpath(photo)
    )


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
        wider = ~rights_of(earlier.path, original, group_at(place))
        if (out / earlier.place).lstat().st_mode & wider & 0o777:
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
