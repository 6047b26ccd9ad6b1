"""Each stage of `organize` alone: photos a second, processor time, memory, and the bare limit.

    python benchmarks/stages.py DIR [--limit 1000] [--clusters 8] [--others PYTHON [--no-stages]]

DIR holds photos. The stages run one after the other in this process, each on the result of the one
before, on one thread where a library has an option for that. Only "workers" runs as in `organize`:
a process a core reads, decodes, embeds and measures. The limit of a stage is the same work by the
library underneath and nothing else: Pillow's decoder, the interpreter on one tensor, NumPy's
product of the same matrices, `os.symlink`. Memory is the peak, while the stage runs, of the
proportional set size summed over all processes, sampled every 0.1 s (Linux).

--others names a Python that holds other programs (`pip install clustimage cleanvision PyWavelets`
and `pip install --no-deps imagededup`); they and `photosort organize` look at the same photos on
the same cores, one after the other, each in a process of its own. ClustPy's and Keras' training are
in benchmarks/training.py. The row below all of grouping is scikit-learn's k-means of the same
features, with ten initializations.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from made_album import in_clusters
from PIL import Image
from processes import home, peak_memory, processor_seconds
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from photosort.assets import asset
from photosort.catalog import Catalog
from photosort.commands.networks import pretrained_for
from photosort.dec.dec import refine
from photosort.embed.backbone import (
    DEFAULT_MODEL,
    Backbone,
    ModelSpec,
    find_model,
    open_interpreter,
)
from photosort.embed.workers import embed_photos
from photosort.grouping import groups as grouping
from photosort.grouping.confidence import confidence
from photosort.grouping.count import choose_count
from photosort.grouping.graph import l2_normalise, neighbour_adjacency
from photosort.grouping.partition import (
    first_groups,
    partitions,
    principal_components,
    principal_rows,
)
from photosort.grouping.rows import Rows, centre_features, encoder_input
from photosort.photos.decode import decode
from photosort.photos.measures import measure
from photosort.photos.metadata import read_facts
from photosort.photos.records import Embedded, content_hash
from photosort.photos.scan import Photo, scan
from photosort.photos.thumbnails import thumbnail

INTERVAL_S = 0.1
REPEATS = 3
Made = TypeVar("Made")


class Table:
    """Prints a row a stage."""

    def __init__(self, photos: int) -> None:
        self.photos = photos
        print("| stage | photos/s | processor ms a photo | peak | of the limit |")
        print("|---|---|---|---|---|", flush=True)

    def time(
        self, name: str, work: Callable[[], Made], limit: Callable[[], object] | None = None
    ) -> Made:
        """Run a stage, and its limit; print the row; return what the stage made."""
        with peak_memory(INTERVAL_S) as samples:
            began, used = time.perf_counter(), processor_seconds()
            made = work()
            seconds, used = time.perf_counter() - began, processor_seconds() - used
        share = ""
        if limit is not None:
            bare = statistics.median(_used(limit) for _ in range(REPEATS))
            share = f"{bare / used:.0%}"
        print(
            f"| {name} | {self.photos / seconds:,.0f} | {1e3 * used / self.photos:.3f} "
            f"| {max(samples) / 1e6:,.0f} MB | {share} |",
            flush=True,
        )
        return made


def _used(work: Callable[[], object]) -> float:
    began = processor_seconds()
    work()
    return processor_seconds() - began


def pillow(data: list[bytes], side: int) -> None:
    """Decode as Pillow does, at the size that is wanted."""
    import io

    for content in data:
        with Image.open(io.BytesIO(content)) as image:
            image.draft("RGB", (side, side))
            image.convert("RGB").load()


def look(table: Table, folder: Path, limit: int, work: Path) -> list[Embedded]:
    """Time what is done with each photo."""
    spec = find_model(DEFAULT_MODEL)
    found = table.time("scan", lambda: scan([folder])).photos[:limit]
    paths = [photo.path for photo in found]
    table.time("hash", lambda: [content_hash(path) for path in paths])
    data = [path.read_bytes() for path in paths]
    table.time("header", lambda: [read_facts(one) for one in data])
    pictures = table.time(
        "decode",
        lambda: [decode(one, min_side=spec.input_side).image for one in data],
        lambda: pillow(data, 2 * spec.input_side),
    )
    backbone = Backbone(spec, threads=1)
    table.time(
        "inference",
        lambda: [backbone.embed(picture) for picture in pictures],
        lambda: bare_inference(spec, len(pictures)),
    )
    table.time("measures", lambda: [measure(picture) for picture in pictures])
    table.time("thumbnail", lambda: [thumbnail(picture) for picture in pictures])

    def bare() -> None:
        for one in data:
            backbone.embed(decode(one, min_side=spec.input_side).image)

    results = table.time(
        "workers (all of these)", lambda: list(embed_photos(list(found), spec)), bare
    )
    embedded = [one for one in results if isinstance(one, Embedded)]

    remember(table, found, embedded, spec, work)
    return embedded


def remember(
    table: Table, found: Sequence[Photo], embedded: list[Embedded], spec: ModelSpec, work: Path
) -> None:
    """Time what the catalog does: store what was seen, find the photos again, read it back."""

    def store() -> None:
        with Catalog.open(work / "catalog.sqlite3") as catalog:
            for start in range(0, len(embedded), 64):
                catalog.store(embedded[start : start + 64], spec.id)

    def read_back() -> None:
        with Catalog.open(work / "catalog.sqlite3") as catalog:
            catalog.known(found, spec.id)
            hashes = [one.content_hash for one in embedded]
            catalog.features(hashes, spec.id)
            catalog.scores(hashes, spec.id)

    table.time("store", store)
    table.time("known, read back", read_back)


def bare_inference(spec: ModelSpec, count: int) -> None:
    """Invoke the interpreter on one tensor over and over."""
    interpreter = open_interpreter(asset("models", spec.file), 1)
    details = interpreter.get_input_details()[0]
    interpreter.set_tensor(details["index"], np.zeros(details["shape"], details["dtype"]))
    for _ in range(count):
        interpreter.invoke()


def group(table: Table, embedded: list[Embedded], clusters: int) -> None:
    """Time what is done with all features."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    features = np.stack([one.feature for one in embedded]).astype(np.float32)
    pretrained = pretrained_for(find_model(DEFAULT_MODEL))
    rows = centre_features(features, pretrained)
    graph = table.time("neighbours", lambda: neighbour_adjacency(rows), lambda: rows @ rows.T)
    x = table.time("smooth", lambda: encoder_input(rows, graph))
    table.time("count", lambda: choose_count(rows, 1, 40, seed=0))
    smooth = l2_normalise(x)
    components = principal_components(smooth, clusters)
    found = table.time("partitions", lambda: partitions(smooth, components, clusters, seed=0))
    start = first_groups(principal_rows(components, clusters), found)
    autoencoder = table.time("train the autoencoder", lambda: grouping.fine_tune(x, pretrained))
    codes = table.time("encode", lambda: autoencoder.encode(x))
    centers = grouping.mean_rows(codes, start)
    options = grouping.refinement(graph)
    end = table.time("DEC", lambda: refine(autoencoder, x, centers, options, seed=0))
    table.time("confidence", lambda: confidence(Rows(features, pretrained), end.labels))
    table.time(
        "all of grouping",
        lambda: grouping.group_features(features, clusters=clusters, pretrained=pretrained),
    )
    plain = KMeans(clusters, n_init=10, random_state=0)
    table.time("(scikit-learn's k-means)", lambda: plain.fit(l2_normalise(features)))


