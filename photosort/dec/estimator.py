"""`DEC`, a scikit-learn estimator: a thin shell over `photosort.dec.dec`."""

import json
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClusterMixin, TransformerMixin  # noqa: TID253 - base classes; only this room
from sklearn.utils.validation import check_is_fitted  # noqa: TID253

from photosort.dec.arrays import Arrays, read_arrays, write_arrays
from photosort.dec.autoencoder import (
    Autoencoder,
    Network,
    OnEpoch,
    Schedule,
)
from photosort.dec.dec import Ints, OnRound, Refined, Refinement, refine, soft_assignment
from photosort.dec.training import Adam, Floats
from photosort.errors import PhotosortError

RandomState = int | np.random.RandomState | None
PRETRAINING = Schedule(Adam(), epochs=50)


class FeaturesError(PhotosortError, ValueError):
    """Rows that cannot be clustered; a ValueError because scikit-learn's tools expect one."""


class DEC(TransformerMixin, ClusterMixin, BaseEstimator):  # type: ignore[misc]  # untyped bases
    """Deep embedded clustering as an estimator: `DEC(n_clusters=10).fit(X).labels_`.

    Parameters: `autoencoder` is a trained one (or the path of one), which is copied, never changed;
    without it one of shape `hidden` and `code_size` is trained by `pretraining`. `refinement` says
    how codes and centers are moved. `n_init` is the number of k-means starts. The
    callbacks hear of progress.

    Fitted: `labels_`, `cluster_centers_`, `soft_assignment_`, `n_iter_`, `stop_reason_`,
    `reseeded_` (empty clusters that got a new center), `autoencoder_`, and `init_labels_`, what
    k-means on the codes said before refinement.
    """

    def __init__(  # noqa: PLR0913 - an estimator lists its parameters
        self,
        n_clusters: int = 8,
        *,
        autoencoder: Autoencoder | Path | None = None,
        hidden: tuple[int, ...] = (500, 500, 2000),
        code_size: int = 10,
        pretraining: Schedule = PRETRAINING,
        refinement: Refinement = Refinement(),  # noqa: B008 - frozen
        n_init: int = 20,
        random_state: RandomState = None,
        on_epoch: OnEpoch | None = None,
        on_round: OnRound | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.autoencoder = autoencoder
        self.hidden = hidden
        self.code_size = code_size
        self.pretraining = pretraining
        self.refinement = refinement
        self.n_init = n_init
        self.random_state = random_state
        self.on_epoch = on_epoch
        self.on_round = on_round

    def fit(self, X: npt.ArrayLike, y: object = None) -> Self:  # noqa: ARG002, N803 - scikit-learn's names
        """Cluster the rows of `X` (n, d). Raises FeaturesError for rows that cannot be."""
        x = checked(X)
        require_distinct(x, self.n_clusters)
        seed = _seed(self.random_state)
        self.autoencoder_ = self._trained_autoencoder(x, seed)
        self.n_features_in_ = self.autoencoder_.network.n_features
        _require_width(x, self.n_features_in_)
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
            return Autoencoder.load(Path(self.autoencoder))
        network = Network(x.shape[1], tuple(self.hidden), self.code_size)
        fresh = Autoencoder(network, seed=seed)
        fresh.fit(x, self.pretraining, seed=seed, on_epoch=self.on_epoch)
        return fresh

    def _refine(self, x: Floats, codes: Floats, centers: Floats, seed: int) -> Refined:
        if self.n_clusters == 1:
            alone = np.zeros(len(x), np.int64)
            whole = soft_assignment(codes, centers, self.refinement.alpha)
            return Refined(centers, whole, alone, 0, "one cluster", 0)
        return refine(
            self.autoencoder_,
            x,
            centers,
            self.refinement,
            seed=seed,
            on_round=self.on_round,
        )

    def transform(self, X: npt.ArrayLike) -> Floats:  # noqa: N803
        """Return the codes (n, code) of the rows of `X`."""
        check_is_fitted(self)
        x = checked(X)
        _require_width(x, self.n_features_in_)
        return self.autoencoder_.encode(x)

    def assign(self, X: npt.ArrayLike) -> Floats:  # noqa: N803
        """Return the soft assignment (n, clusters) of the rows of `X`."""
        codes = self.transform(X)
        return soft_assignment(codes, self.cluster_centers_, self.refinement.alpha)

    def predict(self, X: npt.ArrayLike) -> Ints:  # noqa: N803
        """Return the cluster (n,) each row of `X` fits best."""
        labels: Ints = self.assign(X).argmax(axis=1)
        return labels

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401 - scikit-learn ships no types
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []  # codes are float32, whatever came in
        return tags

    def save(self, path: Path) -> None:
        """Write what `predict` and `transform` need to an .npz of plain arrays."""
        about = {"n_clusters": self.n_clusters, "alpha": self.refinement.alpha}
        own = {"dec": np.array(json.dumps(about)), "centers": self.cluster_centers_}
        write_arrays(path, {**own, **self.autoencoder_.to_arrays()})

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote, ready to predict. Raises PhotosortError for anything else."""
        return read_arrays(path, cls._from_arrays)

    @classmethod
    def _from_arrays(cls, arrays: Arrays) -> Self:
        about = json.loads(str(arrays["dec"]))
        model = cls(about["n_clusters"], refinement=Refinement(alpha=about["alpha"]))
        model.autoencoder_ = Autoencoder.from_arrays(arrays)
        model.cluster_centers_ = arrays["centers"]
        model.n_features_in_ = model.autoencoder_.network.n_features
        return model


def kmeans(x: Floats, n_clusters: int, *, seed: int, n_init: int = 20) -> tuple[Floats, Ints]:
    """Return centers (k, d) and labels (n,) of the best of `n_init` k-means++ starts."""
    from sklearn.cluster import KMeans

    best = KMeans(n_clusters, n_init=n_init, random_state=seed).fit(x)
    return best.cluster_centers_.astype(np.float32), best.labels_.astype(np.int64)


def checked(x: npt.ArrayLike) -> Floats:
    """Return `x` as finite float32 rows (n, d), or raise FeaturesError."""
    if hasattr(x, "toarray"):
        raise FeaturesError("features: a sparse matrix is not supported; pass x.toarray()")
    table = np.asarray(x)
    if np.iscomplexobj(table):
        raise FeaturesError("features: Complex data not supported; pass real numbers")
    with np.errstate(over="ignore"):  # beyond float32 is infinite, and refused below
        rows = table.astype(np.float32, copy=False)
    if rows.ndim != 2 or 0 in rows.shape:
        raise FeaturesError(f"features: shape {rows.shape} is not (photos, features); pass a table")
    bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if len(bad):
        raise FeaturesError(
            f"features: {len(bad)} of {len(rows)} rows hold NaN or infinity (first: row {bad[0]}); "
            "leave those rows out"
        )
    return rows


def _require_width(x: Floats, n_features: int) -> None:
    if x.shape[1] != n_features:
        raise FeaturesError(
            f"features: X has {x.shape[1]} features, but DEC is expecting {n_features} features "
            "as input; pass rows like those its autoencoder was trained on"
        )


def require_distinct(x: Floats, n_clusters: int) -> None:
    """Raise FeaturesError unless `x` has at least `n_clusters` distinct rows."""
    if n_clusters < 1:
        raise FeaturesError(f"{n_clusters} clusters asked for, at least 1 needed; use 1 or more")
    distinct = count_distinct(x, up_to=n_clusters)
    if distinct < n_clusters:
        raise FeaturesError(
            f"{distinct} distinct photos found, {n_clusters} clusters need at least {n_clusters}; "
            f"use {distinct} or fewer"
        )


def count_distinct(x: Floats, *, up_to: int) -> int:
    """Count distinct rows of `x`, looking no further than needed to find `up_to`."""
    seen = set()
    for row in x:
        seen.add((row + 0.0).tobytes())  # -0 is 0
        if len(seen) == up_to:
            break
    return len(seen)


def _seed(random_state: RandomState) -> int:
    from sklearn.utils import check_random_state

    return int(check_random_state(random_state).randint(2**31 - 1))
