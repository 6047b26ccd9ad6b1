"""What an album holds, where each entry came from, and what was left out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from photosort import __version__
from photosort.album.names import name_key
from photosort.album.plan import (
    MISC,
    UNKNOWN,
    Directories,
    Folder,
    Heading,
    Linking,
    Placed,
    Plan,
    Site,
    directories,
    link_text,
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


@dataclass(frozen=True, slots=True)
class Manifest:
    """An album as written: `out` is its real path at that time, `created` an ISO 8601 time.

    `replaced` says that another album gave way to it, which an undo can bring back.
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
    options: Mapping[str, Json] = field(default_factory=dict)
    replaced: bool = False
    roots: tuple[Root, ...] = ()
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

    def text_of(self, photo: Placed) -> str:
        """Repeat what the symbolic link at `photo.place` said when it was written."""
        return link_text(Site(self.out, relative=self.relative), photo.place, photo.path)

    def equals(self, other: "Manifest") -> bool:
        """Return whether both put the same entries into the same folders."""
        return self._entries() == other._entries()

    def _entries(self) -> tuple[object, ...]:
        folders = [
            (
                folder.place,
                folder.headings,
                [replace(photo, confidence=0.0, taken=UNKNOWN) for photo in folder.photos],
            )
            for folder in self.folders
        ]
        return self.out, self.link, self.relative, folders


@dataclass(frozen=True, slots=True)
class About:
    """What a manifest says beyond its plan."""

    created: datetime
    sources: tuple[Path, ...]
    skipped: tuple[Skipped, ...] = ()
    remarks: tuple[Remark, ...] = ()
    unsupported: Mapping[str, int] = field(default_factory=dict)
    options: Mapping[str, Json] = field(default_factory=dict)


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
        options=about.options,
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
