"""Progress of long work, on stderr: a live bar on a terminal, plain lines elsewhere, or nothing."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.table import Column
from rich.text import Text

from photosort.counts import counted, noun
from photosort.report.console import err, printable

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import Task, TaskID

    from photosort.commands.request import Progress

PLAIN_INTERVAL_S = 10.0
LOG = logging.getLogger(__name__)


class Quiet:
    """Progress that is not shown."""

    def stage(self, name: str, total: int | None = None, unit: str = "photo") -> None:
        """Begin a stage."""

    def advance(self, done: int) -> None:
        """Say how much of the stage is done."""

    def note(self, text: str) -> None:
        """Remark on something."""


class Plain:
    """Progress as lines, for logs and pipes: one at each stage, then one every ten seconds."""

    def __init__(self) -> None:
        self.name, self.unit = "", "photo"
        self.total: int | None = None
        self.began = self.printed = time.monotonic()

    def stage(self, name: str, total: int | None = None, unit: str = "photo") -> None:
        """Begin a stage of `total` units."""
        self.name, self.total, self.unit = name, total, unit
        self.began = self.printed = time.monotonic()
        err.print(name if total is None else f"{name}: {counted(total, unit)}")

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
            text += f" of {counted(self.total, self.unit)}, {rate:.0f}/s, {left:.0f} s left"
        err.print(text)

    def note(self, text: str) -> None:
        """Remark on something."""
        err.print(f"note: {printable(text)}")


class Live:
    """Progress as a rich bar: stage, photos done, photos a second, time left."""

    def __init__(self, bar: Bar) -> None:
        self.bar = bar
        self.task: TaskID | None = None

    def stage(self, name: str, total: int | None = None, unit: str = "photo") -> None:
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
        self.bar.console.print(Text.assemble(("note:", "yellow"), f" {printable(text)}"))


class Timed:
    """Progress that logs how long each stage took."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._name, self._unit, self._began_s = "", "", 0.0
        self._done = 0

    def stage(self, name: str, total: int | None = None, unit: str = "photo") -> None:
        """Begin a stage of `total` units."""
        self.end()
        self._name, self._unit, self._done, self._began_s = name, unit, 0, time.monotonic()
        self._shown.stage(name, total, unit)

    def advance(self, done: int) -> None:
        """Say how much of the stage is done."""
        self._done = done
        self._shown.advance(done)

    def note(self, text: str) -> None:
        """Remark on something."""
        LOG.info("note: %s", text)
        self._shown.note(text)

    def end(self) -> None:
        """Log the stage that is over."""
        if self._name:
            took_s = time.monotonic() - self._began_s
            done = f"{counted(self._done, self._unit)}, " if self._done else ""
            LOG.info("%s: %s%.2f s", self._name, done, took_s)
        self._name = ""


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress]:
    """Give the progress that fits, watched for the log where there is one."""
    with shown(quiet=quiet) as watched:
        if not LOG.isEnabledFor(logging.INFO):
            yield watched
            return
        logged = Timed(watched)
        try:
            yield logged
        finally:
            logged.end()


@contextmanager
def shown(*, quiet: bool) -> Iterator[Progress]:
    """Give the progress that fits: none, a live bar on a terminal, plain lines elsewhere."""
    if quiet:
        yield Quiet()
    elif not err.is_terminal:
        yield Plain()
    else:
        from rich.progress import (
            BarColumn,
            Progress,
            ProgressColumn,
            SpinnerColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        class Done(ProgressColumn):
            def render(self, task: Task) -> Text:
                of = "" if task.total is None else f"/{task.total:,.0f}"
                known = of or task.completed
                unit = noun(
                    task.completed if task.total is None else task.total, task.fields["unit"]
                )
                return Text(f"{task.completed:,.0f}{of} {unit}" if known else "")

        class Rate(ProgressColumn):
            def render(self, task: Task) -> Text:
                return Text(f"{task.speed:.0f}/s" if task.speed else "", style="cyan")

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description:<16}", markup=False),
            BarColumn(),
            Done(Column(no_wrap=True)),
            Rate(Column(no_wrap=True)),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=err, transient=True) as bar:
            yield Live(bar)
