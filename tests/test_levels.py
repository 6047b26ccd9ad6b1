"""Groups of groups: cuts of one tree over the clusters."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from photosort.grouping.graph import l2_normalise
from photosort.grouping.levels import levels


def families(rng: np.random.Generator, kinds: int, of_each: int, photos: int) -> tuple:
    """Make unit rows of `kinds` families with `of_each` clusters of `photos` in each."""
    rows, labels, family = [], [], []
    for kind in range(kinds):
        ancestor = rng.normal(size=32)
        for child in range(of_each):
            centre = ancestor + 0.6 * rng.normal(size=32)
            rows.append(centre + 0.15 * rng.normal(size=(photos, 32)))
            labels += [kind * of_each + child] * photos
            family.append(kind)
    return l2_normalise(np.concatenate(rows).astype(np.float32)), np.array(labels), np.array(family)


def test_the_coarse_level_finds_the_families() -> None:
    """Three families of three clusters each: joined on the upper level, whole on the lower."""
    for seed in range(5):
        seen, labels, family = families(np.random.default_rng(seed), 3, 3, 20)
        coarse, fine = levels(seen, labels, 2)
        assert fine.tolist() == list(range(9))
        assert len(set(coarse.tolist())) == 3
        assert len(set(zip(coarse.tolist(), family.tolist(), strict=True))) == 3


def test_few_clusters() -> None:
    """One cluster, two, three: every level has at least one group, the last the clusters."""
    for clusters in (1, 2, 3):
        seen, labels, _ = families(np.random.default_rng(0), 1, clusters, 5)
        found = levels(seen, labels, 3)
        assert found.shape == (3, clusters)
        assert found[-1].tolist() == list(range(clusters))
    assert levels(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), 2).shape == (2, 0)


def test_misc_takes_no_part() -> None:
    """Photos of no cluster (-1) change nothing."""
    seen, labels, _ = families(np.random.default_rng(1), 2, 3, 10)
    extra = l2_normalise(np.random.default_rng(2).normal(size=(7, 32)).astype(np.float32))
    more = np.concatenate([labels, np.full(7, -1)])
    assert (levels(np.concatenate([seen, extra]), more, 2) == levels(seen, labels, 2)).all()


@settings(max_examples=50)
@given(st.integers(1, 12), st.integers(1, 4), st.integers(0, 999))
def test_no_level_contradicts_the_one_below(clusters: int, depth: int, seed: int) -> None:
    """Two clusters that are together on a level are together on every one above."""
    rng = np.random.default_rng(seed)
    seen = l2_normalise(rng.normal(size=(clusters * 4, 8)).astype(np.float32))
    labels = np.concatenate([np.arange(clusters), rng.integers(clusters, size=clusters * 3)])
    found = levels(seen, labels, depth)
    assert found.shape == (depth, clusters)
    for upper, lower in pairwise(found):
        parents = set(zip(lower.tolist(), upper.tolist(), strict=True))
        assert len(parents) == len(set(lower.tolist()))
        assert sorted(set(upper.tolist())) == list(range(upper.max() + 1))
