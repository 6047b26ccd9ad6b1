"""Labels in, groups with numbers and titles out: those of the album before, where there are any."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from photosort.album.plan import Group
from photosort.titles.continuity import Continued, carry_on
from photosort.titles.words import titles

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Member


def name_groups(
    members: Sequence[Member],
    labels: npt.NDArray[np.integer[Any]],
    scores: npt.NDArray[np.float32],
    old: Manifest | None,
) -> Continued:
    """Make groups of `members` by `labels` (n,), numbered like those of `old`, and title them.

    Label 0 is the largest group, -1 is misc. `scores` (n, 1000) say what the photos show.
    """
    gathered: dict[int, list[Member]] = {}
    for member, label in zip(members, labels, strict=True):
        gathered.setdefault(int(label) + 1, []).append(member)
    groups = [Group(number, None, tuple(some)) for number, some in sorted(gathered.items())]
    continued = carry_on(old, groups)
    return replace(continued, groups=retitle(continued.groups, continued.kept, members, scores))


def retitle(
    groups: Sequence[Group],
    kept: frozenset[int],
    members: Sequence[Member],
    scores: npt.NDArray[np.float32],
) -> tuple[Group, ...]:
    """Title all groups anew but those whose numbers are in `kept`; `scores` are of `members`."""
    number_of = {member: group.number for group in groups for member in group.members}
    numbers = np.array([number_of[member] for member in members])
    given = {group.number: group.title for group in groups if group.number in kept}
    found = titles(scores, np.where(numbers > 0, numbers, -1), given=given)
    return tuple(replace(group, title=found.get(group.number)) for group in groups)
