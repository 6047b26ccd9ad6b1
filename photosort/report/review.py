"""What a review found, for readers, scripts and shells."""

from __future__ import annotations

import os
import shlex
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from photosort.counts import counted
from photosort.report import console
from photosort.report.console import bold, line, out, printable
from photosort.report.results import by_kind, some_names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from photosort.commands.review import Reviewed
    from photosort.review.records import Finding

TRASHES = ("gio trash --", "trash-put --")  # GNOME's, and that of trash-cli


def show_reviewed(found: Reviewed, *, dry_run: bool) -> None:
    """Show how many photos and bytes each reason found, and what to type next."""
    count = sum(1 for _ in found.findings)
    size = sum(finding.item.size_bytes for finding in found.findings)
    if count:
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("reason")
        for name in ("photos", "share", "size"):
            table.add_column(name, justify="right")
        for reason, some in found.found.items():
            if some:
                bytes_of = sum(finding.item.size_bytes for finding in some)
                share = f"{len(some) / found.photos:.0%}"
                table.add_row(reason, f"{len(some):,}", share, decimal(bytes_of))
        table.add_section()
        share = f"{count / found.photos:.0%}"
        table.add_row("all", f"{count:,}", share, decimal(size))
        console.table(table)
    else:
        line(f"{counted(found.photos, 'photo')}: nothing found")
    reasons = by_kind((entry.reason, entry.path) for entry in found.skipped)
    for kind, paths in reasons.items():
        line(f"Skipped {len(paths)}, {kind}: {some_names(paths)}")
    if dry_run:
        line("Dry run: nothing was written.")
    elif found.out is not None:
        line("Links: ", bold(found.out))
        line("Nothing was deleted or moved.")
        if count:
            first = next(reason for reason, some in found.found.items() if some)
            line(f"Next: photosort review --show {first}, or --keep PHOTO... for what is to stay")
        line(f"To take it back: photosort undo --album {printable(shlex.quote(str(found.out)))}")


def show_findings(found: Reviewed, *, thumbnails: int) -> None:
    """Show each finding with its reason in words; copies stand below the photo that is to stay."""
    from photosort.report.thumbnails import shows_pictures

    draws = bool(thumbnails) and shows_pictures()
    for reason, some in found.found.items():
        line(bold(reason), f" · {counted(len(some), 'photo')}")
        for number, group in enumerate(groups(some)):
            keeper = group[0].keeper
            if draws and number < thumbnails:
                _draw([*([keeper.path] if keeper else []), *(one.item.path for one in group)])
            if keeper is not None:
                line("  keep  ", Text(printable(keeper.path), style="green"))
            for one in group:
                line(f"        {printable(one.item.path)}  ({one.why}; {one.score:.2f})")


def groups(some: Sequence[Finding]) -> list[list[Finding]]:
    """Gather findings by their keeper, in the order of the surest; others stand alone."""

    def key(pair: tuple[int, Finding]) -> tuple[int, str]:
        return first_of[id_of(pair)], id_of(pair)

    def id_of(pair: tuple[int, Finding]) -> str:
        number, one = pair
        return f"k{one.keeper.path}" if one.keeper else f"n{number}"

    numbered = list(enumerate(some))
    first_of: dict[str, int] = {}
    for pair in numbered:
        first_of.setdefault(id_of(pair), pair[0])
    ordered = sorted(numbered, key=key)
    return [[one for _, one in group] for _, group in groupby(ordered, key=key)]


def _draw(paths: Sequence[Path]) -> None:
    from photosort.report.thumbnails import opened, strip

    pictures = strip(opened(paths), columns=out.width)
    if pictures is not None:
        out.print(pictures)


def show_trash_commands(found: Reviewed) -> None:
    """Print the commands that would move what was found to the trash, one a photo; run none.

    A photo that is kept of copies stands in a comment, where it was found for another reason: run
    as they are, the commands leave one of each picture.
    """
    from photosort.review.copies import last_left

    stay = last_left(found.findings)
    trash = next((line for line in TRASHES if _is_installed(line.split()[0])), TRASHES[0])
    line("# None of these was run. Read them, delete the lines you do not want, run the rest.")
    for reason, some in found.found.items():
        for one in some:
            keeper = f", keeps {printable(one.keeper.path)}" if one.keeper else ""
            command = f"{trash} {quoted(str(one.item.path))}"
            if one.item.path in stay:
                command, keeper = f"# {command}", ", the one that is left of its copies"
            line(f"{command}  # {reason}: {one.why}{keeper}")


def _is_installed(program: str) -> bool:
    return any(os.access(os.path.join(place, program), os.X_OK) for place in os.get_exec_path())  # noqa: PTH118


def quoted(text: str) -> str:
    """Quote a name for a shell; what cannot be printed is spelt out in bash's and zsh's $'...'."""
    if printable(text) == text and "\n" not in text:
        return shlex.quote(text)
    spelt = "".join(
        char if char.isascii() and char.isprintable() and char not in "'\\" else
        "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))
        for char in text
    )  # fmt: skip
    return f"$'{spelt}'"


def reviewed_json(found: Reviewed, *, dry_run: bool) -> dict[str, Any]:
    """Describe what was found, photo by photo."""
    return {
        "review": None if found.out is None else str(found.out),
        "dry_run": dry_run,
        "sources": [str(source) for source in found.sources],
        "photos": found.photos,
        "size_bytes": found.size_bytes,
        "reasons": {
            reason: {
                "photos": len(some),
                "size_bytes": sum(one.item.size_bytes for one in some),
            }
            for reason, some in found.found.items()
        },
        "findings": [
            {
                "path": str(one.item.path),
                "reason": one.reason,
                "score": round(one.score, 4),
                "why": one.why,
                "keeper": str(one.keeper.path) if one.keeper else None,
                "size_bytes": one.item.size_bytes,
            }
            for one in found.findings
        ],
        "skipped": [{"path": str(s.path), "reason": s.reason} for s in found.skipped],
    }
