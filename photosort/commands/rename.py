"""Give a cluster, or another heading, the user's title, or photosort's own again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from photosort.commands.album import find_album, open_album
from photosort.commands.embedding import look
from photosort.commands.organize import members_of
from photosort.commands.references import as_before, groups_of, standing
from photosort.errors import PhotosortError

if TYPE_CHECKING:
    from pathlib import Path, PurePosixPath

    from photosort.album.manifest import Manifest
    from photosort.album.plan import Heading
    from photosort.commands.request import Progress


def rename(
    name: str, title: str | None, album: Path | None, progress: Progress
) -> tuple[PurePosixPath, ...]:
    """Give a heading the user's `title`, or (None) photosort's own again; return its folders."""
    from photosort.album.manifest import find_heading
    from photosort.album.rename import checked_title, rename_heading

    title = None if title is None else checked_title(title)
    out = find_album(album)
    manifest = open_album(out)
    heading = find_heading(manifest, name)
    if heading.number == 0:
        raise PhotosortError(f"{name}: is no cluster and has no title; rename another one")
    if title is not None:
        heading = replace(heading, given=title)
    elif heading.number is None:
        heading = replace(heading, given=None)
    else:
        heading = replace(heading, title=own_title(manifest, heading, progress), given=None)
    places = rename_heading(out, heading).directories
    return tuple(place for place, headings in places.items() if headings[-1] == heading)


def give_back(heading: Heading, album: Path | None) -> None:
    """Give the heading of its key the titles it had before a rename. Raises PhotosortError."""
    from photosort.album.rename import rename_heading

    rename_heading(find_album(album), heading)


def own_title(manifest: Manifest, cluster: Heading, progress: Progress) -> str | None:
    """Find the title photosort would give `cluster` beside those that the others have."""
    from photosort.catalog import Catalog
    from photosort.titles.numbering import retitle

    request, spec = as_before(manifest)
    looked = look(standing([*manifest.photos]), spec, request, progress)
    here = {member.path: member for member in members_of(looked, [1.0] * len(looked.photos))}
    groups = [
        replace(group, members=tuple(here[m.path] for m in group.members if m.path in here))
        for group in groups_of(manifest)
    ]
    if not any(group.members for group in groups if group.leaf == cluster):
        raise PhotosortError(f"{cluster.key}: its photos can no longer be read; give it a title")
    others = frozenset(group.leaf.number or 0 for group in groups) - {cluster.number}
    members = [member for group in groups for member in group.members]
    digest_of = {photo.path: digest for photo, digest in looked.photos}
    with Catalog.open() as catalog:
        scores = catalog.scores([digest_of[member.path] for member in members], spec.id)
    titled = retitle(groups, others, members, scores)
    return next(group.leaf.title for group in titled if group.leaf.key == cluster.key)
