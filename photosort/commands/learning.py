"""What the user corrected in an album, for the clusters that are made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Member
    from photosort.embed.backbone import ModelSpec
    from photosort.grouping.groups import Grouping
    from photosort.grouping.rows import Stored


def learn_from(
    old: Manifest | None,
    members: Sequence[Member],
    features: Stored,
    grouping: Grouping,
    spec: ModelSpec,
    seed: int,
) -> Grouping:
    """Let the corrections of `old` count in the grouping of `members` by `features` (n, 1280)."""
    from photosort.titles.continuity import wanted_labels

    wanted = wanted_labels(old, members, grouping.labels)
    if (wanted < 0).all():
        return grouping
    from photosort.commands.networks import pretrained_for
    from photosort.grouping.corrections import learn

    return learn(grouping, features, wanted, pretrained_for(spec), seed=seed)
