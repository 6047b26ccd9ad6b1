"""The order of the stages: scan, look, group, plan, write. Prints nothing.

`propose` does everything that leaves the user's folders as they were and returns what an album
would hold; `organize` writes it, `rehearse` does not.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from photosort.errors import PhotosortError

# Everything heavy is imported where it is used: `list` and `preview` pass through here too.
if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    import numpy as np
    import numpy.typing as npt

    from photosort.album.manifest import About, Cluster, Manifest
    from photosort.album.plan import Linking, Member, Plan
    from photosort.album.site import Kept
    from photosort.album.undo import Undone
    from photosort.catalog import Catalog, Info
    from photosort.cluster.groups import Grouping
    from photosort.embed.backbone import ModelSpec
    from photosort.embed.workers import Embedded, Failed
    from photosort.photos.scan import Photo, Scan, Skipped

    Floats = npt.NDArray[np.float32]

BATCH = 64  # photos a transaction: under a second of work is lost to a power cut


class Progress(Protocol):
    """Whoever watches a long run."""

    def stage(self, name: str, total: int | None = None, unit: str = "photos") -> None:
        """Begin a stage of `total` units."""

    def advance(self, done: int) -> None:
        """Say how much of the stage is done."""

    def note(self, text: str) -> None:
        """Remark on something the user should know, in one line."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked `organize` for; `out` and `clusters` are chosen when None.

    `min_clusters` and `max_clusters` bound the number that is chosen.
    """

    sources: tuple[Path, ...]
    out: Path | None = None
    clusters: int | None = None
    min_clusters: int | None = None
    max_clusters: int | None = None
    link: Linking = "symlink"
    model: str = "lite2"
    seed: int = 0
    workers: int | None = None
    follow: bool = False
    fresh: bool = False
    misc: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an album would hold, what would be left out of it, and files reached twice."""

    plan: Plan
    about: About
    repeated: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """An album, files reached twice, and older entries of the album's folder that were kept.

    `filed` are the photos that joined clusters as they are, `due` says why to make those anew.
    """

    album: Manifest
    repeated: tuple[Path, ...]
    kept: tuple[Kept, ...] = ()
    filed: tuple[Path, ...] = ()
    due: str | None = None


def organize(request: Request, progress: Progress) -> Outcome:
    """Look at photos, group them, write their album, remember it as the last. PhotosortError."""
    from photosort.album import last
    from photosort.album.writer import claim, write_album

    sources, out = absolute(request)
    with claim(out, sources, request.link) as claimed:
        proposal = propose(request, progress, claimed.old, portable=claimed.portable)
        progress.stage("Writing links", total=len(proposal.plan.links))
        written = write_album(claimed, proposal.plan, proposal.about, progress.advance)
    if not last.remember(claimed.out):
        progress.note(f"{claimed.out}: could not be noted as the last album; name it with --album")
    return Outcome(written.album, proposal.repeated, written.kept)


def rehearse(request: Request, progress: Progress) -> Outcome:
    """Do all that `organize` does except to write the album. Raises PhotosortError."""
    from photosort.album.manifest import describe
    from photosort.album.site import check_out, locate, previous_album

    sources, out = absolute(request)
    check_out(out, sources)
    proposal = propose(request, progress, previous_album(locate(out)))
    return Outcome(describe(proposal.plan, proposal.about), proposal.repeated)


def absolute(request: Request) -> tuple[tuple[Path, ...], Path]:
    """Name sources and album in full, whatever folder the user is in; links stay links.

    Raises PhotosortError for a source that is no folder of photos, before anything else happens.
    """
    from photosort.photos.walk import check_source

    sources = tuple(dict.fromkeys(in_full(source) for source in request.sources))
    for source in sources:
        check_source(source)
    return sources, in_full(request.out) if request.out else default_out(sources)


def in_full(path: Path) -> Path:
    """Make `path` absolute, links left as they are. PhotosortError where "here" is no more."""
    try:
        return Path(os.path.abspath(path))
    except FileNotFoundError:
        raise PhotosortError(f"{path}: the folder you are in is gone; cd to another one") from None


