"""Photos of an album that a new one would lose though they were not deleted: an unplugged disk.

An unmounted disk leaves an empty folder, none at all, or one that cannot be listed; a share that
went away answers errors. What an album has from there stays in it until it is clear that the
photos are gone. So an album notes its roots: the sources, and where other disks begin below them.
"""

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from photosort.album.manifest import Manifest, Root
from photosort.album.refusals import ELSEWHERE
from photosort.counts import counted
from photosort.errors import PhotosortError

KEPT = "the album was left as it was"
# Another disk or folder under a source's name: of so many photos or more nearly none is there.
FEWEST = 3
NEARLY_NONE = 0.05  # share; a disk may hold copies of a few of another's photos


@dataclass(frozen=True, slots=True)
class Present:
    """What a scan or a look came back with: photos, their contents, and what it had to skip."""

    sources: Sequence[Path]
    photos: Iterable[Path]
    skipped: Iterable[Path] = ()
    hashes: frozenset[str] | None = None  # of the photos' contents, where they are known


def find_roots(sources: Iterable[Path], photos: Iterable[Path]) -> tuple[Root, ...]:
    """Find the sources and the folders between them and `photos` where another disk begins."""
    tops = set(sources)
    devices: dict[Path, os.stat_result | None] = {}
    for folder in _by_folder(photos).keys() | tops:
        if any(folder.is_relative_to(top) for top in tops):
            devices[folder] = _status(folder)
    roots = []
    for folder, status in sorted(devices.items()):
        above = devices.get(folder.parent)
        if status and (folder in tops or (above and above.st_dev != status.st_dev)):
            roots.append(Root(folder, status.st_dev, status.st_ino))
    return tuple(roots)


def refuse_losses(old: Manifest | None, present: Present) -> None:
    """Raise PhotosortError where photos of `old` are missing as they are when a disk is away."""
    if old is None:
        return
    found = set(present.photos)
    absent = [photo.path for photo in old.photos if photo.path not in found]
    if not absent:
        return
    before, lost = _by_folder(photo.path for photo in old.photos), _by_folder(absent)
    all_lost = {folder: count for folder, count in before.items() if lost[folder] == count}
    here = _by_folder(found)
    for source in present.sources:
        if source in all_lost and (source not in here or _is_another(old, source)):
            raise PhotosortError(_refusal(source, all_lost[source]))
    for root in old.roots:
        within = any(root.path.is_relative_to(source) for source in present.sources)
        if within and root.path in all_lost and _is_another(old, root.path):
            raise PhotosortError(_refusal(root.path, all_lost[root.path]))
    _refuse_unlisted(lost, present.skipped)


def refuse_replaced(old: Manifest | None, present: Present) -> None:
    """Raise PhotosortError where a source holds other photos than those the album has from it.

    That is how another disk at the same mount point looks, or a link that leads elsewhere now. A
    photo is there by its path or, moved, by its content; without hashes, by its name.
    """
    if old is None:
        return
    found = list(present.photos)
    paths, names = set(found), {path.name for path in found}
    for source in present.sources:
        before = [photo for photo in old.photos if photo.path.is_relative_to(source)]
        still = sum(
            photo.path in paths
            or (
                photo.path.name in names
                if present.hashes is None or photo.content_hash is None
                else photo.content_hash in present.hashes
            )
            for photo in before
        )
        others = sum(path.is_relative_to(source) for path in paths)
        if (
            len(before) >= FEWEST
            and still <= NEARLY_NONE * len(before)
            and 2 * others > len(before)
        ):
            raise PhotosortError(
                f"{source}: {still} of the {counted(len(before), 'photo')} that the album has from"
                f" here can be found, and {counted(others, 'other')}; is it another disk or folder?"
                f" ({KEPT}; if the photos were replaced, use photosort organize --replaced-source)"
            )


def _by_folder(photos: Iterable[Path]) -> Counter[Path]:
    """Count the photos in and below every folder that has some."""
    counts: Counter[Path] = Counter()
    parents = Counter(str(path).rpartition(os.sep)[0] for path in photos)
    for parent, count in parents.items():
        folder = Path(parent + os.sep)
        for above in (folder, *folder.parents):
            counts[above] += count
    return counts


def _refusal(folder: Path, count: int) -> str:
    return (
        f"{folder}: none of the {counted(count, 'photo')} that the album has from here can be"
        f" found; is its disk still connected? ({KEPT}; if they are gone for good, {ELSEWHERE},"
        " or remove this one with photosort undo --all)"
    )


def _is_another(old: Manifest, folder: Path) -> bool:
    """Return whether another disk now shows another folder under a root's name, or none does.

    Either number alone changes in peace: devices are counted anew when a machine starts, and a
    folder that was made again is another inode.
    """
    was = next((root for root in old.roots if root.path == folder), None)
    if was is None:
        return False
    now = _status(folder)
    return now is None or (now.st_dev != was.device and now.st_ino != was.inode)


def _refuse_unlisted(lost: Mapping[Path, int], skipped: Iterable[Path]) -> None:
    """Refuse folders that could not be listed, and links that lead nowhere, with photos behind."""
    for folder in skipped:
        by_choice = folder.is_symlink() and folder.is_dir()  # --follow was not asked for
        if folder in lost and not by_choice:
            raise PhotosortError(
                f"{folder}: cannot be looked into, and the album has"
                f" {counted(lost[folder], 'photo')} from there;"
                f" check its disk and its permissions ({KEPT})"
            )


def _status(folder: Path) -> os.stat_result | None:
    try:
        return folder.stat()
    except OSError:
        return None
