"""The command that finds what may not be worth keeping: review."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from photosort import report
from photosort.cli.options import (
    JsonOption,
    QuietOption,
    WorkersOption,
    argument_path,
    given_text,
    option_path,
)
from photosort.commands.request import MAX_COUNT
from photosort.counts import counted

if TYPE_CHECKING:
    from photosort.review.records import Reason


def review(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="SRC",
            help="Folders of photos; with --keep or --reject, photos.",
            show_default="the last album",
            parser=argument_path,
        ),
    ] = None,
    album: Annotated[
        Path | None,
        typer.Option(
            "--album", help="Review an album's photos.", metavar="DIR", parser=option_path
        ),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            metavar="REASONS",
            help="Reasons to look for, with commas between: duplicates, bursts, tiny, empty,"
            " screenshots, documents (or notes), receipts, memes (or drawings), dark, bright,"
            " blurred.",
            show_default="all",
            parser=given_text,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="The folder of links.",
            show_default="SRC-photosort/review",
            metavar="DIR",
            parser=option_path,
        ),
    ] = None,
    show: Annotated[
        str | None,
        typer.Option(
            metavar="REASON",
            help="Show what a reason found, each keeper first; write nothing.",
            parser=given_text,
        ),
    ] = None,
    shell: Annotated[
        bool,
        typer.Option("--shell", help="Print the commands that would trash it; write nothing."),
    ] = False,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv", help="A new file for a table of it.", metavar="FILE", parser=option_path
        ),
    ] = None,
    keep: Annotated[
        bool | None,
        typer.Option(
            "--keep/--no-keep", help="Never find these photos again, or do.", show_default=False
        ),
    ] = None,
    reject: Annotated[
        bool,
        typer.Option("--reject", help="Take these photos out of an album; later runs do, too."),
    ] = False,
    thumbnails: Annotated[
        int, typer.Option(min=0, max=MAX_COUNT, help="Groups to show pictures of with --show.")
    ] = 12,
    workers: WorkersOption = None,
    follow: Annotated[bool, typer.Option("--follow", help="Enter links to folders.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Look at every photo again.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be found, write nothing.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find copies, bad photos and screenshots: links by reason. Nothing is deleted or moved."""
    from photosort.commands import review as reviewing

    given = tuple(sources or ())
    if reject and keep is None:
        reject_photos(given, album, dry_run=dry_run, as_json=as_json, quiet=quiet)
        return
    if keep is not None:
        keep_photos(given, keep=keep, reject=reject, quiet=quiet)
        return
    if given and album is not None:
        raise typer.BadParameter("name folders or --album, not both")
    wanted = reviewing.Wanted(
        given,
        album,
        out,
        read_reasons("--show", show) if show else read_reasons("--only", only),
        workers,
        follow,
        fresh,
    )
    looks_only = dry_run or shell or show is not None
    run = reviewing.rehearse_review if looks_only else reviewing.review
    if csv is not None:
        reviewing.check_table(csv, wanted)
    with report.progress(quiet=quiet or shell) as progress:
        found = run(wanted, progress)
    if csv is not None:
        reviewing.write_table(csv, found)
    if shell:
        report.show_trash_commands(found)
    elif as_json:
        report.print_json(report.reviewed_json(found, dry_run=looks_only))
    elif show is not None:
        report.show_findings(found, thumbnails=thumbnails)
    elif not quiet:
        report.show_reviewed(found, dry_run=dry_run)


def reject_photos(
    photos: tuple[Path, ...], album: Path | None, *, dry_run: bool, as_json: bool, quiet: bool
) -> None:
    """Take photos out of an album."""
    from photosort.cli.correct import take
    from photosort.commands.aside import reject

    if not photos:
        raise typer.BadParameter("name the photos: photosort review --reject PHOTO...")
    take(reject(photos), album, dry_run=dry_run, as_json=as_json, quiet=quiet)


def keep_photos(photos: tuple[Path, ...], *, keep: bool, reject: bool, quiet: bool) -> None:
    """Remember photos as kept, or no longer."""
    from photosort.commands.keeping import keep as remember

    if reject:
        raise typer.BadParameter("pass --keep or --reject, not both")
    if not photos:
        raise typer.BadParameter("name the photos: photosort review --keep PHOTO...")
    count = remember(photos, kept=keep)
    if not quiet:
        word = "Kept for good" if keep else "No longer kept"
        same = counted(len(photos) - count, "photo")
        report.line(f"{word}: {counted(count, 'photo')}; as before: {same}")


def read_reasons(option: str, text: str | None) -> "tuple[Reason, ...]":
    """Read names of reasons; unknown ones are refused as wrong usage."""
    from photosort.review.records import ALSO, REASONS

    if text is None:
        return REASONS
    names = [ALSO.get(name.strip(), name.strip()) for name in text.split(",")]
    unknown = [name for name in names if name not in REASONS]
    if unknown:
        known = ", ".join((*REASONS, *(f"{also} (as {name})" for also, name in ALSO.items())))
        raise typer.BadParameter(f"{option} {text}: name some of {known}")
    return tuple(reason for reason in REASONS if reason in names)
