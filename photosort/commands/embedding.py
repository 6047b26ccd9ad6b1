"""Photos in, features in the catalog: however often a photo is organized, it is looked at once."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence
    from pathlib import Path

    from photosort.catalog import Catalog
    from photosort.commands.request import Progress, Request
    from photosort.dec.arrays import Floats
    from photosort.embed.backbone import ModelSpec
    from photosort.photos.records import Embedded, Failed, Remark, Skipped
    from photosort.photos.scan import Photo

LOG = logging.getLogger(__name__)
BATCH = 64  # photos a transaction: under a second of work is lost to a power cut


@dataclass(frozen=True, slots=True)
class Looked:
    """Photos with the content hash that finds their features in the catalog; those that failed."""

    photos: tuple[tuple[Photo, bytes], ...]
    failed: tuple[Skipped, ...]
    remarks: tuple[Remark, ...] = ()  # on photos that are used in spite of damage


def look(
    photos: Sequence[Photo],
    spec: ModelSpec,
    request: Request,
    progress: Progress,
    *,
    measured: bool = False,
) -> Looked:
    """See to it that the catalog holds every photo's feature; only unknown photos are decoded.

    With `measured`, those that an older photosort looked at and did not measure are, too.
    """
    from photosort.catalog import Catalog
    from photosort.photos.records import Remark, Skipped

    with Catalog.open() as catalog:
        learned = {} if request.fresh else dict(catalog.known(photos, spec.id))
        unknown = [photo for photo in photos if photo.path not in learned]
        if not request.fresh:
            learned |= recognise(unknown, spec, catalog, progress)
            if measured:
                learned = _with_measures(learned, catalog)
            unknown = [photo for photo in photos if photo.path not in learned]
        if unknown:
            progress.stage("Looking", total=len(unknown))
        for done, result in enumerate(embed(unknown, spec, request, catalog, progress), start=1):
            learned[result.path] = getattr(result, "reason", None) or result.content_hash or b""
            progress.advance(done)
        remarks = catalog.remarks()
    seen = [(photo, learned[photo.path]) for photo in photos]
    for photo, why in seen:
        if isinstance(why, str):
            LOG.info("skipped %s: %s", photo.path, why)
    return Looked(
        photos=tuple((photo, known) for photo, known in seen if isinstance(known, bytes)),
        failed=tuple(Skipped(photo.path, why) for photo, why in seen if isinstance(why, str)),
        remarks=tuple(
            Remark(photo.path, remarks[known])
            for photo, known in seen
            if isinstance(known, bytes) and known in remarks
        ),
    )


def _with_measures(learned: dict[Path, bytes | str], catalog: Catalog) -> dict[Path, bytes | str]:
    """Leave out what was looked at and not measured."""
    hashes = {known for known in learned.values() if isinstance(known, bytes)}
    missing = hashes - catalog.measured(sorted(hashes))
    return {path: known for path, known in learned.items() if known not in missing}


def recognise(
    photos: Sequence[Photo], spec: ModelSpec, catalog: Catalog, progress: Progress
) -> dict[Path, bytes | str]:
    """Find moved and copied photos by content: hashing a file is cheaper than looking at it."""
    from photosort.photos.records import content_hash

    sizes = catalog.sizes(photos, spec.id)
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


def note_links(photos: Iterable[Photo]) -> None:
    """Record the ctime that a hard link gave photos: their content is the same."""
    from photosort.catalog import Catalog

    changed = []
    for photo in photos:
        with contextlib.suppress(OSError):
            now = photo.path.stat()
            if (now.st_size, now.st_mtime_ns) == (photo.size_bytes, photo.mtime_ns):
                changed.append((photo, now.st_ctime_ns))
    with Catalog.open() as catalog:
        catalog.retime(changed)


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


def recall_scores(looked: Looked, spec: ModelSpec) -> Floats:
    """Read the photos' class scores (n, 1000)."""
    from photosort.catalog import Catalog

    with Catalog.open() as catalog:
        return catalog.scores([digest for _, digest in looked.photos], spec.id)
