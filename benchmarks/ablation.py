"""What each ingredient of the `photosort` row brings on MNIST.

    python benchmarks/ablation.py [--rows 70000] [--seed 0] [--only start dec]

Each line leaves one thing out of what the row does, or stops before its end. The autoencoder is the
shipped one where there is one for the seed. Labels only score.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from photosort.bench import datasets, graph_dec, scores, spectral
from photosort.bench.augment import straightened
from photosort.bench.hog import Description
from photosort.bench.pretraining import Pretrainer, Training
from photosort.bench.task import Task
from photosort.dec.autoencoder import Autoencoder
from photosort.dec.dec import Ints, Refinement, refine
from photosort.dec.precision import fastest
from photosort.dec.training import Floats
from photosort.grouping.graph import walked

Line = tuple[str, Ints]


def cut(graph: spectral.Sparse, task: Task, *, parts: int) -> Ints:
    """Cut a graph spectrally into `parts` times as many parts as clusters, then join them."""
    kept = spectral.VECTORS, spectral.PARTS
    spectral.VECTORS, spectral.PARTS = (1, 1) if parts == 1 else kept
    try:
        return spectral.spectral_clusters(graph, task.clusters, seed=task.seed)
    finally:
        spectral.VECTORS, spectral.PARTS = kept


def start(task: Task, found: Ints, graph: spectral.Sparse) -> Floats:
    """Return what the walk makes of labels."""
    return walked(graph, np.eye(task.clusters, dtype=np.float32)[found], graph_dec.START_SHARE)


def starts(task: Task, upright: Floats, full: spectral.Sparse) -> Iterator[Line]:
    """Give the start with less and less left out."""
    from sklearn.decomposition import PCA

    main = PCA(50, svd_solver="covariance_eigh").fit_transform(upright)
    graph = spectral.Neighbours(main).graph
    yield "start: neighbours by upright pixels", cut(graph, task, parts=3)
    graph = spectral.Neighbours(Description(task.x, task.shape)(task.x)).graph
    yield "start: neighbours by outlines, not straightened", cut(graph, task, parts=3)
    yield "start: straightened, cut at once into clusters", cut(full, task, parts=1)
    found = cut(full, task, parts=3)
    yield "start: straightened, cut into parts, joined", found
    yield "start: the same, then the walk", start(task, found, full).argmax(axis=1)


def refinements(
    task: Task, upright: Floats, graph: spectral.Sparse, trained: Autoencoder
) -> Iterator[Line]:
    """Give DEC from the full start, each time without one thing, then with all."""
    belief = start(task, cut(graph, task, parts=3), graph)

    def dec(change: Callable[[Refinement], Refinement], share: float, first: Autoencoder) -> Floats:
        options = change(graph_dec.refinement(task, graph_dec.Consensus(graph, belief, share)))
        centers = graph_dec.centers_of(first.encode(upright), belief)
        return refine(first.copy(), upright, centers, options, seed=task.seed).assignment

    def ending(q: Floats) -> Ints:
        return walked(graph, q, graph_dec.SHARE).argmax(axis=1)

    untrained = Autoencoder(trained.network, seed=task.seed)
    yield "DEC without pretraining", ending(dec(lambda o: o, graph_dec.SHARE, untrained))
    yield (
        "DEC without views",
        ending(dec(lambda o: replace(o, augment=None), graph_dec.SHARE, trained)),
    )
    yield "DEC whose targets do not walk", ending(dec(lambda o: o, 0.0, trained))
    q = dec(lambda o: o, graph_dec.SHARE, trained)
    yield "everything but the last walk: the encoder alone", q.argmax(axis=1)
    yield "everything: the photosort row", ending(q)


def main() -> None:
    """Print a line for each variant as soon as it is known."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=70_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=["start", "dec"], default=["start", "dec"])
    arguments = parser.parse_args()
    data = datasets.load("mnist").head(arguments.rows)
    shipped = "mnist" if arguments.rows >= 70_000 else None
    training = Training(shipped=shipped, precision=fastest(), shape=data.shape)
    pretrainer = Pretrainer(training)
    task = Task(
        x=data.x,
        clusters=data.n_kinds,
        seed=arguments.seed,
        pretrainer=pretrainer,
        tell=lambda _: None,
        precision=fastest(),
        shape=data.shape,
    )
    upright = straightened(task.x, task.shape)
    graph = spectral.Neighbours(Description(upright, task.shape)(upright)).graph

    def lines() -> Iterator[Line]:
        if "start" in arguments.only:
            yield from starts(task, upright, graph)
        if "dec" in arguments.only:
            trained = pretrainer.get("photosort", upright, task.seed, task.clusters, task.tell)
            yield from refinements(task, upright, graph, trained.autoencoder)

    for name, labels in lines():
        acc, nmi = scores.accuracy(data.labels, labels), scores.nmi(data.labels, labels)
        print(f"{name:50} ACC {acc:.4f}  NMI {nmi:.4f}", flush=True)


if __name__ == "__main__":
    main()
