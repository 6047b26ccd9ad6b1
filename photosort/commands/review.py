"""Find photos that may not be worth keeping, and write links to them by reason. Nothing is moved.

Neither TensorFlow nor scikit-learn is needed; no photo that the catalog knows is decoded.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from photosort.commands.album import find_album, open_album
from photosort.commands.embedding import look
from photosort.commands.keeping import kept_contents
from photosort.commands.request import Request, absolute, default_out, require_photos
from photosort.errors import PhotosortError
from photosort.photos.paths import in_full
from photosort.review.records import REASONS, Finding, Item

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from photosort.album.manifest import About
    from photosort.album.plan import Group
    from photosort.catalog import Catalog
    from photosort.commands.embedding import Looked
    from photosort.commands.metadata import Described
    from photosort.commands.request import Progress
    from photosort.photos.records import Skipped
    from photosort.photos.scan import Photo, Scan
    from photosort.review.judge import Look
    from photosort.review.records import Reason

#: Sources whose date is that of the shot; the others give dates of files and of edits.
SHOT_DATES: Final = frozenset({
    "EXIF DateTimeOriginal", "EXIF DateTimeDigitized", "XMP DateTimeOriginal", "XMP DateCreated",
    "sidecar DateTimeOriginal", "sidecar DateCreated", "GPS time",
})  # fmt: skip
#: Contents at a time whose features are read: some 40 MB.
CHUNK: Final = 8192


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to review: folders, or the photos of an album; which reasons, and where links go."""

    sources: tuple[Path, ...] = ()
    album: Path | None = None
    out: Path | None = None
    only: tuple[Reason, ...] = REASONS
    workers: int | None = None
    follow: bool = False
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What was found among `photos` photos of `size_bytes`; `out` is None where nothing is written.

    `found` holds the findings of each reason that was asked for, the surest first.
    """

    found: Mapping[Reason, Sequence[Finding]]
    photos: int
    size_bytes: int
    skipped: tuple[Skipped, ...]
    sources: tuple[Path, ...]
    out: Path | None = None

    @property
    def findings(self) -> Iterator[Finding]:
        """Every finding, in the order of the reasons."""
        return (finding for some in self.found.values() for finding in some)


def review(wanted: Wanted, progress: Progress) -> Reviewed:
    """Find what may not be worth keeping and write an album of links to it. PhotosortError."""
    from photosort.album.folder import survey
    from photosort.album.plan import plan_album
    from photosort.album.write import claim, write_album

    request, photos = _request(wanted)
    sources, out = absolute(request)
    with claim(out, sources, "symlink") as claimed:
        if claimed.note:
            progress.note(claimed.note)
        reviewed, about = _find(
            wanted, replace(request, sources=sources, out=out), photos, progress
        )
        if not any(reviewed.findings) and claimed.old is None:
            return reviewed
        site = survey(claimed.out, sources, portable=claimed.portable)
        plan = plan_album(_groups(reviewed), site)
        progress.stage("Writing links", total=len(plan.photos))
        write_album(claimed, plan, about, progress.advance)
    return replace(reviewed, out=claimed.out)


def rehearse_review(wanted: Wanted, progress: Progress) -> Reviewed:
    """Find what may not be worth keeping; write nothing. Raises PhotosortError."""
    request, photos = _request(wanted)
    sources, out = absolute(request)
    return _find(wanted, replace(request, sources=sources, out=out), photos, progress)[0]


def check_table(file: Path, wanted: Wanted) -> None:
    """Refuse a table that is there already or lies among the photos, before the long work."""
    request, _ = _request(wanted)
    sources, _ = absolute(request)
    file = in_full(file)
    for source in sources:
        if Path(os.path.realpath(file)).is_relative_to(os.path.realpath(source)):
            raise PhotosortError(f"{file}: lies in a source, {source}; pass --csv outside it")
    if os.path.lexists(file):
        raise PhotosortError(f"{file}: is there already; pass another --csv")


def write_table(file: Path, reviewed: Reviewed) -> None:
    """Write what was found to a new file. Raises PhotosortError."""
    from photosort.album.files import write_file
    from photosort.export.findings import as_csv

    write_file(in_full(file), as_csv(reviewed.findings).encode("utf-8"), "--csv")


def _request(wanted: Wanted) -> tuple[Request, tuple[Path, ...] | None]:
    """Say what to scan, and for an album which photos alone."""
    from photosort.album.folder import REVIEW
    from photosort.commands.aside import set_aside_before

    sources: tuple[Path, ...]
    photos: tuple[Path, ...] | None
    sources, photos, home = wanted.sources, None, None
    if wanted.album is not None or not sources:
        home = find_album(wanted.album)
        manifest = open_album(home)
        sources = manifest.sources
        photos = (*(photo.path for photo in manifest.photos), *set_aside_before(manifest))
    out = wanted.out or (home or default_out(absolute(Request(sources))[0])) / REVIEW
    return Request(
        sources, out, workers=wanted.workers, follow=wanted.follow, fresh=wanted.fresh
    ), photos


def _find(
    wanted: Wanted, request: Request, photos: tuple[Path, ...] | None, progress: Progress
) -> tuple[Reviewed, About]:
    from photosort.album.manifest import About
    from photosort.catalog import Catalog
    from photosort.commands.metadata import describe
    from photosort.embed.backbone import DEFAULT_MODEL, find_model
    from photosort.review.judge import judge
    from photosort.review.trained import load_trained

    found = _scan(request, photos, progress)
    require_photos(request.sources, len(found.photos), found)
    spec, trained = find_model(DEFAULT_MODEL), load_trained()
    with Catalog.open() as catalog:  # an open catalog is not cleared
        looked = look(found.photos, spec, request, progress, measured=True)
        require_photos(request.sources, len(looked.photos), found, looked.failed)
        described, _ = describe([photo for photo, _ in looked.photos], progress)
        progress.stage("Comparing")
        contents = list(dict.fromkeys(digest for _, digest in looked.photos))
        seen = read_look(catalog, contents, spec.id)
    row_of = {digest: row for row, digest in enumerate(contents)}
    items = _items(looked, described, kept_contents())
    rows = [row_of[item.content_hash] for item in items]
    judged = judge(items, rows, seen, trained)
    while moving := _moving(one for some in judged.values() for one in some):
        items = [replace(one, moving=one.moving or one.path in moving) for one in items]
        judged = judge(items, rows, seen, trained)
    asked = {reason: judged[reason] for reason in REASONS if reason in wanted.only}
    skipped = (*found.skipped, *looked.failed)
    total = sum(item.size_bytes for item in items)
    reviewed = Reviewed(asked, len(items), total, skipped, request.sources)
    return reviewed, About(
        created=datetime.now(UTC),
        command="review",
        sources=request.sources,
        skipped=skipped,
        remarks=looked.remarks,
        unsupported=dict(Counter(file.kind for file in found.unsupported)),
        not_photos={file.path: file.kind for file in found.unsupported},
        options={"review": list(asked)},
    )


def _scan(request: Request, photos: tuple[Path, ...] | None, progress: Progress) -> Scan:
    """Find the photos of the sources, or those of an album that are still there."""
    from photosort.commands.finding import find_files
    from photosort.photos.records import Skipped
    from photosort.photos.scan import Photo, Scan, identify

    progress.stage("Scanning")
    if photos is None:
        out = () if request.out is None else (request.out,)
        return find_files(
            request.sources, exclude=out, follow=request.follow, on_found=progress.advance
        )
    seen = [identify(path) for path in dict.fromkeys(photos)]
    return Scan(
        photos=tuple(one for one in seen if isinstance(one, Photo)),
        skipped=tuple(one for one in seen if isinstance(one, Skipped)),
        unsupported=(),
        repeated=(),
    )


def read_look(catalog: Catalog, contents: Sequence[bytes], model_id: str) -> Look:
    """Read what the catalog holds of each content; the features are kept as float16."""
    from photosort.review.judge import Look
    from photosort.review.trained import load_trained

    trained = load_trained()
    halves: list[np.ndarray[tuple[int, int], np.dtype[np.float16]]] = []
    parts = []
    for start in range(0, len(contents), CHUNK):
        some = contents[start : start + CHUNK]
        thumbs, numbers = catalog.measures(some)
        features = catalog.features(some, model_id)
        features /= np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-6)
        parts.append((thumbs, numbers, trained.kind_odds(features, numbers)))
        halves.append(features.astype(np.float16))
    thumbs, numbers, odds = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Look(thumbs, numbers, np.concatenate(halves), odds)


def _items(looked: Looked, described: Sequence[Described], kept: frozenset[bytes]) -> list[Item]:
    known = {one.photo.path: one for one in described}
    return [
        _item(photo, digest, known.get(photo.path), kept=digest in kept)
        for photo, digest in looked.photos
    ]


def _item(photo: Photo, digest: bytes, one: Described | None, *, kept: bool) -> Item:
    item = Item(photo.path, digest, photo.size_bytes, photo.mtime_ns, photo.format, kept=kept)
    if one is None:
        return item
    facts, taken = one.facts, one.taken
    told = taken is not None and taken.source in SHOT_DATES and not taken.day_only
    return replace(
        item,
        width=facts.width,
        height=facts.height,
        taken=taken.local if taken is not None and told else None,
        camera=" ".join(filter(None, (facts.make, facts.model, facts.serial))) or None,
        from_camera=facts.from_camera,
        has_place=one.place is not None,
        comment=facts.comment,
    )


def _moving(findings: Iterable[Finding]) -> frozenset[Path]:
    """Name the animations among near copies and their keepers: only of these files are opened."""
    from photosort.photos.frames import MOVING, is_moving

    pairs = ((f.item, f.keeper) for f in findings if f.keeper is not None)
    met = {
        item.path: item
        for pair in pairs
        if pair[0].content_hash != pair[1].content_hash
        for item in pair
        if item.format in MOVING and not item.moving
    }
    return frozenset(path for path in met if is_moving(path))


def _groups(reviewed: Reviewed) -> list[Group]:
    """Make a group of each reason."""
    from photosort.album.plan import Group, Heading, Member

    return [
        Group(
            (Heading(f"review-{reason}", reason),),
            tuple(Member(f.item.path, f.score, f.item.content_hash.hex()) for f in some),
            f"found by photosort review: {reason}",
        )
        for reason, some in reviewed.found.items()
        if some
    ]
