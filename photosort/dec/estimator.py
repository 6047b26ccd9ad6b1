"""`DEC`, a scikit-learn estimator: a thin shell over `photosort.dec.dec.refine`."""

import json
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import (  # noqa: TID253 - base classes; only this module
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
)
from sklearn.utils.validation import check_is_fitted, validate_data  # noqa: TID253

from photosort.dec.arrays import Arrays, Floats, Ints, read_arrays, write_arrays
from photosort.dec.autoencoder import Autoencoder
from photosort.dec.dec import OnUpdate, Refined, Refinement, refine
from photosort.dec.equations import soft_assignment
from photosort.dec.network import Network
from photosort.dec.precision import Precision
from photosort.dec.schedule import BRIEF, OnEpoch, Schedule
from photosort.dec.table import FeaturesError, check_rows
from photosort.dec.training import Optimizer

RandomState = int | np.random.RandomState | None
# The parameters that `save` writes; hidden widths and code size are those of the autoencoder.
SAVED = (
    "n_clusters", "alpha", "tol", "max_iter", "update_interval", "batch_size", "reconstruction",
    "precision", "n_init",
)  # fmt: skip


class DEC(
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]  # untyped bases
    TransformerMixin,  # type: ignore[misc]
    ClusterMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    """Deep embedded clustering.

    An autoencoder is trained, k-means on its codes gives the first centers, and then encoder and
    centers are moved to minimise the Kullback-Leibler divergence between the soft assignments and a
    sharper target distribution.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters.
    autoencoder : Autoencoder or path, default=None
        A trained autoencoder, or the file of one; it is copied, not changed. None: one is trained.
    hidden : tuple of int, default=(500, 500, 2000)
        Widths of the hidden layers of an autoencoder trained here.
    code_size : int, default=10
        Width of its code.
    pretraining : Schedule, default=None
        How it is trained. None: 50 epochs of Adam. `PAPER` is the schedule of Xie et al. 2016.
    alpha : float, default=1.0
        Degrees of freedom of the Student-t kernel.
    tol : float, default=1e-3
        Stop when a smaller fraction of labels changed between two targets.
    max_iter : int, default=20_000
        Steps at most.
    update_interval : int, default=None
        Steps between two targets. None: half an epoch, at least 20.
    batch_size : int, default=256
        Rows of a step.
    optimizer : Sgd or Adam, default=None
        Optimizer of the refinement. None: Sgd(0.01, 0.9), the paper's.
    reconstruction : float, default=0.0
        Weight of the mean squared error of the reconstruction; IDEC's gamma of 0.1 is 10.
    precision : {"float32", "bfloat16"}, default="float32"
        Of the matrix products while codes and centers are moved.
    n_init : int, default=20
        Number of k-means++ initializations; the one with the lowest inertia is kept.
    random_state : int, RandomState or None, default=None
        Decides initial weights, batches and k-means. An int makes results repeatable.
    on_epoch : callable, default=None
        Called with an `Epoch` after each epoch of the autoencoder's training.
    on_update : callable, default=None
        Called with a `TargetUpdate` at each new target.

    Attributes
    ----------
    labels_ : array of int, shape (n,)
        The cluster of each row.
    init_labels_ : array of int, shape (n,)
        The cluster of each row by k-means on the codes, before refinement.
    cluster_centers_ : array of float32, shape (n_clusters, code_size)
        Centers in the space of the codes.
    soft_assignment_ : array of float32, shape (n, n_clusters)
        Soft assignments; rows sum to 1.
    autoencoder_ : Autoencoder
        The autoencoder after refinement.
    n_iter_ : int
        Steps taken.
    stop_reason_ : str
        "converged", "max_iter reached" or "one cluster".
    reseeded_ : int
        Empty clusters that were given a new center.
    n_features_in_ : int
        Width of the rows.
    feature_names_in_ : array of str, shape (n_features_in_,)
        Column names, where `X` has them.

    References
    ----------
    Xie, Girshick, Farhadi 2016, "Unsupervised deep embedding for clustering analysis".

    Examples
    --------
    >>> from sklearn.datasets import make_blobs
    >>> from photosort import DEC
    >>> X, y = make_blobs(90, n_features=5, centers=3, cluster_std=0.5, random_state=1)
    >>> dec = DEC(n_clusters=3, hidden=(16,), code_size=2, max_iter=60, random_state=0).fit(X)
    >>> sorted(int((dec.labels_ == label).sum()) for label in range(3))
    [30, 30, 30]
    >>> dec.transform(X).shape
    (90, 2)
    """

    def __init__(  # noqa: PLR0913 - an estimator lists its parameters
        self,
        n_clusters: int = 8,
        *,
        autoencoder: Autoencoder | Path | str | None = None,
        hidden: tuple[int, ...] = (500, 500, 2000),
        code_size: int = 10,
        pretraining: Schedule | None = None,
        alpha: float = 1.0,
        tol: float = 1e-3,
        max_iter: int = 20_000,
        update_interval: int | None = None,
        batch_size: int = 256,
        optimizer: Optimizer | None = None,
        reconstruction: float = 0.0,
        precision: Precision = "float32",
        n_init: int = 20,
        random_state: RandomState = None,
        on_epoch: OnEpoch | None = None,
        on_update: OnUpdate | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.autoencoder = autoencoder
        self.hidden = hidden
        self.code_size = code_size
        self.pretraining = pretraining
        self.alpha = alpha
        self.tol = tol
        self.max_iter = max_iter
        self.update_interval = update_interval
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.reconstruction = reconstruction
        self.precision = precision
        self.n_init = n_init
        self.random_state = random_state
        self.on_epoch = on_epoch
        self.on_update = on_update

    def fit(self, X: npt.ArrayLike, y: object = None) -> Self:  # noqa: ARG002, N803 - scikit-learn's names
        """Cluster the rows of `X`.

        Parameters
        ----------
        X : array-like, shape (n, n_features)
            The rows.
        y : ignored
            For scikit-learn's conventions.

        Returns
        -------
        DEC
            The fitted estimator.

        Raises
        ------
        FeaturesError
            For rows that are not finite, or fewer distinct rows than clusters.
        """
        x = check_rows(X)
        require_distinct(x, self.n_clusters)
        validate_data(self, X, reset=True, skip_check_array=True)  # names and number of features
        seed = _seed(self.random_state)
        self.autoencoder_ = self._trained_autoencoder(x, seed)
        self._require_width(x, self.autoencoder_.network.n_features)
        codes = self.autoencoder_.encode(x)
        centers, self.init_labels_ = kmeans(codes, self.n_clusters, seed=seed, n_init=self.n_init)
        result = self._refine(x, codes, centers, seed)
        self.cluster_centers_ = result.centers
        self.soft_assignment_ = result.assignment
        self.labels_ = result.labels
        self.n_iter_ = result.n_iter
        self.stop_reason_ = result.stop_reason
        self.reseeded_ = result.reseeded
        return self

    def _trained_autoencoder(self, x: Floats, seed: int) -> Autoencoder:
        if isinstance(self.autoencoder, Autoencoder):
            return self.autoencoder.copy()
        if self.autoencoder is not None:
            return Autoencoder.load(self.autoencoder)
        network = Network(x.shape[1], tuple(self.hidden), self.code_size)
        fresh = Autoencoder(network, seed=seed)
        fresh.fit(x, self.pretraining or BRIEF, seed=seed, on_epoch=self.on_epoch)
        return fresh

    def _refine(self, x: Floats, codes: Floats, centers: Floats, seed: int) -> Refined:
        if self.n_clusters == 1:
            labels = np.zeros(len(x), np.int64)
            assignment = soft_assignment(codes, centers, self.alpha)
            return Refined(centers, assignment, labels, 0, "one cluster", 0)
        options = Refinement(
            self.optimizer or Refinement().optimizer,
            alpha=self.alpha,
            batch_size=self.batch_size,
            update_interval=self.update_interval,
            max_iter=self.max_iter,
            tol=self.tol,
            reconstruction=self.reconstruction,
            precision=self.precision,
        )
        return refine(self.autoencoder_, x, centers, options, seed=seed, on_update=self.on_update)

    def transform(self, X: npt.ArrayLike) -> Floats:  # noqa: N803
        """Encode the rows of `X` (n, n_features): codes (n, code_size), float32."""
        check_is_fitted(self)
        x = check_rows(X)
        self._require_width(x, self.n_features_in_)
        validate_data(self, X, reset=False, skip_check_array=True)
        return self.autoencoder_.encode(x)

    def assign(self, X: npt.ArrayLike) -> Floats:  # noqa: N803
        """Return the soft assignments (n, n_clusters) of the rows of `X` (n, n_features)."""
        return soft_assignment(self.transform(X), self.cluster_centers_, self.alpha)

    def predict(self, X: npt.ArrayLike) -> Ints:  # noqa: N803
        """Return the nearest cluster (n,) of each row of `X` (n, n_features)."""
        labels: Ints = self.assign(X).argmax(axis=1)
        return labels

    @property
    def _n_features_out(self) -> int:  # of get_feature_names_out
        return self.autoencoder_.network.code_size

    def _require_width(self, x: Floats, n_features: int) -> None:
        if x.shape[1] != n_features:
            raise FeaturesError(
                f"features: X has {x.shape[1]} features, but DEC is expecting {n_features} features"
                " as input; pass rows like those its autoencoder was trained on"
            )

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401 - scikit-learn ships no types
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []  # codes are float32 for any input
        return tags

    def save(self, path: Path | str) -> None:
        """Write parameters, autoencoder and centers to `path`, an .npz without pickles."""
        check_is_fitted(self)
        params = {name: getattr(self, name) for name in SAVED}
        arrays = {"dec": np.array(json.dumps(params)), "centers": self.cluster_centers_}
        write_arrays(path, {**arrays, **self.autoencoder_.to_arrays()})

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a file that `save` wrote, ready to predict. Raises PhotosortError for any other."""
        return read_arrays(path, cls._from_arrays)

    @classmethod
    def _from_arrays(cls, arrays: Arrays) -> Self:
        params = json.loads(str(arrays["dec"]))
        autoencoder = Autoencoder.from_arrays(arrays)
        network = autoencoder.network
        model = cls(**params, hidden=network.hidden, code_size=network.code_size)
        model.autoencoder_ = autoencoder
        model.cluster_centers_ = arrays["centers"]
        model.n_features_in_ = network.n_features
        return model


def kmeans(x: Floats, n_clusters: int, *, seed: int, n_init: int = 20) -> tuple[Floats, Ints]:
    """Return centers (k, d) and labels (n,) of the best of `n_init` k-means++ initializations."""
    from sklearn.cluster import KMeans

    best = KMeans(n_clusters, n_init=n_init, random_state=seed).fit(x)
    return best.cluster_centers_.astype(np.float32), best.labels_.astype(np.int64)


def require_distinct(x: Floats, n_clusters: int) -> None:
    """Raise FeaturesError unless `x` has at least `n_clusters` distinct rows."""
    if n_clusters < 1:
        raise FeaturesError(f"{n_clusters} clusters asked for, at least 1 needed; use 1 or more")
    distinct = count_distinct(x, up_to=n_clusters)
    if distinct < n_clusters:
        raise FeaturesError(
            f"number of distinct rows: {distinct}, {n_clusters} clusters need at least"
            f" {n_clusters}; use {distinct} or fewer"
        )


def count_distinct(x: Floats, *, up_to: int) -> int:
    """Count distinct rows of `x`, and stop at `up_to`."""
    found = set()
    for row in x:
        found.add((row + 0.0).tobytes())  # -0 is 0
        if len(found) == up_to:
            break
    return len(found)


def _seed(random_state: RandomState) -> int:
    from sklearn.utils import check_random_state

    return int(check_random_state(random_state).randint(2**31 - 1))
