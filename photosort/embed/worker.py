"""One worker process: it reads, hashes, decodes, embeds and measures the photos it is sent.

Pixels stay here, but for a thumbnail: an answer is some 20 kB. Whatever a codec does to this
process (crash, endless loop, out of memory) is noticed by its parent: process.py, workers.py.
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import sys
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from photosort.errors import PhotosortError
from photosort.photos.records import Embedded, Failed, new_hash

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

    from photosort.embed.backbone import Backbone
    from photosort.photos.scan import Photo

MAX_FILE_BYTES: Final = 512 << 20


@dataclass(frozen=True, slots=True)
class Ready:
    """From a worker: the model is loaded."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """From a worker: it cannot start, and no other one could."""

    reason: str


@dataclass(frozen=True, slots=True)
class Read:
    """From a worker: the file is read, decoding begins; `failed` is the result if that kills it."""

    failed: Failed


@dataclass(frozen=True, slots=True)
class Raised:
    """From a worker: the exception that ends it."""

    text: str


def main(descriptor: int) -> None:
    """Serve the parent through its pipe (a descriptor, a handle on Windows) until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    if sys.platform == "win32":
        from multiprocessing.connection import PipeConnection as Connection
    else:
        from multiprocessing.connection import Connection
    serve(Connection(descriptor))


def serve(pipe: Connection) -> None:
    """Load the model, then answer every photo until the pipe closes."""
    with contextlib.suppress(EOFError, ConnectionError):
        try:
            backbone = _load(pipe)
            max_bytes = pipe.recv()
        except PhotosortError as error:
            pipe.send(Unfit(str(error)))
            return
        _silence_stderr()
        pipe.send(Ready())
        while True:
            photo = pipe.recv()
            try:
                pipe.send(_look_at(photo, backbone, max_bytes, pipe))
            except BaseException as error:
                pipe.send(Raised(f"{type(error).__name__}: {_line(error)}"))
                raise


def _load(pipe: Connection) -> Backbone:
    """Load the model that the parent names. Raises PhotosortError where no worker could."""
    try:
        spec = pipe.recv()  # which imports its module
        from photosort.embed.backbone import Backbone

        return Backbone(spec, threads=1)
    except ImportError as error:
        raise PhotosortError(f"workers: {_line(error)}; reinstall photosort-dec") from error
    except (EOFError, ConnectionError):
        raise
    except (OSError, RuntimeError, ValueError) as error:
        reason = f"models/{spec.file}: cannot be loaded ({_line(error)})"
        raise PhotosortError(f"{reason}; reinstall photosort-dec") from error


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _silence_stderr() -> None:
    """Drop what is written on stderr from here on: codecs warn there, and the pipe is not read."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _exit_with_parent() -> None:
    """Exit when the parent does, however it ended, even in the middle of an endless decode.

    The parent holds the other end of our standard input and writes nothing.
    """
    os.read(0, 1)
    os._exit(1)


def _look_at(
    photo: Photo, backbone: Backbone, max_bytes: int, pipe: Connection
) -> Embedded | Failed:
    """Read a photo once; hash, decode (in `max_bytes`), embed, measure, shrink what was read."""
    import numpy as np

    from photosort.photos.decode import DecodeError, TooLargeError, decode
    from photosort.photos.measures import measure
    from photosort.photos.metadata import read_facts
    from photosort.photos.thumbnails import thumbnail

    try:
        data, status = _read(photo.path)
    except OSError as error:
        return unread(photo, _why_unread(error))
    digest = new_hash(data).digest()
    times = status.st_mtime_ns, status.st_ctime_ns
    failed = Failed(photo.path, len(data), *times, digest, "")
    pipe.send(Read(failed))
    try:
        decoded = decode(data, min_side=backbone.input_side, max_bytes=max_bytes)
    except TooLargeError as error:  # it may fit where fewer workers share the memory
        return replace(failed, content_hash=None, reason=str(error))
    except DecodeError as error:
        return replace(failed, reason=str(error))
    try:
        feature, scores = backbone.embed(decoded.image)
    except PhotosortError as error:  # from a network of the user's: not the photo's fault
        reason = f"its network gives no feature: {error}"
        return replace(failed, content_hash=None, reason=reason)
    return Embedded(
        photo.path,
        len(data),
        *times,
        digest,
        read_facts(data),
        feature.astype(np.float16),
        scores.astype(np.float16),
        decoded.remark,
        measure(decoded.image),
        thumbnail(decoded.image),
    )


def unread(photo: Photo, reason: str) -> Failed:
    """Describe a photo that was not read."""
    return Failed(photo.path, photo.size_bytes, photo.mtime_ns, photo.ctime_ns, None, reason)


def _why_unread(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "no permission to read"
    if isinstance(error, FileNotFoundError):
        return "gone while photosort was looking"
    return f"cannot be read: {error.strerror or type(error).__name__}"


def _read(path: Path) -> tuple[bytes, os.stat_result]:
    """Return a file's bytes and status; raises OSError.

    The status is taken before the bytes, so a photo that changes meanwhile is read again next time.
    """
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "not a regular file")
        if status.st_size > MAX_FILE_BYTES:
            raise OSError(0, f"larger than {MAX_FILE_BYTES >> 20} MiB")
        data = file.read(MAX_FILE_BYTES)
    return data, status
