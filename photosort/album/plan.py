"""Groups of photos -> the folders and entries of an album. Pure: the disk is never looked at.

Every way of grouping gives `Group`s: photos under headings, which are the folders on the way to
them, `("2018-05-03 Goa", "cluster-3-dog")`. A `Plan` gives each heading a folder's name and each
photo a place; the manifest (manifest.py) holds the same `Folder`s.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from photosort.album.names import (
    NOISE,
    distinct,
    folder_name,
    free_name,
    name_key,
    place_key,
    portable_name,
    slugify,
)
from photosort.photos.paths import bytes_of

Linking = Literal["symlink", "hardlink", "copy"]

OWN_NAMES = (".photosort", "album.json")
KIND = "kind:"  # begins the keys of headings above clusters: animals/cluster-3-dog
MISC = "misc"  # the folder of what belongs nowhere: number 0
DEEPEST = 12  # folders one in another; three ways of grouping have up to four levels each


@dataclass(frozen=True, slots=True)
class Heading:
    """A folder on the way to photos: a cluster of their content, or a time, a place, an event.

    `key` names it in the whole album and from run to run: wherever it stands, it has the same name.
    `title` is photosort's own, `given` the user's. A cluster has a `number`, 0 for what belongs
    nowhere, and may go without a title; anything else has a title, which is its folder's name.
    """

    key: str
    title: str | None
    given: str | None = None
    number: int | None = None

    @property
    def name(self) -> str | None:
        """Say what it is called: as the user has it, else as photosort does."""
        return self.title if self.given is None else self.given


def cluster(number: int, title: str | None = None, given: str | None = None) -> Heading:
    """Head a cluster of the content; number 0 is what belongs nowhere."""
    return Heading(f"cluster-{number}", title, given, number)


@dataclass(frozen=True, slots=True)
class Taken:
    """When and where a photo was taken, as far as that is known, and what says so.

    `date` is the local wall-clock time in ISO 8601 without an offset, `offset` how far that clock
    was from UTC ("+05:30"). `location` are names from the country down.
    """

    date: str | None = None
    date_source: str | None = None
    offset: str | None = None
    location: tuple[str, ...] = ()
    location_source: str | None = None


UNKNOWN = Taken()


@dataclass(frozen=True, slots=True)
class Member:
    """A photo of a group: its absolute path, and how sure the grouping is of it (0 to 1).

    `content_hash`, blake2b in hex, finds it again where its file was moved.
    """

    path: Path
    confidence: float
    content_hash: str | None = None
    taken: Taken = UNKNOWN


@dataclass(frozen=True, slots=True)
class Group:
    """Photos that belong together, the headings they stand under from the top, and why they do."""

    headings: tuple[Heading, ...]
    members: tuple[Member, ...]
    reason: str | None = None

    @property
    def leaf(self) -> Heading:
        """The heading right above the photos."""
        return self.headings[-1]


@dataclass(frozen=True, slots=True)
class Placed:
    """A photo in the album: `place` below it shows `path`, an absolute path.

    `size_bytes` and `mtime_ns` say what a hard link or a copy was when it was written; a symbolic
    link needs neither. `content_hash` is the blake2b of the content, in hex.
    """

    path: Path
    place: PurePosixPath
    confidence: float
    size_bytes: int | None = None
    mtime_ns: int | None = None
    content_hash: str | None = None
    taken: Taken = UNKNOWN


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the album that holds photos, sorted by their paths.

    `place` below the album has one part for each of `headings`.
    """

    headings: tuple[Heading, ...]
    place: PurePosixPath
    photos: tuple[Placed, ...]
    reason: str | None = None

    @property
    def leaf(self) -> Heading:
        """The heading right above the photos."""
        return self.headings[-1]

    @property
    def cluster(self) -> Heading | None:
        """The finest cluster of the content that the photos are in; None without any."""
        return next((head for head in reversed(self.headings) if head.number is not None), None)

    @property
    def name(self) -> str:
        """The place as the user types it: 2018-05-03 Goa/cluster-3-dog."""
        return str(self.place)

    def moved_to(self, place: PurePosixPath) -> "Folder":
        """Describe the same folder and its photos at another place."""
        if place == self.place:
            return self
        photos = (replace(photo, place=place / photo.place.name) for photo in self.photos)
        return replace(self, place=place, photos=tuple(photos))


Directories = dict[PurePosixPath, tuple[Heading, ...]]


def directories(folders: Iterable[Folder]) -> Directories:
    """List every folder of an album with its headings, those without photos too, parents first."""
    found: Directories = {}
    for folder in folders:
        for depth in range(1, len(folder.headings) + 1):
            place = PurePosixPath(*folder.place.parts[:depth])
            found.setdefault(place, folder.headings[:depth])
    return found


@dataclass(frozen=True, slots=True)
class Plan:
    """An album that is to be written at `out`, the real path of its folder."""

    out: Path
    link: Linking
    relative: bool
    folders: tuple[Folder, ...]

    @property
    def photos(self) -> tuple[Placed, ...]:
        """Every photo of every folder, in order."""
        return tuple(photo for folder in self.folders for photo in folder.photos)


