"""Who looks at the shards: this machine, or a Ray cluster by Ray Data.

Either way a shard is the unit: it is looked at by one process, written with its entry in the
ledger, and repeated as a whole where that process was lost.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import logging
import os
import warnings
from dataclasses import asdict, astuple
from typing import TYPE_CHECKING, Any

from photosort.embed.backbone import find_model
from photosort.embed.workers import cores
from photosort.errors import PhotosortError
from photosort.scale.batch import Embedder
from photosort.scale.listing import Listed
from photosort.scale.places import EXTRA
from photosort.scale.store import Entry, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    import numpy.typing as npt

    Shards = Sequence[Sequence[Listed]]

LOG = logging.getLogger(__name__)


def embed_here(
    shards: Shards,
    store: Store,
    workers: int | None,
    *,
    on_done: Callable[[int], None],
    on_note: Callable[[str], None],
) -> Generator[Entry]:
    """Look at shards one after the other on this machine's cores; yield what was written."""
    embedder = Embedder(find_model(store.model), workers=workers or cores(), on_note=on_note)
    done = 0
    with contextlib.closing(embedder):
        for shard in shards:
            yield store.write(embedder.table(shard, functools.partial(_add, on_done, done)))
            done += len(shard)


def _add(on_done: Callable[[int], None], before: int, count: int) -> None:
    on_done(before + count)


class ShardActor:
    """A Ray actor: looks at the photos of a shard and writes them; only the entry travels back."""

    def __init__(self, to: str, model: str) -> None:
        self._store = open_store(to)
        self._embedder = Embedder(find_model(model))

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """Take shards as texts; return an entry of the ledger for each."""
        entries = []
        for text in batch["photos"]:
            photos = [Listed(*row) for row in json.loads(str(text))]
            entries.append(asdict(self._store.write(self._embedder.table(photos))))
        return {key: [entry[key] for entry in entries] for key in entries[0]}


class _Logged(io.TextIOBase):
    """A stream whose lines go to the log."""

    def write(self, text: str) -> int:
        """Log a text."""
        if text.strip():
            LOG.info("Ray: %s", text.strip())
        return len(text)


@contextlib.contextmanager
def cluster(address: str | None, workers: int | None) -> Iterator[Any]:
    """Join the Ray cluster at an address; without one, start one on this machine; give `ray`.

    Raises PhotosortError where Ray is not installed or not there.
    """
    with contextlib.redirect_stdout(_Logged()):  # Ray prints there what its machines tell
        ray = _started(address, workers)
        try:
            yield ray
        finally:
            ray.shutdown()


def embed_by_ray(
    ray: Any,  # noqa: ANN401 - Ray's own module
    shards: Shards,
    store: Store,
    workers: int | None,
    *,
    on_done: Callable[[int], None],
) -> Generator[Entry]:
    """Look at shards on a cluster. Raises PhotosortError, also for what an actor raised."""
    try:
        done = 0
        for batch in _run(ray, shards, store, workers).iter_batches(
            batch_size=None, prefetch_batches=0
        ):
            for entry in _entries(batch):
                _require(store, entry)
                done += entry.rows
                on_done(done)
                yield entry
    except PhotosortError:
        raise
    except Exception as error:
        raise _explained(error) from error


def _started(address: str | None, workers: int | None) -> Any:  # noqa: ANN401 - of Ray's own types
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves the machine
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
        import ray.data
    except ImportError:
        raise PhotosortError(f"--engine ray: Ray is not installed; {EXTRA}") from None
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.ERROR)
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address is None:
        options |= {"num_cpus": workers or cores(), "include_dashboard": False}
    try:
        with warnings.catch_warnings(action="ignore"):  # what is wrong is said below
            ray.init(address=address or "local", **options)
    except Exception as error:
        line = " ".join(str(error).split())[:200]
        raise PhotosortError(
            f"--address {address or 'local'}: no Ray cluster there ({line}); start one as"
            " docs/scaling.md says, or leave --address out"
        ) from error
    return ray


def _run(ray: Any, shards: Shards, store: Store, workers: int | None) -> Any:  # noqa: ANN401
    """Lay out the work: a block a shard, so that a lost actor repeats that shard and no other."""
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.enable_operator_progress_bars = False
    rows = [{"photos": json.dumps([astuple(one) for one in shard])} for shard in shards]
    size = workers or int(ray.cluster_resources().get("CPU", 1))
    return ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
        ShardActor,
        fn_constructor_kwargs={"to": store.place.url, "model": store.model},
        batch_size=None,
        compute=ray.data.ActorPoolStrategy(
            size=max(1, min(size, len(rows))), max_tasks_in_flight_per_actor=2
        ),
        num_cpus=1,
    )


def _entries(batch: dict[str, npt.NDArray[Any]]) -> list[Entry]:
    columns = [batch[key].tolist() for key in ("name", "rows", "failed", "size_bytes", "sha256")]
    return [Entry(*row) for row in zip(*columns, strict=True)]


def _require(store: Store, entry: Entry) -> None:
    """Refuse a place that the cluster's machines do not share. Raises PhotosortError."""
    if not store.has(entry):
        raise PhotosortError(
            f"{store.place.url}: shard {entry.name} was written on another machine; pass --to a"
            " place that all machines share, such as s3://BUCKET/FOLDER"
        )


def _explained(error: Exception) -> PhotosortError:
    """Say in one line what failed on the cluster; what photosort itself raised there as it is."""
    cause: BaseException | None = error
    while cause is not None:
        own = getattr(cause, "cause", None)
        for one in (cause, own):
            if isinstance(one, PhotosortError):
                return PhotosortError(str(one))
        cause = own if isinstance(own, BaseException) else cause.__cause__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return PhotosortError(
        f"--engine ray: {(lines or [type(error).__name__])[-1][:300]}; run the same command again,"
        " which goes on there"
    )
