"""How many groups: where k-means on the features is most clear-cut.

The silhouette (Rousseeuw 1987) compares how near a photo is to its own group and to the next one.
"""

import numpy as np

from photosort.cluster.training import Floats

MOST = 40  # folders somebody would still look through
SAMPLE = 2_000  # photos that decide: more change the answer little
COMPONENTS = 32  # principal components kept; the rest is noise to distances
CLEAR = 0.05  # a best silhouette below this says that there are no groups at all


def choose_count(rows: Floats, *, seed: int) -> int:
    """Return a number of groups, from 1 to 40, for the distinct rows of `rows` (n, d)."""
    rng = np.random.default_rng(seed)
    rows = np.unique(rows, axis=0)
    if len(rows) > SAMPLE:
        rows = rows[np.sort(rng.choice(len(rows), SAMPLE, replace=False))]
    candidates = range(2, min(MOST, len(rows) // 3) + 1)
    if not candidates:
        return 1
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA
    from sklearn.metrics import silhouette_score

    kept = min(COMPONENTS, len(rows) - 1)
    points = PCA(kept, random_state=seed).fit_transform(rows)
    scores = {}
    for count in candidates:
        labels = KMeans(count, n_init=4, random_state=seed).fit_predict(points)
        scores[count] = silhouette_score(points, labels)
    best = max(scores, key=lambda count: scores[count])
    return best if scores[best] >= CLEAR else 1
