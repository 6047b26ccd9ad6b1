"""What the user reads: results as rich tables or JSON on stdout, progress and errors on stderr."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import Task, TaskID

    from photosort.album.manifest import Cluster, Manifest
    from photosort.album.undo import Undone
    from photosort.bench.output import Written
    from photosort.bench.run import Report, Tick
    from photosort.catalog import Info
    from photosort.pipeline import Outcome, Progress

# Paths are printed whole, to be copied: never wrapped, their digits never coloured.
out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)

JOINER = "\u200d"  # holds emoji of several people together
PLAIN_INTERVAL_S = 10.0
WIDE = 200  # columns of a pipe or a file: no table is cut there
NAMED_IN_SUMMARY = 3


def printable(text: str | PurePath) -> str:
    """Make a name safe to print: control characters, turns of direction, stray bytes spelt out."""
    return "".join(
        char
        if char.isprintable() or char == JOINER
        else char.encode("unicode_escape", "surrogatepass").decode()
        for char in str(text)
    )


def shown(text: str | PurePath) -> str:
    """Make a name safe to print inside rich markup."""
    return escape(printable(text))


def line(text: str) -> None:
    """Print one plain line, or a ready-made text, on stdout."""
    out.print(text, markup=False)


def fail(text: str) -> None:
    """Print one red line on stderr."""
    err.print(printable(text.replace("\n", " ").strip()), style="red", markup=False)


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON document; a name's stray bytes become lone surrogates, as Python has them."""
    # Flushed, as a full disk is an error with a name here and noise when Python ends.
    print(json.dumps(value, indent=2), flush=True)


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
        self.name, self.unit = "", "photos"
        self.total: int | None = None
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

    def __init__(self, bar: Bar) -> None:
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
def progress(*, quiet: bool) -> Iterator[Progress]:
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
                return Text(f"{task.completed:,.0f}{of} {task.fields['unit']}" if known else "")

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


# ---------------------------------------------------------------------------------- results


def show_outcome(outcome: Outcome, *, dry_run: bool) -> None:
    """Show the album's clusters, what was left out and why, and what to type next."""
    manifest = outcome.album
    out.print(cluster_table(manifest))
    for text in left_out(outcome):
        out.print(text, markup=False)
    if outcome.filed:
        out.print(filed_text(outcome), markup=False)
    for kept in outcome.kept:
        out.print(f"Left alone: {printable(kept.place)}, {printable(kept.reason)}", markup=False)
    if dry_run:
        out.print("Dry run: nothing was written.")
    else:
        out.print(f"Album: [bold]{shown(manifest.out)}[/]")
        out.print(f"Next: photosort preview {shown(manifest.clusters[0].name)}")


def filed_text(outcome: Outcome) -> str:
    """Say which clusters the new photos joined."""
    new = set(outcome.filed)
    counts = {
        cluster.name: sum(photo.path in new for photo in cluster.photos)
        for cluster in outcome.album.clusters
    }
    joined = ", ".join(f"{count:,} to {printable(name)}" for name, count in counts.items() if count)
    return f"Filed {len(new):,} new: {joined}"


def accounts(outcome: Outcome) -> dict[str, int]:
    """Count what became of every file that was seen: exactly one of these."""
    return {
        "placed": sum(1 for _ in outcome.album.photos),
        "skipped": len(outcome.album.skipped),
        "unsupported": sum(outcome.album.unsupported.values()),
        "repeated": len(outcome.repeated),
    }


