"""JSON from a file in the user's hands: every value is checked before it is used.

The functions check one value and return it plain, or raise WrongError. A `Value` knows where it
stands, which is convenient and slow: the many photos of an album go through the functions.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from photosort.album.manifest import Json
from photosort.photos.paths import Paths

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
    return name not in {"", ".", ".."} and SEPARATORS.isdisjoint(name)


def text(value: object, where: str) -> str:
    """Return a text that a file name may decode to; `where` it stands is named in errors."""
    if not isinstance(value, str) or "\0" in value:
        raise WrongError(f"{where} is not a text")
    if value.isascii():
        return value
    try:
        value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a UTF-16 pair: no file name decodes to it
        raise WrongError(f"{where} is not a text") from None
    return value


def text_or_none(value: object, where: str) -> str | None:
    """Return a text, or None for null."""
    return None if value is None else text(value, where)


def number(value: object, where: str) -> int:
    """Return a whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise WrongError(f"{where} is not a whole number")
    return value


def number_or_none(value: object, where: str) -> int | None:
    """Return a whole number, or None for null."""
    return None if value is None else number(value, where)


def fraction(value: object, where: str) -> float:
    """Return a number from 0 to 1."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise WrongError(f"{where} is not between 0 and 1")
    return float(value)


def time(value: object, where: str) -> str:
    """Return the text of a time in ISO 8601."""
    told = text(value, where)
    try:
        datetime.fromisoformat(told)
    except ValueError:
        raise WrongError(f"{where} is not a time") from None
    return told


def path(value: object, where: str, paths: Paths) -> Path:
    """Return an absolute path; `paths` makes those of one folder of it."""
    told = text(value, where)
    made = paths.of(told) if os.sep in told else None
    if made is None or not made.is_absolute():
        raise WrongError(f"{where} is not an absolute path")
    return made


def entries(value: object, where: str) -> list[object]:
    """Return a list."""
    if not isinstance(value, list):
        raise WrongError(f"{where} is not a list")
    return value


def fields(value: object, where: str) -> dict[str, Json]:
    """Return an object."""
    if not isinstance(value, dict):
        raise WrongError(f"{where} is not an object")
    return value


@dataclass(frozen=True, slots=True)
class Value:
    """A value and where it stands; its methods check it and return it plain. Raises WrongError."""

    value: object
    where: str

    @property
    def missing(self) -> bool:
        """Return whether the value is null or not there."""
        return self.value is None

    def key(self, name: str) -> "Value":
        """Look into an object; a missing key is null."""
        return Value(fields(self.value, self.where).get(name), name)

    def items(self) -> Iterator["Value"]:
        """Go through a list."""
        return (
            Value(item, f"an entry of {self.where}") for item in entries(self.value, self.where)
        )

    def text(self) -> str:
        """Return a text that a file name may decode to."""
        return text(self.value, self.where)

    def number(self) -> int:
        """Return a whole number."""
        return number(self.value, self.where)

    def flag(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            raise WrongError(f"{self.where} is not true or false")
        return self.value

    def path(self) -> Path:
        """Return an absolute path."""
        return path(self.value, self.where, Paths())

    def time(self) -> str:
        """Return the text of a time in ISO 8601."""
        return time(self.value, self.where)

    def object(self) -> dict[str, Json]:
        """Return an object."""
        return fields(self.value, self.where)

    def text_or_none(self) -> str | None:
        """Return a text, or None for null."""
        return text_or_none(self.value, self.where)

    def number_or_none(self) -> int | None:
        """Return a whole number, or None for null."""
        return number_or_none(self.value, self.where)
