"""Says when something happened in folders; what happened is for a scan to find."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from photosort.errors import PhotosortError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

LOG = logging.getLogger(__name__)
TICK_S: Final = 1.0
POLL_S: Final = 5.0  # between two looks at every file of a share, in watchfiles' own thread


def identity(source: Path) -> tuple[int, int] | None:
    """Return a folder's device and inode numbers; None where it cannot be listed."""
    try:
        with os.scandir(source):
            status = source.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def is_empty(source: Path) -> bool:
    """Return whether a folder that can be listed has no entry."""
    with contextlib.suppress(OSError), os.scandir(source) as entries:
        return next(entries, None) is None
    return True


def changes(sources: Sequence[Path], ignored: Sequence[Path], *, poll: bool) -> Generator[bool]:
    """Yield every second, or sooner, whether something below `sources` changed, until one is away.

    Hidden names and what lies in the folders `ignored` do not count. A name that is not UTF-8,
    which watchfiles cannot report, counts as a change, and files are polled from then on. Ends when
    a source is another folder than it was, or none. Raises PhotosortError where the system cannot
    watch so many folders, and KeyboardInterrupt for any signal that has a handler.
    """
    from watchfiles import watch

    roots = [os.path.realpath(source) for source in sources]
    left_out = [os.path.realpath(folder) for folder in ignored]

    def counts(_: object, path: str) -> bool:
        if any(_lies_in(path, folder) for folder in left_out):
            return False
        within = [path[len(root) :] for root in roots if _lies_in(path, root)]
        return any(f"{os.sep}." not in below for below in within)

    before = [identity(source) for source in sources]
    try:
        while True:
            try:
                for changed in watch(
                    *roots,
                    watch_filter=None,
                    rust_timeout=int(TICK_S * 1000),
                    yield_on_timeout=True,
                    force_polling=poll or None,
                    poll_delay_ms=int(POLL_S * 1000),
                    ignore_permission_denied=True,
                ):
                    yield any(counts(*change) for change in changed)
                    if [identity(source) for source in sources] != before:
                        return
            except RuntimeError as error:  # watchfiles' own
                LOG.info("watchfiles failed, files are polled from now on: %s", error)
                poll = True
                yield True
                time.sleep(TICK_S)
    except FileNotFoundError:  # it went in the moment between
        return
    except OSError as error:
        line = " ".join(str(error).split())
        raise PhotosortError(
            f"{', '.join(map(str, sources))}: cannot be watched ({line}); pass --poll,"
            " or raise the system's limit (fs.inotify.max_user_watches)"
        ) from error


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def log_files() -> Iterator[Path]:
    """Name the files that photosort's own log is written to."""
    for handler in logging.getLogger("photosort").handlers:
        if handler.get_name():
            yield Path(str(handler.get_name()))
