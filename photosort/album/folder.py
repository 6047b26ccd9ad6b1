"""What lies where an album shall be: reads only, follows no link that lies in the album."""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from photosort.album.album_json import NAME, read_manifest
from photosort.album.check import Check, status_of
from photosort.album.manifest import Manifest
from photosort.album.names import NOISE, place_key
from photosort.album.plan import Placed, Site
from photosort.album.refusals import ELSEWHERE, explain
from photosort.errors import PhotosortError
from photosort.photos.paths import same_folder

HOME = ".photosort"  # photosort's own folder in an album
MARKER = "album"  # the file in it that says so
JOURNAL = "journal"
NEXT = "next"
PREVIOUS = "previous"  # the manifest of the album that gave way to the one that is there
REPLACED = "replaced"  # the same, while it is not yet certain that it will
LOCK = "lock"
REVIEW = "review"  # the folder in an album, or where one may come, that holds its review's album
PROBE = "probe"  # a link on trial, or on its way to its place


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry of the album that photosort wrote and will not remove, and why."""

    place: PurePosixPath
    reason: str


def locate(out: Path) -> Path:
    """Resolve `out` to the real path that relative links are counted from."""
    return Path(os.path.realpath(out))


def check_out(out: Path, sources: Sequence[Path]) -> None:
    """Raise PhotosortError unless an album may be written at `out`; nothing is changed.

    `out` may lie inside a source (the scan leaves it out), but not be one or hold one; it must be
    absent, empty or an album, and writable.
    """
    if os.path.lexists(out) and not _is_reachable_folder(out):
        raise PhotosortError(f"{out}: not a folder; {ELSEWHERE}")
    for source in sources:
        _check_apart(out, source)
    try:
        if _is_reachable_folder(out):
            _check_own(out)
        _check_writable(out)
    except OSError as error:
        raise explain(error, out) from error


def is_album(out: Path) -> bool:
    """Return whether photosort marked `out` as its own; a link for a marker does not count."""
    return _is_real(out / HOME, stat.S_ISDIR) and _is_real(out / HOME / MARKER, stat.S_ISREG)


def previous_album(out: Path) -> Manifest | None:
    """Read the album that is at `out`; None when there is none yet."""
    return read_manifest(out) if os.path.lexists(out / NAME) else None


def survey(
    out: Path, sources: Sequence[Path], *, portable: bool = False, relative: bool | None = None
) -> Site:
    """Find what a plan for `out` must respect, whether or not it exists.

    Links are `relative` or not; with None they are where all sources are on the album's disk.
    """
    real = locate(out)
    if relative is None:
        relative = on_one_disk(real, sources)
    taken, directories = _foreign(real)
    return Site(real, taken, directories, relative, portable)


def on_one_disk(out: Path, sources: Sequence[Path]) -> bool:
    """Return whether all sources are on the disk of the album, whether or not it exists."""
    devices = {_nearest(out).stat().st_dev}
    for source in sources:
        status = status_of(source)
        if status is None:
            raise PhotosortError(f"{source}: no longer there; is its disk still connected?")
        devices.add(status.st_dev)
    return len(devices) == 1


def survey_folders(old: Manifest, places: Iterable[PurePosixPath], *, portable: bool) -> Site:
    """Find which names are taken at the top of the album `old` and in its folders `places`.

    Entries of the album count as taken: they are not looked at.
    """
    taken: set[str] = set()
    found: set[str] = set()
    for place in (PurePosixPath(), *places):
        for entry in os.scandir(old.out / place) if has_folder(old.out, place) else ():
            names = found if entry.is_dir(follow_symlinks=False) else taken
            names.add(str(place / entry.name))
    return Site(old.out, frozenset(taken), frozenset(found), old.relative, portable)


def is_undisturbed(album: Manifest) -> bool:
    """Return whether every entry is there, of the kind it was made, and every photo as it was.

    Folders are listed and the photos' state is asked for; no entry or photo is opened.
    """
    kind = os.DirEntry.is_symlink if album.link == "symlink" else _is_file
    for folder in album.folders:
        if not has_folder(album.out, folder.place):
            return False
        with os.scandir(album.out / folder.place) as entries:
            there = {entry.name for entry in entries if kind(entry)}
        for photo in folder.photos:
            if photo.place.name not in there or not _is_as_placed(photo):
                return False
    return True


def _is_file(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False)


def _is_as_placed(photo: Placed) -> bool:
    """Return whether the photo is a file and, where a copy or hard link shows it, unchanged."""
    status = status_of(photo.path)
    if status is None or not stat.S_ISREG(status.st_mode):
        return False
    measures = status.st_size, status.st_mtime_ns
    return photo.size_bytes is None or measures == (photo.size_bytes, photo.mtime_ns)


def strangers(out: Path, album: Manifest | None) -> tuple[Kept, ...]:
    """List what lies in the album's folders and is in no manifest: the user's."""
    folders = {place_key(str(place)) for place in album.directories} if album else set()
    own = {place_key(str(photo.place)) for photo in album.photos} if album else set()
    found: list[Kept] = []

    def look(folder: Path, above: str) -> None:
        for name in sorted(os.listdir(folder)):  # noqa: PTH208 (there are many)
            place = above + name
            key = place_key(place)
            if key in own or place in {HOME, NAME}:
                continue
            entry = folder / name
            if key in folders and is_folder(entry):
                look(entry, f"{place}/")
            elif not above and name == REVIEW and is_album(entry):
                continue  # photosort's too, and taken back by itself
            elif not is_noise(entry):
                found.append(Kept(PurePosixPath(place), "not photosort's"))

    look(out, "")
    return tuple(found)


def noise(path: Path) -> tuple[Path, ...]:
    """List what systems left in a folder that holds nothing else; nothing where it does."""
    try:
        left = tuple(path.iterdir())
    except OSError:
        return ()
    return left if all(map(is_noise, left)) else ()


def is_noise(path: Path) -> bool:
    """Return whether a system put a file into a folder by itself: a cache, never the user's."""
    if path.name.casefold() not in NOISE:
        return False
    if path.name != "@eaDir":
        return _is_real(path, stat.S_ISREG)
    # Synology's: thumbnails and attributes, in folders and files of its own names.
    return is_folder(path) and all(
        "SYNO" in file.upper() for _, _, files in os.walk(path) for file in files
    )


