"""Commands that look at photos: organize, add."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from photosort import report
from photosort.cli.checks import check_features, check_start, check_update, check_views
from photosort.cli.options import (
    AlbumOption,
    Aside,
    Every,
    JsonOption,
    Language,
    Level,
    Link,
    QuietOption,
    WorkersOption,
    argument_path,
    complete_network,
    given_text,
    network,
    option_path,
)
from photosort.cli.organize_request import combine, recalled, repeat, thorough_network
from photosort.commands.request import MAX_COUNT, MAX_LEVELS, MAX_SEED, Request

if TYPE_CHECKING:
    from photosort.commands.organize import Outcome
    from photosort.commands.remote import RemoteOutcome

LOG = logging.getLogger(__name__)


def organize(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(metavar="SRC", help="Folders of photos.", parser=argument_path),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="VIEWS",
            help="content, time, place, event, or two or three with commas between.",
            show_default="content",
            parser=given_text,
        ),
    ] = None,
    clusters: Annotated[
        int | None,
        typer.Option(
            "--clusters", "-k", min=1, max=MAX_COUNT, help="How many groups.", show_default="chosen"
        ),
    ] = None,
    min_clusters: Annotated[
        int | None, typer.Option(min=1, max=MAX_COUNT, help="Choose no fewer.", show_default="1")
    ] = None,
    max_clusters: Annotated[
        int | None, typer.Option(min=1, max=MAX_COUNT, help="Choose no more.", show_default="40")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="The album's folder.",
            show_default="SRC-photosort",
            metavar="DIR",
            parser=option_path,
        ),
    ] = None,
    link: Annotated[
        Link | None, typer.Option(help="How the album refers to a photo.", show_default="symlink")
    ] = None,
    relative: Annotated[
        bool | None,
        typer.Option(
            "--relative/--absolute",
            help="How symbolic links name a photo.",
            show_default="relative on one disk",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="The network that looks at them: lite2, lite0 or a file, see models.",
            show_default="lite2",
            metavar="lite2|lite0|FILE",
            parser=network,
            autocompletion=complete_network,
        ),
    ] = None,
    thorough: Annotated[
        bool,
        typer.Option(
            "--thorough", help="Look four times at each photo: slower, better for fine kinds."
        ),
    ] = False,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0, max=MAX_SEED, help="Same photos and seed, same album.", show_default="0"
        ),
    ] = None,
    workers: WorkersOption = None,
    follow: Annotated[bool, typer.Option("--follow", help="Enter links to folders.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Look at every photo again.")] = False,
    misc: Annotated[
        bool, typer.Option("--misc", help="Put photos that belong nowhere into misc.")
    ] = False,
    set_aside: Annotated[
        Aside | None,
        typer.Option(help="Leave out what photosort review found.", show_default="nothing"),
    ] = None,
    levels: Annotated[
        int | None,
        typer.Option(
            min=1, max=MAX_LEVELS, help="2 puts clusters under their kinds.", show_default="1"
        ),
    ] = None,
    every: Annotated[
        Every | None, typer.Option(help="A folder a day, month or year.", show_default="day")
    ] = None,
    level: Annotated[
        Level | None, typer.Option(help="How far down places go.", show_default="city")
    ] = None,
    language: Annotated[
        Language | None, typer.Option(help="How places are spelled.", show_default="english")
    ] = None,
    infer: Annotated[
        bool,
        typer.Option("--infer", help="Take a missing place from a photo within the hour."),
    ] = False,
    replaced_source: Annotated[
        bool, typer.Option("--replaced-source", help="The photos of a source are others now.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Make an album anew with the options it was made with.")
    ] = False,
    album: Annotated[
        Path | None,
        typer.Option(
            "--album",
            help="The album of --again.",
            show_default="the last one organized",
            metavar="DIR",
            parser=option_path,
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            help="A TOML file with options; what is typed goes above it.",
            metavar="FILE",
            parser=option_path,
        ),
    ] = None,
    features: Annotated[
        str | None,
        typer.Option(
            "--features",
            help="Features that photosort embed made, instead of looking at the photos.",
            metavar="URL",
            parser=given_text,
        ),
    ] = None,
    manifest: Annotated[
        str | None,
        typer.Option(
            "--manifest",
            help="Where --features writes the album of photos in an object store.",
            show_default="URL-album",
            metavar="URL",
            parser=given_text,
        ),
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="File new photos into the folders there are.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan, write nothing.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Group photos by content, time, place or event, into folders of links."""
    from photosort.commands import organize as organizing
    from photosort.commands import update as updating

    typed = {
        "by": check_views(by) if by is not None else None,
        "clusters": clusters,
        "min_clusters": min_clusters,
        "max_clusters": max_clusters,
        "link": link.value if link else None,
        "relative": relative,
        "model": thorough_network(model) if thorough else model,
        "seed": seed,
        "workers": workers,
        "follow": follow or None,
        "fresh": fresh or None,
        "misc": misc or None,
        "set_aside": set_aside.value if set_aside else None,
        "levels": levels,
        "every": every.value if every else None,
        "level": level.value if level else None,
        "language": language.value if language else None,
        "infer": infer or None,
        "replaced_source": replaced_source or None,
    }
    typed = {name: value for name, value in typed.items() if value is not None}
    folders = tuple(sources or ())
    if features is None or again:
        check_start(folders, out=out, again=again, album=album, config=config, update=update)
    check_features(folders, features, manifest, update=update)
    if update:
        check_update(typed)
    remote = None
    with report.progress(quiet=quiet) as progress:
        if again:
            request, line = repeat(album, typed)
            progress.note(f"as before: {line}")
        else:
            request = combine(Request(folders, out), config, typed, update=update)
        if features is not None:
            if again or request.model != Request(()).model:  # the album's, or a file's
                typed["model"] = request.model
            request, remote = recalled(
                features, request, progress, typed, update or dry_run, manifest
            )
        run = organizing.rehearse if dry_run else organizing.organize
        if update:
            run = updating.rehearse_update if dry_run else updating.update
        outcome = run(request, progress) if remote is None else None
    if remote is not None:
        show_remote(remote, as_json=as_json, quiet=quiet)
    elif outcome is not None:
        show(outcome, dry_run=dry_run, as_json=as_json, quiet=quiet)


def show_remote(made: "RemoteOutcome", *, as_json: bool, quiet: bool) -> None:
    """Say what a manifest holds, in the form that was asked for."""
    if as_json:
        report.print_json(report.remote_json(made))
    elif not quiet:
        report.show_remote(made)


def add(
    photos: Annotated[
        list[Path],
        typer.Argument(metavar="PHOTO", help="Photos, or folders of them.", parser=argument_path),
    ],
    album: AlbumOption = None,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """File new photos into the folders of an album; nothing is trained."""
    from photosort.commands.update import add as add_photos

    with report.progress(quiet=quiet) as progress:
        outcome = add_photos(photos, album, workers, progress)
    show(outcome, dry_run=False, as_json=as_json, quiet=quiet)


def show(outcome: "Outcome", *, dry_run: bool, as_json: bool, quiet: bool) -> None:
    """Say what became of the photos, in the form that was asked for."""
    for text in report.left_out(outcome):
        LOG.info("%s", text)
    if as_json:
        report.print_json(report.outcome_json(outcome, dry_run=dry_run))
    elif not quiet:
        report.show_outcome(outcome, dry_run=dry_run)
