"""The command line: parse, call one pipeline function, show. The only place that sets exit codes.

Nothing here may import TensorFlow, scikit-learn or numpy: `--help` answers at once. The pipeline is
imported inside each command for that reason.
"""

import errno
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from photosort import __version__, report
from photosort.errors import PhotosortError

INTERRUPTED = 130  # what a shell expects of a program that Ctrl-C ended


class Group(TyperGroup):
    """The one boundary where an error becomes a line on stderr and an exit code."""

    def main(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Typer's own signature
        """Run; exit 0, 1 for an error with a remedy, 2 for wrong usage, 130 after Ctrl-C."""
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs) or 0
        except PhotosortError as error:
            report.fail(str(error))
            code = 1
        except typer.TyperException as error:  # wrong usage
            context = getattr(error, "ctx", None)
            command = context.command_path if context else "photosort"
            report.fail(f"{command}: {error.format_message().rstrip('.')}; see {command} --help")
            code = error.exit_code
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            sys.stdout = None  # or leaving would try to print the rest
            report.fail("no space left on the disk; free some, then run again")
            code = 1
        if code == INTERRUPTED:
            report.fail("stopped; what was learned so far is kept, the same command goes on there")
        sys.exit(code)


app = typer.Typer(
    cls=Group,
    help="Sort photos into folders of links by what is in them. Originals are never touched.",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
cache_app = typer.Typer(help="What photosort remembers of your photos.")
app.add_typer(cache_app, name="cache")


class Link(StrEnum):
    """How an album refers to an original."""

    symlink = "symlink"
    hardlink = "hardlink"
    copy = "copy"


class Model(StrEnum):
    """The networks that ship with photosort."""

    lite2 = "lite2"
    lite0 = "lite0"


class Data(StrEnum):
    """What `bench` compares methods on."""

    mnist = "mnist"
    fashion = "fashion"
    usps = "usps"
    digits = "digits"
    folder = "folder"


class Protocol(StrEnum):
    """Which pictures a method is fitted on and scored on."""

    whole = "whole"
    article = "article"


class Precision(StrEnum):
    """What matrix products are computed in while `bench` trains."""

    fastest = "fastest"
    float32 = "float32"
    bfloat16 = "bfloat16"


# `readable=False` leaves it to the command to say what is wrong with a path, and what would help.
AlbumOption = Annotated[
    Path | None,
    typer.Option(
        "--album",
        help="The album's folder.",
        show_default="the last one organized",
        readable=False,
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print JSON, and nothing else, on stdout.")
]


def print_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        report.line(f"photosort {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def photosort(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=print_version, is_eager=True, help="Print the version and leave."
        ),
    ] = False,
) -> None:
    """Show the help when no command is given."""
    if context.invoked_subcommand is None:
        report.line(context.get_help())


@app.command()
def organize(
    sources: Annotated[
        list[Path], typer.Argument(metavar="SRC...", help="Folders of photos.", readable=False)
    ],
    clusters: Annotated[
        int | None,
        typer.Option("--clusters", "-k", min=1, help="How many groups.", show_default="chosen"),
    ] = None,
    min_clusters: Annotated[
        int | None, typer.Option(min=1, help="Choose no fewer.", show_default="1")
    ] = None,
    max_clusters: Annotated[
        int | None, typer.Option(min=1, help="Choose no more.", show_default="40")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="The album's folder.",
            show_default="SRC-photosort",
            readable=False,
        ),
    ] = None,
    link: Annotated[Link, typer.Option(help="How the album refers to a photo.")] = Link.symlink,
    model: Annotated[Model, typer.Option(help="The network that looks at them.")] = Model.lite2,
    seed: Annotated[int, typer.Option(min=0, help="Same photos and seed, same album.")] = 0,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that look.", show_default="one a core")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Enter links to folders.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Look at every photo again.")] = False,
    misc: Annotated[
        bool, typer.Option("--misc", help="Put photos that belong nowhere into misc.")
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", help="File new photos into the clusters there are.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan, write nothing.")
    ] = False,
    as_json: JsonOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Group photos by what is in them, into folders of links."""
    from photosort import pipeline, upkeep

    check_number(clusters, min_clusters, max_clusters, update=update)

    request = pipeline.Request(
        sources=tuple(sources),
        out=out,
        clusters=clusters,
        min_clusters=min_clusters,
        max_clusters=max_clusters,
        link=link.value,
        model=model.value,
        seed=seed,
        workers=workers,
        follow=follow,
        fresh=fresh,
        misc=misc,
    )
    run = pipeline.rehearse if dry_run else pipeline.organize
    if update:
        run = upkeep.rehearse_update if dry_run else upkeep.update
    with report.progress(quiet=quiet) as progress:
        outcome = run(request, progress)
    if as_json:
        report.print_json(report.outcome_json(outcome, dry_run=dry_run))
    elif not quiet:
        report.show_outcome(outcome, dry_run=dry_run)


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


@app.command()
def add(
    photos: Annotated[
        list[Path], typer.Argument(metavar="PHOTOS...", help="Photos, or folders of them.")
    ],
    album: AlbumOption = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that look.", show_default="one a core")
    ] = None,
    as_json: JsonOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """File new photos into the clusters of an album; nothing is trained."""
    from photosort import upkeep

    with report.progress(quiet=quiet) as progress:
        outcome = upkeep.add(photos, album, workers, progress)
    if as_json:
        report.print_json(report.outcome_json(outcome, dry_run=False))
    elif not quiet:
        report.show_outcome(outcome, dry_run=False)


@app.command("list")
def list_clusters(album: AlbumOption = None, as_json: JsonOption = False) -> None:
    """Show the clusters of an album: name, title, photos, share."""
    from photosort import pipeline

    manifest = pipeline.open_album(album)
    if as_json:
        report.print_json(report.album_json(manifest))
    else:
        report.show_album(manifest)


def complete_cluster(incomplete: str) -> list[str]:
    """Offer the folder names of the last album's clusters to the shell, if they are harmless."""
    from photosort import pipeline

    try:
        names = [name for name in pipeline.cluster_names() if name.startswith(incomplete)]
        return [name for name in names if name == report.printable(name)]
    except PhotosortError:
        return []


