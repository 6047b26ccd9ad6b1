"""What a command came to, as tables and lines for a reader."""

from __future__ import annotations

import shlex
from pathlib import PurePath, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar

from rich.table import Table

from photosort.counts import counted
from photosort.report import console
from photosort.report.console import bold, line, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Folder
    from photosort.album.undo import Undone
    from photosort.bench.output import Written
    from photosort.bench.run import Report, Tick
    from photosort.catalog import Info
    from photosort.commands.organize import Outcome
    from photosort.commands.relink import Relinked
    from photosort.commands.remote import RemoteOutcome
    from photosort.commands.request import Progress

NAMED_IN_SUMMARY = 3
AnyPath = TypeVar("AnyPath", bound=PurePath)


def show_outcome(outcome: Outcome, *, dry_run: bool) -> None:
    """Show the album's folders, what was left out and why, and what to type next."""
    manifest = outcome.album
    console.table(folder_table(manifest))
    for text in left_out(outcome):
        line(text)
    if outcome.filed:
        line(filed_text(outcome))
    for kept in outcome.kept:
        line(f"Left alone: {printable(kept.place)}, {printable(kept.reason)}")
    if dry_run:
        line("Dry run: nothing was written.")
    else:
        line("Album: ", bold(manifest.out))
        line(f"Next: photosort preview {printable(shlex.quote(manifest.folders[0].name))}")


def filed_text(outcome: Outcome) -> str:
    """Say which folders the new photos joined."""
    joined = ", ".join(f"{count:,} to {printable(name)}" for name, count in joined_by(outcome))
    return f"Filed {len(outcome.filed):,} new: {joined}"


def joined_by(outcome: Outcome) -> list[tuple[str, int]]:
    """Name the folders that new photos joined, each with their number."""
    new = set(outcome.filed)
    counts = [
        (folder.name, sum(photo.path in new for photo in folder.photos))
        for folder in outcome.album.folders
    ]
    return [(name, count) for name, count in counts if count]


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
    lines = [f"{counted(sum(counts.values()), 'file')}: {ends.format(**counts)}"]
    remarks = by_kind((entry.text, entry.path) for entry in manifest.remarks)
    for kind, paths in remarks.items():
        lines.append(f"Placed though {kind} {len(paths)}: {some_names(paths)}")
    reasons = by_kind((entry.reason, entry.path) for entry in manifest.skipped)
    for kind, paths in reasons.items():
        lines.append(f"Skipped {len(paths)}, {kind}: {some_names(paths)}")
    if manifest.unsupported:
        kinds = ", ".join(
            f"{count:,} {kind}" for kind, count in sorted(manifest.unsupported.items())
        )
        lines.append(f"Not photos, left where they are: {kinds}")
    if outcome.repeated:
        lines.append(f"Reached twice, counted once: {len(outcome.repeated):,}")
    return lines


def by_kind(told: Iterable[tuple[str, AnyPath]]) -> dict[str, list[AnyPath]]:
    """Gather paths by what is told of them up to its first colon, safe to print and in order."""
    kinds: dict[str, list[AnyPath]] = {}
    for text, path in told:
        kinds.setdefault(printable(text.partition(":")[0]), []).append(path)
    return dict(sorted(kinds.items()))


def some_names(paths: Sequence[PurePath]) -> str:
    """List the first few names, and count the others."""
    names = ", ".join(printable(path.name) for path in paths[:NAMED_IN_SUMMARY])
    more = len(paths) - NAMED_IN_SUMMARY
    return f"{names} and {more} more" if more > 0 else names


def folder_table(manifest: Manifest) -> Table:
    """Lay out the folders of an album: name, the cluster's title, photos, share."""
    total = sum(len(folder.photos) for folder in manifest.folders) or 1
    titles = folder_titles(manifest)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("cluster" if all(map(_is_cluster, manifest.folders)) else "folder")
    if any(titles):
        table.add_column("title")
    table.add_column("photos", justify="right")
    table.add_column("share", justify="right")
    for folder, title in zip(manifest.folders, titles, strict=True):
        count = len(folder.photos)
        second = [printable(title)] if any(titles) else []
        table.add_row(printable(folder.name), *second, f"{count:,}", f"{count / total:.0%}")
    table.add_section()
    return table


