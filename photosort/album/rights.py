"""The modes of what photosort makes: no wider than those of the originals. Reads only."""

import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

OWNER, GROUP, OTHERS = stat.S_IRWXU, stat.S_IRWXG, stat.S_IRWXO
ACL = "system.posix_acl_access"


def mode_for(originals: Iterable[Path], place: Path) -> int:
    """Give the mode of a folder at `place` that shows what is in `originals`, folders or files.

    It lets its owner do all, and anybody else what every one of them does. A file gets the same
    without the right to execute. An original that cannot be asked keeps everybody out.
    """
    mode, group = 0o777, group_at(place)
    for path in originals:
        try:
            mode &= rights_of(path, path.stat(), group)
        except OSError:
            return OWNER
    return OWNER | mode


def rights_of(path: Path | int, status: os.stat_result, group: int) -> int:
    """Give the mode of the file or folder `path`, for a copy of it that belongs to `group`.

    In another group are others than those its mode or its access list means: they get what both the
    group and everybody else have.
    """
    mode = status.st_mode & 0o777
    if status.st_gid == group and not _has_list(path):
        return mode
    both = (mode & GROUP) >> 3 & mode & OTHERS
    return mode & OWNER | both << 3 | both


def group_at(place: Path) -> int:
    """Say which group a file made at `place` gets."""
    if sys.platform == "win32":
        return 0
    above = next(folder for folder in place.parents if os.path.lexists(folder))
    status = above.stat()
    by_folder = status.st_mode & stat.S_ISGID or sys.platform == "darwin"
    return status.st_gid if by_folder else os.getegid()


def _has_list(path: Path | int) -> bool:
    """Return whether an access list says more than the mode does."""
    if not hasattr(os, "listxattr"):
        return False
    try:
        return ACL in os.listxattr(path)
    except OSError:  # the file system has none
        return False
