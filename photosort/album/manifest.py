"""What an album holds, where each entry came from, and what was left out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from photosort import __version__
from photosort.album.corrections import Corrections
from photosort.album.links import Texts
from photosort.album.names import name_key
from photosort.album.plan import (
    MISC,
    Directories,
    Folder,
    Heading,
    Linking,
    Placed,
    Plan,
    directories,
)
from photosort.errors import PhotosortError
from photosort.photos.records import Remark, Skipped

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True, slots=True)
class Root:
    """A source, or a folder below one where another disk begins: which it was by its numbers."""

    path: Path
    device: int
    inode: int


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Manifest:
    """An album as written: `out` is its real path at that time, `created` an ISO 8601 time.

    `replaced` says that another album gave way to it, which an undo can bring back. `unsupported`
    counts files that are no photos by kind; `not_photos` gives the kind of each, by its path, but
    in albums of older versions. `corrections` are what the user said about its clusters; `command`
    is what made it of the one before, "organize" or "move", empty in albums of older versions.
    """

    created: str
    out: Path
    link: Linking
    relative: bool
    sources: tuple[Path, ...]
    folders: tuple[Folder, ...]
    skipped: tuple[Skipped, ...] = ()
    remarks: tuple[Remark, ...] = ()
    unsupported: Mapping[str, int] = field(default_factory=dict)
    not_photos: Mapping[Path, str] = field(default_factory=dict)
    options: Mapping[str, Json] = field(default_factory=dict)
    replaced: bool = False
    roots: tuple[Root, ...] = ()
    corrections: Corrections = ()
    command: str = ""
    photosort: str = __version__

    @property
    def photos(self) -> Iterator[Placed]:
        """Every photo of every folder, in order."""
        return (photo for folder in self.folders for photo in folder.photos)

    @property
    def directories(self) -> Directories:
        """Every folder by its place, those that hold only folders too, parents first."""
        return directories(self.folders)

    @property
    def headings(self) -> tuple[Heading, ...]:
        """Every heading once, in order."""
        return tuple(dict.fromkeys(h for folder in self.folders for h in folder.headings))

    @property
    def texts(self) -> Texts:
        """The texts of its symbolic links, as they were written."""
        return Texts(self.out, relative=self.relative)

    @property
    def ways(self) -> tuple[Path, Linking, bool]:
        """Say how it refers to photos; two albums that differ in that have nothing alike."""
        return self.out, self.link, self.relative

    def equals(self, other: "Manifest") -> bool:
        """Return whether both have equal entries in equal folders, and the same corrections."""
        same = [f.headings for f in self.folders] == [f.headings for f in other.folders]
        same = same and self.corrections == other.corrections
        return same and self.ways == other.ways and changes(self, other) == Changes((), ())


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs on the disk between two albums at one place: entries that go, and that come."""

    gone: tuple[Placed, ...]
    new: tuple[Placed, ...]


def changes(old: Manifest | None, album: Manifest) -> Changes:
    """Compare two albums; entries that are alike stay where they are."""
    before = {folder.place: folder.photos for folder in old.folders} if old else {}
    after = {folder.place: folder.photos for folder in album.folders}
    comparable = old is not None and old.ways == album.ways
    gone: list[Placed] = []
    new: list[Placed] = []
    for place in {**before, **after}:
        were, are = before.get(place, ()), after.get(place, ())
        if comparable and were is are:
            continue
        entries, others = [_entry(photo) for photo in were], [_entry(photo) for photo in are]
        stay = set(entries).intersection(others) if comparable else set()
        gone.extend(p for p, entry in zip(were, entries, strict=True) if entry not in stay)
        new.extend(p for p, entry in zip(are, others, strict=True) if entry not in stay)
    return Changes(tuple(gone), tuple(new))


def _entry(photo: Placed) -> tuple[object, ...]:
    """Say what is on the disk; a symbolic link is the same whatever its photo shows by now."""
    place, path = str(photo.place), str(photo.path)  # hashed more quickly than paths are
    if photo.size_bytes is None:
        return place, path
    return place, path, photo.size_bytes, photo.mtime_ns, photo.content_hash


