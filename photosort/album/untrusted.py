"""JSON from a file in the user's hands: every value is checked before it is used."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from photosort.album.manifest import Json

SEPARATORS = frozenset("/" if os.sep == "/" else "/\\:")  # on Windows also of drives, streams


class WrongError(ValueError):
    """Says which part of the data is wrong."""


def parse(data: bytes) -> object:
    """Parse JSON, without NaN and infinities. Raises WrongError."""

    def refuse(constant: str) -> None:
        raise WrongError(f"{constant} is not JSON")

    try:
        return json.loads(data, parse_constant=refuse)
    except WrongError:
        raise
    except (ValueError, RecursionError) as error:  # not UTF-8 or JSON, a number too long, too deep
        raise WrongError(f"not JSON: {error}") from error


def is_plain(name: str) -> bool:
    """Return whether `name` is one step down, on this system's file names."""
    return name not in {"", ".", ".."} and not SEPARATORS.intersection(name)


@dataclass(frozen=True, slots=True)
class Value:
    """A value and where it stands; its methods check it and return it plain, or WrongError."""

    value: object
    where: str

    @property
    def missing(self) -> bool:
        """Return whether the value is null or not there."""
        return self.value is None

    def key(self, name: str) -> "Value":
        """Look into an object; a missing key is null."""
        if not isinstance(self.value, dict):
            raise WrongError(f"{self.where} is not an object")
        return Value(self.value.get(name), name)

    def items(self) -> Iterator["Value"]:
        """Go through a list."""
        if not isinstance(self.value, list):
            raise WrongError(f"{self.where} is not a list")
        return (Value(item, f"an entry of {self.where}") for item in self.value)

    def text(self) -> str:
        """Return a text that a file name may decode to."""
        if not isinstance(self.value, str) or "\0" in self.value:
            raise WrongError(f"{self.where} is not a text")
        try:
            self.value.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:  # half of a UTF-16 pair: no file name decodes to it
            raise WrongError(f"{self.where} is not a text") from None
        return self.value

    def number(self) -> int:
        """Return a whole number."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise WrongError(f"{self.where} is not a whole number")
        return self.value

    def fraction(self) -> float:
        """Return a number from 0 to 1."""
        fits = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        if not fits or not 0 <= cast("float", self.value) <= 1:
            raise WrongError(f"{self.where} is not between 0 and 1")
        return float(cast("float", self.value))

    def flag(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            raise WrongError(f"{self.where} is not true or false")
        return self.value

    def path(self) -> Path:
        """Return an absolute path."""
        path = Path(self.text())
        if not path.is_absolute():
            raise WrongError(f"{self.where} is not an absolute path")
        return path

    def object(self) -> dict[str, Json]:
        """Return an object."""
        if not isinstance(self.value, dict):
            raise WrongError(f"{self.where} is not an object")
        return self.value

    def text_or_none(self) -> str | None:
        """Return a text, or None for null."""
        return None if self.missing else self.text()

    def number_or_none(self) -> int | None:
        """Return a whole number, or None for null."""
        return None if self.missing else self.number()
