"""Forgetting everything: the catalog is emptied where it is, or removed where it is damaged.

Emptied, because a file must not be removed while another process may be about to open it: that
process would go on with a file that has no path any more.
"""

import contextlib
import sqlite3
from pathlib import Path

from photosort.catalog.opening import (
    files,
    foreign,
    in_use,
    is_foreign,
    size_on_disk,
    without_locks,
)
from photosort.errors import PhotosortError


def clear(path: Path) -> int:
    """Forget what the catalog at `path` holds and return the bytes freed; none there is fine.

    Raises PhotosortError where another process has it open, or it belongs to something else.
    """
    if is_foreign(path):
        raise PhotosortError(foreign(path))
    before = size_on_disk(path)
    linked = any(file.is_symlink() for file in files(path))  # a link is removed, never followed
    if linked or not path.is_file() or not _empty(path):
        _remove(path)
    return before - size_on_disk(path)


def _empty(path: Path) -> bool:
    """Empty the catalog; False where it is damaged. PhotosortError while it is in use."""
    try:
        with contextlib.closing(
            sqlite3.connect(path, timeout=0, isolation_level=None)
        ) as connection:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA writable_schema = ON")  # drops tables without reading them
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("DELETE FROM sqlite_master")
            connection.execute("PRAGMA user_version = 0")
            connection.execute("COMMIT")
            connection.execute("VACUUM")
    except sqlite3.DatabaseError as error:
        if in_use(error) and without_locks(path) is None:
            raise PhotosortError(
                f"{path}: in use by another photosort; wait for it to end, then run again"
            ) from error
        return False
    return True


def _remove(path: Path) -> None:
    try:
        for file in reversed(files(path)):  # the log first: it must not meet a new catalog
            file.unlink(missing_ok=True)
    except OSError as error:
        raise PhotosortError(
            f"{path}: cannot be removed ({error.strerror}); remove it by hand"
        ) from error
