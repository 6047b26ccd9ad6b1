"""The command that compares methods: bench."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from photosort import report
from photosort.cli.options import (
    MAX_RUNS,
    JsonOption,
    Model,
    QuietOption,
    argument_path,
    given_text,
    option_path,
)


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


def bench(
    data_set: Annotated[
        Data, typer.Argument(metavar="DATASET", help="mnist, fashion, usps, digits, folder.")
    ],
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="For `folder`: photos, with sub-folders as labels.",
            parser=argument_path,
        ),
    ] = None,
    methods: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Names with commas between them.",
            show_default="the usual ones",
            parser=given_text,
        ),
    ] = None,
    seeds: Annotated[
        int, typer.Option(min=1, max=MAX_RUNS, help="How often, each time with another seed.")
    ] = 1,
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
        typer.Option(
            metavar="PATH",
            help="Pictures in IDX, npz, or train.csv and images.",
            parser=option_path,
        ),
    ] = None,
    model: Annotated[Model, typer.Option(help="For `folder`: the network.")] = Model.lite2,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Folder of the run.",
            show_default="bench-runs/DATASET-N",
            metavar="DIR",
            parser=option_path,
        ),
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Compare k-means, autoencoder + k-means and DEC on labelled pictures."""
    from photosort.commands import compare as comparing

    names = tuple(name.strip() for name in (methods or "").split(",") if name.strip())
    if methods is not None and not names:
        raise typer.BadParameter(f"--methods {methods}: no name in it")
    asked = comparing.Comparison(
        dataset=data_set.value,
        folder=folder,
        data=data,
        methods=names,
        seeds=seeds,
        protocol=protocol.value,
        from_scratch=from_scratch,
        full=full,
        precision=precision.value,
        model=model.value,
        out=out,
    )
    with report.progress(quiet=quiet) as progress:
        found, written = comparing.compare(asked, progress, report.on_tick(progress))
    if as_json:
        report.print_json(report.comparison_json(found, written))
    elif not quiet:
        report.show_comparison(found, written)
