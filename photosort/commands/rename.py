"""Give a cluster the user's title, or photosort's own again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from photosort.commands.album import find_album, open_cluster
from photosort.commands.embedding import look
from photosort.commands.organize import members_of
from photosort.commands.update import as_before, groups_of, standing
from photosort.errors import PhotosortError

if TYPE_CHECKING:
    from pathlib import Path

    from photosort.album.manifest import Cluster, Manifest
    from photosort.commands.request import Progress


def rename(name: str, title: str | None, album: Path | None, progress: Progress) -> Cluster:
    """Give a cluster the user's `title`, or (None) photosort's own again; return it renamed."""
    from photosort.album.rename import checked_title, rename_cluster

    title = None if title is None else checked_title(title)
    out = find_album(album)
    manifest, cluster = open_cluster(name, out)
    if not cluster.number:
        raise PhotosortError(f"{cluster.name}: is no cluster and has no title; rename another one")
    wanted = own_title(manifest, cluster, progress) if title is None else title
    renamed = rename_cluster(out, cluster.number, wanted, named=title is not None)
    return next(some for some in renamed.clusters if some.number == cluster.number)


def own_title(manifest: Manifest, cluster: Cluster, progress: Progress) -> str | None:
    """Find the title photosort would give `cluster` beside those that the others have."""
    from photosort.catalog import Catalog
    from photosort.titles.numbering import retitle

    request, spec = as_before(manifest)
    looked = look(standing(manifest), spec, request, progress)
    here = {member.path: member for member in members_of(looked, [1.0] * len(looked.photos))}
    groups = [
        replace(group, members=tuple(here[m.path] for m in group.members if m.path in here))
        for group in groups_of(manifest)
    ]
    if not any(group.members for group in groups if group.number == cluster.number):
        raise PhotosortError(f"{cluster.name}: its photos can no longer be read; give it a title")
    others = frozenset(group.number for group in groups) - {cluster.number}
    with Catalog.open() as catalog:
        scores = catalog.scores([digest for _, digest in looked.photos], spec.id)
    titled = retitle(groups, others, list(here.values()), scores)
    return next(group.title for group in titled if group.number == cluster.number)
