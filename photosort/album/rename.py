"""Gives a cluster another title, and its folder the name that goes with it.

The journey is that of every album (commit.py), with nothing to build: the manifest with the new
title is the journal, and the folder is moved after it. What is in the folder stays in it.
"""

import os
import unicodedata
from dataclasses import replace
from pathlib import Path

from photosort.album import disk, folder
from photosort.album.album_json import read_manifest
from photosort.album.commit import carry_out, decide, finish
from photosort.album.folder import HOME, NEXT
from photosort.album.lock import held
from photosort.album.manifest import Cluster, Manifest
from photosort.album.plan import free_folder, name_key
from photosort.album.refusals import explain
from photosort.errors import PhotosortError

TITLE_BYTES = 200
JOINER = "\u200d"  # holds composed emoji together; other unprintable characters deceive the eye


def rename_cluster(out: Path, number: int, title: str | None, *, named: bool) -> Manifest:
    """Title cluster `number` of the album at `out` (None: no title) and rename its folder.

    `named` says that the user chose the title. Raises PhotosortError when there is no such album or
    cluster, when another cluster has the title, or when the disk refuses.
    """
    real = folder.locate(out)
    if not folder.is_album(real):
        read_manifest(real)  # says so itself where there is no album at all
        raise PhotosortError(f"{out}: not marked as photosort's; nothing was renamed")
    with held(real):
        finish(real)
        old = read_manifest(real)
        try:
            album = _renamed(real, old, number, title, named=named)
            disk.discard(real / HOME / NEXT)
            decide(real, album)
        except OSError as error:
            raise explain(error, out) from error
        return carry_out(real, old, album).album


def checked_title(text: str) -> str:
    """Return `text` as a title, runs of spaces made one. Raises PhotosortError for a bad one."""
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in text):
        raise PhotosortError(f'"{text}": a title has no control characters; leave them out')
    title = " ".join(text.split())
    if not title:
        raise PhotosortError(
            f'"{text}": an empty title; give a name, or --auto for photosort\'s own'
        )
    if "/" in title or "\\" in title:
        raise PhotosortError(f'"{title}": a title has no slashes; use a hyphen or a comma')
    if not all(char.isprintable() or char == JOINER for char in title):
        raise PhotosortError(f'"{title}": a title has no invisible characters; leave them out')
    if len(title.encode()) > TITLE_BYTES:
        raise PhotosortError(
            f'"{title[:20]}…": {len(title.encode())} bytes, a title has at most {TITLE_BYTES};'
            " use a shorter one"
        )
    return title


def _renamed(out: Path, old: Manifest, number: int, title: str | None, *, named: bool) -> Manifest:
    """Describe the album with the new title in it."""
    cluster = next((cluster for cluster in old.clusters if cluster.number == number), None)
    if cluster is None:
        raise PhotosortError(f"{out}: has no cluster-{number} any more; see photosort list")
    for other in old.clusters:
        if title and other is not cluster and name_key(other.title or "") == name_key(title):
            raise PhotosortError(f'"{title}": {other.name} has this title; use another one')
    name = _folder_name(out, cluster, title)
    changed = replace(cluster.moved_to(name), title=title, named=named)
    clusters = tuple(changed if some is cluster else some for some in old.clusters)
    return replace(old, clusters=clusters)


def _folder_name(out: Path, cluster: Cluster, title: str | None) -> str:
    """Name the folder so that it meets nothing else in the album's folder."""
    taken = {name_key(name) for name in os.listdir(out)} - {name_key(cluster.name)}  # noqa: PTH208
    return free_folder(cluster.number, title, taken)