@app.command()
def preview(
    cluster: Annotated[
        str,
        typer.Argument(
            help="cluster-3, 3, misc or the folder's full name.", autocompletion=complete_cluster
        ),
    ],
    album: AlbumOption = None,
    thumbnails: Annotated[
        int, typer.Option(min=0, help="How many pictures to show in the terminal.")
    ] = 6,
    as_json: JsonOption = False,
) -> None:
    """Show what is in a cluster."""
    from photosort import pipeline

    manifest, found = pipeline.open_cluster(cluster, album)
    if as_json:
        report.print_json(report.cluster_json(manifest, found))
    else:
        report.show_cluster(found, thumbnails=thumbnails)


@app.command()
def rename(
    cluster: Annotated[
        str,
        typer.Argument(help="cluster-3, 3 or the folder's name.", autocompletion=complete_cluster),
    ],
    title: Annotated[str | None, typer.Argument(help='Its title: "Goa 2018".')] = None,
    auto: Annotated[bool, typer.Option("--auto", help="Go back to photosort's own title.")] = False,
    album: AlbumOption = None,
) -> None:
    """Give a cluster a title of your own; later runs keep it."""
    from photosort import upkeep

    if (title is None) is not auto:
        raise typer.BadParameter('pass a title, like "Goa 2018", or --auto')
    with report.progress(quiet=True) as progress:
        renamed = upkeep.rename(cluster, title, album, progress)
    report.line(f"{cluster} is {report.printable(renamed.name)} now")


@app.command()
def undo(
    album: AlbumOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Do not bring back the album before it.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be taken back, change nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take back the last organize; what is no longer as photosort wrote it stays."""
    from photosort import pipeline

    run = pipeline.rehearse_undo if dry_run else pipeline.undo
    undone = run(album, everything=everything)
    if as_json:
        report.print_json(report.undone_json(undone, dry_run=dry_run))
    else:
        report.show_undone(undone, dry_run=dry_run)


@app.command()
def bench(
    data_set: Annotated[
        Data, typer.Argument(metavar="DATASET", help="mnist, fashion, usps, digits, folder.")
    ],
    folder: Annotated[
        Path | None,
        typer.Argument(help="For `folder`: photos, with sub-folders as labels.", readable=False),
    ] = None,
    methods: Annotated[
        str, typer.Option(help="Names with commas between them.", show_default="the usual ones")
    ] = "",
    seeds: Annotated[int, typer.Option(min=1, help="How often, each time with another seed.")] = 1,
    protocol: Annotated[
        Protocol, typer.Option(help="article: fit on the first 70 %, score on the rest.")
    ] = Protocol.whole,
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help="Train even where weights are shipped.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Train as long as was published.")] = False,
    precision: Annotated[
        Precision,
        typer.Option(help="Of products in training; fastest: bfloat16 where the CPU has units."),
    ] = Precision.fastest,
    data: Annotated[
        Path | None,
        typer.Option(help="Pictures in IDX, npz, or train.csv and images.", readable=False),
    ] = None,
    model: Annotated[Model, typer.Option(help="For `folder`: the network.")] = Model.lite2,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Folder of the run.",
            show_default="bench-runs/DATASET-N",
            readable=False,
        ),
    ] = None,
    as_json: JsonOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Compare k-means, autoencoder + k-means and DEC on labelled pictures."""
    from photosort import comparison

    asked = comparison.Comparison(
        dataset=data_set.value,
        folder=folder,
        data=data,
        methods=tuple(name.strip() for name in methods.split(",") if name.strip()),
        seeds=seeds,
        protocol=protocol.value,
        from_scratch=from_scratch,
        full=full,
        precision=precision.value,
        model=model.value,
        out=out,
    )
    with report.progress(quiet=quiet) as progress:
        found, written = comparison.compare(asked, progress, report.on_tick(progress))
    if as_json:
        report.print_json(report.comparison_json(found, written))
    elif not quiet:
        report.show_comparison(found, written)


@cache_app.command("info")
def cache_info(as_json: JsonOption = False) -> None:
    """Say what is remembered, where, and how large it is."""
    from photosort import pipeline

    info = pipeline.cache_info()
    if as_json:
        report.print_json(report.cache_json(info))
    else:
        report.show_cache(info)


@cache_app.command("clear")
def cache_clear() -> None:
    """Forget every photo; the next run looks at them again. Photos and albums are not touched."""
    from photosort import pipeline

    report.line(f"Every photo forgotten, {pipeline.clear_cache() / 1e6:,.1f} MB freed")
