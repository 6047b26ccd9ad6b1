"""The new album, built aside in `.photosort/next` while the old one stays as it is."""

import os
import stat
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path, PurePosixPath

from photosort.album import disk
from photosort.album.album_json import NAME
from photosort.album.check import Check
from photosort.album.folder import HOME, NEXT
from photosort.album.manifest import Manifest, changes
from photosort.album.plan import Placed, directories
from photosort.album.proof import Proof
from photosort.album.refusals import ELSEWHERE, explain_link, why_unplaced
from photosort.album.rights import group_at, mode_for, rights_of
from photosort.errors import PhotosortError
from photosort.photos.paths import numbers_of
from photosort.photos.records import Skipped


class Staging:
    """What every step needs: the `album` to be built in `tree`, and the `old` one it replaces.

    With `partial`, entries that both albums have alike stay in place and are not even looked at.
    """

    def __init__(self, album: Manifest, old: Manifest | None, *, partial: bool = False) -> None:
        self.album, self.old, self.partial = album, old, partial
        self.tree = album.out / HOME / NEXT
        self.texts, self.proof = album.texts, Proof(self.tree.parent)
        self._check = Check(album.out, old, thorough=False) if old else None
        self._comparable = old is not None and old.ways == album.ways

    def stays(self, earlier: Placed, photo: Placed) -> bool:
        """Return whether the old album has its entry at the place of the new one."""
        return self._comparable and earlier.place == photo.place

    def is_as_written(self, earlier: Placed) -> bool:
        """Return whether an entry of the old album is there and still as it was written."""
        try:
            return self._check is not None and self._check.why_keep(earlier) is None
        except OSError:  # gone
            return False


@dataclass(frozen=True, slots=True)
class _Unplaced:
    """A photo that is left out; `error` is what the album's file system said, if that is why."""

    entry: Skipped
    error: OSError | None = None


def stage(staging: Staging, on_placed: Callable[[int], None] | None = None) -> Manifest:
    """Build what the album has new; photos that cannot be placed are in the result's `skipped`.

    Raises OSError when the disk refuses, PhotosortError when links are not possible, when none of
    the photos can be placed, or when a whole source is no longer there.
    """
    disk.discard(staging.tree)
    wanted, earlier = _wanted(staging), _earlier(staging)
    refused = _make_folders(staging, wanted)
    left_out: list[_Unplaced] = []
    done = count(1)

    def build(photo: Placed) -> Placed | _Unplaced:
        before = earlier.get((photo.path, photo.place)) or earlier.get(photo.path)
        result = _try_to_place(staging, photo, before, refused.get(photo.place.parent))
        if on_placed:
            on_placed(next(done))
        return result

    folders = []
    for folder in staging.album.folders:
        names = wanted.get(folder.place, ())
        if not names:
            folders.append(folder)
            continue
        results = [build(p) if p.place.name in names else p for p in folder.photos]
        placed = tuple(result for result in results if isinstance(result, Placed))
        left_out.extend(result for result in results if isinstance(result, _Unplaced))
        folders.append(replace(folder, photos=placed))
    for place in directories(folder for folder in staging.album.folders if folder.place in wanted):
        if place not in refused:
            disk.sync_folder(staging.tree / place)
    disk.sync_folder(staging.tree)
    if not staging.partial:
        _refuse_lost_sources(staging.album, {one.entry.path for one in left_out if not one.error})
    if not any(folder.photos for folder in folders):
        _refuse_nothing_placed(staging, left_out)
    skipped = (*staging.album.skipped, *(one.entry for one in left_out))
    return replace(staging.album, folders=tuple(folders), skipped=skipped)


Wanted = Mapping[PurePosixPath, Collection[str]]  # a folder's place: names of its entries


def _wanted(staging: Staging) -> Wanted:
    """Name the entries to build: all, or with `partial` those that the old album has not."""
    if not staging.partial:
        return {f.place: {p.place.name for p in f.photos} for f in staging.album.folders}
    wanted: dict[PurePosixPath, set[str]] = {}
    for photo in changes(staging.old, staging.album).new:
        wanted.setdefault(photo.place.parent, set()).add(photo.place.name)
    return wanted


def _earlier(staging: Staging) -> dict[Path | tuple[Path, PurePosixPath], Placed]:
    """Return the old album's entries by photo, and by photo and place.

    An entry that still is as it should be need not be built again. None can be used in part of an
    album, or where links become copies or the like.
    """
    old = staging.old
    if old is None or staging.partial or old.link != staging.album.link:
        return {}
    earlier: dict[Path | tuple[Path, PurePosixPath], Placed] = {}
    for photo in old.photos:
        earlier[photo.path] = earlier[photo.path, photo.place] = photo
    return earlier


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


def _make_folders(staging: Staging, wanted: Wanted) -> dict[PurePosixPath, OSError]:
    """Make the folders of what is built; return those whose name the file system refused."""
    mode = _mode(staging, wanted)
    disk.make_folder(staging.tree, mode)
    refused: dict[PurePosixPath, OSError] = {}
    for place in directories(folder for folder in staging.album.folders if folder.place in wanted):
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


