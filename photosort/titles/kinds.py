"""The upper level of content: clusters under the broadest everyday word of their titles.

`dog` and `cat` are within `animals` (models/titles.toml), so both clusters stand in its folder. A
tree over the clusters by the graph of neighbours was tried before: on three of four labelled albums
of ../shared its upper groups joined what no word names, as faces, motorbikes and watches.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING

from photosort.album.plan import KIND, Heading
from photosort.titles.words import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Group


def kind_of(title: str | None) -> str | None:
    """Name the broadest word that a title is within, or is; None where it is none of a broader one.

    A title may be narrowed in brackets: "dog (Beagle)".
    """
    return _kinds().get((title or "").partition(" (")[0])


def under_kinds(groups: Iterable[Group], old: Manifest | None) -> list[Group]:
    """Put clusters under their kinds; those of no kind, and misc, stay where they are.

    A kind that the user renamed in `old` keeps its name.
    """
    given = {heading.key: heading.given for heading in old.headings} if old else {}
    return [_under_kind(group, given) for group in groups]


def _under_kind(group: Group, given: Mapping[str, str | None]) -> Group:
    kind = kind_of(group.leaf.title)
    if kind is None:
        return group
    heading = Heading(KIND + kind, kind, given.get(KIND + kind))
    return replace(group, headings=(heading, group.leaf))


@functools.cache
def _kinds() -> Mapping[str, str]:
    """Give the broadest word of every word that is within one, and of those themselves."""
    above = {word.name: word.within for word in vocabulary() if word.within is not None}
    kinds: dict[str, str] = {}
    for name in above:
        top = name
        while top in above:
            top = above[top]
        kinds |= {name: top, top: top}
    return kinds
