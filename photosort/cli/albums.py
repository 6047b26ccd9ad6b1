"""Commands on an album that is there: list, preview, rename, undo."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from photosort import report
from photosort.cli import opening
from photosort.cli.options import (
    AlbumOption,
    JsonOption,
    QuietOption,
    argument_path,
    given_text,
)
from photosort.commands.request import MAX_COUNT
from photosort.errors import PhotosortError

if TYPE_CHECKING:
    from photosort.report.thumbnails import Small


class SortBy(StrEnum):
    """What comes first in `preview`."""

    typical = "typical"
    date = "date"
    name = "name"


def list_folders(album: AlbumOption = None, as_json: JsonOption = False) -> None:
    """Show the folders of an album: name, title, photos, share."""
    from photosort.commands.album import find_album, open_album

    home = find_album(album)
    manifest = open_album(home)
    if as_json:
        report.print_json(report.album_json(manifest))
        return
    with small_pictures() as small:
        report.show_album(manifest, home, small)


@contextmanager
def small_pictures() -> "Iterator[Small | None]":
    """Find thumbnails for a terminal; nothing is loaded for output that goes elsewhere."""
    if not sys.stdout.isatty():
        yield None
        return
    from photosort.commands.thumbnails import thumbnails

    with thumbnails() as found:
        yield found.of


def complete_folder(incomplete: str) -> list[str]:
    """Offer the names of the last album's folders to the shell, if they are harmless."""
    from photosort.commands.album import folder_names

    try:
        names = [name for name in folder_names() if name.startswith(incomplete)]
        return [name for name in names if name == report.printable(name)]
    except PhotosortError:
        return []


def preview(
    folder: Annotated[
        str | None,
        typer.Argument(
            help="cluster-3, 3, misc or the folder's name; a row of each if none.",
            parser=given_text,
            autocompletion=complete_folder,
        ),
    ] = None,
    album: AlbumOption = None,
    limit: Annotated[
        int | None,
        typer.Option(min=0, max=MAX_COUNT, help="Photos at most.", show_default="what fits"),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every photo, however many.")] = False,
    sort: Annotated[SortBy, typer.Option(help="What comes first.")] = SortBy.typical,
    uncertain: Annotated[
        bool, typer.Option("--uncertain", help="The photos least sure to belong there first.")
    ] = False,
    open_folder: Annotated[
        bool, typer.Option("--open", help="Show the folder in the desktop's viewer.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what is in a folder of an album, or a row of each."""
    from photosort.commands.album import find_in
    from photosort.report.contents import Choice

    manifest, found = find_in(folder, album)
    choice = Choice("uncertain" if uncertain else sort.value, limit, everything)
    if as_json:
        report.print_json(report.contents_json(manifest, found, choice))
        return
    with small_pictures() as small:
        if found is None:
            report.show_rows(manifest, small, choice)
        else:
            report.show_folder(manifest, found, small, choice)
    if open_folder:
        opening.show(manifest.out / (found.place if found else ""))


def rename(
    folder: Annotated[
        str,
        typer.Argument(
            help="cluster-3, 3 or the folder's name.",
            parser=given_text,
            autocompletion=complete_folder,
        ),
    ],
    title: Annotated[
        str | None,
        typer.Argument(help='Its title: "Goa 2018".', parser=given_text),
    ] = None,
    auto: Annotated[bool, typer.Option("--auto", help="Go back to photosort's own title.")] = False,
    album: AlbumOption = None,
) -> None:
    """Give a cluster or another folder a title of your own; later runs keep it."""
    from photosort.commands.rename import rename

    if (title is None) is not auto:
        raise typer.BadParameter('pass a title, like "Goa 2018", or --auto')
    with report.progress(quiet=True) as progress:
        places = rename(folder, title, album, progress)
    more = f", and {len(places) - 1} more" if len(places) > 1 else ""
    report.line(f"{folder} is {report.printable(places[0])} now{more}")


def relink(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="SRC",
            help="Where the photos are now.",
            show_default="the album's folders",
            parser=argument_path,
        ),
    ] = None,
    album: AlbumOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be repaired, change nothing.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Repair the links of an album whose photos, or that itself, moved."""
    from photosort.commands import relink as relinking

    run = relinking.rehearse_relink if dry_run else relinking.relink
    with report.progress(quiet=quiet) as progress:
        found = run(album, sources or [], progress)
    if as_json:
        report.print_json(report.relinked_json(found, dry_run=dry_run))
    elif not quiet:
        report.show_relinked(found, dry_run=dry_run)


def undo(
    album: AlbumOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Remove the album, all its changes too.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be taken back, change nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take back the last change of an album; what is no longer as photosort wrote it stays."""
    from photosort.commands import undo as undoing

    run = undoing.rehearse_undo if dry_run else undoing.undo
    undone = run(album, everything=everything)
    if as_json:
        report.print_json(report.undone_json(undone, dry_run=dry_run))
    else:
        report.show_undone(undone, named=album is not None, dry_run=dry_run)