def propose(
    request: Request, progress: Progress, old: Manifest | None = None, *, portable: bool = False
) -> Proposal:
    """Look at the photos, group them and plan their album, which shall replace `old`.

    Raises PhotosortError where photos of `old` are missing the way they are when a disk is away.
    """
    from photosort.album.losses import Present, refuse_losses
    from photosort.album.plan import plan_album
    from photosort.album.site import survey
    from photosort.embed.backbone import find_model
    from photosort.naming import name_groups
    from photosort.photos.scan import scan

    spec = find_model(request.model)
    sources, out = absolute(request)
    progress.stage("Scanning")
    found = scan(sources, exclude=[out], follow=request.follow, on_found=progress.advance)
    not_entered = [entry.path for entry in found.skipped]
    refuse_losses(old, Present(sources, [photo.path for photo in found.photos], not_entered))
    require_photos(request, sources, len(found.photos), found)
    looked = look(found.photos, spec, request, progress)
    refuse_losses(old, Present(sources, [photo.path for photo, _ in looked.photos]))
    require_photos(request, sources, len(looked.photos), found, looked.failed)
    features, scores = recall(looked, spec)
    grouping = group(features, spec, request, progress)
    named = name_groups(
        members_of(looked, grouping.confidence.tolist()), grouping.labels, scores, old
    )
    lost = [f'"{title}" is no more: its photos are in several clusters' for title in named.lost]
    for note in (*grouping.notes, *lost):
        progress.note(note)
    return Proposal(
        plan=plan_album(named.groups, survey(out, sources, portable=portable), request.link),
        about=describe_run(request, sources, found, looked),
        repeated=found.repeated,
    )


def default_out(sources: Sequence[Path]) -> Path:
    """Name the album beside its first source: ~/Pictures -> ~/Pictures-photosort."""
    first = sources[0]
    if not first.name:
        raise PhotosortError(f"{first}: has no folder beside it for the album; use --out DIR")
    return first.with_name(f"{first.name}-photosort")


def require_photos(
    request: Request,
    sources: Sequence[Path],
    count: int,
    found: Scan,
    failed: Sequence[Skipped] = (),
) -> None:
    """Refuse an album of nothing, or of more clusters than photos, before the long work."""
    where = ", ".join(str(source) for source in sources)
    if not count:
        kinds = Counter[str](file.kind for file in found.unsupported)
        kinds["damaged or unreadable"] = len(found.skipped) + len(failed)
        others = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()) if number)
        raise PhotosortError(
            f"{where}: no photo that can be read ({others or 'no file at all'}); "
            "name a folder that holds JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC or AVIF photos"
        )
    needed = request.clusters or request.min_clusters or 1
    if needed > count:
        option = "--clusters" if request.clusters else "--min-clusters"
        raise PhotosortError(
            f"{where}: {count} photos found, {needed} clusters need at least {needed}; "
            f"use {option} {count} or fewer"
        )


# ------------------------------------------------------------------------------ looking


@dataclass(frozen=True, slots=True)
class Looked:
    """Photos with the content hash that finds their features in the catalog; those that failed."""

    photos: tuple[tuple[Photo, bytes], ...]
    failed: tuple[Skipped, ...]


def look(photos: Sequence[Photo], spec: ModelSpec, request: Request, progress: Progress) -> Looked:
    """See to it that the catalog holds every photo's feature; only unknown photos are decoded."""
    from photosort.catalog import Catalog
    from photosort.photos.scan import Skipped

    with Catalog.open() as catalog:
        learned = {} if request.fresh else dict(catalog.known(photos, spec.id))
        unknown = [photo for photo in photos if photo.path not in learned]
        if not request.fresh:
            learned |= recognise(unknown, spec, catalog, progress)
            unknown = [photo for photo in unknown if photo.path not in learned]
        if unknown:
            progress.stage("Looking", total=len(unknown))
        for done, result in enumerate(embed(unknown, spec, request, catalog, progress), start=1):
            learned[result.path] = getattr(result, "reason", None) or result.content_hash or b""
            progress.advance(done)
    seen = [(photo, learned[photo.path]) for photo in photos]
    return Looked(
        photos=tuple((photo, known) for photo, known in seen if isinstance(known, bytes)),
        failed=tuple(Skipped(photo.path, why) for photo, why in seen if isinstance(why, str)),
    )


def recognise(
    photos: Sequence[Photo], spec: ModelSpec, catalog: Catalog, progress: Progress
) -> dict[Path, bytes | str]:
    """Find moved and copied photos by content: hashing a file is cheaper than looking at it."""
    from photosort.embed.workers import content_hash

    sizes = catalog.sizes(spec.id)
    candidates = [photo for photo in photos if photo.size_bytes in sizes]
    if candidates:
        progress.stage("Recognising", total=len(candidates))
    found: dict[Path, bytes | str] = {}
    for done, photo in enumerate(candidates, start=1):
        with contextlib.suppress(OSError):  # the worker that looks at it will say why
            digest = content_hash(photo.path)
            if catalog.has(digest, spec.id):
                catalog.locate(photo, digest)
                found[photo.path] = digest
        progress.advance(done)
    return found


