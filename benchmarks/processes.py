"""What processes cost, for the other benchmarks: seconds, processor seconds, peak memory (Linux).

Memory is the proportional set size: pages that processes share are counted once, in parts.
"""

import contextlib
import os
import resource
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

INTERVAL_S = 0.2  # between two looks at the memory of a command


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of a command, or of work in this process."""

    seconds: float
    processor_seconds: float
    peak_bytes: int
    said: str = ""  # on stderr


def home(folder: Path) -> dict[str, str]:
    """Return the environment of this process with photosort's catalog and state in `folder`."""
    own = {"XDG_CACHE_HOME": str(folder / "cache"), "XDG_STATE_HOME": str(folder / "state")}
    return {**os.environ, **own}


def catalog_in(folder: Path) -> Path:
    """Return where the catalog of a `home` lies."""
    return folder / "cache" / "photosort" / "catalog.sqlite3"


def descendants(pid: int) -> list[int]:
    """List a process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += descendants(int(child))
    return found


def memory_bytes(pid: int) -> int:
    """Sum the proportional set size of a process and its children; 0 when it is gone."""
    total = 0
    for one in descendants(pid):
        try:
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line[:4] == "Pss:")
    return total * 1024


@contextlib.contextmanager
def peak_memory(interval_s: float) -> Iterator[list[int]]:
    """Sample the memory of this process and its children in here, in bytes, into a list."""
    samples, done = [0], threading.Event()

    def sample() -> None:
        while True:
            with contextlib.suppress(OSError):  # a process ended meanwhile
                samples.append(memory_bytes(os.getpid()))
            if done.wait(interval_s):
                return

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        yield samples
    finally:
        done.set()
        sampler.join()


def processor_seconds() -> float:
    """Sum what this process and its ended children, and theirs, have used."""
    return sum(map(_used, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def children_seconds() -> float:
    """Sum what the ended children of this process, and theirs, have used."""
    return _used(resource.RUSAGE_CHILDREN)


def _used(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def measure(command: list[str], env: dict[str, str]) -> Measured:
    """Run a command; exit if it fails."""
    began, used = time.perf_counter(), children_seconds()
    peak = 0
    with tempfile.TemporaryFile("w+") as errors:
        run = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=errors)
        code = None
        while code is None:
            with contextlib.suppress(OSError):  # it ended while we looked
                peak = max(peak, memory_bytes(run.pid))
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = run.wait(INTERVAL_S)
        seconds = time.perf_counter() - began
        errors.seek(0)
        said = errors.read()
    if code:
        raise SystemExit(f"{' '.join(command)}: exit code {code}\n{said}")
    return Measured(seconds, children_seconds() - used, peak, said)
