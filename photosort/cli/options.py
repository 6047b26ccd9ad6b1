"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Link(StrEnum):
    """How an album refers to an original."""

    symlink = "symlink"
    hardlink = "hardlink"
    copy = "copy"


class Model(StrEnum):
    """The networks that ship with photosort."""

    lite2 = "lite2"
    lite0 = "lite0"


class Every(StrEnum):
    """What `--by time` makes a folder of."""

    day = "day"
    month = "month"
    year = "year"


class Level(StrEnum):
    """How far down `--by place` goes."""

    country = "country"
    region = "region"
    city = "city"
    locality = "locality"


class Language(StrEnum):
    """How places are spelled."""

    english = "english"
    local = "local"


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
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
WorkersOption = Annotated[
    int | None, typer.Option(min=1, help="Processes that look.", show_default="one a core")
]
