"""The methods that are compared. None of them is ever shown a label.

The published ones: k-means on pixels; an autoencoder 784-500-500-2000-10 with k-means on its codes;
DEC (Xie et al. 2016) and IDEC (Guo et al. 2017) on the same autoencoder, with the constants of
X. Guo's DEC-keras. DEC-keras' two slips are not copied: here batches are shuffled and always full.
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from photosort.bench.dec_da import KMEANS_N_INIT, fit_dec_da
from photosort.bench.graph_dec import fit_graph, fit_graph_dec
from photosort.bench.pretraining import LARGE, StageProgress
from photosort.bench.task import Fitted, Method, Task
from photosort.dec.arrays import Floats, Ints
from photosort.dec.training import Adam, Optimizer, Sgd
from photosort.errors import PhotosortError

UMAP_SIZE = 10  # as many as the codes of DEC


def choose(
    names: tuple[str, ...], known: dict[str, Method], *, default: tuple[str, ...]
) -> list[Method]:
    """Return the methods called `names`, or the default ones; PhotosortError for a wrong name."""
    for name in names:
        if name not in known:
            raise PhotosortError(f"{name}: no such method; choose from {', '.join(known)}")
        if name == "umap" and find_spec("umap") is None:
            raise PhotosortError(
                "umap: umap-learn is not installed; python -m pip install 'photosort-dec[umap]'"
            )
    return [known[name] for name in dict.fromkeys(names or default)]


def fit_kmeans(task: Task) -> Fitted:
    """K-means on the pixels, 20 initializations."""
    return _kmeans(task, lambda x: x)


def fit_autoencoder(kind: str) -> Callable[[Task], Fitted]:
    """Return a method: an autoencoder of this kind, then k-means on its codes."""

    def fit(task: Task) -> Fitted:
        trained = task.pretrainer.get(kind, task.x, task.seed, task.clusters, task.on_progress)
        found = _kmeans(task, trained.autoencoder.encode)
        return Fitted(
            found.labels,
            predict=found.predict,
            encode=trained.autoencoder.encode,
            trained=trained,
        )

    return fit


def fit_dec(task: Task) -> Fitted:
    """DEC: SGD 0.01 with momentum 0.9, tolerance 1e-3, alpha 1."""
    return _refine(task, Sgd(0.01, 0.9))


def fit_idec(task: Task) -> Fitted:
    """IDEC: DEC that keeps reconstructing, gamma 0.1, by Adam."""
    return _refine(task, Adam(), reconstruction=10.0)


def fit_umap(task: Task) -> Fitted:
    """UMAP of the pixels to 10 dimensions, then a Gaussian mixture.

    UMAP runs on all cores, so its results are not repeatable; the seed decides the mixture alone.
    """
    from sklearn.mixture import GaussianMixture

    reducer, codes = _umap(task.x)
    mixture = GaussianMixture(task.clusters, n_init=5, random_state=task.seed).fit(codes)

    def encode(x: Floats) -> Floats:
        found: Floats = reducer.transform(x)
        return found

    def predict(x: Floats) -> Ints:
        found: Ints = mixture.predict(encode(x))
        return found

    return Fitted(mixture.predict(codes), predict=predict, codes=codes)


def fit_kmeans_features(task: Task) -> Fitted:
    """K-means on the backbone's features, centred and of unit length."""
    from photosort.grouping.rows import centre_features

    return _kmeans_of(centre_features(_features(task)), task)


def fit_kmeans_smoothed(task: Task) -> Fitted:
    """K-means on what `organize` encodes: projected features, averaged over neighbours."""
    return _kmeans_of(_smoothed(task), task)


def fit_umap_features(task: Task) -> Fitted:
    """UMAP of the backbone's features to 10 dimensions, then k-means."""
    from photosort.grouping.rows import centre_features

    return _kmeans_of(_umap(centre_features(_features(task)))[1], task)


def fit_autoencoder_features(task: Task) -> Fitted:
    """Train the autoencoder as `organize` does, then k-means on its codes."""
    from photosort.grouping.groups import fine_tune

    x = _smoothed(task)
    autoencoder = fine_tune(x, task.pretrained, seed=task.seed, on_progress=_reporter(task))
    return _kmeans_of(autoencoder.encode(x), task)


def fit_organize(task: Task) -> Fitted:
    """Group the features as `photosort organize` does."""
    from photosort.grouping.groups import group_features

    grouping = group_features(
        _features(task),
        clusters=task.clusters,
        seed=task.seed,
        pretrained=task.pretrained,
        on_progress=_reporter(task),
    )
    return Fitted(grouping.labels, n_iter=grouping.n_iter, stop_reason=grouping.stop_reason)


