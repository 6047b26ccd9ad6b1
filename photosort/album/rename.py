"""Gives a heading another name, and its folders the names that go with it.

The journey is that of every album (commit.py), with nothing to build: the manifest with the new
name is the journal, and the folders are moved after it. What is in a folder stays in it.
"""

import os
import unicodedata
from dataclasses import replace
from pathlib import Path, PurePosixPath

from photosort.album import disk, folder
from photosort.album.album_json import read_manifest
from photosort.album.commit import carry_out, decide, finish
from photosort.album.folder import HOME, NEXT
from photosort.album.lock import held
from photosort.album.manifest import Manifest
from photosort.album.names import JOINER, free_name, name_key
from photosort.album.plan import Heading, order, plain_name
from photosort.album.refusals import explain
from photosort.errors import PhotosortError

TITLE_BYTES = 200


def rename_heading(out: Path, heading: Heading) -> Manifest:
    """Put `heading` in the place of the one of its key in the album at `out`; rename its folders.

    Raises PhotosortError when there is no such album or heading, when another heading has the name,
    or when the disk refuses.
    """
    real = folder.locate(out)
    if not folder.is_album(real):
        read_manifest(real)  # says so itself where there is no album at all
        raise PhotosortError(f"{out}: not marked as photosort's; nothing was renamed")
    with held(real):
        finish(real)
        old = read_manifest(real)
        try:
            album = _renamed(real, old, heading)
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
            f'"{text}": an empty title; give a name (photosort rename --auto goes back to its own)'
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


def _renamed(out: Path, old: Manifest, heading: Heading) -> Manifest:
    """Describe the album with the new name in it."""
    before = next((some for some in old.headings if some.key == heading.key), None)
    if before is None:
        name = plain_name(replace(heading, given=None))
        raise PhotosortError(f"{out}: has no {name} any more; see photosort list")
    refuse_taken(old, heading)
    places = {PurePosixPath(): PurePosixPath()}
    for place, headings in old.directories.items():
        name = place.name
        if headings[-1].key == heading.key:
            name = free_name(plain_name(heading), _others(out / place))
        places[place] = places[place.parent] / name
    folders = [
        replace(
            some.moved_to(places[some.place]),
            headings=tuple(heading if one == before else one for one in some.headings),
        )
        for some in old.folders
    ]
    return replace(old, folders=tuple(sorted(folders, key=order)))


def refuse_taken(old: Manifest, heading: Heading) -> None:
    """Raise PhotosortError when another cluster, or another heading beside it, has the name."""
    key = name_key(heading.name or "")
    for other, above in _beside(old, heading):
        if key and name_key(other.name or "") == key:
            where = above / plain_name(other)
            raise PhotosortError(f'"{heading.name}": {where} has this title; use another one')


def _beside(old: Manifest, heading: Heading) -> list[tuple[Heading, PurePosixPath]]:
    """List the other clusters if `heading` is one, else what else is in its folders' folders."""
    places = old.directories
    mine = {place.parent for place, some in places.items() if some[-1].key == heading.key}
    return [
        (some[-1], place.parent)
        for place, some in places.items()
        if some[-1].key != heading.key
        and (some[-1].number is None) == (heading.number is None)
        and (heading.number is not None or place.parent in mine)
    ]


def _others(place: Path) -> set[str]:
    """Give the keys of the names of what lies beside `place`."""
    try:
        names = os.listdir(place.parent)  # noqa: PTH208 - names are all that is asked
    except FileNotFoundError:
        return set()
    return {name_key(name) for name in names} - {name_key(place.name)}