def left_out(outcome: Outcome) -> list[str]:
    """Account for every file that was seen: a line for all, then one a kind that is left out."""
    manifest = outcome.album
    counts = accounts(outcome)
    ends = "{placed:,} placed, {skipped:,} skipped, {unsupported:,} not photos, {repeated:,} twice"
    lines = [f"{sum(counts.values()):,} files: {ends.format(**counts)}"]
    reasons: dict[str, list[Path]] = {}
    for entry in manifest.skipped:
        reasons.setdefault(entry.reason.partition(":")[0], []).append(entry.path)
    for reason, paths in sorted(reasons.items()):
        names = ", ".join(printable(path.name) for path in paths[:NAMED_IN_SUMMARY])
        more = f" and {len(paths) - NAMED_IN_SUMMARY} more" if len(paths) > NAMED_IN_SUMMARY else ""
        lines.append(f"Skipped {len(paths)}, {printable(reason)}: {names}{more}")
    if manifest.unsupported:
        kinds = ", ".join(
            f"{count:,} {kind}" for kind, count in sorted(manifest.unsupported.items())
        )
        lines.append(f"Not photos, left where they are: {kinds}")
    if outcome.repeated:
        lines.append(f"Reached twice, counted once: {len(outcome.repeated):,}")
    return lines


def cluster_table(manifest: Manifest) -> Table:
    """Lay out the clusters of an album: folder, title, photos, share."""
    total = sum(len(cluster.photos) for cluster in manifest.clusters) or 1
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("cluster")
    if any(cluster.title for cluster in manifest.clusters):
        table.add_column("title")
    table.add_column("photos", justify="right")
    table.add_column("share", justify="right")
    for cluster in manifest.clusters:
        count = len(cluster.photos)
        title = [shown(cluster.title or "")] if len(table.columns) == 4 else []
        table.add_row(shown(cluster.name), *title, f"{count:,}", f"{count / total:.0%}")
    table.add_section()
    return table


def show_album(manifest: Manifest) -> None:
    """Show an album's clusters and where it is."""
    out.print(cluster_table(manifest))
    count = sum(len(cluster.photos) for cluster in manifest.clusters)
    out.print(f"{count:,} photos in [bold]{shown(manifest.out)}[/], {manifest.created[:10]}")


def show_cluster(cluster: Cluster, *, thumbnails: int) -> None:
    """Show a cluster: title, count, thumbnails on a terminal, the names of its photos.

    The surest photos come first: they say best what the cluster is.
    """
    title = f" · {shown(cluster.title)}" if cluster.title else ""
    out.print(f"[bold]{shown(cluster.name)}[/]{title} · {len(cluster.photos):,} photos")
    surest = sorted(cluster.photos, key=lambda photo: -photo.confidence)
    if thumbnails and out.is_terminal:
        from photosort.look.terminal import strip

        pictures = strip([photo.path for photo in surest[:thumbnails]], columns=out.width)
        if pictures is not None:
            out.print(pictures)
    for photo in surest:
        there = os.path.exists(photo.path)  # noqa: PTH110 - False, too, where it may not be seen
        gone = "" if there else "  [yellow](the original is out of reach)[/]"
        out.print(f"  {shown(photo.place.name)}{gone}")


def show_undone(undone: Undone, *, dry_run: bool) -> None:
    """Show what an undo removed, what it left and why, and which album is there now."""
    removed = f"{len(undone.removed):,} entries of {printable(undone.out)}"
    out.print(f"{'Would take' if dry_run else 'Taken'} back: {removed}", markup=False)
    for kept in undone.kept:
        out.print(f"Left alone: {printable(kept.place)}, {printable(kept.reason)}", markup=False)
    for gone in undone.missing:
        text = f"Not brought back: {printable(gone.path)}, {printable(gone.reason)}"
        out.print(text, markup=False)
    if undone.restored:
        made = undone.restored.created[:16].replace("T", " ")
        count = sum(1 for _ in undone.restored.photos)
        again = "would be" if dry_run else "is"
        out.print(f"The album of {printable(made)} UTC, {count:,} photos, {again} there again")
        out.print("To take that back too: photosort undo")


def on_tick(progress: Progress) -> Callable[[Tick], None]:
    """Show where a comparison is, and what its labels are worth right now."""
    seen: list[str] = []

    def tell(tick: Tick) -> None:
        from photosort.bench.table import tick_text

        stage = f"{tick.method}, seed {tick.seed}, {tick.stage}"
        if seen[-1:] != [stage]:
            seen.append(stage)
            progress.stage(tick_text(tick), total=max(tick.of, 1), unit="steps")
        progress.advance(tick.done)

    return tell