METHODS = {
    method.name: method
    for method in (
        Method("kmeans", "k-means on pixels", fit_kmeans),
        Method("ae", "autoencoder + k-means", fit_autoencoder("published")),
        Method("ae-untrained", "the article as printed: untrained", fit_autoencoder("untrained")),
        Method("ae-article", "the article as described", fit_autoencoder("article")),
        Method("dec", "DEC", fit_dec),
        Method("idec", "IDEC", fit_idec),
        Method("dec-da", "DEC-DA from k-means", fit_dec_da),
        Method("graph", "graph clustering of HOG", fit_graph),
        Method("graph-dec", "graph clustering, then DEC-DA", fit_graph_dec),
        Method("umap", "UMAP + Gaussian mixture", fit_umap),
    )
}
DEFAULT = ("kmeans", "ae", "dec", "graph", "graph-dec")
PHOTO_METHODS = {
    method.name: method
    for method in (
        Method("kmeans", "k-means on pixels", fit_kmeans),
        Method("kmeans-features", "k-means on features", fit_kmeans_features),
        Method("kmeans-smoothed", "k-means on smoothed features", fit_kmeans_smoothed),
        Method("umap", "UMAP + k-means on features", fit_umap_features),
        Method("ae", "autoencoder + k-means", fit_autoencoder_features),
        Method("dec", "DEC as organize runs it", fit_organize),
    )
}


def photo_default() -> tuple[str, ...]:
    """Name the methods that a folder of photos is compared by; UMAP where it is installed."""
    return tuple(n for n in PHOTO_METHODS if n != "umap" or find_spec("umap") is not None)


def _refine(task: Task, optimizer: Optimizer, *, reconstruction: float = 0.0) -> Fitted:
    from photosort.dec.estimator import DEC

    trained = task.pretrainer.get("published", task.x, task.seed, task.clusters, task.on_progress)

    model = DEC(
        task.clusters,
        autoencoder=trained.autoencoder,  # copied: other methods use it too
        optimizer=optimizer,
        update_interval=_interval(task),
        reconstruction=reconstruction,
        precision=task.precision,
        n_init=KMEANS_N_INIT,
        random_state=task.seed,
        on_update=task.on_update,
    ).fit(task.x)
    return Fitted(
        model.labels_,
        predict=model.predict,
        encode=model.transform,
        n_iter=model.n_iter_,
        stop_reason=model.stop_reason_,
        trained=trained,
    )


def _interval(task: Task) -> int:
    """Return the steps between targets: what DEC-keras takes for MNIST, or for USPS."""
    return 140 if len(task.x) >= LARGE else 30


def _features(task: Task) -> Floats:
    if task.features is None:
        raise ValueError("this method needs the features of photos")
    return task.features


def _smoothed(task: Task) -> Floats:
    from photosort.grouping.rows import centre_features, encoder_input

    return encoder_input(centre_features(_features(task), task.pretrained), seed=task.seed)


def _reporter(task: Task) -> Callable[[str, int, int], None]:
    def on_progress(stage: str, done: int, total: int) -> None:
        task.on_progress(StageProgress(stage.lower(), done, total))

    return on_progress


def _umap(x: Floats) -> tuple[Any, Floats]:
    import warnings

    from umap import UMAP

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numba's and scikit-learn's, about each other
        reducer = UMAP(n_components=min(UMAP_SIZE, len(x) - 2), min_dist=0.0)
        return reducer, reducer.fit_transform(x)


def _kmeans(task: Task, encode: Callable[[Floats], Floats]) -> Fitted:
    centers, labels = _clusters(encode(task.x), task)

    def predict(x: Floats) -> Ints:
        from sklearn.metrics import pairwise_distances_argmin

        nearest: Ints = pairwise_distances_argmin(encode(x), centers)
        return nearest

    return Fitted(labels, predict=predict)


def _kmeans_of(codes: Floats, task: Task) -> Fitted:
    return Fitted(_clusters(codes, task)[1], codes=codes)


def _clusters(codes: Floats, task: Task) -> tuple[Floats, Ints]:
    from photosort.dec.estimator import kmeans

    task.on_progress(StageProgress("k-means", 0, 1))
    return kmeans(codes, task.clusters, seed=task.seed, n_init=KMEANS_N_INIT)
