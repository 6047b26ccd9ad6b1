"""The command that files photos as they come: watch."""

import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from photosort import report
from photosort.cli.options import QuietOption, WorkersOption, argument_path, option_path

LONGEST_SETTLE_S = 3600


def watch(
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="SRC", help="Folders of photos.", parser=argument_path),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            "--album",
            help="The album's folder; made as organize makes it where there is none.",
            show_default="SRC-photosort",
            metavar="DIR",
            parser=option_path,
        ),
    ] = None,
    settle: Annotated[
        int,
        typer.Option(
            min=1,
            max=LONGEST_SETTLE_S,
            metavar="SECONDS",
            help="File a photo when its size and time have stood still so long.",
        ),
    ] = 3,
    poll: Annotated[
        bool, typer.Option("--poll", help="List folders over and over: for network shares.")
    ] = False,
    workers: WorkersOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line, and nothing else.")
    ] = False,
    quiet: QuietOption = False,
) -> None:
    """File new photos into an album as they come, until Ctrl-C or SIGTERM."""
    from photosort.commands import watch as watching

    wanted = watching.Wanted(tuple(sources), out, workers, settle, poll)
    shown = report.WatchReport(as_json=as_json, quiet=quiet)
    bar = sys.stderr.isatty() and not (as_json or quiet)
    told = watching.watch(wanted, lambda: report.progress(quiet=not bar))
    with until_sigterm(), closing(told) as news:
        for one in news:
            shown.tell(one)


@contextmanager
def until_sigterm() -> Iterator[None]:
    """Run until SIGTERM, which ends as quietly as Ctrl-C does, and is no failure."""
    ended: list[int] = []

    def end(number: int, _: object) -> None:
        ended.append(number)
        # KeyboardInterrupt that passes an exec, as dataclasses do one, makes Python end by SIGINT.
        raise SystemExit

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    except (KeyboardInterrupt, SystemExit):  # watchfiles makes the one of the other
        if not ended:
            raise
    finally:
        signal.signal(signal.SIGTERM, before)
