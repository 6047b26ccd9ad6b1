"""Options that several commands share, and how paths and names of the command line are read."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from photosort.commands.request import MAX_WORKERS
from photosort.embed import NETWORK_FILES
from photosort.startup import typed

MAX_RUNS = 1000  # of a comparison, each with a seed of its own: days of work


class Link(StrEnum):
    """How an album refers to an original."""

    symlink = "symlink"
    hardlink = "hardlink"
    copy = "copy"


class Model(StrEnum):
    """The networks that ship with photosort."""

    lite2 = "lite2"
    lite0 = "lite0"


class Aside(StrEnum):
    """What `organize` leaves out."""

    review = "review"


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


def given_text(text: str) -> str:
    """Read a name; an empty one is refused as wrong usage: it is mostly an unset variable."""
    if not text:
        raise typer.BadParameter("empty, as an unset variable is")
    return typed(text)


def network(text: str) -> str:
    """Read the name of a network, or the path of a file with one, which is written in full."""
    from photosort.photos.paths import in_full

    if text in list(Model):
        return text
    if Path(text).suffix.lower() in NETWORK_FILES:
        return str(in_full(option_path(text)))
    known = ", ".join([*Model, f"the path of a {' or '.join(NETWORK_FILES)} file"])
    raise typer.BadParameter(f"{text!r} is none of {known}")


def complete_network(incomplete: str) -> list[str]:
    """Offer the networks that ship."""
    return [name for name in Model if name.startswith(incomplete)]


def option_path(text: str) -> Path:
    """Read a path given to an option: not empty, a leading ~ is a home folder.

    The shell expands `--out ~/x` but not `--out=~/x`. A folder whose own name begins with ~ is
    written ./~name.
    """
    if not text:
        raise typer.BadParameter(
            "empty, as an unset variable is; write . for the folder you are in"
        )
    return _expanded(text) if text.startswith("~") else Path(text)


def argument_path(text: str) -> Path:
    """Read a path given as an argument: like that of an option, but what is there goes by its name.

    `photosort add *` may name a file ~1.jpg.
    """
    return Path(text) if text and os.path.lexists(text) else option_path(text)


def _expanded(text: str) -> Path:
    full = os.path.expanduser(text)  # noqa: PTH111 - Path.expanduser raises where this leaves text
    if full == text or not (text[1:2].isalpha() or os.environ.get("HOME", "unset")):
        user = text.partition("/")[0]
        raise typer.BadParameter(f"{text}: no home folder {user} is known; write ./{text} if meant")
    return Path(full)


AlbumOption = Annotated[
    Path | None,
    typer.Option(
        "--album",
        help="The album's folder.",
        show_default="the last one organized",
        metavar="DIR",
        parser=option_path,
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print JSON, and nothing else, on stdout.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
WorkersOption = Annotated[
    int | None,
    typer.Option(min=1, max=MAX_WORKERS, help="Processes that look.", show_default="one a core"),
]
VerboseOption = Annotated[
    bool, typer.Option("--verbose", "-v", help="Say on stderr what happens, with times.")
]
LogFileOption = Annotated[
    Path | None,
    typer.Option(
        "--log-file",
        help="Append what happens to a file, to send with a report.",
        metavar="FILE",
        parser=option_path,
    ),
]
