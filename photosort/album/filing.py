"""An album with more photos in it: what is there keeps its place. Pure: no disk is looked at."""

import os
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from photosort.album.manifest import Manifest
from photosort.album.plan import Folder, Group, Names, Site


def join(
    old: Manifest, arrivals: Iterable[Group], gone: Collection[Path], site: Site
) -> tuple[Folder, ...]:
    """Add the members of `arrivals` to the folders under their headings, which may be new.

    Photos in `gone` leave. A folder that nothing changes is the very same object.
    """
    joining = {keys_of(group): group for group in arrivals}
    # Entries of the album that are missing on the disk keep their names too.
    own = (str(p.place) for f in old.folders if keys_of(f) in joining for p in f.photos)
    names = Names(replace(site, taken=site.taken | frozenset(own)))
    folders = [
        _joined(folder, joining.pop(keys_of(folder), None), gone, names) for folder in old.folders
    ]
    for group in joining.values():
        place = names.place_folder(group.headings)
        folders.append(Folder(group.headings, place, names.place_photos(group, place)))
    return tuple(folders)


def keys_of(some: Group | Folder) -> tuple[str, ...]:
    """Name a folder whatever its title is."""
    return tuple(heading.key for heading in some.headings)


def _joined(folder: Folder, group: Group | None, gone: Collection[Path], names: Names) -> Folder:
    stay = [photo for photo in folder.photos if photo.path not in gone] if gone else folder.photos
    if group is None and len(stay) == len(folder.photos):
        return folder
    more = names.place_photos(group, folder.place) if group else ()
    photos = sorted((*stay, *more), key=lambda photo: os.fsencode(photo.path))
    return replace(folder, photos=tuple(photos))