def folder_titles(manifest: Manifest) -> list[str]:
    """Give the title of each folder that is a cluster; empty for any other."""
    return [folder.leaf.name or "" if folder.leaf.number else "" for folder in manifest.folders]


def _is_cluster(folder: Folder) -> bool:
    return folder.leaf.number is not None


def show_remote(made: RemoteOutcome) -> None:
    """Show the folders of a manifest, the photos that failed, and what to type next."""
    console.table(folder_table(made.album))
    for kind, paths in by_kind((why, PurePosixPath(url)) for url, why in made.failed).items():
        line(f"Skipped {len(paths)}, {kind}: {some_names(paths)}")
    line("Manifest: ", bold(made.url))
    line(f"Next: photosort gallery --manifest {printable(shlex.quote(made.url))} --out DIR")


def remote_json(made: RemoteOutcome) -> dict[str, Any]:
    """Describe a manifest: its folders with their numbers of photos, and what failed."""
    return {
        "manifest": made.url,
        "photos": sum(1 for _ in made.album.photos),
        "folders": [
            {"name": folder.name, "title": folder.leaf.name, "count": len(folder.photos)}
            for folder in made.album.folders
        ],
        "failed": [{"url": url, "reason": why} for url, why in made.failed],
    }


def show_relinked(found: Relinked, *, dry_run: bool) -> None:
    """Say how many photos were found elsewhere, and name those that were not."""
    moved = counted(len(found.moved), "photo")
    where = f"links of {printable(found.out)}, {moved} found elsewhere"
    line(f"{'Would repair the' if dry_run else 'Repaired'} {where}")
    for path in found.gone:
        line(f"Gone: {printable(path)}")


def show_undone(undone: Undone, *, named: bool, dry_run: bool) -> None:
    """Show what an undo removed, what it left and why, and which album is there now.

    `named`: the user named the album, which need not be the last.
    """
    removed = counted(len(undone.removed), "entry", "entries")
    step = f" ({printable(undone.command)})" if undone.command else ""
    taken = "Would take" if dry_run else "Taken"
    line(f"{taken} back{step}: {removed} of {printable(undone.out)}")
    for kept in undone.kept:
        line(f"Left alone: {printable(kept.place)}, {printable(kept.reason)}")
    for gone in undone.missing:
        line(f"Not brought back: {printable(gone.path)}, {printable(gone.reason)}")
    if undone.restored:
        made = undone.restored.created[:16].replace("T", " ")
        count = counted(sum(1 for _ in undone.restored.photos), "photo")
        again = "would be" if dry_run else "is"
        line(f"The album of {printable(made)} UTC, {count}, {again} there again")
        album = f" --album {printable(shlex.quote(str(undone.out)))}" if named else ""
        line(f"To take that back too: photosort undo{album}")


def show_cache(info: Info) -> None:
    """Show what the catalog remembers."""
    line(f"{printable(info.path)}: {info.size_bytes / 1e6:,.1f} MB")
    line(f"{counted(info.photos, 'photo')} looked at, {info.failures:,} that cannot be read")
    for model, count in sorted(info.models.items()):
        line(f"  {printable(model)}: {counted(count, 'feature')}")
    line(counted(info.thumbnails, "thumbnail"))


def on_tick(progress: Progress) -> Callable[[Tick], None]:
    """Show where a comparison is, and what its labels are worth right now."""
    seen: list[str] = []

    def tell(tick: Tick) -> None:
        from photosort.bench.table import tick_text

        stage = f"{tick.method}, seed {tick.seed}, {tick.stage}"
        if seen[-1:] != [stage]:
            seen.append(stage)
            progress.stage(tick_text(tick), total=max(tick.of, 1), unit="step")
        progress.advance(tick.done)

    return tell


def show_comparison(found: Report, written: Written) -> None:
    """Show a comparison as a table, and where its files are."""
    from photosort.bench.table import foot, rich_table, summary

    line(printable(summary(found)))
    console.table(rich_table(found))
    for text in foot(found):
        line(printable(text))
    if written.note:
        line(f"note: {printable(written.note)}")
    line("Report: ", bold(written.folder / "report.html"))
