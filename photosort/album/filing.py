"""An album with more photos in it: what is there keeps its place. Pure: no disk is looked at."""

import os
from collections.abc import Iterable
from dataclasses import replace

from photosort.album.manifest import Manifest
from photosort.album.plan import Folder, Group, Names, Plan, Site


def join(old: Manifest, arrivals: Iterable[Group], site: Site) -> Plan:
    """Add the members of `arrivals` to the folders under their headings, which may be new.

    A folder that nothing joins is the very same object.
    """
    joining = {keys_of(group): group for group in arrivals}
    names = Names(site)
    folders = [_joined(folder, joining.pop(keys_of(folder), None), names) for folder in old.folders]
    for group in joining.values():
        place = names.place_folder(group.headings)
        photos = names.place_photos(group, place)
        folders.append(Folder(group.headings, place, photos, group.reason))
    return Plan(old.out, old.link, old.relative, tuple(folders))


def keys_of(some: Group | Folder) -> tuple[str, ...]:
    """Name a folder whatever its title is."""
    return tuple(heading.key for heading in some.headings)


def _joined(folder: Folder, group: Group | None, names: Names) -> Folder:
    if group is None:
        return folder
    photos = (*folder.photos, *names.place_photos(group, folder.place))
    return replace(folder, photos=tuple(sorted(photos, key=lambda p: os.fsencode(p.path))))
