"""Folders of any file system that fsspec knows: a path, s3://bucket/prefix, gs://, memory://.

Whatever a file system says of itself becomes one line with a remedy.
"""

from __future__ import annotations

import contextlib
import errno
import os
import posixpath
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from photosort.errors import PhotosortError
from photosort.photos.paths import in_full

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

EXTRA: Final = "install photosort-dec[ray]"
PRIVATE: Final = 0o700


def is_remote(text: str) -> bool:
    """Return whether a text names something else than a path of this machine."""
    return "://" in text and not text.startswith("file://")


def local_path(text: str) -> Path:
    """Return the path that a text without a protocol, or with file://, names, in full."""
    return in_full(Path(text.removeprefix("file://")))


@dataclass(frozen=True, slots=True)
class Place:
    """A folder: how it is written, its file system, and its path there."""

    url: str
    files: Any  # fsspec ships no types
    root: str

    @property
    def is_local(self) -> bool:
        """Whether it lies on this machine's disks."""
        return not is_remote(self.url)

    def at(self, name: str) -> str:
        """Give the path of something in it."""
        return posixpath.join(self.root, name)

    def read(self, name: str) -> bytes | None:
        """Read a file; None where there is none. Raises PhotosortError."""
        with explained(self.at(name)):
            if self.is_local:
                _refuse_pipe(self.at(name))
            try:
                return bytes(self.files.cat_file(self.at(name)))
            except FileNotFoundError:
                return None

    def write(self, name: str, data: bytes) -> None:
        """Write a file: a reader sees the old one, the new one or none. Raises PhotosortError.

        Object stores do so by themselves; on a disk the file is renamed into its place.
        """
        path = self.at(name)
        with explained(path, missing=True):  # no such bucket; a folder that holds no other
            if not self.is_local:
                self.files.pipe_file(path, data)
                return
            folder = os.path.dirname(path)  # noqa: PTH120 (a path of fsspec is text)
            os.makedirs(folder, mode=PRIVATE, exist_ok=True)  # noqa: PTH103
            _write_local(path, data)

    def read_all(self, names: Sequence[str]) -> dict[str, bytes]:
        """Read files, many at a time where the file system can; those that are gone are left out.

        Raises PhotosortError.
        """
        paths = {self.at(name): name for name in names}
        with explained(self.root):
            found = self.files.cat(list(paths), on_error="return") if paths else {}
        for path, data in found.items():
            if isinstance(data, Exception) and not isinstance(data, FileNotFoundError):
                with explained(path):
                    raise data
        return {paths[path]: data for path, data in found.items() if isinstance(data, bytes)}

    def sizes(self, folder: str) -> dict[str, int]:
        """List the files right in a folder of it with their sizes; none where there is no folder.

        Raises PhotosortError.
        """
        with explained(self.at(folder)):
            self.files.invalidate_cache()
            try:
                entries = self.files.ls(self.at(folder), detail=True)
            except FileNotFoundError:
                return {}
        return {
            posixpath.basename(entry["name"]): int(entry["size"] or 0)
            for entry in entries
            if entry["type"] == "file"
        }

    def remove(self, name: str) -> None:
        """Remove a file that photosort wrote, if it is there. Raises PhotosortError."""
        with explained(self.at(name)), contextlib.suppress(FileNotFoundError):
            self.files.rm_file(self.at(name))


def open_place(text: str) -> Place:
    """Find the file system of a folder. Raises PhotosortError for a protocol that is none."""
    if not is_remote(text):
        path = local_path(text)
        return Place(str(path), _file_system("file"), str(path))
    protocol, _, rest = text.partition("://")
    files = _file_system(protocol)
    with explained(text):
        root = str(files._strip_protocol(text))  # fsspec's own way
    if not rest.strip("/"):
        raise PhotosortError(f"{text}: names no folder; write {protocol}://BUCKET/FOLDER")
    return Place(text.rstrip("/"), files, root)


def _file_system(protocol: str) -> Any:  # noqa: ANN401 - fsspec ships no types
    try:
        import fsspec
    except ImportError:
        raise PhotosortError(f"{protocol}://: needs fsspec; {EXTRA}") from None
    try:
        return fsspec.filesystem(protocol, **_options(protocol))
    except ImportError as error:
        raise PhotosortError(
            f"{protocol}://: needs a package ({_line(error)}); {EXTRA}, or that package"
        ) from error
    except ValueError as error:
        raise PhotosortError(
            f"{protocol}://: no such protocol; use a path, s3:// or gs://"
        ) from error


def _options(protocol: str) -> Mapping[str, Any]:
    """Ask for a listing anew each time: others write there, too."""
    return {} if protocol in ("file", "memory") else {"use_listings_cache": False}


def fetch(url: str) -> bytes | str:
    """Read a photo of an object store; say why where it cannot be read."""
    folder, _, name = url.rpartition("/")
    try:
        place = open_place(folder)
        return bytes(place.files.cat_file(place.at(name)))
    except FileNotFoundError:
        return "gone while photosort was looking"
    except PhotosortError as error:
        return str(error)
    except PermissionError:
        return "no permission to read"
    except Exception as error:  # noqa: BLE001 - each file system has exceptions of its own
        return f"cannot be read: {_line(error)[:200] or type(error).__name__}"


@contextlib.contextmanager
def explained(path: str, *, missing: bool = False) -> Iterator[None]:
    """Turn what a file system says into a PhotosortError; a missing file only if `missing`."""
    try:
        yield
    except PhotosortError:
        raise
    except Exception as error:  # each file system has exceptions of its own
        if isinstance(error, FileNotFoundError) and not missing:
            raise
        reason = getattr(error, "strerror", None) or _line(error) or type(error).__name__
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
        remedy = "free some space" if full else "check its name, your rights and the connection"
        raise PhotosortError(f"{path}: {reason}; {remedy}") from error


def _refuse_pipe(path: str) -> None:
    """Raise PhotosortError for what would wait for ever, or has no end."""
    with contextlib.suppress(OSError):
        mode = os.stat(path).st_mode  # noqa: PTH116
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise PhotosortError(f"{path}: a device, pipe or socket, not a file; remove it")


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]


def _write_local(path: str, data: bytes) -> None:
    """Write a private file beside its place, then put it there."""
    new = f"{path}.new-{os.getpid()}"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new)  # noqa: PTH108
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        os.replace(new, path)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(new)  # noqa: PTH108
        raise
