"""Photos a second of photosort's workers, against one bare loop a core.

    python benchmarks/embedding.py DIR [--model lite2] [--workers 2] [--runs 3] [--limit 1000]

Ours is what `organize` runs: workers, pipes, hashes, and a new catalog that gets every batch. The
bare loop is a plain process a core that reads, decodes and embeds its share of the same photos with
the same decoder and interpreter, and keeps nothing. Both are timed from the start of the first
process to the end of the last. They take turns, so that other load on the machine falls on both;
the processor time, which such load hardly changes, is compared as well. Memory is the proportional
set size summed over all processes, sampled once a second (Linux).
"""

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from processes import Measured, peak_memory, processor_seconds

BATCH = 64


def ours(paths: Sequence[Path], model: str, workers: int) -> None:
    """Look at the photos as `organize` does, with a new catalog."""
    from photosort.catalog import Catalog
    from photosort.embed.backbone import MODELS
    from photosort.embed.workers import embed_photos
    from photosort.photos.records import Embedded
    from photosort.photos.scan import Photo

    spec = MODELS[model]
    photos = [
        Photo(path, (at := path.stat()).st_size, at.st_mtime_ns, at.st_ctime_ns, "JPEG")
        for path in paths
    ]
    with (
        tempfile.TemporaryDirectory() as folder,
        Catalog.open(Path(folder) / "catalog.sqlite3") as catalog,
    ):
        batch = []
        for result in embed_photos(photos, spec, workers=workers):
            assert isinstance(result, Embedded), result
            batch.append(result)
            if len(batch) == BATCH:
                catalog.store(batch, spec.id)
                batch = []
        catalog.store(batch, spec.id)
        assert catalog.info().photos > 0


def bare(paths: Sequence[Path], model: str, workers: int) -> None:
    """Look at the photos in as many plain loops as there are workers."""
    spawn = multiprocessing.get_context("spawn")
    loops = [
        spawn.Process(target=bare_loop, args=(paths[first::workers], model))
        for first in range(workers)
    ]
    for loop in loops:
        loop.start()
    for loop in loops:
        loop.join()
        assert loop.exitcode == 0


def bare_loop(paths: Sequence[Path], model: str) -> None:
    """Read, decode, embed; nothing else."""
    from photosort.embed.backbone import MODELS, Backbone
    from photosort.photos.decode import decode

    spec = MODELS[model]
    backbone = Backbone(spec, threads=1)
    for path in paths:
        backbone.embed(decode(path.read_bytes(), min_side=spec.input_side).image)


def measure(way: Callable[[Sequence[Path], str, int], None], *arguments: object) -> Measured:
    """Run one way; take its time, the processor time of all its processes, and their memory."""
    with peak_memory(1) as samples:
        began, used = time.perf_counter(), processor_seconds()
        way(*arguments)
        seconds, used = time.perf_counter() - began, processor_seconds() - used
    return Measured(seconds, used, max(samples))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="lite2")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=int, default=1000)
    given = parser.parse_args()
    paths = sorted(given.folder.rglob("*.jpg"))[: given.limit]
    bare_loop(paths, given.model)  # the files are in the page cache from now on
    print(f"{len(paths)} photos, {given.model}, {given.workers} workers")
    runs = []
    for number in range(1, given.runs + 1):
        one = measure(ours, paths, given.model, given.workers)
        other = measure(bare, paths, given.model, given.workers)
        runs.append((other.seconds / one.seconds, other.processor_seconds / one.processor_seconds))
        print(
            f"run {number}: workers {len(paths) / one.seconds:.1f} photos/s, "
            f"{one.processor_seconds / len(paths) * 1e3:.1f} ms of processor a photo, "
            f"peak {one.peak_bytes / 1e6:.0f} MB; "
            f"bare loops {len(paths) / other.seconds:.1f} photos/s, "
            f"{other.processor_seconds / len(paths) * 1e3:.1f} ms, "
            f"peak {other.peak_bytes / 1e6:.0f} MB"
        )
    speed, processor = (statistics.median(column) for column in zip(*runs, strict=True))
    print(f"workers reach {speed:.1%} of the bare loops' speed (median; target 85 %)")
    print(f"by processor time: {processor:.1%}")


if __name__ == "__main__":
    main()
