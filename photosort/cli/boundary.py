"""The one place where an error becomes a line on stderr and an exit code."""

import errno
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from photosort import report
from photosort.errors import PhotosortError

INTERRUPTED = 130  # what a shell expects of a program that Ctrl-C ended


class Group(TyperGroup):
    """The one boundary where an error becomes a line on stderr and an exit code."""

    def main(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Typer's own signature
        """Run; exit 0, 1 for an error with a remedy, 2 for wrong usage, 130 after Ctrl-C."""
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs) or 0
        except PhotosortError as error:
            report.fail(str(error))
            code = 1
        except typer.TyperException as error:  # wrong usage
            context = getattr(error, "ctx", None)
            command = context.command_path if context else "photosort"
            report.fail(f"{command}: {error.format_message().rstrip('.')}; see {command} --help")
            code = error.exit_code
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            sys.stdout = None  # or leaving would try to print the rest
            report.fail("no space left on the disk; free some, then run again")
            code = 1
        if code == INTERRUPTED:
            report.fail("stopped; what was learned so far is kept, the same command goes on there")
        sys.exit(code)
