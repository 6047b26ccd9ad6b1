"""Folders in, every file in them accounted for: photos, skipped, unsupported, reached twice.

A file is told by its first bytes. What it was found to be holds while size and times stay: whoever
keeps that (`Formats`) spares a second scan opening every file, which is slow on a network share.
"""

import logging
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Final, Protocol, get_args

from photosort.photos.copies import is_dataless, placeholder_for
from photosort.photos.formats import (
    HEAD_BYTES,
    JXL_NOT_READ,
    PHOTO_FORMATS,
    PHOTO_SUFFIXES,
    Kind,
    photo_format,
    reads_jxl,
    unsupported_kind,
)
from photosort.photos.paths import FileKey, Paths, bytes_of, open_to_read
from photosort.photos.records import Skipped
from photosort.photos.walk import File, Walk, reason

LOG = logging.getLogger(__name__)
KINDS: Final[dict[str, Kind]] = {kind: kind for kind in get_args(Kind)}
#: Files at a time whose formats are asked for.
CHUNK: Final = 20_000


@dataclass(frozen=True, slots=True)
class Photo:
    """A file whose first bytes are a photo's; `path` is absolute, links in it left as they are."""

    path: Path
    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    format: str  # "JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF", "JXL"


class Formats(Protocol):
    """Keeps what files were found to be: the name of a photo's format, or another file's kind."""

    def formats(self, files: Sequence[FileKey]) -> Sequence[str | None]:
        """Say what each file was found to be; None for one that is new or has changed since."""

    def store_formats(self, found: Iterable[tuple[FileKey, str]]) -> None:
        """Remember what files are."""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A readable file that is something else than a photo."""

    path: Path
    kind: Kind


@dataclass(frozen=True, slots=True)
class Scan:
    """Every visible file of the sources, each in exactly one of these, sorted by path.

    `repeated` are further paths to a file or folder that is accounted for under another one.
    """

    photos: tuple[Photo, ...]
    skipped: tuple[Skipped, ...]
    unsupported: tuple[Unsupported, ...]
    repeated: tuple[Path, ...]


def scan(
    sources: Sequence[Path],
    *,
    files: Sequence[Path] = (),
    exclude: Sequence[Path] = (),
    follow: bool = False,
    on_found: Callable[[int], None] | None = None,
    formats: Formats | None = None,
) -> Scan:
    """Find the photos below `sources` and among `files`.

    `on_found` is called with their number so far. A file that `formats` knows is not opened.
    Folders in `exclude`, albums photosort wrote, hidden names, and the copies and bookkeeping of
    systems (see copies.py) are left out without a word. Links to files count as the file; links to
    folders are entered only if `follow`. Raises PhotosortError for a source that cannot be listed,
    and for one, or a file, that lies in an album.
    """
    walk = Walk(follow=follow, excluded=frozenset(map(os.path.realpath, exclude)))
    for source in sources:
        walk.enter(source)
    walk.enter_links()
    for path in files:
        walk.take(path)
    met: list[tuple[bytes, Photo | Skipped | Unsupported]] = [
        (bytes_of(path), Skipped(Path(path), why)) for path, why in walk.skipped.items()
    ]
    photo_count = 0
    paths = Paths()
    for file, entry in _identified(walk.distinct(), paths, formats):
        met.append((bytes_of(file.path), entry))
        if isinstance(entry, Photo):
            photo_count += 1
            if on_found is not None:
                on_found(photo_count)
    met.sort(key=itemgetter(0))
    found = [entry for _, entry in met]
    for entry in found:
        if isinstance(entry, Skipped):
            LOG.info("skipped %s: %s", entry.path, entry.reason)
    return Scan(
        photos=tuple(entry for entry in found if isinstance(entry, Photo)),
        skipped=tuple(entry for entry in found if isinstance(entry, Skipped)),
        unsupported=tuple(entry for entry in found if isinstance(entry, Unsupported)),
        repeated=tuple(map(paths.of, sorted(walk.repeated, key=bytes_of))),
    )


def identify(path: Path) -> Photo | Skipped | Unsupported:
    """Say what the file at the absolute `path` is, whatever its name and folder."""
    try:
        status = path.stat()
    except OSError as error:
        return Skipped(path, reason(error))
    if not stat.S_ISREG(status.st_mode):
        return Skipped(path, "not a file")
    return _identify(File(str(path), status, str(path), is_link=path.is_symlink()), path)


def _identified(
    files: Iterator[File], paths: Paths, formats: Formats | None
) -> Iterator[tuple[File, Photo | Skipped | Unsupported]]:
    """Say what each file is; what was not known before is remembered."""
    while some := list(islice(files, CHUNK)):
        known = (
            formats.formats([_key(file) for file in some])
            if formats is not None
            else [None] * len(some)
        )
        new: list[tuple[FileKey, str]] = []
        for file, name in zip(some, known, strict=True):
            entry = _identify(file, paths.of(file.path), name)
            if name is None and not isinstance(entry, Skipped):
                found = entry.format if isinstance(entry, Photo) else entry.kind
                new.append((_key(file), found))
            yield file, entry
        if formats is not None and new:
            formats.store_formats(new)


def _key(file: File) -> FileKey:
    status = file.status
    return bytes_of(file.path), status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _identify(file: File, path: Path, known: str | None = None) -> Photo | Skipped | Unsupported:
    """Say what the file at `path` is, by its first bytes where that is not `known` already."""
    unread = _unread(file, path)
    if unread is not None:
        return unread
    if known in KINDS:
        return Unsupported(path, KINDS[known])
    if known in PHOTO_FORMATS:
        return _photo(file, path, known)
    return _told_by_head(file, path)


def _told_by_head(file: File, path: Path) -> Photo | Skipped | Unsupported:
    """Read the first bytes of the file at `path` and say what it is."""
    try:
        descriptor = open_to_read(file.path)
        try:
            head = os.read(descriptor, HEAD_BYTES)
        finally:
            os.close(descriptor)
    except OSError as error:
        return Skipped(path, reason(error))
    suffix = _suffix(file.path)
    image_format = photo_format(head, suffix)
    if image_format is not None:
        return _photo(file, path, image_format)
    kind = unsupported_kind(head, suffix)
    if kind is None and suffix in PHOTO_SUFFIXES:
        return Skipped(path, f"not an image: named {suffix}, holds something else")
    return Unsupported(path, kind or "other")


def _photo(file: File, path: Path, name: str) -> Photo | Skipped:
    if name == "JXL" and not reads_jxl():
        return Skipped(path, JXL_NOT_READ)
    status = file.status
    return Photo(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, name)


def _unread(file: File, path: Path) -> Skipped | Unsupported | None:
    """Say what a file is that need not, or must not, be read: reading may fetch it from a cloud."""
    if file.is_backup:
        return Unsupported(path, "backup")
    meant = placeholder_for(os.path.basename(file.path))  # noqa: PTH119 (there are many)
    if meant is not None or is_dataless(file.status):
        suffix = _suffix(meant or file.path)
        if suffix in PHOTO_SUFFIXES:
            return Skipped(path, "not downloaded: it lies in a cloud")
        return Unsupported(path, unsupported_kind(b"", suffix) or "other")
    return Skipped(path, "empty file") if file.status.st_size == 0 else None


def _suffix(path: str) -> str:
    """Give what stands behind the last dot of a name, with it, in lower case."""
    return os.path.splitext(path)[1].lower()  # noqa: PTH122 (there are many)
