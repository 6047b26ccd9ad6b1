"""What an album holds, where each entry came from, and what was left out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from photosort import __version__
from photosort.album.plan import MISC, Linking, Plan, Site, link_text, name_key
from photosort.errors import PhotosortError
from photosort.photos.records import Skipped

VERSION = 1

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


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


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster: `name` is its folder in the album, `named` that the user gave the title.

    Number 0 is no cluster but `misc`, the photos that belong nowhere.
    """

    number: int
    name: str
    title: str | None
    photos: tuple[Placed, ...]
    named: bool = False

    def moved_to(self, name: str) -> "Cluster":
        """Describe the same cluster in a folder called `name`."""
        photos = (replace(p, place=PurePosixPath(name, p.place.name)) for p in self.photos)
        return replace(self, name=name, photos=tuple(photos))


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
    clusters: tuple[Cluster, ...]
    skipped: tuple[Skipped, ...] = ()
    unsupported: Mapping[str, int] = field(default_factory=dict)
    options: Mapping[str, Json] = field(default_factory=dict)
    replaced: bool = False
    roots: tuple[Root, ...] = ()
    photosort: str = __version__
    version: int = VERSION

    @property
    def photos(self) -> Iterator[Placed]:
        """Every photo of every cluster, in order."""
        return (photo for cluster in self.clusters for photo in cluster.photos)

    def text_of(self, photo: Placed) -> str:
        """Repeat what the symbolic link at `photo.place` said when it was written."""
        return link_text(Site(self.out, relative=self.relative), photo.place, photo.path)

    def equals(self, other: "Manifest") -> bool:
        """Tell whether both put the same entries into the same folders."""
        return self._entries() == other._entries()

    def _entries(self) -> tuple[object, ...]:
        folders = [
            (
                cluster.name,
                cluster.title,
                [replace(photo, confidence=0.0) for photo in cluster.photos],
            )
            for cluster in self.clusters
        ]
        return self.out, self.link, self.relative, folders


@dataclass(frozen=True, slots=True)
class About:
    """What a manifest says beyond its plan."""

    created: datetime
    sources: tuple[Path, ...]
    skipped: tuple[Skipped, ...] = ()
    unsupported: Mapping[str, int] = field(default_factory=dict)
    options: Mapping[str, Json] = field(default_factory=dict)


def describe(plan: Plan, about: About) -> Manifest:
    """Say in a manifest what `plan` is going to place."""
    clusters = tuple(
        Cluster(
            folder.number,
            folder.name,
            folder.title,
            tuple(
                Placed(
                    link.target,
                    link.place,
                    min(max(float(link.confidence), 0.0), 1.0),
                    content_hash=link.content_hash,
                )
                for link in folder.links
            ),
            folder.named,
        )
        for folder in plan.folders
    )
    return Manifest(
        created=about.created.isoformat(),
        out=plan.out,
        link=plan.link,
        relative=plan.relative,
        sources=tuple(source.absolute() for source in about.sources),
        clusters=clusters,
        skipped=about.skipped,
        unsupported=about.unsupported,
        options=about.options,
    )


def find_cluster(manifest: Manifest, wanted: str) -> Cluster:
    """Find a cluster by "3", "cluster-3" or its folder's full name, or misc. PhotosortError."""
    name = wanted.strip().rstrip("/\\")
    for cluster in manifest.clusters:
        known = {str(cluster.number), f"cluster-{cluster.number}", cluster.name}
        if cluster.number == 0:
            known = {MISC, cluster.name}
        if name_key(name) in map(name_key, known):
            return cluster
    names = [cluster.name for cluster in manifest.clusters]
    shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
    raise PhotosortError(f"{wanted}: no such cluster; the album has {shown or 'none'}")
