"""Commands on the networks photos are looked at with: models list, models check."""

from pathlib import Path
from typing import Annotated

import typer

from photosort import report
from photosort.cli.options import JsonOption, argument_path


def list_models(as_json: JsonOption = False) -> None:
    """List the networks that ship; --model takes one of them, or a file of your own."""
    from photosort.commands.networks import shipped

    networks = shipped()
    if as_json:
        report.print_json(report.networks_json(networks))
    else:
        report.show_networks(networks)


def check(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A .tflite or .onnx file with its card, FILE's name with .json, beside it.",
            parser=argument_path,
        ),
    ],
    as_json: JsonOption = False,
) -> None:
    """Load a network of your own, let it look at pictures and say what comes out."""
    from photosort.commands.networks import check as check_network

    checked = check_network(file)
    if as_json:
        report.print_json(report.checked_json(checked))
    else:
        report.show_checked(checked)
