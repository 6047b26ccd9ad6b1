"""Features from a store (commands/embed.py) in place of looking at photos: `organize --features`.

Photos that are files of this machine get their features into the catalog, and everything goes on as
if they had been looked at here. Those of an object store are grouped without one, into a manifest:
commands/remote.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from photosort.commands.embed import require_arrow
from photosort.counts import counted
from photosort.embed.backbone import THOROUGH, find_model
from photosort.errors import PhotosortError
from photosort.photos.paths import in_full

if TYPE_CHECKING:
    from collections.abc import Iterator

    from photosort.commands.request import Progress, Request
    from photosort.photos.records import Embedded, Failed
    from photosort.scale.rows import Learned
    from photosort.scale.store import Index, Store


@dataclass(frozen=True, slots=True)
class Features:
    """An open store and what it holds."""

    store: Store
    index: Index

    @property
    def is_remote(self) -> bool:
        """Whether the photos are no files of this machine."""
        from photosort.scale.places import is_remote

        return any(map(is_remote, self.index.sources))


def open_features(url: str) -> Features:
    """Open the store at `url`. Raises PhotosortError where it is none, or unfinished."""
    require_arrow()
    from photosort.scale.store import open_store

    store = open_store(url)
    return Features(store, store.index())


def recall_features(
    features: Features, request: Request, progress: Progress, *, model_typed: bool
) -> Request:
    """Put features of local photos into the catalog; ask for their sources and their network.

    Raises PhotosortError for a network that is another than the store's, and for a damaged shard.
    """
    from photosort.catalog import Catalog

    request = with_model(features, request, typed=model_typed)
    sources = request.sources or tuple(map(Path, features.index.sources))
    _require_these(features, request)
    progress.stage("Reading features", total=len(features.index.photos))
    done = 0
    with Catalog.open() as catalog:
        for rows in learned_by_shard(features):
            batch: list[Embedded | Failed] = [one.result for _, one in rows]
            catalog.store(batch, features.store.model_id)
            done += len(rows)
            progress.advance(done)
    return replace(request, sources=sources)


def _require_these(features: Features, request: Request) -> None:
    """Refuse features of other photos than those of the request, and an album among the features.

    A photo that the store lacks beside others that it has is looked at here.
    """
    url = features.store.place.url
    if request.out is not None and in_full(request.out).is_relative_to(Path(url)):
        raise PhotosortError(f"{request.out}: lies among the features in {url}; use another --out")
    wanted = [in_full(source) for source in request.sources]
    known = [Path(photo.url) for photo in features.index.photos]
    if wanted and not any(path.is_relative_to(source) for path in known for source in wanted):
        raise PhotosortError(
            f"{url}: holds no photo of {', '.join(map(str, wanted))}; name the folder whose"
            " photos it has, or run photosort embed on this one"
        )


def with_model(features: Features, request: Request, *, typed: bool) -> Request:
    """Ask for the store's network. Raises PhotosortError where another was typed."""
    store = features.store
    model = request.model if typed else store.model
    if find_model(model).id != store.model_id:
        remedy = "leave --model out, or run photosort embed with that network and another --to"
        if model.endswith(THOROUGH):
            remedy = "leave --thorough out: photosort embed looks once at each photo"
        raise PhotosortError(
            f"{store.place.url}: holds features of {store.model} ({store.model_id}), not of"
            f" {model} ({find_model(model).id}); {remedy}"
        )
    return replace(request, model=model)


def learned_by_shard(features: Features) -> Iterator[list[tuple[int, Learned]]]:
    """Give, a shard at a time, the number of each photo in the index and what was learned of it.

    Raises PhotosortError that names a shard that is damaged or gone.
    """
    from photosort.scale.rows import from_table

    index, entries = features.index, features.store.entries()
    by_shard: dict[str, dict[int, int]] = {}
    for number, (shard, row) in enumerate(zip(index.shards, index.rows, strict=True)):
        by_shard.setdefault(shard, {})[row] = number
    for shard, numbers in by_shard.items():
        if shard not in entries:
            path = features.store.place.at(f"shards/{shard}.parquet")
            raise PhotosortError(
                f"{path}: gone or cut short, {counted(len(numbers), 'photo')}; run photosort embed"
                " again, which looks at them again"
            )
        table = features.store.read(entries[shard])
        yield [
            (numbers[row], learned)
            for row, learned in enumerate(from_table(table))
            if row in numbers
        ]
