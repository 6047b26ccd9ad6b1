"""What was corrected in an album, as tables and lines for a reader and as JSON for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from photosort.counts import counted
from photosort.report import console
from photosort.report.console import line, printable
from photosort.report.results import some_names

if TYPE_CHECKING:
    from pathlib import Path

    from photosort.album.manifest import Manifest
    from photosort.commands.correct import Corrected


def show_corrected(found: Corrected, *, dry_run: bool) -> None:
    """Say which photos went where, what was left alone, and how many corrections ended."""
    routes: dict[tuple[str, str], list[Path]] = {}
    for one in found.moved:
        routes.setdefault((one.origin, one.folder), []).append(one.path)
    verb = "Would move" if dry_run else "Moved"
    for (origin, folder), paths in routes.items():
        route = f"{printable(origin)} to {printable(folder)}"
        line(f"{verb} {counted(len(paths), 'photo')} from {route}: {some_names(paths)}")
    if found.left_out:
        verb = "Would set aside" if dry_run else "Set aside"
        photos = some_names([one.path for one in found.left_out])
        line(f"{verb} {counted(len(found.left_out), 'photo')}: {photos}")
    if found.forgotten:
        verb = "Would forget" if dry_run else "Forgot"
        line(f"{verb} {counted(len(found.forgotten), 'correction')}")
    elif not (found.moved or found.left_out):
        line("Nothing to change.")
    for kept in found.kept:
        line(f"Left alone: {printable(kept.place)}, {printable(kept.reason)}")


def corrected_json(found: Corrected, *, dry_run: bool) -> dict[str, Any]:
    """Describe what a correction changed."""
    return {
        "album": str(found.album.out),
        "dry_run": dry_run,
        "moved": [
            {"path": str(one.path), "from": one.origin, "to": one.folder} for one in found.moved
        ],
        "set_aside": [str(one.path) for one in found.left_out],
        "forgotten": [str(one.path) for one in found.forgotten],
        "kept": [{"place": str(k.place), "reason": k.reason} for k in found.kept],
    }


def show_corrections(manifest: Manifest) -> None:
    """List the corrections of an album, the oldest first."""
    if not manifest.corrections:
        line("No corrections.")
        return
    names = cluster_names(manifest)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("photo", "from", "to", "when"):
        table.add_column(heading)
    for one in manifest.corrections:
        folder = names.get(one.number, f"cluster-{one.number}, which has no photo now")
        made = one.made[:16].replace("T", " ")
        table.add_row(
            printable(one.path), printable(one.origin or ""), printable(folder), printable(made)
        )
    console.table(table)


def corrections_json(manifest: Manifest) -> dict[str, Any]:
    """Describe the corrections of an album."""
    names = cluster_names(manifest)
    return {
        "album": str(manifest.out),
        "corrections": [
            {
                "path": str(one.path),
                "content_hash": one.content_hash,
                "from": one.origin,
                "to": names.get(one.number),
                "cluster": one.number,
                "made": one.made,
            }
            for one in manifest.corrections
        ],
    }


def cluster_names(manifest: Manifest) -> dict[int, str]:
    """Name the folders of clusters by their numbers; a cluster has one name wherever it stands."""
    return {
        heading.number: place.name
        for place, headings in manifest.directories.items()
        for heading in headings[-1:]
        if heading.number is not None
    }
