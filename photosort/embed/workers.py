"""Look at many photos at once: worker processes, each with one single-threaded interpreter.

Pixels never cross a process boundary: a worker reads, hashes, decodes and embeds a photo and sends
back some 5 kB. A photo that crashes, hangs or exhausts its worker costs that photo, never the run.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import deque
from dataclasses import replace
from multiprocessing.connection import Pipe, wait
from typing import TYPE_CHECKING, Any, Final

from photosort import startup
from photosort.embed.worker import Raised, Read, Ready, Unfit, unread
from photosort.errors import PhotosortError
from photosort.photos.memory import photo_bytes
from photosort.photos.records import Embedded, Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from multiprocessing.connection import Connection

    from photosort.embed.backbone import ModelSpec
    from photosort.photos.scan import Photo

IN_FLIGHT: Final = 3  # photos handed to a worker at a time: it goes on while results are stored
TICK_S: Final = 0.5
TIME_LIMIT_S: Final = 60.0  # a photo
START_LIMIT_S: Final = 120.0
MAX_FALSE_STARTS: Final = 3
MAX_DEATHS_IN_A_ROW: Final = 100
CAUSE_LENGTH: Final = 300  # characters: an exception's text may be of any length
# A worker is a process a core: libraries must not start threads of their own beside it.
ONE_THREAD: Final = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
PROGRAM: Final = """\
import sys
sys.path[:] = sys.argv[2:]
from photosort.embed.worker import main
main(int(sys.argv[1]))
"""


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

    `memory_for` is the number of workers that share the machine's memory, where that is more.
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


class _Worker:
    """A worker process, our end of its pipe, and the photos handed to it, oldest first."""

    def __init__(self, spec: ModelSpec, max_bytes: int, clock_s: float) -> None:
        self.pipe, theirs = Pipe()
        try:
            self.process = _start(theirs)
        except BaseException:
            self.pipe.close()
            raise
        finally:
            theirs.close()  # or its death would not end the pipe
        self.photos: deque[Photo] = deque()
        self.ready = False
        self.since_s = clock_s  # when it began what it is doing: starting, or the oldest photo
        self.failed: Failed | None = None  # what the photo comes to if the worker dies of it
        self.raised = ""
        with contextlib.suppress(OSError):  # dead already: reading the pipe will tell
            self.pipe.send(spec)
            self.pipe.send(max_bytes)

    def hand(self, photo: Photo, clock_s: float) -> None:
        if not self.photos:
            self.since_s = clock_s
        self.photos.append(photo)
        with contextlib.suppress(OSError):
            self.pipe.send(photo)

    def finished(self, clock_s: float) -> None:
        self.photos.popleft()
        self.failed = None
        self.since_s = clock_s

    def stop(self) -> str:
        """End the process if it lives, collect it, and say what it died of."""
        self.process.kill()
        errors = b""
        with contextlib.suppress(subprocess.TimeoutExpired):
            _, errors = self.process.communicate(timeout=10)
        self.pipe.close()
        code = self.process.returncode
        if self.raised:
            return self.raised
        if code is not None and code < 0:
            return f"signal {-code}"
        lines = errors.decode("utf-8", "replace").split("\n")  # of a traceback, the last says what
        last = next((line for line in reversed(lines) if line.strip()), "")
        return last.strip()[:CAUSE_LENGTH] or f"exit status {code}"


def _start(pipe: Connection) -> subprocess.Popen[bytes]:
    """Start a worker that serves the other end of `pipe`.

    A new interpreter, and none of multiprocessing's: those search the current folder for code, run
    the caller's main module again, and share a helper process. Our end of its standard input closes
    when we end. What it writes on stderr before it is ready, it can die of.
    """
    environment = {**os.environ, **dict.fromkeys(ONE_THREAD, "1")}
    startup.clean(environment)
    flags = ["-P", "-X", f"utf8={sys.flags.utf8_mode}"]
    for flag, is_set in (
        ("-B", sys.dont_write_bytecode),
        ("-E", sys.flags.ignore_environment),
        ("-s", sys.flags.no_user_site),
        ("-S", sys.flags.no_site),
    ):
        flags += [flag] * bool(is_set)
    with _inheritable(pipe) as (descriptor, options):
        return subprocess.Popen(
            [sys.executable, *flags, "-c", PROGRAM, str(descriptor), *startup.search_path()],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            **options,
        )


@contextlib.contextmanager
def _inheritable(pipe: Connection) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give the number under which a child knows `pipe`, and Popen's options that pass it on."""
    if sys.platform == "win32":
        handle = pipe.fileno()
        os.set_handle_inheritable(handle, True)
        attributes = {"handle_list": [handle]}
        yield handle, {"startupinfo": subprocess.STARTUPINFO(lpAttributeList=attributes)}
        return
    import fcntl

    # Above 2, also where the caller runs with its standard descriptors closed.
    descriptor = fcntl.fcntl(pipe, fcntl.F_DUPFD_CLOEXEC, 3)
    try:
        yield descriptor, {"pass_fds": [descriptor]}
    finally:
        os.close(descriptor)


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
        self.workers: list[_Worker] = []
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
                with _interrupts_held():
                    self.workers.append(_Worker(self.spec, self.max_bytes, self.clock_s))
            except OSError as error:
                raise PhotosortError(
                    f"workers: cannot be started ({error.strerror}); end some programs, run again"
                ) from error

    def _hand_out(self) -> None:
        # Near the end no worker holds a photo that an idle one could begin.
        depth = IN_FLIGHT if len(self.waiting) > IN_FLIGHT * len(self.workers) else 1
        for worker in self.workers:
            while worker.ready and self.waiting and len(worker.photos) < depth:
                worker.hand(self.waiting.popleft(), self.clock_s)

    def _with_messages(self) -> list[_Worker]:
        by_pipe = {worker.pipe: worker for worker in self.workers}
        ready = wait(list(by_pipe), min(TICK_S, self.time_limit_s))
        return [worker for pipe, worker in by_pipe.items() if pipe in ready]

    def _receive(self, worker: _Worker) -> Embedded | Failed | None:
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

    def _replace_dead(self, worker: _Worker, cause: str = "") -> Failed | None:
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

    def _count_death(self, worker: _Worker, cause: str) -> None:
        self.deaths += 1
        if not worker.ready:
            self.false_starts += 1
        if self.false_starts >= MAX_FALSE_STARTS or self.deaths >= MAX_DEATHS_IN_A_ROW:
            doing = "while starting" if not worker.ready else "one after the other"
            count = max(self.false_starts, self.deaths)
            raise PhotosortError(f"workers: {count} died {doing} ({cause}); {_remedy(cause)}")

    def _overdue(self, worker: _Worker) -> bool:
        if not worker.ready:
            return self.clock_s - worker.since_s > START_LIMIT_S
        if not worker.photos or self.clock_s - worker.since_s <= self.time_limit_s:
            return False
        return not worker.pipe.poll()

    def _replace_slow(self, worker: _Worker) -> Failed | None:
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


def _failure(photo: Photo, worker: _Worker, reason: str) -> Failed:
    if worker.failed is not None:
        return replace(worker.failed, reason=reason)
    return unread(photo, reason)


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back: a child is born deaf to it, and none is born that we do not know of."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
