"""Commands that put an album right: move, merge, split, new, corrections."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from photosort import report
from photosort.cli.albums import complete_folder
from photosort.cli.boundary import Commands
from photosort.cli.logged import App
from photosort.cli.options import (
    AlbumOption,
    JsonOption,
    QuietOption,
    argument_path,
    given_text,
)

if TYPE_CHECKING:
    from photosort.commands.correct import Corrected, Step

MOST_PARTS = 40  # of a cluster that is split: as many as an album has clusters at most

PhotosArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="PHOTO",
        help="Photos of the album, by their links in it or by the originals.",
        parser=argument_path,
    ),
]
ClusterArgument = Annotated[
    str,
    typer.Argument(
        metavar="CLUSTER",
        help="cluster-3, 3 or the folder's name.",
        parser=given_text,
        autocompletion=complete_folder,
    ),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be changed, change nothing.")
]


def move(
    photos: PhotosArgument,
    cluster: ClusterArgument,
    album: AlbumOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Move photos to another cluster of an album; later runs keep them there and learn from it."""
    from photosort.commands import correct

    take(correct.move(photos, cluster), album, dry_run=dry_run, as_json=as_json, quiet=quiet)


def merge(
    clusters: Annotated[
        list[str],
        typer.Argument(
            metavar="CLUSTER",
            help="Two or more; the first one keeps its number and title.",
            parser=given_text,
            autocompletion=complete_folder,
        ),
    ],
    title: Annotated[
        str | None, typer.Option(help="A title for what they are together.", parser=given_text)
    ] = None,
    album: AlbumOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Put two or more clusters of an album together; later runs keep them so."""
    from photosort.commands import correct

    if len(clusters) < 2:
        raise typer.BadParameter("name two clusters or more")
    take(correct.merge(clusters, title), album, dry_run=dry_run, as_json=as_json, quiet=quiet)


def split(
    cluster: ClusterArgument,
    into: Annotated[int, typer.Option(min=2, max=MOST_PARTS, help="How many parts.")] = 2,
    album: AlbumOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Split a cluster of an album by what its photos show; later runs keep the parts apart."""
    from photosort.commands import correct
    from photosort.commands import split as splitting

    run = correct.rehearse if dry_run else correct.correct
    with report.progress(quiet=quiet) as progress:
        found = run(splitting.split(cluster, into, progress), album)
    show(found, dry_run=dry_run, as_json=as_json, quiet=quiet)


def new(
    title: Annotated[
        str, typer.Argument(help='The title of the new cluster: "Goa 2018".', parser=given_text)
    ],
    photos: PhotosArgument,
    album: AlbumOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make a new cluster of an album from some of its photos; later runs keep it."""
    from photosort.commands import correct

    take(correct.new(title, photos), album, dry_run=dry_run, as_json=as_json, quiet=quiet)


def list_corrections(album: AlbumOption = None, as_json: JsonOption = False) -> None:
    """Show what was corrected: each photo, the cluster it was in, where it belongs, since when."""
    from photosort.commands.album import open_album

    manifest = open_album(album)
    if as_json:
        report.print_json(report.corrections_json(manifest))
    else:
        report.show_corrections(manifest)


def forget(
    photos: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PHOTO",
            help="Photos, by their links in the album or by the originals.",
            parser=argument_path,
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Forget all corrections.")] = False,
    album: AlbumOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Forget corrections: photos stay where they are, the next organize may move them."""
    from photosort.commands import correct

    if bool(photos) is everything:
        raise typer.BadParameter("name photos, or pass --all")
    step = correct.forget(photos or None)
    take(step, album, dry_run=dry_run, as_json=as_json, quiet=quiet)


def take(step: "Step", album: Path | None, *, dry_run: bool, as_json: bool, quiet: bool) -> None:
    """Take a step, and say what it changed."""
    from photosort.commands import correct

    found = (correct.rehearse if dry_run else correct.correct)(step, album)
    show(found, dry_run=dry_run, as_json=as_json, quiet=quiet)


def show(found: "Corrected", *, dry_run: bool, as_json: bool, quiet: bool) -> None:
    """Say what was changed, in the form that was asked for."""
    if as_json:
        report.print_json(report.corrected_json(found, dry_run=dry_run))
    elif not quiet:
        report.show_corrected(found, dry_run=dry_run)


corrections_app = App(cls=Commands, help="What the user said about the clusters of an album.")
corrections_app.command("list")(list_corrections)
corrections_app.command()(forget)
