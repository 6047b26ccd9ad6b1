"""How alike two photos are, given their thumbnails and features; cropped ones are aligned first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from photosort.dec.arrays import Floats
    from photosort.review.pairs import Pairs

    Thumbs = npt.NDArray[np.uint8]  # (n, 32, 32)
    Halves = npt.NDArray[np.float16]  # (n, 1280), of length 1

#: A pair is a copy where the shares of what it may differ by add up to 1 at most: the thumbnails'
#: correlation from 1, the features' cosine from 1. Of 1,750 copies (made smaller, compressed again,
#: cropped, with a watermark, brighter, edited, as messengers send them) 96 % are within; of 120,000
#: pairs of other photos that came closest, 90, most of them product shots of motorcycles.
LEAST_CORRELATION: Final = 0.96
LEAST_COSINE: Final = 0.78
SIDE: Final = 16  # pixels that thumbnails are compared at
#: Shares that are cut from the two ends of a side: none, 5 % from either or shared, 5 % from both.
CUTS: Final = ((0.0, 0.0), (0.05, 0.0), (0.0, 0.05), (0.025, 0.025), (0.05, 0.05))
#: Correlation as they are of thumbnails that no crop can bring within the limit; the lowest of a
#: copy that was seen is 0.68.
LEAST_PLAIN: Final = 0.6
CHUNK: Final = 4096  # pairs at a time: some 100 MB
FLAT: Final = 3.0  # of 255: a thumbnail whose levels deviate less has nothing to compare
FAR: Final = 9.0  # the distance of what is no copy for certain


def distances(thumbs: Thumbs, features: Halves, pairs: Pairs) -> Floats:
    """Measure how unlike `pairs` (n, 2) are: copies up to 1, FAR where it is not worth measuring.

    Thumbnails as they are decide first, as they are small, then features; what is no copy by these
    is aligned. Of copies as they are that is not done: the many of one burst would take minutes.
    """
    found = np.full(len(pairs), FAR, np.float32)
    maps = _maps(thumbs.shape[1])
    is_used = np.zeros(len(thumbs), bool)
    is_used[pairs] = True
    used, places = np.flatnonzero(is_used), (np.cumsum(is_used) - 1)[pairs]
    small = np.empty((len(used), SIDE * SIDE), np.float32)
    for start in range(0, len(used), CHUNK):
        some = _plain(thumbs[used[start : start + CHUNK]], maps)
        small[start : start + CHUNK] = some.reshape(len(some), -1)
    for start in range(0, len(pairs), CHUNK):
        one, other = places[start : start + CHUNK].T
        plain = np.einsum("nd,nd->n", small[one], small[other])
        near = np.flatnonzero(plain >= LEAST_PLAIN)
        first, second = pairs[start + near].T
        cosine = np.einsum(
            "nd,nd->n", features[first].astype(np.float32), features[second].astype(np.float32)
        )
        unlike = (1 - cosine) / (1 - LEAST_COSINE)
        like = unlike <= 1
        near, first, second, unlike = near[like], first[like], second[like], unlike[like]
        apart = unlike + (1 - plain[near]) / (1 - LEAST_CORRELATION)
        crops = np.flatnonzero(apart > 1)
        one, other = thumbs[first[crops]], thumbs[second[crops]]
        correlation = np.maximum(_best(one, other, maps), _best(other, one, maps))
        apart[crops] = unlike[crops] + (1 - correlation) / (1 - LEAST_CORRELATION)
        found[start + near] = apart
    return found


def _maps(side: int) -> Floats:
    """Give what resamples a side to SIDE pixels after each of CUTS: (cuts, SIDE, side)."""
    maps = np.zeros((len(CUTS), SIDE, side), np.float32)
    pixels = np.arange(side)
    for cut, (start, end) in enumerate(CUTS):
        edges = np.linspace(start * side, side - end * side, SIDE + 1)
        for at in range(SIDE):
            overlap = np.minimum(edges[at + 1], pixels + 1) - np.maximum(edges[at], pixels)
            maps[cut, at] = np.maximum(overlap, 0) / (edges[at + 1] - edges[at])
    return maps


def _best(whole: Thumbs, part: Thumbs, maps: Floats) -> Floats:
    """Correlate `part` with the best of the crops of `whole`, pair by pair: (n,)."""
    plain = _plain(part, maps)
    rows = maps[:, None] @ whole.astype(np.float32)[None]  # (cuts, n, SIDE, side)
    best = np.full(len(whole), -1, np.float32)
    for some in rows:
        for columns in maps:
            crop = _normal(some @ columns.T)
            best = np.maximum(best, np.einsum("nab,nab->n", crop, plain))
    return best


def _plain(thumbs: Thumbs, maps: Floats) -> Floats:
    return _normal(maps[0] @ thumbs.astype(np.float32) @ maps[0].T)


def _normal(images: Floats) -> Floats:
    """Bring images (n, a, b) to mean 0 and length 1; a flat one becomes nothing, like no other."""
    centred = images - images.mean(axis=(1, 2), keepdims=True)
    length = np.sqrt((centred**2).sum(axis=(1, 2), keepdims=True))
    floor = FLAT * np.sqrt(images[0].size) if len(images) else 1.0
    normal: Floats = np.where(length < floor, 0, centred / np.maximum(length, floor))
    return normal.astype(np.float32)
