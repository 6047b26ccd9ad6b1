"""An album whose clusters are made up, for the benchmarks of what is done with albums."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from photosort.album.folder import survey
from photosort.album.lock import Claim
from photosort.album.manifest import About, Json
from photosort.album.plan import Group, Member, cluster, plan_album
from photosort.album.write import write_album

CLUSTERS = 30


def in_clusters(members: Sequence[Member], clusters: int = CLUSTERS) -> list[Group]:
    """Deal photos out to clusters of equal size, one photo after the other."""
    return [Group((cluster(k + 1),), tuple(members[k::clusters])) for k in range(clusters)]


def write(
    claimed: Claim,
    members: Sequence[Member],
    source: Path,
    options: Mapping[str, Json] | None = None,
) -> None:
    """Plan and write an album of `CLUSTERS` clusters, with symbolic links, where it is claimed."""
    site = survey(claimed.out, [source], portable=claimed.portable)
    plan = plan_album(in_clusters(members), site)
    write_album(claimed, plan, About(datetime.now(UTC), (source,), options=options or {}))
