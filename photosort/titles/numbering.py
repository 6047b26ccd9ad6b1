"""Labels in, groups with numbers and titles out: those of the album before, where there are any."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from photosort.album.plan import Group, cluster
from photosort.titles.continuity import Continued, carry_on, number_of
from photosort.titles.words import titles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Member
    from photosort.dec.arrays import Floats, Ints


def name_groups(
    members: Sequence[Member],
    labels: Ints,
    scores: Floats,
    old: Manifest | None,
) -> Continued:
    """Make groups of `members` by `labels` (n,), numbered like those of `old`, and title them.

    Label 0 is the largest group, -1 is misc. `scores` (n, 1000) are the class scores of the photos.
    """
    by_number: dict[int, list[Member]] = {}
    for member, label in zip(members, labels, strict=True):
        by_number.setdefault(int(label) + 1, []).append(member)
    groups = [Group((cluster(number),), tuple(some)) for number, some in sorted(by_number.items())]
    continued = carry_on(old, groups)
    return replace(continued, groups=retitle(continued.groups, continued.kept, members, scores))


def retitle(
    groups: Sequence[Group],
    kept: frozenset[int],
    members: Sequence[Member],
    scores: Floats,
) -> tuple[Group, ...]:
    """Title all groups but those whose numbers are in `kept`; `scores` (n, 1000) of `members`."""
    by_path = {member.path: number_of(group) for group in groups for member in group.members}
    numbers = np.array([by_path[member.path] for member in members])
    given = {number_of(group): group.leaf.name for group in groups if number_of(group) in kept}
    found = titles(scores, np.where(numbers > 0, numbers, -1), given=given)
    return tuple(
        group
        if number_of(group) in kept
        else replace(group, headings=(replace(group.leaf, title=found.get(number_of(group))),))
        for group in groups
    )