def write(table: Table, paths: list[Path], clusters: int, work: Path) -> None:
    """Time the plan and the links."""
    from datetime import UTC, datetime

    from photosort.album.folder import survey
    from photosort.album.manifest import About
    from photosort.album.plan import Member, plan_album
    from photosort.album.write import claim, write_album

    groups = in_clusters([Member(path, 1.0) for path in paths], clusters)
    source = Path(os.path.commonpath(paths))
    out = work / "album"
    with claim(out, [source], "symlink") as claimed:
        site = survey(out, [source], portable=claimed.portable)
        plan = table.time("plan", lambda: plan_album(groups, site, "symlink"))
        about = About(datetime.now(UTC), (source,))

        def bare() -> None:
            folder = Path(tempfile.mkdtemp(dir=work))
            for number, path in enumerate(paths):
                os.symlink(path, folder / str(number))  # noqa: PTH211

        table.time("link", lambda: write_album(claimed, plan, about), bare)


OTHERS = {
    "clustimage": """
from clustimage import Clustimage
model = Clustimage(method="pca", embedding=None, verbose="critical")
model.fit_transform(files)
""",
    "imagededup, four hashes": """
import types
for name, attribute in {"imagededup.methods.cnn": "CNN", "imagededup.utils.data_generator":
                        "img_dataloader", "imagededup.utils.models": "CustomModel"}.items():
    module = types.ModuleType(name); setattr(module, attribute, None)
    sys.modules.setdefault(name, module)
methods = __import__("imagededup.methods", fromlist=["PHash"])
for name in ("PHash", "DHash", "AHash", "WHash"):
    method = getattr(methods, name)(verbose=False)
    for file in files: method.encode_image(file)
""",
    "CleanVision": """
from cleanvision import Imagelab
Imagelab(filepaths=files, verbose=False).find_issues(verbose=False)
""",
}


