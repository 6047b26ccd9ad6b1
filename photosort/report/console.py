"""The two streams, and how a name is made safe to print."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from rich.table import Table

# Names and paths are printed as they are, to be copied: no wrapping, colouring of digits, markup
# in brackets or emoji code (`:dog:`) may change one. What has a style is a Text.
out = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)

JOINERS = "\u200c\u200d"  # write Persian and Indic names, hold emoji of several people together
UNBOUNDED = 1_000_000  # columns: more than any table needs


def printable(text: str | PurePath) -> str:
    """Make a name safe to print: control characters, turns of direction, stray bytes spelt out."""
    return "".join(
        char
        if char.isprintable() or char in JOINERS or unicodedata.category(char) == "Zs"
        else char.encode("unicode_escape", "surrogatepass").decode()
        for char in str(text)
    )


def bold(text: str | PurePath) -> Text:
    """Return a name, safe to print, in bold."""
    return Text(printable(text), style="bold")


def line(*parts: str | Text) -> None:
    """Print one line on stdout: plain text, and ready-made text with its style."""
    out.print(Text.assemble(*parts))


def table(drawn: Table) -> None:
    """Print a table as wide as its cells are, also where the terminal is narrower: none is cut."""
    from rich.measure import Measurement

    wide = out.options.update(width=UNBOUNDED)
    drawn.width = Measurement.get(out, wide, drawn).maximum
    out.print(drawn)


def fail(text: str) -> None:
    """Print one red line on stderr."""
    err.print(Text(printable(text), style="red"))


def print_json(value: Mapping[str, Any], indent: int | None = 2) -> None:
    """Print one JSON document; a name's stray bytes become lone surrogates, as Python has them."""
    # Flushed, as a full disk is an error with a name here and noise when Python ends.
    print(json.dumps(value, indent=indent), flush=True)
