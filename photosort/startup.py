"""What the command does before anything else: its search path, text encoding, standard streams.

Imports only what Python itself has loaded by then: until `leave_current_folder` has run, an import
could come from the folder the user is in.
"""

import gc
import io
import os
import sys

TYPE_CHECKING = False  # `typing` is not loaded yet
if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from _typeshed import ReadableBuffer

#: Objects made between two searches for cycles (Python: 700). An album of 100,000 photos is
#: millions of records without a cycle; searching them costs a quarter of the time (BENCHMARKS.md,
#: "Events").
OBJECTS_BETWEEN_SEARCHES = 100_000

HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


# ------------------------------------------------------------------------- where code comes from


def leave_current_folder(*, run_as_module: bool = False) -> None:
    """Take the current folder out of what this process and its children search for code.

    It gets there by an empty or relative entry of PYTHONPATH or PATH, by `python -c`, and by
    `python -m` (`run_as_module`). The folder of photosort's own package stays, in the last place.
    """
    relative = [entry for entry in _entries(os.environ, "PYTHONPATH") if not os.path.isabs(entry)]
    out = {os.path.abspath(entry) for entry in relative}
    if run_as_module and not sys.flags.safe_path:
        out.update(sys.path[:1])
    sys.path[:] = [entry for entry in sys.path if entry not in out]
    sys.path[:] = search_path()
    clean(os.environ)


def search_path() -> list[str]:
    """List the absolute entries of sys.path, with the folder that photosort lies in."""
    found = [entry for entry in sys.path if os.path.isabs(entry)]
    return found if HOME in found else [*found, HOME]


def clean(environment: "MutableMapping[str, str]") -> None:
    """Change `environment` so that what starts with it finds no code in its current folder."""
    for name in ("PYTHONPATH", "PATH"):
        kept = [entry for entry in _entries(environment, name) if os.path.isabs(entry)]
        environment.pop(name, None)
        if kept:
            environment[name] = os.pathsep.join(kept)
    environment["PYTHONSAFEPATH"] = "1"


def _entries(environment: "MutableMapping[str, str]", name: str) -> list[str]:
    return environment.get(name, "").split(os.pathsep) if name in environment else []


# ------------------------------------------------------------------------- names


def use_utf8() -> None:
    """Start Python again in UTF-8 mode where the locale has another encoding; see PEP 540.

    File names are bytes. In UTF-8 mode, the default from Python 3.15 on, the same bytes are the
    same text in every locale, so an album made in one is read in any other. What is printed keeps
    the locale's encoding.
    """
    if sys.getfilesystemencoding() == "utf-8" or "utf8" in sys._xoptions or not sys.executable:
        return
    if sys.stdout is not None:
        os.environ.setdefault("PYTHONIOENCODING", f"{sys.stdout.encoding}:backslashreplace")
    os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


def typed(word: str) -> str:
    """Read a word of the command line as text in the encoding of the locale."""
    try:
        word.encode()
    except UnicodeEncodeError:  # bytes that are not UTF-8
        import locale

        return os.fsencode(word).decode(locale.getencoding(), "surrogateescape")
    return word


# ------------------------------------------------------------------------- standard streams


class OutputError(Exception):
    """Standard output cannot be written to. No OSError: those are of what a command works on."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror or str(error))
        self.errno = error.errno


def open_standard_descriptors() -> None:
    """Point those of the descriptors 0, 1 and 2 that are closed at the null device.

    The next file that is opened would get the number otherwise, and a library that writes to
    descriptor 2 would write into the catalog or into a copy of a photo.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # the lowest free number
            os.set_inheritable(opened, True)


def set_up_streams() -> None:
    """Make standard output raise OutputError, standard error never fail, native messages vanish.

    Descriptor 2, where libraries in C++ greet and warn, leads to the null device from here on;
    `sys.stderr` writes to a copy of what it was, and a crash in native code shows its traceback
    there.
    """
    out = sys.stdout.encoding if sys.stdout is not None else "utf-8"
    err = sys.stderr.encoding if sys.stderr is not None else "utf-8"
    if sys.platform == "win32":  # a console there is no file
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        return
    import faulthandler

    sys.stdout = _text(_Output(1, "w", closefd=False), out)
    sys.stderr = _text(_Errors(os.dup(2), "w"), err, by_line=True)
    # rich asks the descriptors of these for the width of the terminal.
    vars(sys).update(__stdout__=sys.stdout, __stderr__=sys.stderr)
    _discard(2)
    faulthandler.enable(file=sys.stderr)


def collect_rarely() -> None:
    """Search for cycles of objects less often."""
    gc.set_threshold(OBJECTS_BETWEEN_SEARCHES)


def _text(raw: io.FileIO, encoding: str, *, by_line: bool = False) -> io.TextIOWrapper:
    """Make a text stream of `raw`; a character that `encoding` lacks is spelt out."""
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=encoding,
        errors="backslashreplace",
        line_buffering=by_line or raw.isatty(),
    )


class _Output(io.FileIO):
    """Standard output: once it cannot be written to, the rest goes to the null device."""

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return _write(super().write, data)
        except OSError as error:
            _discard(self.fileno())
            raise OutputError(error) from error


class _Errors(io.FileIO):
    """Standard error: what cannot be written is lost, and the work goes on."""

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return _write(super().write, data)
        except OSError:
            return memoryview(data).nbytes


def _write(write: "Callable[[ReadableBuffer], int | None]", data: "ReadableBuffer") -> int:
    """Write, also to a pipe that another program has made non-blocking."""
    while (written := write(data)) is None:
        import time

        time.sleep(0.01)
    return written


def _discard(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
