"""The one place where an error becomes a line on stderr and an exit code."""

import errno
import logging
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from photosort import report
from photosort.cli import logged
from photosort.errors import PhotosortError
from photosort.startup import OutputError

LOG = logging.getLogger("photosort")
INTERRUPTED = 130  # what a shell expects of a program that Ctrl-C ended
WHOLE = 1000  # characters: no command's help is as long
INSTALL = "--install-completion"


class Commands(TyperGroup):
    """Commands whose help names each with its whole sentence; Typer cuts it at the width."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - Typer's own types
        """Write the commands and what they do."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        rows = [
            (name, command.get_short_help_str(WHOLE))
            for name, command in commands.items()
            if command is not None and not command.hidden
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class Group(Commands):
    """The one boundary where an error becomes a line on stderr and an exit code."""

    def main(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Typer's own signature
        """Run; exit 0, 1 for an error with a remedy, 2 for wrong usage, 130 after Ctrl-C."""
        kwargs["standalone_mode"] = False
        try:
            check_home()
            code = super().main(*args, **kwargs) or 0
            flush()
        except OutputError as error:
            if error.errno != errno.EPIPE:  # whoever stopped reading knows
                report.fail(f"standard output: {error}; the work is done, what it prints is lost")
            code = 1
        except PhotosortError as error:
            LOG.debug("what failed:", exc_info=True)
            report.fail(str(error))
            code = 1
        except typer.TyperException as error:  # wrong usage
            context = getattr(error, "ctx", None)
            command = context.command_path if context else "photosort"
            report.fail(f"{command}: {error.format_message().rstrip('.')}; see {command} --help")
            code = error.exit_code
        except OSError as error:
            LOG.debug("what failed:", exc_info=True)
            report.fail(explained(error))
            code = 1
        except Exception:
            LOG.exception("a fault of photosort:")
            logged.stop()
            raise
        if code == INTERRUPTED:
            report.fail("stopped; nothing is half-written, the same command goes on from there")
        with suppress(OutputError):
            flush()
        LOG.info("exit code %s", code)
        logged.stop()
        sys.exit(code)


def check_home() -> None:
    """Raise PhotosortError where the completion of commands has no home to be installed in."""
    if INSTALL not in sys.argv:
        return
    home = Path()
    with suppress(RuntimeError):
        home = Path.home()
    if not home.is_absolute():
        raise PhotosortError("HOME: not an absolute path; set it to a folder you can write to")


def flush() -> None:
    """Write out what was printed: an error is told here; when Python ends it would be noise."""
    if sys.stdout is not None:
        sys.stdout.flush()


def explained(error: OSError) -> str:
    """Say what is wrong with the disk; any other error is a bug and raised again."""
    if error.errno == errno.ENOSPC:
        return "no space left on the disk; free some, then run again"
    if INSTALL in sys.argv:
        return f"{error.filename}: {error.strerror}; set HOME to a folder you can write to"
    raise error