def _mode(staging: Staging, wanted: Wanted) -> int:
    """Return the mode of folders: no wider than that of the photos, or of an album they join."""
    album = staging.album
    built = (f for f in album.folders if f.place in wanted)
    photos = (p for f in built for p in f.photos if p.place.name in wanted[f.place])
    parents = {str(photo.path).rpartition(os.sep)[0] for photo in photos}
    origins = _origins(album.sources, {Path(parent + os.sep) for parent in parents})
    if not staging.partial:
        return mode_for(origins | set(album.sources), staging.tree)
    # album.json has the mode of the album; a folder that may be read may be entered as well.
    file_mode = (album.out / NAME).lstat().st_mode & 0o777
    return mode_for(origins, staging.tree) & (file_mode | (file_mode & 0o444) >> 2)


def _origins(sources: Collection[Path], parents: Collection[Path]) -> set[Path]:
    """Find the folders on the way from the sources to photos in `parents`."""
    origins: set[Path] = set()
    for parent in parents:
        way = [parent]
        while way[-1] not in sources and way[-1] not in origins and way[-1] != way[-1].parent:
            way.append(way[-1].parent)
        origins.update(way if way[-1] in sources or way[-1] in origins else [parent])
    return origins


def _place(staging: Staging, photo: Placed, earlier: Placed | None) -> Placed:
    """Place one photo. Raises SourceError where it cannot be read, OSError where it is refused."""
    try:
        original = os.stat(photo.path)  # noqa: PTH116 (there are many)
    except OSError as error:
        raise disk.SourceError(_reason(error)) from error
    if not stat.S_ISREG(original.st_mode):
        raise disk.SourceError("no longer a file")
    try:
        if staging.album.link == "symlink":
            _place_link(staging, photo, earlier, original)
            return photo
        return _place_file(staging, photo, earlier, original)
    except FileNotFoundError:  # between the look and the link
        raise disk.SourceError("no longer there") from None


def _place_link(
    staging: Staging, photo: Placed, earlier: Placed | None, original: os.stat_result
) -> None:
    """Make a symbolic link, proven to lead to the photo from its final folder."""
    text = staging.texts.of(photo.place, photo.path)
    # The link's final folder does not exist yet. photosort's own, at the top of the album, does: a
    # link in there that leads to the photo has one step up, "../", instead of one for each folder.
    from_top = text.removeprefix("../" * (len(photo.place.parts) - 2))
    if not staging.proof.leads(from_top, photo.path, original):
        raise PhotosortError(
            f"{photo.path}: a link at {staging.album.out} would not lead to it;"
            f" {ELSEWHERE}, in a path without links"
        )
    stays = earlier is not None and staging.stays(earlier, photo)
    if not (earlier and stays and staging.is_as_written(earlier)):
        disk.link_symbolic(text, f"{staging.tree}{os.sep}{photo.place}")


def _place_file(
    staging: Staging, photo: Placed, earlier: Placed | None, original: os.stat_result
) -> Placed:
    """Make a hard link or a copy, unless that of the old album can stay."""
    place = staging.tree / photo.place
    current = earlier if earlier and _is_current(staging, photo, earlier, original) else None
    if current is not None and staging.stays(current, photo):
        return replace(current, confidence=photo.confidence, taken=photo.taken)
    if staging.album.link == "hardlink":
        disk.link_hard(photo.path, place)
        return _measured(photo, place)
    if current is not None and _link_copy(staging.album.out / current.place, place):
        return replace(_measured(photo, place), content_hash=current.content_hash)
    digest = disk.copy(photo.path, place)
    return replace(_measured(photo, place), content_hash=digest)


def _is_current(staging: Staging, photo: Placed, earlier: Placed, original: os.stat_result) -> bool:
    """Return whether the old album's file is there and is what a new one would be."""
    if staging.old is None or not staging.is_as_written(earlier):
        return False
    try:
        there = (staging.album.out / earlier.place).lstat()
    except OSError:  # gone
        return False
    measures = original.st_size, original.st_mtime_ns
    same = photo.content_hash in (None, earlier.content_hash)
    if not same or measures != (earlier.size_bytes, earlier.mtime_ns):
        return False
    if staging.old.link == "hardlink":
        return numbers_of(there) == numbers_of(original)
    rights = rights_of(earlier.path, original, group_at(staging.tree / photo.place))
    return not there.st_mode & ~rights & 0o777


def _link_copy(copy: Path, place: Path) -> bool:
    """Give the old album's copy a second name; False where there are no hard links."""
    try:
        disk.link_hard(copy, place)
    except OSError:
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
    """Raise PhotosortError when all photos of a source are gone: its disk is probably away."""
    for source in album.sources if lost else ():
        photos = [photo.path for photo in album.photos if photo.path.is_relative_to(source)]
        if photos and all(photo in lost for photo in photos):
            raise PhotosortError(
                f"{source}: its photos can no longer be read; is its disk still connected?"
                " The album was left as it was"
            )
