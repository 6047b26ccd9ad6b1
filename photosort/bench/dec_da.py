"""The row `dec-da`: deep embedded clustering with data augmentation, of Guo et al. 2018.

A convolutional autoencoder is trained on augmented images, k-means on its codes gives the first
centers, and DEC takes its targets from the images as they are and predicts them from augmented
ones. Layers, augmentation and constants are those of the authors' code. They train the autoencoder
for 500 epochs and refine for up to 20,000 steps, as `--full` does; else both are cut short.
"""

from dataclasses import replace

from photosort.bench.pretraining import DEC_DA_AUGMENTATION, StageProgress
from photosort.bench.task import Fitted, Task
from photosort.dec.arrays import Floats, Ints
from photosort.dec.dec import Refinement, refine
from photosort.dec.equations import soft_assignment
from photosort.dec.estimator import kmeans
from photosort.dec.training import Adam

KMEANS_N_INIT = 20  # as in DEC-keras
PUBLISHED = Refinement(Adam(), update_interval=140, max_iter=20_000, tol=1e-3)
BRIEF_STEPS = 2_800  # 20 targets: on USPS NMI hardly rose after 12 (BENCHMARKS.md)


def fit_dec_da(task: Task) -> Fitted:
    """DEC-DA: alpha 1, Adam 0.001, targets every 140 steps, tolerance 1e-3."""
    trained = task.pretrainer.get("dec-da", task.x, task.seed, task.clusters, task.on_progress)
    autoencoder = trained.autoencoder.copy()
    task.on_progress(StageProgress("k-means", 0, 1))
    codes = autoencoder.encode(task.x)
    centers, _ = kmeans(codes, task.clusters, seed=task.seed, n_init=KMEANS_N_INIT)
    refined = refine(
        autoencoder, task.x, centers, refinement(task), seed=task.seed, on_update=task.on_update
    )

    def predict(unseen: Floats) -> Ints:
        codes = autoencoder.encode(unseen)
        labels: Ints = soft_assignment(codes, refined.centers).argmax(axis=1)
        return labels

    return Fitted(
        refined.labels,
        predict=predict,
        encode=autoencoder.encode,
        n_iter=refined.n_iter,
        stop_reason=refined.stop_reason,
        trained=trained,
    )


def refinement(task: Task) -> Refinement:
    """Return how codes and centers are moved."""
    return replace(
        PUBLISHED,
        max_iter=PUBLISHED.max_iter if task.pretrainer.full else BRIEF_STEPS,
        augment=DEC_DA_AUGMENTATION.for_shape(task.shape),
        precision=task.precision,
    )
