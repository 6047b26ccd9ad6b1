"""One worker process: it reads, hashes, decodes and embeds the photos it is sent.

Pixels stay here: an answer is some 5 kB. Whatever a codec does to this process (crash, endless
loop, out of memory) is noticed by the parent, see workers.py.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import stat
import threading
from dataclasses import dataclass, replace
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Final

from photosort.errors import PhotosortError
from photosort.photos.records import Embedded, Failed, new_hash

# numpy and all that needs it are imported in `serve`, after the thread counts are set.
if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

    from photosort.embed.backbone import Backbone, ModelSpec
    from photosort.photos.scan import Photo

MAX_FILE_BYTES: Final = 512 << 20
ONE_THREAD: Final = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


@dataclass(frozen=True, slots=True)
class Ready:
    """From a worker: the model is loaded."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """From a worker: it cannot start, and no other one could."""

    reason: str


@dataclass(frozen=True, slots=True)
class Read:
    """From a worker: the file is read, decoding begins. `obituary` serves if it dies of that."""

    obituary: Failed


@dataclass(frozen=True, slots=True)
class LastWords:
    """From a worker: the exception that ends it."""

    text: str


def serve(pipe: Connection) -> None:
    """Load the model, then answer every photo until the parent goes."""
    _settle()
    with contextlib.suppress(EOFError, ConnectionError):
        spec = pipe.recv()
        try:
            from photosort.embed.backbone import Backbone

            backbone = Backbone(spec, threads=1)
        except PhotosortError as error:
            pipe.send(Unfit(str(error)))
            return
        except (ImportError, OSError, RuntimeError, ValueError) as error:
            reason = f"models/{spec.file}: cannot be loaded ({_line(error)})"
            pipe.send(Unfit(f"{reason}; reinstall photosort-dec"))
            return
        pipe.send(Ready())
        while True:
            photo = pipe.recv()
            try:
                pipe.send(_look_at(photo, backbone, spec, pipe))
            except BaseException as error:
                pipe.send(LastWords(f"{type(error).__name__}: {_line(error)}"))
                raise


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _settle() -> None:
    """Leave Ctrl-C to the parent, compute in one thread, keep codecs quiet, outlive nobody."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    silence = os.open(os.devnull, os.O_WRONLY)
    for standard in (1, 2):  # libtiff and LiteRT write there by themselves
        os.dup2(silence, standard)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave_with, args=(parent.sentinel,), daemon=True).start()


def _leave_with(parent_sentinel: int) -> None:
    """Exit when the parent does, however it ended, even in the middle of an endless decode."""
    wait([parent_sentinel])
    os._exit(1)


def _look_at(
    photo: Photo, backbone: Backbone, spec: ModelSpec, pipe: Connection
) -> Embedded | Failed:
    """Read a photo once; hash, decode and embed what was read."""
    import numpy as np

    from photosort.photos.decode import DecodeError, decode
    from photosort.photos.metadata import read_facts

    try:
        data, status = _read(photo.path)
    except OSError as error:
        return Failed(photo.path, photo.size_bytes, photo.mtime_ns, None, _unread(error))
    digest = new_hash(data).digest()
    failed = Failed(photo.path, len(data), status.st_mtime_ns, digest, "")
    pipe.send(Read(failed))
    try:
        decoded = decode(data, min_side=spec.input_side)
    except DecodeError as error:
        return replace(failed, reason=str(error))
    feature, scores = backbone.embed(decoded.image)
    return Embedded(
        photo.path,
        len(data),
        status.st_mtime_ns,
        status.st_ctime_ns,
        digest,
        read_facts(data),
        feature.astype(np.float16),
        scores.astype(np.float16),
    )


def _unread(error: OSError) -> str:
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
