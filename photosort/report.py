"""What the user reads: results as rich tables or JSON on stdout, progress and errors on stderr."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from photosort.pipeline import Outcome, Progress

# Paths are printed whole, so that they can be copied: never wrapped, never coloured by their digits.
out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)

PLAIN_INTERVAL_S = 10.0
NAMED_IN_SUMMARY = 3


def printable(text: str | Path) -> str:
    """Make a name safe to print: control and bidirectional characters and stray bytes are spelt out."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in str(text)
    )


def shown(text: str | Path) -> str:
    """Make a name safe to print inside rich markup."""
    return escape(printable(text))


def line(text: str) -> None:
    """Print one plain line, or a ready-made text, on stdout."""
    out.print(text, markup=False)


def fail(text: str) -> None:
    """Print one red line on stderr."""
    err.print(printable(text.replace("\n", " ").strip()), style="red", markup=False)


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON document; names that are not valid UTF-8 keep their bytes as lone surrogates."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


# ---------------------------------------------------------------------------------- progress


class Quiet:
    """Progress that nobody watches."""

    def stage(self, name: str, total: int | None = None, unit: str = "photos") -> None:
        """Begin a stage."""

    def advance(self, done: int) -> None:
        """Say how much of the stage is done."""

    def note(self, text: str) -> None:
        """Remark on something."""


class Plain:
    """Progress as lines, for logs and pipes: one at each stage, then one every ten seconds."""

    def __init__(self) -> None:
        self.name, self.total, self.unit = "", None, "photos"
        self.began = self.printed = time.monotonic()

    def stage(self, name: str, total: int | None = None, unit: str = "photos") -> None:
        """Begin a stage of `total` units."""
        self.name, self.total, self.unit = name, total, unit
        self.began = self.printed = time.monotonic()
        err.print(name if total is None else f"{name}: {total:,} {unit}", markup=False)

    def advance(self, done: int) -> None:
        """Say how much of the stage is done; prints when the last line is old enough."""
        now = time.monotonic()
        if now - self.printed < PLAIN_INTERVAL_S:
            return
        self.printed = now
        rate = done / max(now - self.began, 1e-9)
        text = f"{self.name}: {done:,}"
        if self.total is not None:
            left = (self.total - done) / max(rate, 1e-9)
            text += f" of {self.total:,} {self.unit}, {rate:.0f}/s, {left:.0f} s left"
        err.print(text, markup=False)

    def note(self, text: str) -> None:
        """Remark on something."""
        err.print(f"note: {printable(text)}", markup=False)


class Live:
    """Progress as a rich bar: stage, photos done, photos a second, time left."""

    def __init__(self, bar: "Bar") -> None:
        self.bar = bar
        self.task: TaskID | None = None

    def stage(self, name: str, total: int | None = None, unit: str = "photos") -> None:
        """Begin a stage of `total` units."""
        if self.task is not None:
            self.bar.remove_task(self.task)
        self.task = self.bar.add_task(name, total=total, unit=unit)

    def advance(self, done: int) -> None:
        """Say how much of the stage is done."""
        if self.task is not None:
            self.bar.update(self.task, completed=done)

    def note(self, text: str) -> None:
        """Remark on something, above the bar."""
        self.bar.console.print(f"[yellow]note:[/] {shown(text)}")


@contextmanager
def progress(*, quiet: bool) -> Iterator["Progress"]:
    """Give the progress that fits: none, a live bar on a terminal, plain lines elsewhere."""
    if quiet:
        yield Quiet()
    elif not err.is_terminal:
        yield Plain()
    else:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description:<24}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}", markup=False),
            TextColumn("{task.speed:.0f}/s" if False else "", markup=False),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=err, transient=True) as bar:
            yield Live(bar)
