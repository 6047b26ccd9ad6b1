"""What `photosort bench` runs: find the pictures, compare the methods, write the run's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from photosort.commands.embedding import look
from photosort.commands.request import Request
from photosort.errors import PhotosortError
from photosort.photos.paths import in_full

if TYPE_CHECKING:
    from collections.abc import Callable

    from photosort.bench.datasets import Dataset
    from photosort.bench.output import Written
    from photosort.bench.run import Protocol, Report, Tick
    from photosort.commands.request import Progress
    from photosort.embed.pixels import Pixels
    from photosort.photos.scan import Photo

PIXEL_SIDE = 32  # what "k-means on pixels" sees of a photo


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the user asked `bench` for; no methods means the usual ones."""

    dataset: str
    folder: Path | None = None  # of photos, for the dataset "folder"
    data: Path | None = None
    methods: tuple[str, ...] = ()
    seeds: int = 1
    protocol: Protocol = "whole"
    from_scratch: bool = False
    full: bool = False
    precision: Literal["fastest", "float32", "bfloat16"] = "fastest"
    model: str = "lite2"
    out: Path | None = None


def compare(
    asked: Comparison, progress: Progress, on_tick: Callable[[Tick], None]
) -> tuple[Report, Written]:
    """Compare methods and write results, log, figures and page. Raises PhotosortError."""
    from photosort.bench import datasets, output, run
    from photosort.commands.libraries import matplotlib_settings, tensorflow_settings
    from photosort.dec.precision import fastest

    if asked.dataset == "folder":
        if asked.folder is None:
            raise PhotosortError("bench folder: no folder named; use photosort bench folder DIR")
        dataset = photos(asked.folder, asked.model, progress)
    else:
        dataset = datasets.load(asked.dataset, asked.data)
    folder = output.reserve(asked.dataset, asked.out)
    options = run.Options(
        protocol=asked.protocol,
        from_scratch=asked.from_scratch,
        full=asked.full,
        precision=fastest() if asked.precision == "fastest" else asked.precision,
    )
    seeds = range(asked.seeds)
    with tensorflow_settings():
        report = run.run(dataset, asked.methods, seeds=seeds, options=options, on_tick=on_tick)
    with matplotlib_settings():
        return report, output.write(report, folder)


def photos(folder: Path, model: str, progress: Progress) -> Dataset:
    """Make a dataset of a folder whose sub-folders are labels, seen through the catalog."""
    import numpy as np

    from photosort.bench.datasets import Dataset
    from photosort.catalog import Catalog
    from photosort.embed.backbone import find_model
    from photosort.grouping.pretrained import load_pretrained
    from photosort.photos.scan import scan

    spec = find_model(model)
    root = in_full(folder)
    progress.stage("Scanning")
    found = scan([root], on_found=progress.advance)
    labelled = [photo for photo in found.photos if photo.path.parent != root]
    request = Request(sources=(root,), model=model)
    looked = look(labelled, spec, request, progress)
    names = [photo.path.relative_to(root).parts[0] for photo, _ in looked.photos]
    classes = tuple(sorted(set(names)))
    with Catalog.open() as catalog:
        features = catalog.features([digest for _, digest in looked.photos], spec.id)
    return Dataset(
        name="folder",
        pixels=np.stack([small(photo) for photo, _ in looked.photos])
        if names
        else np.empty((0, PIXEL_SIDE, PIXEL_SIDE, 3), np.uint8),
        labels=np.array([classes.index(name) for name in names], np.int64),
        classes=classes,
        source=root.name,
        features=features,
        pretrained=load_pretrained(spec.name),
    )


def small(photo: Photo) -> Pixels:
    """Return a photo's pixels at the size that "k-means on pixels" works on."""
    import numpy as np

    from photosort.embed.pixels import prepare
    from photosort.photos.decode import decode

    pixels: Pixels = np.ascontiguousarray(
        prepare(decode(photo.path, min_side=PIXEL_SIDE).image, PIXEL_SIDE)
    )
    return pixels
