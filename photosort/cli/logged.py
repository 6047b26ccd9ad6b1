"""Every command takes -v and --log-file."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer
from typer.models import CommandFunctionType

from photosort.cli.options import LogFileOption, VerboseOption

LOG = logging.getLogger("photosort")


class App(typer.Typer):
    """A Typer whose commands take -v and --log-file beside their own options."""

    def command(
        self,
        name: str | None = None,
        **options: Any,  # noqa: ANN401 - Typer's own
    ) -> Callable[[CommandFunctionType], CommandFunctionType]:
        """Register a command; `options` are Typer's."""
        register = super().command(name, **options)

        def add(command: CommandFunctionType) -> CommandFunctionType:
            register(logged(command))
            return command

        return add


def logged(command: Callable[..., Any]) -> Callable[..., None]:
    """Give a command the options of its log, which begins before the command does."""
    added = {"verbose": VerboseOption, "log_file": LogFileOption}

    @functools.wraps(command)
    def run(*args: Any, verbose: bool, log_file: Path | None, **kwargs: Any) -> None:  # noqa: ANN401
        start(log_file, verbose=verbose)
        command(*args, **kwargs)

    own = inspect.signature(command)
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for (name, kind), default in zip(added.items(), (False, None), strict=True)
    ]
    vars(run)["__signature__"] = own.replace(parameters=[*own.parameters.values(), *options])
    run.__annotations__ = {**command.__annotations__, **added}
    return run


def start(log_file: Path | None, *, verbose: bool) -> None:
    """Begin the logs that were asked for. Raises PhotosortError for a file that is no log."""
    if not (verbose or log_file):
        return
    from photosort.report import logs

    if verbose:
        logs.to_stderr()
    if log_file:
        logs.to_file(log_file)


def stop() -> None:
    """End all logs, if there are any: in one process many commands may run."""
    if LOG.handlers:
        from photosort.report import logs

        logs.stop()