def is_folder(path: Path) -> bool:
    """Return whether `path` is a directory and no link to one."""
    return _is_real(path, stat.S_ISDIR)


def has_folder(out: Path, place: PurePosixPath) -> bool:
    """Return whether `place` in the album is a directory, with no link on the way to it."""
    parts = place.parts
    return all(is_folder(out.joinpath(*parts[:depth])) for depth in range(1, len(parts) + 1))


def _check_apart(out: Path, source: Path) -> None:
    """Refuse an `out` that is `source` or holds it, under whatever name."""
    real_out, real_source = locate(out), locate(source)
    for folder in (real_source, *real_source.parents):
        if same_folder(folder, real_out):
            how = "is the source itself" if folder == real_source else f"holds the source {source}"
            raise PhotosortError(f"{out}: {how}; {ELSEWHERE}, beside or inside it")


def _check_own(out: Path) -> None:
    """Refuse a folder that holds something and is no album."""
    home = out / HOME
    if os.path.lexists(home) and not is_folder(home):
        raise PhotosortError(f"{home}: not photosort's own folder; remove it, or {ELSEWHERE}")
    for name in (MARKER, LOCK, NEXT, JOURNAL, PREVIOUS, REPLACED):
        if (home / name).is_symlink():
            raise PhotosortError(f"{home / name}: a link, not photosort's own; remove it")
    if is_album(out):
        return
    names = os.listdir(out)  # noqa: PTH208 - names are all that is asked
    if is_album(out / REVIEW):
        names = [name for name in names if name != REVIEW]
    if any(name != HOME and name.casefold() not in NOISE for name in names):
        raise PhotosortError(f"{out}: holds files and is not an album of photosort; {ELSEWHERE}")


def _check_writable(out: Path) -> None:
    folder = _nearest(locate(out))
    if not _is_reachable_folder(folder):
        raise PhotosortError(f"{folder}: not a folder; {ELSEWHERE}")
    if not os.access(folder, os.W_OK | os.X_OK):
        read_only = hasattr(os, "statvfs") and os.statvfs(folder).f_flag & os.ST_RDONLY
        code = errno.EROFS if read_only else errno.EACCES
        raise explain(OSError(code, os.strerror(code)), folder)


def _foreign(out: Path) -> tuple[frozenset[str], frozenset[str]]:
    """Collect what is at `out` and not photosort's: what is no directory, and what is one."""
    if not _is_reachable_folder(out):
        return frozenset(), frozenset()
    album = previous_album(out)
    own = {place_key(str(photo.place)): photo for photo in album.photos} if album else {}
    check = Check(out, album, thorough=False) if album else None
    taken: set[str] = set()
    directories: set[str] = set()

    def look(folder: Path, above: str) -> None:
        for entry in os.scandir(folder):
            place = f"{above}{entry.name}"
            photo = own.get(place_key(place))
            if not above and entry.name == REVIEW and is_album(Path(entry.path)):
                taken.add(place)  # no folder of this album becomes one with it
            elif entry.is_dir(follow_symlinks=False):
                directories.add(place)
                if above or entry.name != HOME:
                    look(Path(entry.path), f"{place}/")
            elif check is None or photo is None or not _is_own(out, check, photo, place):
                taken.add(place)

    look(out, "")
    return frozenset(taken - {NAME}), frozenset(directories - {HOME})


def _is_own(out: Path, check: Check, photo: Placed, place: str) -> bool:
    """Return whether the entry found as `place` is `photo`'s, however the disk spells its name."""
    try:
        if place != str(photo.place):
            found, meant = (out / place).lstat(), (out / photo.place).lstat()
            if not os.path.samestat(found, meant):
                return False
        return check.why_keep(photo) is None
    except OSError:  # gone, or not to be looked at: not ours to replace
        return False


def _nearest(path: Path) -> Path:
    """Climb to the nearest thing that exists."""
    return next(folder for folder in (path, *path.parents) if os.path.lexists(folder))


def _is_reachable_folder(path: Path) -> bool:
    status = status_of(path)  # Path.is_dir raises where a folder above may not be entered
    return status is not None and stat.S_ISDIR(status.st_mode)


def _is_real(path: Path, kind: Callable[[int], bool]) -> bool:
    try:
        return kind(path.lstat().st_mode)
    except OSError:
        return False
