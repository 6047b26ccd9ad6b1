"""The rows `graph` and `graph-dec`: clusters of a graph of HOG features, and DEC-DA after them.

`graph`, without any network:

1. Deskew the images, compute HOG features, join each to its nearest neighbours.
2. Spectral clustering of that graph, then personalised PageRank of the memberships.

`graph-dec` distils that result into an encoder:

3. Train a convolutional autoencoder to restore images from augmented ones.
4. Refine the graph's clusters by DEC-DA: targets from clean images, predictions from augmented
   ones. Soft assignments are averaged over the graph before they become a target, so neighbours
   correct the encoder. Images of low certainty are left out of the first targets (self-paced
   learning).
5. Average the soft assignments over the graph once more; the labels are those of the result.

No label is used. The constants were chosen while looking at scores on MNIST, and are the same for
all data sets.
"""

from dataclasses import dataclass

import numpy as np

from photosort.bench.augment import Augmentation
from photosort.bench.deskew import deskew
from photosort.bench.hog import HogPca
from photosort.bench.pretraining import StageProgress
from photosort.bench.spectral import Neighbours, spectral_clustering
from photosort.bench.task import Fitted, Task
from photosort.dec.arrays import Floats, Ints
from photosort.dec.dec import Refinement, Target, refine
from photosort.dec.equations import soft_assignment, target_distribution
from photosort.dec.training import Adam
from photosort.grouping.graph import Sparse, propagate_memberships

ALPHA = 15.0  # degrees of freedom: code size less one (van der Maaten 2009)
TARGETS = 5  # computed in one refinement
EPOCHS_A_TARGET = 4
MIN_STEPS_A_TARGET = 200  # fewer steps on little data leave the encoder behind the graph
BATCH_SIZE = 256
AUGMENTATION = Augmentation(rotation=10, shift=0.06, scale=0.1, shear=0.12)
LEFT_OUT = 0.05  # fraction of images that the first target leaves out; the last leaves none out
GRAPH_DAMPING = 0.97  # of the memberships by the graph alone
DAMPING = 0.9  # of the encoder's soft assignments


@dataclass(frozen=True, slots=True)
class GraphClusters:
    """What the graph alone finds in images."""

    images: Floats  # (n, height * width), deskewed
    features: HogPca
    neighbours: Neighbours
    memberships: Floats  # (n, clusters), rows sum to 1
    shape: tuple[int, int]

    def edges(self, x: Floats) -> Sparse:
        """Return the edges (m, n) of other images `x` (m, height * width); rows sum to 1."""
        return self.neighbours.edges(self.features(deskew(x, self.shape)))


class PropagatedTarget:
    """DEC's targets from soft assignments averaged over a graph; the first is the graph's alone."""

    def __init__(self, graph: Sparse, memberships: Floats, damping: float = DAMPING) -> None:
        self._graph, self._memberships, self._damping = graph, memberships, damping
        self._computed = 0

    def __call__(self, q: Floats) -> Floats:
        """Return the targets (n, clusters) for soft assignments `q` of the same shape."""
        memberships = (
            propagate_memberships(self._graph, q, self._damping)
            if self._computed
            else self._memberships
        )
        left_out = LEFT_OUT * max(0.0, 1 - self._computed / (TARGETS - 1))
        self._computed += 1
        targets = target_distribution(memberships)
        certainty = memberships.max(axis=1)
        targets[certainty < np.quantile(certainty, left_out)] = 0
        return targets


def cluster_graph(task: Task) -> GraphClusters:
    """Cluster the graph of nearest neighbours by HOG features of deskewed images."""
    images = deskew(task.x, task.shape)
    task.on_progress(StageProgress("neighbours", 0, 1))
    features = HogPca(images, task.shape)
    neighbours = Neighbours(features(images))
    task.on_progress(StageProgress("spectral clustering", 0, 1))
    labels = spectral_clustering(neighbours.graph, task.clusters, seed=task.seed)
    memberships = propagate_memberships(
        neighbours.graph, np.eye(task.clusters, dtype=np.float32)[labels], GRAPH_DAMPING
    )
    found = memberships.argmax(axis=1)
    task.on_progress(StageProgress("spectral clustering", 1, 1, labels=found))
    return GraphClusters(images, features, neighbours, memberships, task.shape)


def fit_graph(task: Task) -> Fitted:
    """Cluster the graph; an image that is not in it gets the cluster of its neighbours."""
    found = cluster_graph(task)

    def predict(unseen: Floats) -> Ints:
        labels: Ints = (found.edges(unseen) @ found.memberships).argmax(axis=1)
        return labels

    return Fitted(found.memberships.argmax(axis=1), predict=predict)


def fit_graph_dec(task: Task) -> Fitted:
    """Cluster the graph, then refine its clusters by DEC-DA with a convolutional encoder."""
    found = cluster_graph(task)
    graph, x = found.neighbours.graph, found.images
    trained = task.pretrainer.get("graph-dec", x, task.seed, task.clusters, task.on_progress)
    autoencoder = trained.autoencoder.copy()
    refined = refine(
        autoencoder,
        x,
        initial_centers(autoencoder.encode(x), found.memberships),
        refinement(task, PropagatedTarget(graph, found.memberships)),
        seed=task.seed,
        on_update=task.on_update,
    )
    memberships = propagate_memberships(graph, refined.assignment, DAMPING)

    def encode(unseen: Floats) -> Floats:
        return autoencoder.encode(deskew(unseen, task.shape))

    def predict(unseen: Floats) -> Ints:
        """Take one step of personalised PageRank, for images that are not in the graph."""
        own = soft_assignment(encode(unseen), refined.centers, ALPHA)
        neighbours = found.edges(unseen) @ memberships
        labels: Ints = (DAMPING * neighbours + (1 - DAMPING) * own).argmax(axis=1)
        return labels

    return Fitted(
        memberships.argmax(axis=1),
        predict=predict,
        encode=encode,
        n_iter=refined.n_iter,
        stop_reason=refined.stop_reason,
        trained=trained,
    )


def refinement(task: Task, target: Target) -> Refinement:
    """Return how codes and centers are moved: `TARGETS` targets and weaker augmentation."""
    steps = max(MIN_STEPS_A_TARGET, EPOCHS_A_TARGET * -(-len(task.x) // BATCH_SIZE))
    return Refinement(
        Adam(1e-3),
        alpha=ALPHA,
        batch_size=BATCH_SIZE,
        update_interval=steps,
        max_iter=TARGETS * steps,
        tol=-1.0,  # never converge: the last targets hold what the first left out
        augment=AUGMENTATION.for_shape(task.shape),
        cosine_decay=True,
        target=target,
        precision=task.precision,
    )


def initial_centers(codes: Floats, memberships: Floats) -> Floats:
    """Return the median code of each cluster's more certain half, (clusters, code)."""
    labels, certainty = memberships.argmax(axis=1), memberships.max(axis=1)
    centers = []
    for cluster in range(memberships.shape[1]):
        members = np.flatnonzero(labels == cluster)
        if len(members):
            members = members[certainty[members] >= np.median(certainty[members])]
        else:
            members = np.arange(len(codes))
        centers.append(np.median(codes[members], axis=0))
    return np.stack(centers).astype(np.float32)
