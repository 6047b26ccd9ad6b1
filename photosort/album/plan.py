"""Groups of photos -> the folders and links of an album. Pure: the disk is never looked at."""

import os
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

Linking = Literal["symlink", "hardlink", "copy"]

NAME_BYTES = 255  # the longest file name ext4, APFS, NTFS and exFAT all hold
SLUG_BYTES = 60
SUFFIX_BYTES = 16  # a longer "suffix" is a name that happens to hold a dot
OWN_NAMES = (".photosort", "album.json")
MISC = "misc"  # the folder of what belongs nowhere: group 0

# What exFAT, NTFS and SMB refuse in a name, and the names Windows keeps for devices.
UNPORTABLE = frozenset('<>:"\\|?*\x7f') | {chr(code) for code in range(32)}
DEVICES = frozenset({"con", "prn", "aux", "nul"}) | {
    f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³"
}


@dataclass(frozen=True, slots=True)
class Member:
    """A photo of a group: its absolute path, and how sure the grouping is of it (0 to 1).

    `content_hash`, blake2b in hex, finds it again where its file was moved.
    """

    path: Path
    confidence: float
    content_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Photos that belong together; `number` starts at 1 and is unique within an album.

    Number 0 is what belongs nowhere. `named` says that the user gave the title.
    """

    number: int
    title: str | None
    members: tuple[Member, ...]
    named: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the album: `place` below the album shows the photo `target`.

    `text` is what a symbolic link at `place` says: relative to its folder, or absolute.
    """

    target: Path
    place: PurePosixPath
    text: str
    confidence: float
    content_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the album and what goes into it, sorted by the photos' paths."""

    number: int
    name: str
    title: str | None
    links: tuple[Link, ...]
    named: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """An album as it shall be at `out`, the directory's real path."""

    out: Path
    link: Linking
    relative: bool
    folders: tuple[Folder, ...]

    @property
    def links(self) -> tuple[Link, ...]:
        """Every link of every folder, in order."""
        return tuple(link for folder in self.folders for link in folder.links)


@dataclass(frozen=True, slots=True)
class Site:
    """What the place of an album asks of its plan.

    `out` is its real path (no symbolic link on the way: relative links count its parents), `taken`
    the entries there that are not photosort's, as relative posix paths (directories only where an
    album's link could meet them), `relative` whether links may be relative, and `portable` whether
    the file system refuses names that POSIX allows.
    """

    out: Path
    taken: frozenset[str] = frozenset()
    relative: bool = True
    portable: bool = False


def plan_album(groups: Iterable[Group], site: Site, link: Linking = "symlink") -> Plan:
    """Give every group a folder and every member a name that nothing else there has; misc is last.

    The result does not depend on the order of groups or members. Raises ValueError when two groups
    share a number.
    """
    ordered = sorted(groups, key=lambda group: (group.number == 0, group.number))
    numbers = [group.number for group in ordered]
    if len(set(numbers)) < len(numbers):
        raise ValueError(f"two groups share a number: {numbers}")
    taken = {_place_key(place) for place in (*site.taken, *OWN_NAMES)}
    folders = []
    for group in ordered:
        name = free_folder(group.number, group.title, taken)
        links = _links(group, name, site, taken)
        folders.append(Folder(group.number, name, group.title, links, group.named))
    return Plan(site.out, link, site.relative, tuple(folders))


def link_text(site: Site, place: PurePosixPath, target: Path) -> str:
    """Say what a symbolic link at `place` holds to show `target`."""
    if not site.relative:
        return str(target)
    return os.path.relpath(target, site.out / place.parent)


def slugify(title: str) -> str:
    """Make `title` fit for a folder name on every file system; empty when nothing of it does.

    Letters, digits and their marks stay, in lower case and NFC; anything else becomes a hyphen.
    """
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", title).lower())
    kept = "".join(char if _belongs(char) else " " for char in text)
    return _cut("-".join(kept.split()), SLUG_BYTES).strip("-")


def name_key(name: str) -> str:
    """Fold `name` so that names equal on any common file system get equal keys.

    Coarser than HFS+, APFS, NTFS and exFAT: a needless "(2)" is cheaper than a lost photo.
    """
    folded = unicodedata.normalize("NFKD", name).upper().casefold()
    return unicodedata.normalize("NFKD", folded)


def _place_key(place: str) -> str:
    return "/".join(name_key(part) for part in place.split("/"))


def _belongs(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char) in {"Mn", "Mc"}


def free_folder(number: int, title: str | None, taken: Collection[str]) -> str:
    """Name a group's folder; `taken` holds the keys of names that are something else."""
    slug = slugify(title or "")
    plain = f"cluster-{number}-{slug}" if slug else f"cluster-{number}" if number else MISC
    name, count = plain, 1
    while name_key(name) in taken:  # a file or a link of the user's has the name
        count += 1
        name = f"{plain} ({count})"
    return name


def _links(group: Group, folder: str, site: Site, taken: set[str]) -> tuple[Link, ...]:
    members = sorted(
        group.members, key=lambda member: (os.fsencode(member.path), member.confidence)
    )
    names = _distinct(
        [
            portable_name(member.path.name) if site.portable else member.path.name
            for member in members
        ],
        {key.partition("/")[2] for key in taken if key.partition("/")[0] == name_key(folder)},
    )
    links = []
    for member, name in zip(members, names, strict=True):
        place = PurePosixPath(folder, name)
        text = link_text(site, place, member.path)
        links.append(Link(member.path, place, text, member.confidence, member.content_hash))
    return tuple(links)


def _distinct(names: Sequence[str], taken: set[str]) -> list[str]:
    """Keep each first name, count the later ones up: IMG.jpg, IMG (2).jpg, IMG (3).jpg."""
    used = set(taken)
    result: dict[int, str] = {}
    for index, name in enumerate(names):
        if name_key(name) not in used:
            used.add(name_key(name))
            result[index] = name
    counts: dict[str, int] = {}
    for index, name in enumerate(names):
        if index in result:
            continue
        stem, suffix = _split(name)
        count = counts.get(name_key(name), 1)
        candidate = name
        while name_key(candidate) in used:
            count += 1
            tail = f" ({count}){suffix}"
            candidate = _cut(stem, NAME_BYTES - _length(tail)) + tail
        counts[name_key(name)] = count
        used.add(name_key(candidate))
        result[index] = candidate
    return [result[index] for index in range(len(names))]


def portable_name(name: str) -> str:
    """Replace what exFAT, NTFS or SMB refuse in a name: bytes that are no text, `:`, "CON"..."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    text = "".join("_" if char in UNPORTABLE else char for char in text)
    stem, suffix = _split(text)
    if stem.partition(".")[0].rstrip(" ").lower() in DEVICES:
        stem = f"_{stem}"
    whole = _cut(stem, NAME_BYTES - _length(suffix)) + suffix
    return whole.rstrip(" .") or "_"


def _split(name: str) -> tuple[str, str]:
    stem, dot, suffix = name.rpartition(".")
    if not stem or _length(dot + suffix) > SUFFIX_BYTES:
        return name, ""
    return stem, dot + suffix


def _length(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def _cut(text: str, limit: int) -> str:
    """Shorten `text` to `limit` bytes of UTF-8 without cutting a character."""
    while _length(text) > limit:
        text = text[: min(len(text) - 1, limit)]
    return text
