"""What the user said about the clusters of an album: this photo belongs to that one. Pure.

A correction is known by the content of its photo, so that it stays where the file is moved or
renamed, and lies in album.json, so that an undo takes it back with the links it changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Correction:
    """The user's word that a photo belongs to the cluster of a `number`, 1 or more.

    `path` is where the photo lay then, `origin` the folder of the cluster it was taken from, None
    where it was in its cluster already. `made` is an ISO 8601 time.
    """

    content_hash: str
    path: Path
    number: int
    origin: str | None
    made: str


Corrections: TypeAlias = tuple[Correction, ...]


def numbers_by_content(corrections: Iterable[Correction]) -> dict[str, int]:
    """Give the number of the cluster that each corrected content belongs to, by its hash in hex."""
    return {one.content_hash: one.number for one in corrections}


def corrected(old: Corrections, new: Iterable[Correction]) -> Corrections:
    """Add corrections; a later one of the same content takes the place of an earlier one."""
    return tuple(
        ({one.content_hash: one for one in old} | {o.content_hash: o for o in new}).values()
    )
