"""Look at photos on one machine or many, and keep what was learned as Parquet shards."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from photosort.counts import counted
from photosort.errors import PhotosortError
from photosort.scale import SHARD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from photosort.commands.request import Progress
    from photosort.scale.listing import Listed, Listing
    from photosort.scale.store import Entry, Store

Engine = Literal["local", "ray"]
Run: TypeAlias = "Callable[[Sequence[Sequence[Listed]]], Iterable[Entry]]"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked `embed` for: sources and `to` are paths or URLs."""

    sources: tuple[str, ...]
    to: str
    engine: Engine = "local"
    address: str | None = None
    model: str = "lite2"
    workers: int | None = None
    shard: int = SHARD
    follow: bool = False
    check: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What a store holds now: its photos, those looked at by this run, those that failed in it."""

    to: str
    photos: int
    looked: int
    failed: int
    shards: int
    unsupported: int


def embed(wanted: Wanted, progress: Progress) -> Done:
    """Look at the photos of the sources that the store at `to` does not have. PhotosortError."""
    require_arrow()
    from photosort.embed.backbone import find_model
    from photosort.scale.listing import list_photos, refuse_inside
    from photosort.scale.places import open_place
    from photosort.scale.store import plan_store, shard_name

    spec = find_model(wanted.model)
    refuse_inside(open_place(wanted.to), wanted.sources)
    progress.stage("Scanning")
    listing = list_photos(wanted.sources, follow=wanted.follow, on_found=progress.advance)
    if not listing.photos:
        raise PhotosortError(
            f"{', '.join(wanted.sources)}: no photo found; name a folder that holds some"
        )
    store = plan_store(wanted.to, wanted.model, spec.id)
    if wanted.check:
        progress.stage("Checking", unit="shard")
        for path in store.drop_damaged():
            progress.note(f"{path}: damaged; its photos are looked at again")
    known, unread = _known(store, listing, progress)
    pending = [photo for photo in listing.photos if photo not in known]
    shards = [pending[at : at + wanted.shard] for at in range(0, len(pending), wanted.shard)]
    failed = 0
    if pending:
        progress.stage("Looking", total=len(pending))
        with _engine(wanted, store, progress) as run:
            store.begin()
            failed = sum(entry.failed for entry in run(shards))
    new = {
        photo: (name, row)
        for shard in shards
        for name in [shard_name(shard)]
        for row, photo in enumerate(shard)
    }
    store.write_index(listing, {**unread, **known, **new})
    return Done(
        store.place.url,
        len(listing.photos),
        len(pending),
        failed,
        len(store.entries()),
        listing.unsupported,
    )


def _known(
    store: Store, listing: Listing, progress: Progress
) -> tuple[dict[Listed, tuple[str, int]], dict[Listed, tuple[str, int]]]:
    """Find the photos that are as they were when they were looked at, each with shard and row.

    Those whose file could not be read then, which is tried again, come second.
    """
    wanted = set(listing.photos)
    known: dict[Listed, tuple[str, int]] = {}
    unread: dict[Listed, tuple[str, int]] = {}
    entries = store.entries()
    if entries:
        progress.stage("Remembering", total=len(entries), unit="shard")
    for done, (name, entry) in enumerate(entries.items(), start=1):
        try:
            photos = store.photos_of(entry)
        except PhotosortError:
            progress.note(f"{store.drop(name)}: damaged; its photos are looked at again")
            continue
        for row, (photo, was_read) in enumerate(photos):
            if photo in wanted:
                (known if was_read else unread)[photo] = (name, row)
        progress.advance(done)
    return known, unread


@contextmanager
def _engine(wanted: Wanted, store: Store, progress: Progress) -> Iterator[Run]:
    """Give what looks at shards and writes them; a cluster is there before anything is written."""
    from photosort.scale.engines import cluster, embed_by_ray, embed_here

    done = progress.advance
    if wanted.engine == "local":
        yield lambda shards: embed_here(
            shards, store, wanted.workers, on_done=done, on_note=progress.note
        )
        return
    with cluster(wanted.address, wanted.workers) as ray:
        yield lambda shards: embed_by_ray(ray, shards, store, wanted.workers, on_done=done)


def require_arrow() -> None:
    """Raise PhotosortError where pyarrow or fsspec is not installed."""
    try:
        import fsspec  # noqa: F401
        import pyarrow as pa  # noqa: F401
    except ImportError as error:
        raise PhotosortError(f"{error.name}: not installed; install photosort-dec[ray]") from None


def told(done: Done) -> str:
    """Say in one line what a run came to."""
    lost = f", {done.failed:,} of them cannot be read" if done.failed else ""
    return (
        f"{done.to}: {counted(done.photos, 'photo')} in {counted(done.shards, 'shard')};"
        f" looked at {done.looked:,} now{lost}"
    )
