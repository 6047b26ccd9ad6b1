"""An album in which photos are in other clusters; all else keeps its place. Pure: no disk is read.

A photo under `(event, cluster-1)` that goes to cluster 3 comes under `(event, cluster-3)`: only
the headings of its cluster, and of its kind, are others.
"""

import os
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from photosort.album.filing import keys_of
from photosort.album.manifest import Manifest
from photosort.album.plan import (
    KIND,
    Folder,
    Group,
    Heading,
    Member,
    Names,
    Placed,
    Plan,
    Site,
    order,
)

Headings: TypeAlias = tuple[Heading, ...]


def content_part(headings: Headings) -> Headings:
    """Give the headings of the cluster, and of its kind where there is one."""
    return tuple(h for h in headings if h.number is not None or h.key.startswith(KIND))


def put_under(headings: Headings, content: Headings) -> Headings:
    """Put other headings of the content in the place of those among `headings`."""
    part = content_part(headings)
    first = headings.index(part[0])
    return (*headings[:first], *content, *headings[first + len(part) :])


def targets(old: Manifest, moves: Mapping[PurePosixPath, Headings]) -> dict[Headings, list[Placed]]:
    """Gather the entries of `moves` that go to another folder, by the headings of that."""
    found: dict[Headings, list[Placed]] = {}
    for folder in old.folders:
        for photo in folder.photos:
            if photo.place in moves:
                headings = put_under(folder.headings, moves[photo.place])
                if headings != folder.headings:
                    found.setdefault(headings, []).append(photo)
    return found


def regroup(old: Manifest, moves: Mapping[PurePosixPath, Headings], site: Site) -> Plan:
    """Put entries, named by their places, under other headings of the content; nothing else moves.

    A folder that nothing leaves or joins is the very same object. `site` is of the folders that
    photos join, and of those that new folders are made in.
    """
    joining = {
        tuple(heading.key for heading in headings): Group(headings, tuple(map(_member, photos)))
        for headings, photos in targets(old, moves).items()
    }
    names = Names(site, old.directories)
    folders = []
    for folder in old.folders:
        group = joining.pop(keys_of(folder), None)
        stay = tuple(p for p in folder.photos if not _leaves(folder, p, moves))
        if group is None and len(stay) == len(folder.photos):
            folders.append(folder)
            continue
        come = names.place_photos(group, folder.place) if group else ()
        photos = sorted((*stay, *come), key=lambda photo: os.fsencode(photo.path))
        if photos:
            folders.append(replace(folder, photos=tuple(photos)))
    for group in joining.values():
        place = names.place_folder(group.headings)
        folders.append(Folder(group.headings, place, names.place_photos(group, place)))
    return Plan(old.out, old.link, old.relative, tuple(sorted(folders, key=order)))


def without(plan: Plan, photos: Collection[Path]) -> Plan:
    """Take photos out of a plan; a folder that holds none of them is the very same object."""
    folders = []
    for folder in plan.folders:
        stay = tuple(photo for photo in folder.photos if photo.path not in photos)
        if len(stay) == len(folder.photos):
            folders.append(folder)
        elif stay:
            folders.append(replace(folder, photos=stay))
    return replace(plan, folders=tuple(folders))


def _leaves(folder: Folder, photo: Placed, moves: Mapping[PurePosixPath, Headings]) -> bool:
    wanted = moves.get(photo.place)
    return wanted is not None and put_under(folder.headings, wanted) != folder.headings


def _member(photo: Placed) -> Member:
    return Member(photo.path, photo.confidence, photo.content_hash, photo.taken)
