"""What -v and --log-file write: versions, stages with their times, files left out, errors.

Modules log to `logging.getLogger(__name__)`; nothing is written unless it was asked for.
"""

from __future__ import annotations

import contextlib
import locale
import logging
import os
import platform
import shlex
import sys
from importlib import metadata
from typing import TYPE_CHECKING

from rich.text import Text

from photosort import __version__
from photosort.counts import counted
from photosort.errors import PhotosortError
from photosort.report.console import err, printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOG = logging.getLogger("photosort")
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
MARK = b"# log of photosort\n"  # the first line of a log file
LIBRARIES = (
    "ai-edge-litert", "tensorflow", "keras", "scikit-learn", "numpy", "pillow", "pi-heif", "typer",
    "rich",
)  # fmt: skip


class _Formatter(logging.Formatter):
    """Spell out what a name would do to a terminal; only tracebacks have several lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        record.message = printable(record.message)
        return super().formatMessage(record)


class _Shown(logging.Handler):
    """Print records on stderr, above a progress bar."""

    def emit(self, record: logging.LogRecord) -> None:
        err.print(Text(self.format(record), style="dim"))


def to_stderr() -> None:
    """Print what happens on stderr."""
    _add(_Shown(), logging.INFO)


def to_file(path: Path) -> None:
    """Append what happens to `path`, tracebacks included. PhotosortError where it is no log."""
    try:
        stream = os.fdopen(_opened(path), "a", encoding="utf-8")
    except OSError as error:
        raise PhotosortError(f"{path}: {error.strerror}; name another --log-file") from error
    handler = logging.StreamHandler(stream)
    handler.set_name(str(path))  # `photosort watch` asks for it: what is logged is no news
    _add(handler, logging.DEBUG)


def stop() -> None:
    """End all logs: in one process many commands may run."""
    for handler in LOG.handlers[:]:
        LOG.removeHandler(handler)
        handler.close()
        if isinstance(handler, logging.StreamHandler):
            handler.stream.close()
    LOG.setLevel(logging.NOTSET)


def _opened(path: Path) -> int:
    """Make the file, or open an earlier log: a photo named by mistake stays as it is."""
    flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(descriptor, MARK)
        return descriptor
    if not (path.is_file() and path.read_bytes()[: len(MARK)] == MARK):
        raise PhotosortError(f"{path}: exists and is no log of photosort; name a new --log-file")
    return os.open(path, flags)


def _add(handler: logging.Handler, level: int) -> None:
    """Begin a log with what a report of a fault has to say."""
    handler.setLevel(level)
    handler.setFormatter(_Formatter(FORMAT))
    before = LOG.handlers[:]
    for other in before:
        LOG.removeHandler(other)
    LOG.addHandler(handler)
    LOG.setLevel(logging.DEBUG)
    python = f"Python {platform.python_version()}, {platform.platform()}"
    LOG.info("photosort %s, %s", __version__, python)
    LOG.info("%s", ", ".join(_versions()))
    encoding = f"{sys.getfilesystemencoding()}, {locale.getpreferredencoding(False)}"
    LOG.info("names in %s, %s", encoding, counted(os.cpu_count() or 1, "core"))
    LOG.info("$ photosort %s", shlex.join(sys.argv[1:]))
    for other in before:
        LOG.addHandler(other)


def _versions() -> Iterator[str]:
    for name in LIBRARIES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            yield f"{name} {metadata.version(name)}"
