"""Grouping an album's features: plain kinds are found, odd albums come to sensible groups."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from photosort.bench import scores
from photosort.dec.training import Adam, Floats, Sgd
from photosort.embed.backbone import MODELS
from photosort.errors import PhotosortError
from photosort.grouping import confidence, graph, groups
from photosort.grouping.count import choose_count
from photosort.grouping.graph import modularity
from photosort.grouping.groups import centred, group_features, scaled
from photosort.grouping.pretrained import Pretrained, fit_projection, pretrained


def album(sizes: tuple[int, ...], width: int = 64, spread: float = 0.5) -> tuple[Floats, Floats]:
    """Make features (n, width) around one direction a kind, and their kinds (n,)."""
    rng = np.random.default_rng(0)
    middles = rng.normal(size=(len(sizes), width))
    kinds = np.repeat(np.arange(len(sizes)), sizes)
    noise = rng.normal(scale=spread, size=(len(kinds), width))
    return (middles[kinds] + noise).astype(np.float32), kinds


def test_plain_kinds_are_found_and_numbered_by_size() -> None:
    """Three kinds come out as three groups, the largest first, and photos are sure of them."""
    x, kinds = album((20, 50, 30))
    found = group_features(x, clusters=3)
    assert scores.nmi(kinds, found.labels) > 0.95
    assert np.bincount(found.labels).tolist() == [50, 30, 20]
    assert found.confidence.mean() > 0.8


def test_the_same_seed_gives_the_same_groups() -> None:
    """Two runs agree photo by photo."""
    x, _ = album((15, 25), spread=2.0)
    one, two = (group_features(x, clusters=4, seed=3) for _ in range(2))
    assert np.array_equal(one.labels, two.labels)
    assert np.array_equal(one.confidence, two.confidence)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_handful_of_photos(count: int) -> None:
    """One, two and three photos are grouped, with a chosen number of clusters and with k = n."""
    x = np.eye(8, dtype=np.float32)[:count]
    assert len(group_features(x).labels) == count
    assert sorted(group_features(x, clusters=count).labels) == list(range(count))


def test_copies_of_one_photo() -> None:
    """Ten copies make one cluster, and a note says why there are not three."""
    found = group_features(np.ones((10, 8), np.float32), clusters=3)
    assert set(found.labels) == {0}
    assert any("only 1 differ" in note for note in found.notes)


def test_photos_that_differ_in_brightness_alone() -> None:
    """Features that point the same way are one photo to the groups, however long they are."""
    x = np.repeat(np.eye(8, dtype=np.float32)[:2], 4, axis=0) * np.array([1, 2, 4, 8] * 2)[:, None]
    found = group_features(x, clusters=4)
    assert found.labels.tolist() == [0] * 4 + [1] * 4
    assert any("only 2 differ" in note for note in found.notes)


def test_nan_is_one_clear_error() -> None:
    """A feature that is no number is named by its row."""
    x, _ = album((5, 5))
    x[7, 0] = np.nan
    with pytest.raises(PhotosortError, match="first: row 7"):
        group_features(x, clusters=2)


def test_the_number_of_groups_is_found() -> None:
    """Five plain kinds are counted as about five; one kind is not cut into many."""
    x, _ = album((30,) * 5)
    assert 4 <= group_features(x).labels.max() + 1 <= 7


def test_rows_are_of_unit_length_then_of_unit_variance() -> None:
    """`centred` gives length 1, `scaled` length sqrt(d)."""
    x, _ = album((9, 9))
    assert np.allclose(np.linalg.norm(centred(x), axis=1), 1, atol=1e-5)
    assert np.allclose(np.linalg.norm(scaled(centred(x)), axis=1), 8, atol=1e-4)


@pytest.mark.parametrize(("least", "most"), [(1, 1), (1, 3), (2, 4), (7, 9), (30, 60), (90, 90)])
def test_the_number_keeps_within_its_bounds(least: int, most: int) -> None:
    """Bounds around what would be chosen leave it; others move it just inside."""
    x, _ = album((20,) * 5)
    number = choose_count(centred(x), least, most, seed=0)
    assert least <= number <= most
    assert number == np.clip(choose_count(centred(x), seed=0), least, most)


def test_more_photos_than_are_compared_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above 20,000, here above 100, neighbours are sought among some; kinds are found as well."""
    for room in (groups, graph, confidence):
        monkeypatch.setattr(room, "REFERENCES", 100)
    x, kinds = album((120, 70, 50))
    found = group_features(x, clusters=3)
    assert scores.nmi(kinds, found.labels) > 0.95
    assert found.confidence.mean() > 0.8
    assert np.bincount(group_features(x, clusters=12).labels).min() > 0