def embed(
    photos: Sequence[Photo], spec: ModelSpec, request: Request, catalog: Catalog, progress: Progress
) -> Generator[Embedded | Failed]:
    """Look at photos, storing every batch as it finishes, and the last one also after Ctrl-C."""
    from photosort.embed.workers import embed_photos

    batch: list[Embedded | Failed] = []
    results = embed_photos(photos, spec, workers=request.workers, on_note=progress.note)
    try:
        with contextlib.closing(results):
            for result in results:
                batch.append(result)
                if len(batch) == BATCH:
                    catalog.store(batch, spec.id)
                    batch = []
                yield result
    finally:
        catalog.store(batch, spec.id)


# ------------------------------------------------------------------------------ grouping


def recall(looked: Looked, spec: ModelSpec) -> tuple[Floats, Floats]:
    """Read what the photos' features (n, 1280) and class scores (n, 1000) are."""
    from photosort.catalog import Catalog

    with Catalog.open() as catalog:
        return catalog.features([digest for _, digest in looked.photos], spec.id)


def group(features: Floats, spec: ModelSpec, request: Request, progress: Progress) -> Grouping:
    """Group the photos by their features (n, 1280)."""
    from photosort.cluster.count import MOST
    from photosort.cluster.groups import group_features, set_aside
    from photosort.cluster.pretrained import pretrained

    stages: list[str] = []

    def on_progress(stage: str, done: int, total: int) -> None:
        if stages[-1:] != [stage]:
            stages.append(stage)
            progress.stage(stage, total=total if total > 1 else None, unit="steps")
        progress.advance(done)

    grouping = group_features(
        features,
        clusters=request.clusters,
        bounds=(request.min_clusters or 1, request.max_clusters or MOST),
        seed=request.seed,
        start=pretrained(spec.name),
        on_progress=on_progress,
    )
    return set_aside(grouping) if request.misc else grouping


def members_of(looked: Looked, confidence: Iterable[float]) -> list[Member]:
    """Describe the photos for an album, each with its confidence."""
    from photosort.album.plan import Member

    return [
        Member(photo.path, sure, digest.hex())
        for (photo, digest), sure in zip(looked.photos, confidence, strict=True)
    ]


def describe_run(request: Request, sources: tuple[Path, ...], found: Scan, looked: Looked) -> About:
    """Say what a manifest tells beside its plan: when, from what, how, and what was left out."""
    from photosort.album.manifest import About, LeftOut

    return About(
        created=datetime.now(UTC),
        sources=sources,
        skipped=tuple(LeftOut(s.path, s.reason) for s in (*found.skipped, *looked.failed)),
        unsupported=dict(Counter(file.kind for file in found.unsupported)),
        options={
            "clusters": request.clusters,
            "min_clusters": request.min_clusters,
            "max_clusters": request.max_clusters,
            "model": request.model,
            "seed": request.seed,
            "follow": request.follow,
            "misc": request.misc,
        },
    )


# ------------------------------------------------------------------------------ albums


def find_album(album: Path | None) -> Path:
    """Name an album's folder in full, by default the last one organized. Raises PhotosortError."""
    from photosort.album import last

    return in_full(album) if album else last.recall()


def open_album(album: Path | None) -> Manifest:
    """Read an album, by default the last one organized. Raises PhotosortError."""
    from photosort.album import writer

    return writer.open_album(find_album(album))


def open_cluster(name: str, album: Path | None) -> tuple[Manifest, Cluster]:
    """Find a cluster of an album by "3", "cluster-3" or its folder's name."""
    from photosort.album.manifest import find_cluster

    manifest = open_album(album)
    return manifest, find_cluster(manifest, name)


def cluster_names() -> Iterable[str]:
    """Name the last album's clusters, for the shell's completion."""
    return [cluster.name for cluster in open_album(None).clusters]


def undo(album: Path | None, *, everything: bool = False) -> Undone:
    """Take back an album, by default the last one organized. Raises PhotosortError."""
    from photosort.album.undo import undo

    return undo(find_album(album), everything=everything)


def rehearse_undo(album: Path | None, *, everything: bool = False) -> Undone:
    """Tell what `undo` would do, changing nothing. Raises PhotosortError."""
    from photosort.album.undo import plan_undo

    return plan_undo(find_album(album), everything=everything)


# ------------------------------------------------------------------------------ cache


def cache_info() -> Info:
    """Say what the catalog holds."""
    from photosort.catalog import Catalog

    with Catalog.open() as catalog:
        return catalog.info()


def clear_cache() -> int:
    """Delete the catalog, damaged or not; return the bytes freed."""
    from photosort.catalog import Catalog

    return Catalog.clear()
