"""The groups that DEC starts from: three partitions of the smoothed rows, the best by silhouette.

K-means prefers groups of equal size, average linkage does not; which of them an album wants is not
known. The first is k-means on the rows. The two others group the rows' leading principal
components, as many as there are groups (Ding and He 2004, "K-means clustering via principal
component analysis"), by k-means and by average linkage, and a mixture of von Mises-Fisher
distributions (Banerjee et al. 2005, "Clustering on the unit hypersphere") refines each. The mean
silhouette (Rousseeuw 1987) among those components decides. BENCHMARKS.md, "Groups", has each alone.
"""

import warnings
from collections.abc import Sequence

import numpy as np

from photosort.dec.arrays import Floats, Ints
from photosort.dec.estimator import kmeans
from photosort.grouping.graph import l2_normalise

# The constants were chosen on the labelled albums of ../shared, mixed and thinned out too.
DIMENSION = 16  # of the mixture's sphere: in so many directions smoothed rows differ, not in all
EM_STEPS = 50
EM_TOL = 1e-6  # relative change of the mean log-likelihood
PARTS = 400  # that average linkage joins: more rows are gathered by k-means first
SAME = 1 - 1e-6  # cosine from which rows differ by rounding errors alone
JUDGED = 4000  # rows the silhouette is computed of, at most: its time is quadratic


def partitions(x: Floats, rows: Floats, clusters: int, *, seed: int) -> list[Ints]:
    """Group unit rows by three methods: labels (n,) from 0 of each.

    `x` (n, m) are smoothed, and `rows` (n, d) are their `principal_rows`. A partition has fewer
    than `clusters` groups where rows differ by rounding errors.
    """
    return [
        kmeans_labels(x, clusters, seed=seed),
        mixture_labels(x, kmeans_labels(rows, clusters, seed=seed)),
        mixture_labels(x, linkage_labels(rows, clusters, seed=seed)),
    ]


def principal_rows(x: Floats, size: int) -> Floats:
    """Project `x` (n, m) on its `size` leading principal components; unit rows (n, size)."""
    centred = x - x.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T.astype(np.float64) @ centred)  # ascending
    return l2_normalise(centred @ vectors[:, ::-1][:, :size].astype(np.float32))


def kmeans_labels(x: Floats, clusters: int, *, seed: int) -> Ints:
    """Group `x` (n, m) by k-means: labels (n,) from 0, no group empty."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of fewer groups than asked for
        _, labels = kmeans(x, clusters, seed=seed, n_init=n_init(len(x)))
    return renumbered(labels)


def n_init(n_rows: int) -> int:
    """Return the number of k-means initializations: small albums need more of them and pay less."""
    return int(np.clip(50_000 // n_rows, 5, 50))


def linkage_labels(rows: Floats, clusters: int, *, seed: int) -> Ints:
    """Group unit `rows` (n, d) by average linkage of cosines: labels (n,) from 0.

    More than 400 rows are gathered into 400 parts by k-means first; a part counts by its size.
    """
    parts: Ints = np.arange(len(rows))
    wanted = max(PARTS, 2 * clusters)
    if len(rows) > wanted:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of fewer parts: rows may be equal
            parts = renumbered(kmeans(rows, wanted, seed=seed, n_init=1)[1])
    sums = np.zeros((parts.max() + 1, rows.shape[1]))
    np.add.at(sums, parts, rows)
    return average_linkage(sums, np.bincount(parts), clusters)[parts]


def average_linkage(sums: Floats, sizes: Ints, clusters: int) -> Ints:
    """Join parts until `clusters` are left, the two of the largest mean cosine first: labels (m,).

    Rows that differ by rounding errors alone are joined even then. A part has `sizes` (m,) unit
    rows, whose sums are `sums` (m, d). SciPy's linkage takes rows, not parts of unequal weight. The
    mean cosine between the rows of two parts is the inner product of their means.
    """
    group, sizes = np.arange(len(sums)), sizes.astype(float)
    means = sums / sizes[:, None]
    cosine = means @ means.T
    np.fill_diagonal(cosine, -np.inf)
    for left in range(len(sums), 1, -1):
        kept, gone = divmod(int(cosine.argmax()), len(sums))
        if left <= clusters and cosine[kept, gone] < SAME:
            break
        share = sizes[[kept, gone]] / (sizes[kept] + sizes[gone])
        joined = share @ cosine[[kept, gone]]
        joined[kept] = -np.inf
        cosine[kept] = cosine[:, kept] = joined
        cosine[gone] = cosine[:, gone] = -np.inf
        sizes[kept] += sizes[gone]
        group[group == gone] = kept
    return renumbered(group)


def mixture_labels(x: Floats, labels: Ints) -> Ints:
    """Fit a mixture of von Mises-Fisher distributions to unit rows `x` (n, m) from `labels` (n,).

    Expectation-maximization, with free weights and one concentration. Returns labels (n,) from 0:
    `labels` themselves where a group would run empty.
    """
    found, before = labels, -np.inf
    memberships = np.eye(labels.max() + 1, dtype=np.float32)[labels]  # (n, clusters)
    for _ in range(EM_STEPS):
        sizes, sums = memberships.sum(axis=0), memberships.T @ x
        lengths = np.linalg.norm(sums, axis=1)
        mean_length = float(np.clip(lengths.sum() / len(x), 1e-3, 1 - 1e-4))
        # Banerjee et al. 2005, equation 4.4
        concentration = mean_length * (DIMENSION - mean_length**2) / (1 - mean_length**2)
        directions = sums / np.maximum(lengths, 1e-9)[:, None]
        weights = np.log(np.maximum(sizes / len(x), 1e-12))
        logits = np.float32(concentration) * (x @ directions.T) + weights
        top = logits.max(axis=1, keepdims=True)
        memberships = np.exp(logits - top)
        totals = memberships.sum(axis=1, keepdims=True)
        memberships /= totals
        likelihood = float((top + np.log(totals)).mean()) - concentration
        if abs(likelihood - before) < EM_TOL * abs(likelihood):
            break
        before = likelihood
    found = renumbered(memberships.argmax(axis=1))
    return found if found.max() == labels.max() else labels


def best_by_silhouette(rows: Floats, partitions: Sequence[Ints], *, seed: int) -> Ints:
    """Return the partition of unit `rows` (n, d) with the most groups; of those, the best one.

    The best has the largest mean silhouette; of equal ones the first is kept.
    """
    most = max(len(np.unique(labels)) for labels in partitions)
    able = [labels for labels in partitions if len(np.unique(labels)) == most]
    return max(able, key=lambda labels: silhouette(rows, labels, seed=seed))


def silhouette(rows: Floats, labels: Ints, *, seed: int) -> float:
    """Return the mean silhouette of unit `rows` (n, d) by cosine distance; -1 for one group.

    Of more than 4,000 rows it is that of 4,000 random ones.
    """
    from sklearn.metrics import silhouette_score

    if len(rows) > JUDGED:
        some = np.random.default_rng(seed).choice(len(rows), JUDGED, replace=False)
        rows, labels = rows[some], labels[some]
    if not 1 < len(np.unique(labels)) < len(labels):
        return -1.0
    return float(silhouette_score(rows, labels, metric="cosine"))


def renumbered(labels: Ints) -> Ints:
    """Return `labels` (n,) as numbers from 0 without gaps, in the same order."""
    found: Ints = np.unique(labels, return_inverse=True)[1].reshape(-1)
    return found
