"""Look at many photos at once: worker processes, each with one single-threaded interpreter.

A worker reads, hashes, decodes, embeds and measures a photo and sends back some 20 kB, most of them
the thumbnail; the decoded picture stays there. A photo that crashes its worker, never ends in it or
exhausts its memory is reported as failed, and the run goes on.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections import deque
from dataclasses import replace
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Final

from photosort.embed.process import Process, interrupts_held
from photosort.embed.worker import Raised, Read, Ready, Unfit, unread
from photosort.errors import PhotosortError
from photosort.photos.memory import photo_bytes
from photosort.photos.records import Embedded, Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from photosort.embed.backbone import ModelSpec
    from photosort.photos.scan import Photo

IN_FLIGHT: Final = 3  # photos handed to a worker at a time: it goes on while results are stored
# The limits are judgement: far above what a photo or a start takes on a slow, busy machine.
TICK_S: Final = 0.5  # between two looks at the time limits
TIME_LIMIT_S: Final = 60.0  # of a photo
START_LIMIT_S: Final = 120.0
MAX_FALSE_STARTS: Final = 3  # workers in a row that died before they were ready
MAX_DEATHS_IN_A_ROW: Final = 100  # without a result between them


def embed_photos(
    photos: Sequence[Photo],
    spec: ModelSpec,
    *,
    workers: int | None = None,
    time_limit_s: float = TIME_LIMIT_S,
    on_note: Callable[[str], None] | None = None,
) -> Generator[Embedded | Failed]:
    """Yield exactly one result for each photo, in the order in which they are finished.

    `on_note` is called with one line for each worker that had to be replaced. Closing the
    generator ends the workers. Raises PhotosortError when workers cannot start or do not survive.
    """
    pool = _Pool(photos, spec, max(1, workers or cores()), time_limit_s, on_note)
    try:
        yield from pool.run()
    finally:
        pool.stop()


class Workers:
    """Worker processes that stay from one batch of photos to the next; close them.

    `memory_for` is how many workers share this machine's memory, where that is more than `workers`.
    """

    def __init__(
        self,
        spec: ModelSpec,
        *,
        workers: int,
        memory_for: int = 1,
        on_note: Callable[[str], None] | None = None,
    ) -> None:
        self._pool = _Pool((), spec, workers, TIME_LIMIT_S, on_note)
        self._pool.max_bytes = photo_bytes(max(workers, memory_for))

    def embed(self, photos: Sequence[Photo]) -> Generator[Embedded | Failed]:
        """Yield a result for each photo, as `embed_photos` does."""
        self._pool.waiting.extend(photos)
        yield from self._pool.run()

    def close(self) -> None:
        """End the workers."""
        self._pool.stop()


def cores() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Pool:
    """The workers of one run and the photos that wait for them."""

    def __init__(
        self,
        photos: Sequence[Photo],
        spec: ModelSpec,
        size: int,
        time_limit_s: float,
        on_note: Callable[[str], None] | None,
    ) -> None:
        self.waiting = deque(photos)
        self.spec = spec
        self.max_bytes = photo_bytes(size)
        self.size = size
        self.time_limit_s = time_limit_s
        self.note = on_note or (lambda _: None)
        self.workers: list[Process] = []
        self.retried: set[Photo] = set()
        self.false_starts = 0
        self.deaths = 0  # in a row
        # Time limits count only while we listen: not while the machine sleeps, the job is stopped
        # by Ctrl-Z, or our caller is busy with the last result.
        self.clock_s = 0.0
        self.last_look_s = time.monotonic()

    def run(self) -> Generator[Embedded | Failed]:
        """Hand out photos and yield results until every photo has one."""
        while self.waiting or any(worker.photos for worker in self.workers):
            self._start_workers()
            self._hand_out()
            for worker in self._with_messages():
                result = self._receive(worker)
                self._hand_out()
                if result is not None:
                    yield result
            self._advance_clock()
            for worker in [worker for worker in self.workers if self._overdue(worker)]:
                result = self._replace_slow(worker)
                if result is not None:
                    yield result

    def stop(self) -> None:
        """End all workers and leave no zombie. They write nothing, so there is nothing to lose."""
        for worker in self.workers:
            worker.process.kill()
        for worker in self.workers:
            worker.stop()
        self.workers.clear()

    def _start_workers(self) -> None:
        busy = sum(bool(worker.photos) for worker in self.workers)
        while len(self.workers) < min(self.size, busy + len(self.waiting)):
            try:
                with interrupts_held():
                    self.workers.append(Process(self.spec, self.max_bytes, self.clock_s))
            except OSError as error:
                raise PhotosortError(
                    f"workers: cannot be started ({error.strerror}); end some programs, run again"
                ) from error

    def _hand_out(self) -> None:
        # Near the end one photo each: no photo waits behind another while a worker is idle.
        depth = IN_FLIGHT if len(self.waiting) > IN_FLIGHT * len(self.workers) else 1
        for worker in self.workers:
            while worker.ready and self.waiting and len(worker.photos) < depth:
                worker.hand(self.waiting.popleft(), self.clock_s)

    def _with_messages(self) -> list[Process]:
        by_pipe = {worker.pipe: worker for worker in self.workers}
        ready = wait(list(by_pipe), min(TICK_S, self.time_limit_s))
        return [worker for pipe, worker in by_pipe.items() if pipe in ready]

    def _receive(self, worker: Process) -> Embedded | Failed | None:
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError):
            return self._replace_dead(worker)
        match message:
            case Ready():
                worker.ready, worker.since_s = True, self.clock_s
                self.false_starts = 0
            case Unfit(reason):
                raise PhotosortError(reason)
            case Read(failed):
                worker.failed = failed
            case Raised(text):
                worker.raised = text
            case Embedded() | Failed():
                worker.finished(self.clock_s)
                self.deaths = 0
                return message
        return None

    def _replace_dead(self, worker: Process, cause: str = "") -> Failed | None:
        """Replace a worker that died: its photo gets one more chance, those behind it wait on."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            worker.process.wait(1)  # its pipe may close a moment before it has its exit status
        died_of = worker.stop()
        cause = cause or died_of
        self.workers.remove(worker)
        self._count_death(worker, cause)
        if not worker.photos:
            return None
        photo = worker.photos.popleft()
        self.waiting.extendleft(reversed(worker.photos))
        if photo in self.retried:
            return _failure(photo, worker, f"the decoder crashed ({cause})")
        self.retried.add(photo)
        self.waiting.appendleft(photo)
        self.note(
            f"{photo.path}: worker {worker.process.pid} died of it ({cause}); trying once more"
        )
        return None

    def _count_death(self, worker: Process, cause: str) -> None:
        self.deaths += 1
        if not worker.ready:
            self.false_starts += 1
        if self.false_starts >= MAX_FALSE_STARTS or self.deaths >= MAX_DEATHS_IN_A_ROW:
            doing = "while starting" if not worker.ready else "one after the other"
            count = max(self.false_starts, self.deaths)
            raise PhotosortError(f"workers: {count} died {doing} ({cause}); {_remedy(cause)}")

    def _overdue(self, worker: Process) -> bool:
        if not worker.ready:
            return self.clock_s - worker.since_s > START_LIMIT_S
        if not worker.photos or self.clock_s - worker.since_s <= self.time_limit_s:
            return False
        return not worker.pipe.poll()

    def _replace_slow(self, worker: Process) -> Failed | None:
        """Replace a worker that takes too long: no second chance for its photo."""
        if not worker.ready:
            worker.process.kill()
            return self._replace_dead(worker, f"not ready after {START_LIMIT_S:g} s")
        worker.stop()
        self.workers.remove(worker)
        photo = worker.photos.popleft()
        self.waiting.extendleft(reversed(worker.photos))
        reason = f"took longer than {self.time_limit_s:g} s"
        self.note(f"{photo.path}: {reason}; worker {worker.process.pid} replaced")
        return _failure(photo, worker, reason)

    def _advance_clock(self) -> None:
        now_s = time.monotonic()
        self.clock_s += min(now_s - self.last_look_s, 2 * TICK_S)
        self.last_look_s = now_s


def _remedy(cause: str) -> str:
    """Say what helps against what workers die of."""
    if cause.startswith(("ModuleNotFoundError", "ImportError")):
        return "reinstall photosort-dec"
    if cause.startswith("MemoryError"):
        return "end other programs, or use photosort organize --workers 1"
    if cause == f"signal {int(getattr(signal, 'SIGKILL', 9))}":
        return "something ends them; where memory is short, use photosort organize --workers 1"
    return "please report it"


def _failure(photo: Photo, worker: Process, reason: str) -> Failed:
    if worker.failed is not None:
        return replace(worker.failed, reason=reason)
    return unread(photo, reason)
