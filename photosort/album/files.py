"""Files made from an album at a place the user names: sheets, exports. Nothing is ever replaced."""

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from photosort.album import disk
from photosort.album.manifest import Manifest
from photosort.errors import PhotosortError

PRIVATE = 0o600  # who may read the photos is not known here, so the owner alone


def check_apart(place: Path, manifest: Manifest, option: str) -> None:
    """Refuse a `place` in a source or in the album itself, links resolved. Raises PhotosortError.

    `option` is the one that names the place.
    """
    real = Path(os.path.realpath(place))
    homes = [(manifest.out, "the album"), *((source, "a source") for source in manifest.sources)]
    for folder, what in homes:
        if real.is_relative_to(os.path.realpath(folder)) or place.is_relative_to(folder):
            raise PhotosortError(f"{place}: lies in {what}, {folder}; pass {option} outside it")


def write_file(file: Path, data: bytes, option: str) -> None:
    """Write a new file, whole or not at all. Raises PhotosortError, also where one is there."""
    try:
        disk.write_new(file, data, PRIVATE)
    except FileExistsError:
        raise PhotosortError(f"{file}: is there already; pass another {option}") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise PhotosortError(f"{file}: {reason}; pass another {option}") from error


def write_tree(out: Path, files: Mapping[PurePosixPath, bytes], option: str) -> None:
    """Write files into the folder `out`, which is new or empty.

    Raises PhotosortError; nothing is left then of what was written.
    """
    folders: list[Path] = []
    written: list[Path] = []
    try:
        _check_free(out, option)
        for folder in _missing({out, *(out / place.parent for place in files)}):
            disk.make_folder(folder, 0o700)
            folders.append(folder)
        for place, data in files.items():
            write_file(out / place, data, option)
            written.append(out / place)
    except BaseException as error:
        for file in written:
            disk.remove(file)
        for folder in reversed(folders):
            disk.remove_folder(folder)
        if not isinstance(error, OSError):
            raise
        reason = error.strerror or str(error)
        raise PhotosortError(f"{out}: {reason}; pass another {option}") from error


def _check_free(out: Path, option: str) -> None:
    if os.path.lexists(out) and (not out.is_dir() or any(out.iterdir())):
        raise PhotosortError(f"{out}: holds something already; pass a new {option}")


def _missing(folders: set[Path]) -> list[Path]:
    """List the folders that have to be made, each after the one it lies in."""
    wanted = {path for folder in folders for path in (folder, *folder.parents)}
    return [p for p in sorted(wanted, key=lambda path: len(path.parts)) if not p.exists()]