def beside(folder: Path, limit: int, python: str) -> None:
    """Time whole programs on the same photos."""
    with tempfile.TemporaryDirectory() as work:
        files = [str(photo.path) for photo in scan([folder]).photos[:limit]]
        photos = Path(work) / "photos"
        photos.mkdir()
        for number, file in enumerate(files):
            shutil.copy(file, photos / f"{number:06}{Path(file).suffix.lower()}")
        env = home(Path(work))
        env = {name: text for name, text in env.items() if not name.endswith("NUM_THREADS")}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        listed = f"files = sorted(map(str, Path({str(photos)!r}).iterdir()))"
        given = f"import sys; from pathlib import Path; {listed}"
        print("\n| program | seconds | processor | of photosort's seconds |\n|---|---|---|---|")
        ours = 0.0
        photosort = [sys.executable, "-m", "photosort"]
        commands = {
            "photosort organize": [*photosort, "organize", str(photos), "-q"],
            **{name: [python, "-c", given + code] for name, code in OTHERS.items()},
        }
        for name, command in commands.items():
            began, used = time.perf_counter(), processor_seconds()
            done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
            seconds, used = time.perf_counter() - began, processor_seconds() - used
            ours = ours or seconds
            if done.returncode:
                print(f"| {name} | {(done.stderr.splitlines() or ['failed'])[-1]} | | |")
            else:
                print(f"| {name} | {seconds:.1f} | {used:.1f} | {seconds / ours:.1f} |", flush=True)


def main() -> None:
    """Measure and print tables in Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--clusters", type=int, default=8)
    parser.add_argument("--others", metavar="PYTHON", help="look at the photos with others, too")
    parser.add_argument("--stages", action=argparse.BooleanOptionalAction, default=True)
    given = parser.parse_args()
    folder = given.folder.absolute()
    if given.stages:
        stages(folder, given.limit, given.clusters)
    if given.others:
        beside(folder, given.limit, given.others)


def stages(folder: Path, limit: int, clusters: int) -> None:
    """Time each stage alone."""
    with tempfile.TemporaryDirectory() as work:
        paths = [photo.path for photo in scan([folder]).photos[:limit]]
        table = Table(len(paths))
        with threadpool_limits(1):
            embedded = look(table, folder, limit, Path(work))
            group(table, embedded, clusters)
            write(table, paths, clusters, Path(work))


if __name__ == "__main__":
    main()