@dataclass(frozen=True, slots=True)
class Site:
    """What a plan has to respect at the place of its album.

    `out` is the album's real path: relative links count its parents, so none may be a link. What
    lies there and is not photosort's, as relative posix paths, is in `directories` if it is a
    folder, else in `taken`. `relative` says whether links are relative, and `portable` whether the
    file system refuses names that POSIX allows.
    """

    out: Path
    taken: frozenset[str] = frozenset()
    directories: frozenset[str] = frozenset()
    relative: bool = True
    portable: bool = False


def plan_album(groups: Iterable[Group], site: Site, link: Linking = "symlink") -> Plan:
    """Give every heading a folder and every member a name that nothing else there has.

    Folders are sorted by number or name, misc last; the result does not depend on the order of
    groups or members. Raises ValueError when two groups have the same headings, or two headings
    the same key and not the same name.
    """
    ordered = sorted(groups, key=order)
    _check(ordered)
    names = Names(site)
    places = [names.place_folder(group.headings) for group in ordered]
    folders = [
        Folder(group.headings, place, names.place_photos(group, place), group.reason)
        for group, place in zip(ordered, places, strict=True)
    ]
    return Plan(site.out, link, site.relative, tuple(folders))


def plain_name(heading: Heading) -> str:
    """Name the folder of a heading, before names that are taken are avoided."""
    if heading.number is None:
        return folder_name(heading.name or "")
    slug = slugify(heading.name or "")
    bare = f"cluster-{heading.number}" if heading.number else MISC
    return f"cluster-{heading.number}-{slug}" if slug else bare


def order(some: Group | Folder) -> tuple[object, ...]:
    """Return the key that folders are sorted by: numbers or names from the top down, misc last."""
    return tuple(
        (head.number == 0, head.number or 0, name_key(head.name or ""), head.key)
        for head in some.headings
    )


def _check(groups: list[Group]) -> None:
    """Raise ValueError for groups that no album can hold."""
    known: dict[str, Heading] = {}
    seen: set[tuple[str, ...]] = set()
    for group in groups:
        keys = tuple(heading.key for heading in group.headings)
        if not 0 < len(set(keys)) == len(keys) <= DEEPEST:
            raise ValueError(f"a group under no heading, too many, or one twice: {keys}")
        if keys in seen:
            raise ValueError(f"two groups under the same headings: {keys}")
        seen.add(keys)
        for heading in group.headings:
            if known.setdefault(heading.key, heading) != heading:
                raise ValueError(f"two headings share a key: {known[heading.key]}, {heading}")
            if heading.number is not None and heading.key != cluster(heading.number).key:
                raise ValueError(f"a cluster's key is not its number's: {heading}")


class Names:
    """Gives folders and photos names that are not taken in their folder.

    Taken are the names given so far, those of entries that are not photosort's, and those of the
    folders `known` from before.
    """

    def __init__(self, site: Site, known: Directories | None = None) -> None:
        self._portable = site.portable
        self._taken = _by_folder((*site.taken, *OWN_NAMES))
        self._directories = _by_folder(site.directories)
        self._places: dict[tuple[str, ...], PurePosixPath] = {(): PurePosixPath()}
        self._given: dict[PurePosixPath, set[str]] = {}
        for place, headings in (known or {}).items():
            self._places[tuple(heading.key for heading in headings)] = place
            self._taken_in(place.parent).add(name_key(place.name))

    def place_folder(self, headings: tuple[Heading, ...]) -> PurePosixPath:
        """Find the place of the folder under `headings`; those above it are placed first."""
        keys = tuple(heading.key for heading in headings)
        if keys not in self._places:
            above = self.place_folder(headings[:-1])
            taken = self._taken_in(above)
            name = free_name(plain_name(headings[-1]), taken)
            taken.add(name_key(name))
            self._places[keys] = above / name
        return self._places[keys]

    def place_photos(self, group: Group, folder: PurePosixPath) -> tuple[Placed, ...]:
        """Place a group's photos, once all folders have their names."""
        members = sorted(
            group.members, key=lambda member: (bytes_of(str(member.path)), member.confidence)
        )
        wanted = [
            portable_name(member.path.name) if self._portable else member.path.name
            for member in members
        ]
        taken = self._taken_in(folder) | self._directories.get(_key(folder), set())
        return tuple(
            Placed(
                member.path,
                folder / name,
                min(max(float(member.confidence), 0.0), 1.0),
                content_hash=member.content_hash,
                taken=member.taken,
            )
            for member, name in zip(members, distinct(wanted, taken), strict=True)
        )

    def _taken_in(self, folder: PurePosixPath) -> set[str]:
        """Give the keys of names that nothing new in `folder` may have.

        A directory of the user's is no obstacle to a folder: the two become one.
        """
        if folder not in self._given:
            noise = {name_key(name) for name in NOISE}
            self._given[folder] = noise | self._taken.get(_key(folder), set())
        return self._given[folder]


def _by_folder(places: Iterable[str]) -> dict[str, set[str]]:
    """Gather the keys of names by the key of the folder they are in."""
    found: dict[str, set[str]] = {}
    for place in places:
        above, _, name = place_key(place).rpartition("/")
        found.setdefault(above, set()).add(name)
    return found


def _key(folder: PurePosixPath) -> str:
    return place_key(str(folder)) if folder.parts else ""