def show_comparison(found: Report, written: Written) -> None:
    """Show a comparison as a table, and where its files are."""
    from photosort.bench.table import foot, rich_table, summary

    out.print(summary(found), markup=False)
    out.print(rich_table(found), width=None if out.is_terminal else WIDE)
    for text in foot(found):
        out.print(text, markup=False)
    if written.note:
        out.print(f"note: {written.note}", markup=False)
    out.print(f"Report: [bold]{shown(written.folder / 'report.html')}[/]")


def show_cache(info: Info) -> None:
    """Show what the catalog remembers."""
    out.print(f"{shown(info.path)}: {info.size_bytes / 1e6:,.1f} MB")
    out.print(f"{info.photos:,} photos looked at, {info.failures:,} that cannot be read")
    for model, count in sorted(info.models.items()):
        out.print(f"  {shown(model)}: {count:,} features")


# ---------------------------------------------------------------------------------- JSON


def outcome_json(outcome: Outcome, *, dry_run: bool) -> dict[str, Any]:
    """Describe a finished run, or a dry one: the album, and every file that is not in it."""
    manifest = outcome.album
    return {
        **album_json(manifest),
        "dry_run": dry_run,
        "files": accounts(outcome),
        "skipped": [{"path": str(s.path), "reason": s.reason} for s in manifest.skipped],
        "unsupported": dict(manifest.unsupported),
        "repeated": [str(path) for path in outcome.repeated],
        "filed": [str(path) for path in outcome.filed],
        "due": outcome.due,
        "kept": [{"place": str(k.place), "reason": k.reason} for k in outcome.kept],
    }


def undone_json(undone: Undone, *, dry_run: bool) -> dict[str, Any]:
    """Describe an undo: every entry removed or left, and the album that is there again."""
    back = undone.restored
    return {
        "album": str(undone.out),
        "dry_run": dry_run,
        "removed": [{"path": str(p.path), "place": str(p.place)} for p in undone.removed],
        "kept": [{"place": str(k.place), "reason": k.reason} for k in undone.kept],
        "restored": back and {"created": back.created, "photos": sum(1 for _ in back.photos)},
        "missing": [{"path": str(m.path), "reason": m.reason} for m in undone.missing],
    }


def album_json(manifest: Manifest) -> dict[str, Any]:
    """Describe an album with all its photos."""
    return {
        "album": str(manifest.out),
        "created": manifest.created,
        "link": manifest.link,
        "sources": [str(source) for source in manifest.sources],
        "photos": sum(len(cluster.photos) for cluster in manifest.clusters),
        "clusters": [cluster_json(manifest, cluster) for cluster in manifest.clusters],
    }


def cluster_json(manifest: Manifest, cluster: Cluster) -> dict[str, Any]:
    """Describe a cluster: where each photo is, where it came from, and how sure that is."""
    total = sum(len(some.photos) for some in manifest.clusters) or 1
    return {
        "number": cluster.number,
        "name": cluster.name,
        "title": cluster.title,
        "named": cluster.named,
        "count": len(cluster.photos),
        "share": len(cluster.photos) / total,
        "photos": [
            {"path": str(p.path), "place": str(p.place), "confidence": p.confidence}
            for p in cluster.photos
        ],
    }


def comparison_json(found: Report, written: Written) -> dict[str, Any]:
    """Describe a comparison as its results.json does, and name its files."""
    from photosort.bench.output import as_json

    return {**as_json(found), "files": [str(path) for path in written.files]}


def cache_json(info: Info) -> dict[str, Any]:
    """Describe the catalog."""
    return {
        "path": str(info.path),
        "size_bytes": info.size_bytes,
        "photos": info.photos,
        "failures": info.failures,
        "models": dict(info.models),
    }
