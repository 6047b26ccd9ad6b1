"""Candidates for copies among many photos, in near-linear time and memory.

Photos that resemble each other agree in many bits of a perceptual hash (Zauner 2010, "pHash") and
of the signs of random projections of their features (Charikar 2002, "SimHash"). Photos are sorted
by groups of these bits, several times, and compared with the next few in that order: a pair is
found if it comes close in one of the orders. The number of comparisons is bounded by photos x
tables x window, whatever the photos are: 30,000 copies of one photo cost as much as 30,000 others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from photosort.dec.arrays import Floats

    Bits = npt.NDArray[np.uint64]  # (n, words): 64 bits a word
    Pairs = npt.NDArray[np.int64]  # (n, 2), the smaller first

WORDS: Final = 4  # of a sketch, 64 bits each
TABLES: Final = 16  # orders by the sketch
KEY_BITS: Final = 16  # that each sorts by
BANDS: Final = 4  # orders by the perceptual hash, 16 bits each
WINDOW: Final = 12  # photos that each is compared with in every order
#: Of 64 bits that differ between perceptual hashes, and of 256 between sketches: beyond both, no
#: copy was seen (benchmarks/review.py). Unrelated photos differ in half.
MOST_HASH_BITS: Final = 20
MOST_SKETCH_BITS: Final = 72
_LOW: Final = 8
_SEED: Final = 20100101


def perceptual_hashes(thumbs: npt.NDArray[np.uint8]) -> Bits:
    """Hash thumbnails (n, 32, 32): 64 signs of low frequencies against their median, (n,)."""
    side = thumbs.shape[1]
    steps = (np.arange(side) + 0.5) * np.pi / side
    cosines = np.cos(np.arange(_LOW)[:, None] * steps[None, :]).astype(np.float32)
    low = np.einsum("ki,nij,lj->nkl", cosines, thumbs.astype(np.float32), cosines, optimize=True)
    flat = low.reshape(len(thumbs), _LOW * _LOW)
    bits = flat > np.median(flat[:, 1:], axis=1, keepdims=True)
    return _packed(bits)[:, 0]


def sketches(features: Floats, mean: Floats) -> Bits:
    """Sketch unit features (n, d) around their `mean` (d,) by the signs of projections, (n, 4)."""
    rng = np.random.default_rng(_SEED)
    directions = rng.standard_normal((features.shape[1], 64 * WORDS)).astype(np.float32)
    return _packed((features - mean) @ directions > 0)


def candidates(hashes: Bits, sketch: Bits, order: npt.NDArray[np.int64]) -> Pairs:
    """Pair photos whose hashes (n,) or sketches (n, 4) are close; `order` sorts them by time.

    Each pair once, the smaller index first.
    """
    count = len(hashes)
    found = []
    for places in _orders(hashes, sketch, order):
        hashed, sketched = hashes[places], sketch[places].T.copy()  # once an order, not once a step
        for step in range(1, min(WINDOW, count - 1) + 1):
            near = _ones(hashed[:-step] ^ hashed[step:]) <= MOST_HASH_BITS
            unlike = _ones(sketched[:, :-step] ^ sketched[:, step:]).sum(axis=0, dtype=np.uint16)
            near |= unlike <= MOST_SKETCH_BITS
            first, second = places[:-step][near], places[step:][near]
            low, high = np.minimum(first, second), np.maximum(first, second)
            found.append(low.astype(np.int64) * count + high)
    if not found:
        return np.empty((0, 2), np.int64)
    keys = np.sort(np.concatenate(found))  # many times as fast as the hash table of np.unique
    keys = keys[np.append(True, keys[1:] != keys[:-1])] if len(keys) else keys
    return np.stack([keys // count, keys % count], axis=1)


def _orders(
    hashes: Bits, sketch: Bits, order: npt.NDArray[np.int64]
) -> Iterator[npt.NDArray[np.int64]]:
    """Sort the photos by time, by each band of the hash, and by some bits of the sketch."""
    yield order
    for band in range(BANDS):
        turned = np.bitwise_or(
            hashes << np.uint64(16 * band), hashes >> np.uint64((64 - 16 * band) % 64)
        )
        yield np.argsort(turned if band else hashes, kind="stable")
    rng = np.random.default_rng(_SEED + 1)
    bits = np.unpackbits(sketch.view(np.uint8), axis=1)
    for _ in range(TABLES):
        # The key alone makes buckets; the bits behind it put the most alike of one side by side.
        chosen = rng.permutation(64 * WORDS)[: 4 * KEY_BITS]
        yield np.argsort(_packed(bits[:, chosen] > 0)[:, 0], kind="stable")


def _packed(bits: npt.NDArray[np.bool_]) -> Bits:
    """Pack bits (n, 64 k) into words (n, k), the first bit being the highest."""
    packed: Bits = np.ascontiguousarray(np.packbits(bits, axis=1)).view(">u8").astype(np.uint64)
    return packed


def _ones(words: Bits) -> npt.NDArray[np.uint8]:
    """Count the ones of each word; NumPy has bitwise_count from 2.0 on only."""
    count = getattr(np, "bitwise_count", None)
    if count is not None:
        fast: npt.NDArray[np.uint8] = count(words)
        return fast
    eight = np.ascontiguousarray(words).view(np.uint8).reshape(*words.shape, 8)
    counts: npt.NDArray[np.uint8] = _ONES[eight].sum(axis=-1, dtype=np.uint8)
    return counts


_ONES: Final = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1)
