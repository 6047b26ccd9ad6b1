"""One function that any driver can call: URLs of photos in, a table of what was learned out.

A driver's process (a Ray actor, say) has one worker process of its own, started as a new
interpreter and never by a fork, with one single-threaded LiteRT interpreter: the same that
`organize` starts, so results are equal to the bit, and a photo that crashes its decoder costs
itself. Photos of an object store are fetched into a temporary folder, the next ones while the
worker looks at the last.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from photosort.embed.backbone import DEFAULT_MODEL, find_model
from photosort.embed.worker import MAX_FILE_BYTES
from photosort.embed.workers import Workers, cores
from photosort.photos.records import Embedded, Failed
from photosort.photos.scan import Photo
from photosort.scale.listing import Listed
from photosort.scale.places import fetch, is_remote, open_place
from photosort.scale.rows import to_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    import pyarrow as pa

    from photosort.embed.backbone import ModelSpec

AHEAD: Final = 32  # photos a worker that are fetched at a time: some 150 MB of phone photos
THREADS: Final = 8  # fetching a photo waits for the network, some 50 ms at an object store


_STARTED: dict[str, Embedder] = {}  # by model


def _embedder(model: str) -> Embedder:
    if not _STARTED:
        atexit.register(end_workers)
    if model not in _STARTED:
        _STARTED[model] = Embedder(find_model(model))
    return _STARTED[model]


def end_workers() -> None:
    """End the worker processes that `embed_batch` started; at the end of Python that is done."""
    while _STARTED:
        _STARTED.popitem()[1].close()


def embed_batch(urls: Sequence[str], model: str = DEFAULT_MODEL) -> pa.Table:
    """Look at photos, absolute paths or URLs; return a row each, in their order (see rows.py).

    The worker process is started by the first call and stays until `end_workers`. A photo that is
    not there, or that cannot be read, is a row with a reason. Raises PhotosortError where no photo
    could be looked at.
    """
    return _embedder(model).table([_state(url) for url in urls])


def _state(url: str) -> Listed:
    """Ask the file system for what tells whether a photo is still the same."""
    if is_remote(url):
        from photosort.scale.listing import modified_ns

        folder, _, name = url.rpartition("/")
        place = open_place(folder)
        with contextlib.suppress(Exception):  # whoever fetches it will say why
            entry = place.files.info(place.at(name))
            return Listed(url, int(entry["size"]), modified_ns(entry))
        return Listed(url, 0, 0)
    with contextlib.suppress(OSError):
        status = os.stat(url)  # noqa: PTH116 (a URL is text)
        return Listed(url, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return Listed(url, 0, 0)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Photos that lie on this machine now, the photo each stands for, and those that failed."""

    photos: list[Photo]
    listed: list[int]
    failed: dict[int, Failed]


class Embedder:
    """Looks at photos with worker processes of its own; close it."""

    def __init__(
        self,
        spec: ModelSpec,
        *,
        workers: int = 1,
        on_note: Callable[[str], None] | None = None,
    ) -> None:
        self.spec = spec
        self._size = workers
        self._workers = Workers(spec, workers=workers, memory_for=cores(), on_note=on_note)

    def table(
        self, photos: Sequence[Listed], on_done: Callable[[int], None] | None = None
    ) -> pa.Table:
        """Look at photos; `on_done` gets the number done so far. Raises PhotosortError."""
        results: dict[int, Embedded | Failed] = {}
        for chunk in self._on_this_machine(photos):
            results |= chunk.failed
            at = {
                photo.path: number for photo, number in zip(chunk.photos, chunk.listed, strict=True)
            }
            for result in self._workers.embed(chunk.photos):
                results[at[result.path]] = result
                if on_done is not None:
                    on_done(len(results))
        return to_table(photos, [results[number] for number in range(len(photos))], self.spec.id)

    def close(self) -> None:
        """End the workers."""
        self._workers.close()

    def _on_this_machine(self, photos: Sequence[Listed]) -> Iterator[_Chunk]:
        """Give photos in chunks that can be read by path: local ones as they are, in one."""
        if not any(is_remote(photo.url) for photo in photos):
            local = [
                Photo(Path(one.url), one.size_bytes, one.mtime_ns, one.ctime_ns, "")
                for one in photos
            ]
            yield _Chunk(local, list(range(len(photos))), {})
            return
        step = AHEAD * self._size
        with ThreadPoolExecutor(1) as ahead, contextlib.ExitStack() as folders:
            following: Future[_Chunk] | None = None
            for start in range(0, len(photos), step):
                chunk = following.result() if following else self._fetch(photos, start, folders)
                after = start + step
                following = (
                    ahead.submit(self._fetch, photos, after, folders)
                    if after < len(photos)
                    else None
                )
                yield chunk
                for photo in chunk.photos:
                    photo.path.unlink()

    def _fetch(self, photos: Sequence[Listed], start: int, folders: contextlib.ExitStack) -> _Chunk:
        """Copy photos from `start` on into a temporary folder."""
        folder = Path(folders.enter_context(tempfile.TemporaryDirectory(prefix="photosort-")))
        numbers = range(start, min(start + AHEAD * self._size, len(photos)))
        with ThreadPoolExecutor(THREADS * self._size) as threads:
            fetched = list(threads.map(lambda n: _copy(photos[n], folder / str(n)), numbers))
        chunk = _Chunk([], [], {})
        for number, one in zip(numbers, fetched, strict=True):
            if isinstance(one, Failed):
                chunk.failed[number] = one
            else:
                chunk.photos.append(one)
                chunk.listed.append(number)
        return chunk


def _copy(listed: Listed, to: Path) -> Photo | Failed:
    """Copy a photo of an object store to a path."""
    failed = Failed(to, listed.size_bytes, listed.mtime_ns, listed.ctime_ns, None, "")
    if listed.size_bytes > MAX_FILE_BYTES:
        return replace(failed, reason=f"cannot be read: larger than {MAX_FILE_BYTES >> 20} MiB")
    data = fetch(listed.url)
    if isinstance(data, str):
        return replace(failed, reason=data)
    to.write_bytes(data)
    return Photo(to, listed.size_bytes, listed.mtime_ns, listed.ctime_ns, "")
