"""The command that looks at photos on many machines: embed."""

from enum import StrEnum
from typing import Annotated

import typer

from photosort import report
from photosort.cli.options import (
    JsonOption,
    Model,
    QuietOption,
    WorkersOption,
    complete_network,
    given_text,
    network,
)
from photosort.commands.request import MAX_COUNT
from photosort.scale import SHARD


class Engine(StrEnum):
    """Who looks at the photos."""

    local = "local"
    ray = "ray"


def embed(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SRC", help="Folders of photos, or URLs: s3://BUCKET/FOLDER.", parser=given_text
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to", help="The folder or URL for the features.", metavar="URL", parser=given_text
        ),
    ],
    engine: Annotated[
        Engine, typer.Option(help="local: this machine; ray: a Ray cluster, extra [ray].")
    ] = Engine.local,
    address: Annotated[
        str | None,
        typer.Option(
            help="The cluster of --engine ray: auto, or ray://HOST:PORT.",
            show_default="one started on this machine",
            metavar="ADDRESS",
            parser=given_text,
        ),
    ] = None,
    model: Annotated[
        str,
        typer.Option(
            help="The network that looks at them: lite2, lite0 or a file.",
            metavar="lite2|lite0|FILE",
            parser=network,
            autocompletion=complete_network,
        ),
    ] = Model.lite2.value,
    workers: WorkersOption = None,
    shard: Annotated[
        int, typer.Option(min=1, max=MAX_COUNT, help="Photos a shard: what is repeated at a loss.")
    ] = SHARD,
    follow: Annotated[bool, typer.Option("--follow", help="Enter links to folders.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Read every shard; look again at what is damaged.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Look at photos, here or on a Ray cluster, and keep their features as Parquet shards."""
    from photosort.commands import embed as embedding

    if address is not None and engine is not Engine.ray:
        raise typer.BadParameter("--address goes with --engine ray")
    wanted = embedding.Wanted(
        tuple(sources), to, engine.value, address, model, workers, shard, follow, check
    )
    with report.progress(quiet=quiet) as progress:
        done = embedding.embed(wanted, progress)
    if as_json:
        report.print_json(report.embedded_json(done))
    elif not quiet:
        report.line(report.printable(embedding.told(done)))
        report.line(f"Next: photosort organize --features {report.printable(done.to)}")
