"""A worker process as its parent sees it: started, handed photos, ended, and what it died of.

What runs in the process is worker.py; who gets which photo is decided in workers.py.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections import deque
from multiprocessing.connection import Pipe
from typing import TYPE_CHECKING, Any, Final

from photosort import startup

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from photosort.embed.backbone import ModelSpec
    from photosort.photos.records import Failed
    from photosort.photos.scan import Photo

CAUSE_LENGTH: Final = 300  # characters that are shown of an exception, whose text may be longer
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


class Process:
    """A worker process, our end of its pipe, and the photos handed to it, oldest first."""

    def __init__(self, spec: ModelSpec, max_bytes: int, clock_s: float) -> None:
        self.pipe, theirs = Pipe()
        try:
            self.process = _start(theirs)
        except BaseException:
            self.pipe.close()
            raise
        finally:
            theirs.close()  # else the pipe would stay open when the worker dies
        self.photos: deque[Photo] = deque()
        self.ready = False
        self.since_s = clock_s  # when it began what it is doing: starting, or the oldest photo
        self.failed: Failed | None = None  # the photo's result if the worker dies of it
        self.raised = ""  # an exception that the worker reported before it ended
        with contextlib.suppress(OSError):  # it has ended: the next read finds that
            self.pipe.send(spec)
            self.pipe.send(max_bytes)

    def hand(self, photo: Photo, clock_s: float) -> None:
        """Send a photo; it waits behind those that were handed before."""
        if not self.photos:
            self.since_s = clock_s
        self.photos.append(photo)
        with contextlib.suppress(OSError):
            self.pipe.send(photo)

    def finished(self, clock_s: float) -> None:
        """Note that the oldest photo has its result, and that the next one begins."""
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

    It is a new interpreter and none of multiprocessing's, which search the current folder for code,
    run the caller's main module again and share a helper process. Its standard input is a pipe that
    closes when this process ends, by which it notices that. Its stderr is read when it has died, to
    say of what.
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


@contextlib.contextmanager
def interrupts_held() -> Iterator[None]:
    """Block SIGINT while a worker is started.

    The worker inherits the blocked signal, so Ctrl-C ends it through its parent alone. Nor can
    Ctrl-C arrive after the process was started and before the parent has noted it.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