def test_modularity_by_hand() -> None:
    """Four in a row: as two pairs 4 of 6 ends are within, half by chance; one group has nothing."""
    row = [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]]
    links = csr_array(np.array(row, np.float32))
    assert modularity(links, np.array([0, 0, 1, 1])) == pytest.approx(4 / 6 - 1 / 2)
    assert modularity(links, np.array([0, 1, 0, 1])) == pytest.approx(-1 / 2)
    assert modularity(links, np.zeros(4, np.int64)) == pytest.approx(0)


def test_groups_that_stray_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where DEC throws kinds together, those it began with are kept, and a note says so."""
    x, kinds = album((40, 30, 30))

    def nonsense(q: Floats) -> Floats:
        return np.eye(3, dtype=np.float32)[np.where(kinds == 2, 1, kinds)]

    harsh = replace(groups.REFINEMENT, rule=Adam(1e-2), tol=-1.0)
    monkeypatch.setattr(groups, "neighbourly", lambda graph: nonsense)
    monkeypatch.setattr(groups, "REFINEMENT", harsh)
    found = group_features(x, clusters=3)
    assert scores.nmi(kinds, found.labels) > 0.95
    assert any("groups are as it began with" in note for note in found.notes)


def test_bursts_of_near_copies_make_as_many_groups_as_asked_for() -> None:
    """Five bursts of eight, all but equal to their neighbours, cut into twenty clusters."""
    rng = np.random.default_rng(0)
    bursts = np.repeat(rng.random((5, 64)), 8, axis=0)
    found = group_features(bursts + 1e-3 * rng.normal(size=bursts.shape), clusters=20)
    assert len(np.unique(found.labels)) == 20
    assert np.isfinite(found.confidence).all()


def test_photos_that_differ_by_rounding_errors_are_said_not_to_be_told_apart() -> None:
    """Fewer clusters than asked for, and a note instead of a scikit-learn warning."""
    rng = np.random.default_rng(0)
    copies = np.repeat(rng.random((5, 64)), 8, axis=0)
    found = group_features(copies * (1 + 3e-7 * rng.normal(size=copies.shape)), clusters=20)
    number = len(np.unique(found.labels))
    assert 5 <= number < 20
    assert any(f"{number} clusters can be told apart, not 20" in note for note in found.notes)


def test_dec_that_diverges_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rate that sends the loss to infinity costs DEC, not the album."""
    x, kinds = album((40, 30, 30))
    wild = replace(groups.REFINEMENT, rule=Sgd(1e30, 0.9), tol=-1.0)
    monkeypatch.setattr(groups, "REFINEMENT", wild)
    found = group_features(x, clusters=3)
    assert scores.nmi(kinds, found.labels) > 0.95
    assert found.stop_reason == groups.STRAYED


def test_small_kinds_survive_beside_large_ones() -> None:
    """Of 120, 40 and 12 photos, DEC alone would rather have three groups alike in size."""
    x, kinds = album((120, 40, 12), spread=1.0)
    found = group_features(x, clusters=3)
    assert scores.nmi(kinds, found.labels) > 0.95
    assert np.bincount(found.labels).tolist() == [120, 40, 12]


@pytest.mark.parametrize("clusters", [12, 30])
def test_as_many_groups_as_asked_for(clusters: int) -> None:
    """Three kinds cut into many groups: none of them is empty."""
    x, _ = album((40, 30, 30))
    assert len(np.unique(group_features(x, clusters=clusters).labels)) == clusters


def test_the_projection_evens_out_what_varies_most() -> None:
    """Of two directions the louder is turned down, by the fourth root of their variances.

    The mean variance, here (100 + 1 + 1) / 3 = 34, is added to both first.
    """
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(4000, 3)) * [10, 1, 1]).astype(np.float32)
    seen = x @ fit_projection(x, size=3)
    loud, quiet = np.sort(seen.std(axis=0))[::-1][:2]
    assert loud / quiet == pytest.approx(10 * ((1 + 34) / (100 + 34)) ** 0.25, rel=0.1)


@pytest.mark.parametrize("model", sorted(MODELS))
def test_what_ships_fits_its_backbone(model: str) -> None:
    """Projection and autoencoder load, and take the features of the backbone they were made for."""
    start: Pretrained = pretrained(model)
    assert start.projection.shape == (
        MODELS[model].feature_size,
        start.autoencoder.network.n_features,
    )
    rng = np.random.default_rng(0)
    seen = centred(rng.random((6, MODELS[model].feature_size), np.float32), start)
    assert np.isfinite(start.autoencoder.encode(scaled(seen))).all()
