"""Train the autoencoders that `photosort bench mnist` starts from, with the published schedule.

    python -m pip install '.[plots]'
    python models/pretrain_mnist.py --seeds 0 1 2 --out docs/bench/mnist-published

One training serves two ends: it is `photosort bench mnist --from-scratch --full` for these seeds,
whose results, log and figures go to --out, and each autoencoder is kept as it is finished:
models/mnist-autoencoder-SEED.npz and mnist-photosort-SEED.npz (float16) with their cards. About 18
minutes a seed on two cores with units for bfloat16, twice as long without.
"""

import argparse
import hashlib
import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from photosort.bench import datasets, output, run, table
from photosort.bench.augment import Augmentation
from photosort.bench.pretraining import SHIPPED, published_schedule
from photosort.dec.autoencoder import Autoencoder
from photosort.dec.precision import fastest

HERE = Path(__file__).parent


METHODS = {"published": ("ae", "dec", "idec"), "graph-dec": ("graph-dec",)}  # that begin with it
WHAT = {
    "published": "autoencoder 784-500-500-2000-10, linear code",
    "graph-dec": "convolutional autoencoder 32-64-128, code of 16, for deskewed images",
}


def weights(kind: str, seed: int) -> Path:
    """Return where the autoencoder of this kind and `seed` is kept."""
    return HERE / f"mnist-{SHIPPED[kind]}-{seed}.npz"


def keep(kind: str, seed: int, autoencoder: Autoencoder) -> None:
    """Save an autoencoder as soon as it is trained: hours may follow."""
    if kind in SHIPPED:
        autoencoder.save(weights(kind, seed), dtype="int8")
        print(f"kept {weights(kind, seed)}", flush=True)


def write_card(kind: str, seed: int, report: run.Report) -> None:
    """Describe the weights of `seed`, with what the methods that begin with them scored."""
    file, precision = weights(kind, seed), report.options.precision
    mine = [one for one in report.runs if one.seed == seed and one.method in METHODS[kind]]
    if not mine:
        return
    schedule = replace(published_schedule(kind, report.n_rows), precision=precision, augment=None)
    augmentation = {"augmentation": asdict(Augmentation())} if kind == "graph-dec" else {}
    card = {
        "name": file.name,
        "what": f"{WHAT[kind]}; integers of 7 bits with scales; read by Autoencoder.load",
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "bytes": file.stat().st_size,
        "made_by": f"models/pretrain_mnist.py --seeds {seed}",
        "made_on": datetime.now(UTC).date().isoformat(),
        "data": "MNIST, all 70,000 images, no labels (models/mnist, CC BY-SA 3.0)",
        "licence": "Apache-2.0",
        "seed": seed,
        "schedule": {**asdict(schedule), "optimizer": repr(schedule.optimizer), **augmentation},
        "seconds": round(max((one.pretrain_seconds for one in mine), default=0.0)),
        "machine": report.machine,
        "scores_before_rounding": {
            one.method: {name: round(getattr(one, name), 4) for name in ("nmi", "acc", "ari")}
            for one in mine
        },
    }
    file.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def show(tick: run.Tick) -> None:
    """Print the lines worth keeping."""
    if tick.nmi is not None or tick.done % 10 == 0:
        nmi = "" if tick.nmi is None else f" NMI {tick.nmi:.4f} ACC {tick.acc:.4f}"
        loss = "" if tick.loss is None else f" loss {tick.loss:.5f}"
        where = f"{tick.method} seed {tick.seed} {tick.stage} {tick.done}/{tick.of}"
        print(f"{tick.seconds:8.1f} s {where}{loss}{nmi}", flush=True)


def main() -> None:
    """Train, compare, keep, describe."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--methods", nargs="+", default=["kmeans", "ae", "dec", "graph-dec"])
    parser.add_argument("--out", type=Path, required=True, help="a new folder for the results")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default=fastest())
    arguments = parser.parse_args()
    folder = output.reserve("mnist", arguments.out)
    report = run.run(
        datasets.load("mnist"),
        arguments.methods,
        seeds=arguments.seeds,
        options=run.Options(from_scratch=True, full=True, precision=arguments.precision),
        on_tick=show,
        keep=keep,
    )
    output.write(report, folder)
    for seed in arguments.seeds:
        for kind in SHIPPED:
            write_card(kind, seed, report)
    for line in table.cells(report):
        print("  ".join(line))


if __name__ == "__main__":
    main()
