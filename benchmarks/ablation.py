"""The scores of the rows graph and graph-dec on MNIST, each time without one step.

    python benchmarks/ablation.py [--rows 70000] [--seed 0] [--only graph dec]

Each line leaves one step out, or stops before the end. The autoencoder is the shipped one where
there is one for the seed. Labels only score.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from photosort.bench import datasets, graph_dec, scores
from photosort.bench.deskew import deskew
from photosort.bench.hog import HogPca
from photosort.bench.pretraining import Pretrainer, Training
from photosort.bench.spectral import Neighbours, spectral_clustering
from photosort.bench.task import Task
from photosort.dec.arrays import Floats, Ints
from photosort.dec.autoencoder import Autoencoder
from photosort.dec.dec import Refinement, refine
from photosort.dec.precision import fastest
from photosort.grouping.graph import Sparse, propagate_memberships

Line = tuple[str, Ints]


def cluster(graph: Sparse, task: Task) -> Ints:
    """Cluster a graph as the rows do."""
    return spectral_clustering(graph, task.clusters, seed=task.seed)


def propagate(task: Task, labels: Ints, graph: Sparse) -> Floats:
    """Return memberships (n, clusters): personalised PageRank of labels."""
    memberships = np.eye(task.clusters, dtype=np.float32)[labels]
    return propagate_memberships(graph, memberships, graph_dec.GRAPH_DAMPING)


def graph_lines(task: Task, images: Floats, full: Sparse) -> Iterator[Line]:
    """Give the graph row with less and less left out."""
    from sklearn.decomposition import PCA

    components = PCA(50, svd_solver="covariance_eigh").fit_transform(images)
    yield "graph: by deskewed pixels", cluster(Neighbours(components).graph, task)
    graph = Neighbours(HogPca(task.x, task.shape)(task.x)).graph
    yield "graph: by HOG, not deskewed", cluster(graph, task)
    at_once = spectral_clustering(full, task.clusters, seed=task.seed, eigenvectors=1, parts=1)
    yield "graph: by HOG, deskewed, cut at once", at_once
    found = cluster(full, task)
    yield "graph: the same, cut into parts, merged", found
    yield "graph: the same, then PageRank", propagate(task, found, full).argmax(axis=1)


def dec_lines(task: Task, images: Floats, graph: Sparse, trained: Autoencoder) -> Iterator[Line]:
    """Give DEC after the graph, each time without one step, then with all."""
    memberships = propagate(task, cluster(graph, task), graph)

    def dec(
        change: Callable[[Refinement], Refinement], damping: float, first: Autoencoder
    ) -> Floats:
        target = graph_dec.PropagatedTarget(graph, memberships, damping)
        options = change(graph_dec.refinement(task, target))
        centers = graph_dec.initial_centers(first.encode(images), memberships)
        return refine(first.copy(), images, centers, options, seed=task.seed).assignment

    def final(q: Floats) -> Ints:
        return propagate_memberships(graph, q, graph_dec.DAMPING).argmax(axis=1)

    untrained = Autoencoder(trained.network, seed=task.seed)
    yield "DEC without pretraining", final(dec(lambda o: o, graph_dec.DAMPING, untrained))
    yield (
        "DEC without augmentation",
        final(dec(lambda o: replace(o, augment=None), graph_dec.DAMPING, trained)),
    )
    yield "DEC whose targets are not propagated", final(dec(lambda o: o, 0.0, trained))
    q = dec(lambda o: o, graph_dec.DAMPING, trained)
    yield "all but the last propagation: the encoder alone", q.argmax(axis=1)
    yield "all: the graph-dec row", final(q)


def main() -> None:
    """Print a line for each variant as soon as it is known."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=70_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=["graph", "dec"], default=["graph", "dec"])
    arguments = parser.parse_args()
    data = datasets.load("mnist").head(arguments.rows)
    shipped = "mnist" if arguments.rows >= 70_000 else None
    training = Training(shipped=shipped, precision=fastest(), shape=data.shape)
    pretrainer = Pretrainer(training)
    task = Task(
        x=data.x,
        clusters=data.n_classes,
        seed=arguments.seed,
        pretrainer=pretrainer,
        on_progress=lambda _: None,
        precision=fastest(),
        shape=data.shape,
    )
    images = deskew(task.x, task.shape)
    graph = Neighbours(HogPca(images, task.shape)(images)).graph

    def lines() -> Iterator[Line]:
        if "graph" in arguments.only:
            yield from graph_lines(task, images, graph)
        if "dec" in arguments.only:
            trained = pretrainer.get(
                "graph-dec", images, task.seed, task.clusters, task.on_progress
            )
            yield from dec_lines(task, images, graph, trained.autoencoder)

    for name, labels in lines():
        acc, nmi = scores.accuracy(data.labels, labels), scores.nmi(data.labels, labels)
        print(f"{name:50} ACC {acc:.4f}  NMI {nmi:.4f}", flush=True)


if __name__ == "__main__":
    main()
