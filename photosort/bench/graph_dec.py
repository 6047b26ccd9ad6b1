"""The `photosort` row: DEC-DA on upright pictures, started and steadied by their neighbours.

1. Straighten the pictures (views.py), describe them by their outlines, link nearest neighbours.
2. Cut that graph by spectral clustering, then let every picture take the cluster its surroundings
   agree on: the start.
3. Train a convolutional autoencoder to restore pictures from random views of them.
4. DEC from the start's centers, by targets from clean pictures and predictions from random views
   (DEC-DA). What the encoder believes walks over the graph before it becomes a target, so that
   neighbours overrule a slip of the encoder and the encoder a slip of the graph. Pictures nobody is
   sure of teach nothing at first (self-paced).

No label is looked at, and the constants are the same for all datasets.
"""

import numpy as np

from photosort.bench.augment import Views, straightened
from photosort.bench.hog import Description
from photosort.bench.pretraining import Step
from photosort.bench.spectral import Neighbours, Sparse, spectral_clusters
from photosort.bench.task import Fitted, Task
from photosort.dec.dec import (
    Ints,
    Refinement,
    Target,
    refine,
    soft_assignment,
    target_distribution,
)
from photosort.dec.training import Adam, Floats
from photosort.grouping.graph import walked

ALPHA = 15.0  # degrees of freedom: code size less one, as van der Maaten 2009 has it
ROUNDS = 5  # targets
ROUND_EPOCHS = 4  # between them
ROUND_STEPS = 200  # at least: few steps from small data leave the encoder behind its start
BATCH = 256
VIEWS = Views(turn=10, move=0.06, grow=0.1, lean=0.12)
UNSURE = 0.05  # share of pictures left out at first; none in the end
START_SHARE, SHARE = 0.97, 0.9  # of a walk that goes on


class Consensus:
    """Targets of DEC: what encoder and neighbours agree on, first what the neighbours say alone."""

    def __init__(self, graph: Sparse, start: Floats, share: float = SHARE) -> None:
        self._graph, self._start, self._share, self._round = graph, start, share, 0

    def __call__(self, q: Floats) -> Floats:
        """Return the targets (n, clusters) for soft assignments `q` of the same shape."""
        belief = walked(self._graph, q, self._share) if self._round else self._start
        left_out = UNSURE * max(0.0, 1 - self._round / (ROUNDS - 1))
        self._round += 1
        targets = target_distribution(belief)
        sure = belief.max(axis=1)
        targets[sure < np.quantile(sure, left_out)] = 0
        return targets


def fit_photosort(task: Task) -> Fitted:
    """Start from neighbours' clusters, refine by DEC with views of the pictures."""
    x = straightened(task.x, task.shape)
    task.tell(Step("neighbours", 0, 1))
    describe = Description(x, task.shape)
    neighbours = Neighbours(describe(x))
    task.tell(Step("spectral clustering", 0, 1))
    found = spectral_clusters(neighbours.graph, task.clusters, seed=task.seed)
    start = walked(neighbours.graph, np.eye(task.clusters, dtype=np.float32)[found], START_SHARE)
    task.tell(Step("spectral clustering", 1, 1, labels=start.argmax(axis=1)))
    trained = task.pretrainer.get("photosort", x, task.seed, task.clusters, task.tell)
    autoencoder = trained.autoencoder.copy()
    refined = refine(
        autoencoder,
        x,
        centers_of(autoencoder.encode(x), start),
        refinement(task, Consensus(neighbours.graph, start)),
        seed=task.seed,
        on_round=task.on_round,
    )
    belief = walked(neighbours.graph, refined.assignment, SHARE)

    def encode(unseen: Floats) -> Floats:
        return autoencoder.encode(straightened(unseen, task.shape))

    def predict(unseen: Floats) -> Ints:
        """Take one step of the walk from pictures that are not in the graph."""
        links = neighbours.links(describe(straightened(unseen, task.shape)))
        own = soft_assignment(encode(unseen), refined.centers, ALPHA)
        labels: Ints = (SHARE * (links @ belief) + (1 - SHARE) * own).argmax(axis=1)
        return labels

    return Fitted(
        belief.argmax(axis=1),
        predict=predict,
        encode=encode,
        n_iter=refined.n_iter,
        stop_reason=refined.stop_reason,
        autoencoder=trained.origin,
        pretrain_seconds=trained.seconds,
    )


def refinement(task: Task, target: Target) -> Refinement:
    """Return how DEC goes on: `ROUNDS` targets, and views of half the strength of pretraining's."""
    steps = max(ROUND_STEPS, ROUND_EPOCHS * -(-len(task.x) // BATCH))
    return Refinement(
        Adam(1e-3),
        alpha=ALPHA,
        batch_size=BATCH,
        update_interval=steps,
        max_steps=ROUNDS * steps,
        tol=-1.0,  # all rounds: the last ones learn what was left out at first
        augment=VIEWS.of(task.shape),
        cosine=True,
        target=target,
        precision=task.precision,
    )


def centers_of(codes: Floats, start: Floats) -> Floats:
    """Return the median code of the surer half of every cluster, (clusters, code)."""
    labels, sure = start.argmax(axis=1), start.max(axis=1)
    centers = []
    for cluster in range(start.shape[1]):
        mine = np.flatnonzero(labels == cluster)
        surer = mine[sure[mine] >= np.median(sure[mine])] if len(mine) else np.arange(len(codes))
        centers.append(np.median(codes[surer], axis=0))
    return np.stack(centers).astype(np.float32)
