"""Commands that look at photos: organize, add."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from photosort import report
from photosort.cli.options import (
    MAX_COUNT,
    MAX_SEED,
    AlbumOption,
    Every,
    JsonOption,
    Language,
    Level,
    Link,
    Model,
    QuietOption,
    WorkersOption,
    argument_path,
    given_text,
    option_path,
)

if TYPE_CHECKING:
    from photosort.commands.organize import Outcome
    from photosort.commands.request import View

LOG = logging.getLogger(__name__)


def organize(
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="SRC...", help="Folders of photos.", parser=argument_path),
    ],
    by: Annotated[
        str,
        typer.Option(
            metavar="VIEWS",
            help="content, time, place, event, or two or three with commas between.",
            parser=given_text,
        ),
    ] = "content",
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
        Model | None, typer.Option(help="The network that looks at them.", show_default="lite2")
    ] = None,
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
    update: Annotated[
        bool, typer.Option("--update", help="File new photos into the clusters there are.")
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
    from photosort.commands.request import Request

    check_number(clusters, min_clusters, max_clusters, update=update)
    check_links(link, relative, update=update)
    views = check_views(
        by,
        update=update,
        needed={
            "--clusters": (clusters is not None, {"content"}),
            "--min-clusters": (min_clusters is not None, {"content"}),
            "--max-clusters": (max_clusters is not None, {"content"}),
            "--misc": (misc, {"content"}),
            "--every": (every is not None, {"time"}),
            "--level": (level is not None, {"place"}),
            "--language": (language is not None, {"place", "event"}),
            "--infer": (infer, {"place", "event"}),
        },
    )
    request = Request(
        sources=tuple(sources),
        out=out,
        clusters=clusters,
        min_clusters=min_clusters,
        max_clusters=max_clusters,
        link=link.value if link else "symlink",
        relative=relative,
        model=model.value if model else "lite2",
        seed=seed or 0,
        workers=workers,
        follow=follow,
        fresh=fresh,
        misc=misc,
        by=views,
        every=every.value if every else "day",
        level=level.value if level else "city",
        language=language.value if language else "english",
        infer=infer,
        replaced_source=replaced_source,
    )
    run = organizing.rehearse if dry_run else organizing.organize
    if update:
        given = {
            "--link": link.value if link else None,
            "--model": model.value if model else None,
            "--seed": seed,
            "--misc": misc or None,
        }
        updating.refuse_contradictions(request, given)
        run = updating.rehearse_update if dry_run else updating.update
    with report.progress(quiet=quiet) as progress:
        outcome = run(request, progress)
    show(outcome, dry_run=dry_run, as_json=as_json, quiet=quiet)


def check_links(link: Link | None, relative: bool | None, *, update: bool) -> None:
    """Refuse --relative and --absolute where no symbolic link is to be written anew."""
    if relative is None:
        return
    option = "--relative" if relative else "--absolute"
    if update:
        raise typer.BadParameter(f"--update keeps how links are written; leave {option} out")
    if link not in (None, Link.symlink):
        raise typer.BadParameter(f"{option} is for symbolic links; leave it or --link out")


def check_views(
    by: str, *, update: bool, needed: dict[str, tuple[bool, set[str]]]
) -> "tuple[View, ...]":
    """Read `--by`; refuse an option that none of its ways listens to, as wrong usage."""
    from photosort.commands.request import VIEWS

    names = [name.strip() for name in by.split(",")]
    unknown = [name for name in names if name not in VIEWS]
    if unknown or len(set(names)) < len(names) or len(names) > 3:
        raise typer.BadParameter(
            f"--by {by}: name one to three of {', '.join(VIEWS)}, each once, with commas between"
        )
    for option, (given, views) in needed.items():
        if given and not views & set(names):
            raise typer.BadParameter(f"{option} goes with --by {' or '.join(sorted(views))}")
    if update and names != ["content"]:
        raise typer.BadParameter("--update files into clusters; organize again without it")
    return tuple(view for name in names for view in VIEWS if view == name)


def check_number(
    clusters: int | None, least: int | None, most: int | None, *, update: bool
) -> None:
    """Refuse what contradicts itself about the number of clusters, as wrong usage."""
    given = {"--clusters": clusters, "--min-clusters": least, "--max-clusters": most}
    named = [option for option, number in given.items() if number is not None]
    if update and named:
        raise typer.BadParameter(f"--update keeps the clusters there are; leave {named[0]} out")
    if clusters is not None and len(named) > 1:
        raise typer.BadParameter(f"--clusters sets the number; leave {named[1]} out")
    if least is not None and most is not None and least > most:
        raise typer.BadParameter(f"--min-clusters {least} is more than --max-clusters {most}")


def add(
    photos: Annotated[
        list[Path],
        typer.Argument(
            metavar="PHOTOS...", help="Photos, or folders of them.", parser=argument_path
        ),
    ],
    album: AlbumOption = None,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """File new photos into the clusters of an album; nothing is trained."""
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
