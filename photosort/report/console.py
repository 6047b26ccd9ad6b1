"""The two streams, and how a name is made safe to print."""

import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from rich.console import Console
from rich.markup import escape

# Paths are printed whole, to be copied: never wrapped, their digits never coloured.
out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)

JOINER = "\u200d"  # holds emoji of several people together
WIDE = 200  # columns of a pipe or a file: no table is cut there


def printable(text: str | PurePath) -> str:
    """Make a name safe to print: control characters, turns of direction, stray bytes spelt out."""
    return "".join(
        char
        if char.isprintable() or char == JOINER
        else char.encode("unicode_escape", "surrogatepass").decode()
        for char in str(text)
    )


def shown(text: str | PurePath) -> str:
    """Make a name safe to print inside rich markup."""
    return escape(printable(text))


def line(text: str) -> None:
    """Print one plain line, or a ready-made text, on stdout."""
    out.print(text, markup=False)


def fail(text: str) -> None:
    """Print one red line on stderr."""
    err.print(printable(text.replace("\n", " ").strip()), style="red", markup=False)


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON document; a name's stray bytes become lone surrogates, as Python has them."""
    # Flushed, as a full disk is an error with a name here and noise when Python ends.
    print(json.dumps(value, indent=2), flush=True)