@dataclass(frozen=True, slots=True)
class About:
    """What a manifest says beyond its plan."""

    created: datetime
    sources: tuple[Path, ...]
    skipped: tuple[Skipped, ...] = ()
    remarks: tuple[Remark, ...] = ()
    unsupported: Mapping[str, int] = field(default_factory=dict)
    not_photos: Mapping[Path, str] = field(default_factory=dict)
    options: Mapping[str, Json] = field(default_factory=dict)
    corrections: Corrections = ()
    command: str = ""


def describe(plan: Plan, about: About) -> Manifest:
    """Say in a manifest what `plan` is going to place."""
    return Manifest(
        created=about.created.isoformat(),
        out=plan.out,
        link=plan.link,
        relative=plan.relative,
        sources=tuple(source.absolute() for source in about.sources),
        folders=plan.folders,
        skipped=about.skipped,
        remarks=about.remarks,
        unsupported=about.unsupported,
        not_photos=about.not_photos,
        options=about.options,
        corrections=about.corrections,
        command=about.command,
    )


def find_folder(manifest: Manifest, wanted: str) -> Folder:
    """Find a folder by its place, or by the end of one where that is enough to tell it.

    Each part is a folder's name, or "3" or "cluster-3" for a cluster, in any case. A folder of
    folders is given with all the photos below it. Raises PhotosortError where none or several fit.
    """
    found = _fitting(manifest, wanted)
    if len(found) > 1:
        raise PhotosortError(f"{wanted}: could be {_listed(found)}; name it in full")
    return _below(manifest, found[0])


def find_heading(manifest: Manifest, wanted: str) -> Heading:
    """Find a heading by a folder of it, as `find_folder` does; a cluster may have several."""
    found = _fitting(manifest, wanted)
    headings = {manifest.directories[place][-1] for place in found}
    if len(headings) > 1:
        raise PhotosortError(f"{wanted}: could be {_listed(found)}; name it in full")
    return headings.pop()


def _fitting(manifest: Manifest, wanted: str) -> list[PurePosixPath]:
    """Find the folders that `wanted` names in full, else those it names the end of; at least one.

    Raises PhotosortError with what may have been meant.
    """
    parts = [name_key(part) for part in wanted.strip().replace("\\", "/").strip("/").split("/")]
    found = [
        place
        for place, headings in manifest.directories.items()
        if len(parts) <= len(headings) and _fits(parts, place, headings)
    ]
    if not found:
        raise PhotosortError(f"{wanted}: no such folder; {_suggestion(manifest, wanted)}")
    return [place for place in found if len(place.parts) == len(parts)] or found


def _fits(parts: list[str], place: PurePosixPath, headings: tuple[Heading, ...]) -> bool:
    """Return whether `parts` name the end of `place`."""
    ends = zip(parts, place.parts[-len(parts) :], headings[-len(parts) :], strict=True)
    return all(part in _names_of(name, heading) for part, name, heading in ends)


def _names_of(name: str, heading: Heading) -> set[str]:
    if heading.number is None:
        return {name_key(name)}
    known = {str(heading.number), f"cluster-{heading.number}"} if heading.number else {MISC}
    return {name_key(text) for text in (name, *known)}


def _below(manifest: Manifest, place: PurePosixPath) -> Folder:
    """Give the folder at `place`, with the photos of those in it too where there are any."""
    folders = [folder for folder in manifest.folders if folder.place.is_relative_to(place)]
    if len(folders) == 1 and folders[0].place == place:
        return folders[0]
    photos = tuple(photo for folder in folders for photo in folder.photos)
    return Folder(folders[0].headings[: len(place.parts)], place, photos)


def _listed(places: Sequence[PurePosixPath]) -> str:
    shown = ", ".join(map(str, places[:20]))
    return shown + (f" and {len(places) - 20} more" if len(places) > 20 else "")


def _suggestion(manifest: Manifest, wanted: str) -> str:
    """Name the folders most like `wanted`, or all."""
    by_key = {name_key(str(place)): place for place in manifest.directories}
    by_end = {name_key(place.name): place for place in manifest.directories}
    close = get_close_matches(name_key(wanted), [*by_key, *by_end], n=3, cutoff=0.7)
    meant = dict.fromkeys(by_key.get(key) or by_end[key] for key in close)
    if meant:
        return f"did you mean {' or '.join(map(str, meant))}?"
    return f"the album has {_listed([folder.place for folder in manifest.folders]) or 'none'}"
