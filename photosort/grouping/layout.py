"""Photos on a plane, similar ones near each other: t-SNE (van der Maaten and Hinton 2008)."""

import numpy as np
import numpy.typing as npt

from photosort.grouping.threads import one_thread

LANDMARKS = 3000  # photos that t-SNE places, in about 10 s; others go between the nearest of them
COMPONENTS = 50  # principal components, as the authors reduce to before t-SNE
PERPLEXITY = 30  # scikit-learn's default
FEW = 1000  # photos for which one thread is enough: some 3 s
NEAREST = 3  # landmarks whose mean place another photo takes
MARGIN = 0.01  # share of either axis cut off at each end: a stray photo does not set the scale


def plane(features: npt.NDArray[np.float32], *, seed: int = 0) -> npt.NDArray[np.float32]:
    """Place photos by their unit features (n, d): coordinates (n, 2) from 0 to 1."""
    n = len(features)
    if n < 5:
        return np.column_stack([np.linspace(0.3, 0.7, n), np.full(n, 0.5)]).astype(np.float32)
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.choice(n, min(n, LANDMARKS), replace=False))
    rows = reduced(features, chosen)
    places = np.empty((n, 2), np.float32)
    places[chosen] = embedded(rows[chosen], seed)
    others = np.setdiff1d(np.arange(n), chosen)
    if len(others):
        from sklearn.neighbors import NearestNeighbors

        _, nearest = (
            NearestNeighbors(n_neighbors=NEAREST).fit(rows[chosen]).kneighbors(rows[others])
        )
        places[others] = places[chosen][nearest].mean(axis=1)
    low, high = np.quantile(places, [MARGIN, 1 - MARGIN], axis=0)
    scaled: npt.NDArray[np.float32] = (places - low) / np.maximum(high - low, 1e-9)
    return np.clip(scaled, 0, 1).astype(np.float32)


def reduced(
    features: npt.NDArray[np.float32], chosen: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """Project all rows on the principal components of the `chosen` ones."""
    from sklearn.decomposition import PCA

    size = min(COMPONENTS, len(chosen) - 1, features.shape[1])
    model = PCA(size, random_state=0).fit(features[chosen])
    rows: npt.NDArray[np.float32] = model.transform(features)
    return rows


def embedded(rows: npt.NDArray[np.float32], seed: int) -> npt.NDArray[np.float32]:
    """Run t-SNE on `rows` (n, d): (n, 2)."""
    from sklearn.manifold import TSNE

    perplexity = min(PERPLEXITY, (len(rows) - 1) / 3)
    model = TSNE(perplexity=perplexity, init="pca", random_state=seed, n_jobs=1)
    with one_thread(len(rows), FEW):
        places: npt.NDArray[np.float32] = model.fit_transform(rows)
    return places
