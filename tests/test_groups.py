"""Grouping an album's features: plain classes are found, odd albums come to sensible groups."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_info

from photosort.bench import scores
from photosort.counts import counted
from photosort.dec.arrays import Floats
from photosort.dec.dec import CONVERGED, Refined
from photosort.dec.training import Sgd
from photosort.embed.backbone import MODELS
from photosort.errors import PhotosortError
from photosort.grouping import graph, groups
from photosort.grouping.confidence import confidence
from photosort.grouping.count import choose_count
from photosort.grouping.graph import (
    l2_normalise,
    nearest_neighbours,
    neighbour_graph,
    normalised_adjacency,
    positions,
    reference_rows,
)
from photosort.grouping.groups import group_features
from photosort.grouping.pretrained import Pretrained, fit_projection, load_pretrained
from photosort.grouping.rows import centre_features, scale_rows
from photosort.grouping.threads import one_thread


def album(sizes: tuple[int, ...], width: int = 64, spread: float = 0.5) -> tuple[Floats, Floats]:
    """Make features (n, width) around one direction a class, and their classes (n,)."""
    rng = np.random.default_rng(0)
    means = rng.normal(size=(len(sizes), width))
    classes = np.repeat(np.arange(len(sizes)), sizes)
    noise = rng.normal(scale=spread, size=(len(classes), width))
    return (means[classes] + noise).astype(np.float32), classes


@pytest.mark.slow
def test_plain_classes_are_found_and_numbered_by_size() -> None:
    """Three classes come out as three groups, the largest first, with high confidence."""
    x, classes = album((20, 50, 30))
    found = group_features(x, clusters=3)
    assert scores.nmi(classes, found.labels) > 0.95
    assert np.bincount(found.labels).tolist() == [50, 30, 20]
    assert found.confidence.mean() > 0.8


@pytest.mark.slow
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
    assert any("only 1 different one: that makes 1 cluster," in note for note in found.notes)


def test_photos_that_differ_in_brightness_alone() -> None:
    """Features that point the same way are one photo to the groups, however long they are."""
    x = np.repeat(np.eye(8, dtype=np.float32)[:2], 4, axis=0) * np.array([1, 2, 4, 8] * 2)[:, None]
    found = group_features(x, clusters=4)
    assert found.labels.tolist() == [0] * 4 + [1] * 4
    assert any("only 2 different ones: that makes 2 clusters" in note for note in found.notes)


def test_nan_is_one_clear_error() -> None:
    """A feature that is no number is named by its row."""
    x, _ = album((5, 5))
    x[7, 0] = np.nan
    with pytest.raises(PhotosortError, match="first: row 7"):
        group_features(x, clusters=2)


@pytest.mark.slow
def test_the_number_of_groups_is_found() -> None:
    """Five plain classes are counted as about five."""
    x, _ = album((30,) * 5)
    assert 4 <= group_features(x).labels.max() + 1 <= 7


def test_rows_are_of_unit_length_then_of_unit_variance() -> None:
    """`centre_features` gives length 1, `scale_rows` length √d."""
    x, _ = album((9, 9))
    assert np.allclose(np.linalg.norm(centre_features(x), axis=1), 1, atol=1e-5)
    assert np.allclose(np.linalg.norm(scale_rows(centre_features(x)), axis=1), 8, atol=1e-4)


@pytest.mark.parametrize(("least", "most"), [(1, 1), (1, 3), (2, 4), (7, 9), (30, 60), (90, 90)])
def test_the_number_keeps_within_its_bounds(least: int, most: int) -> None:
    """Bounds around what would be chosen leave it; others move it just inside."""
    x, _ = album((20,) * 5)
    number, other = choose_count(centre_features(x), least, most, seed=0)
    assert least <= number <= most
    assert number == np.clip(choose_count(centre_features(x), seed=0)[0], least, most)
    assert other is None or (least <= other <= most and other != number)


def test_a_second_number_is_said_where_there_is_one() -> None:
    """Five classes, two pairs of them close: two numbers from 3 to 5. Four plain ones: 4 alone."""
    rng = np.random.default_rng(0)
    wide, close = rng.normal(size=(3, 64)), 0.3 * rng.normal(size=(5, 64))
    means = wide[[0, 0, 1, 1, 2]] + close
    classes = np.repeat(np.arange(5), 30)
    x = centre_features((means[classes] + 0.8 * rng.normal(size=(150, 64))).astype(np.float32))
    number, other = choose_count(x, seed=0)
    assert other is not None
    assert {number, other} < {3, 4, 5}
    apart = album((30, 30, 30, 30), spread=0.3)[0]
    assert choose_count(centre_features(apart), seed=0) == (4, None)


@pytest.mark.slow
def test_more_photos_than_are_compared_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above 20,000, here 100, neighbours are searched among some; classes are found as well."""
    monkeypatch.setattr(graph, "REFERENCES", 100)
    x, classes = album((120, 70, 50))
    found = group_features(x, clusters=3)
    assert scores.nmi(classes, found.labels) > 0.95
    assert found.confidence.mean() > 0.8
    assert np.bincount(group_features(x, clusters=12).labels).min() > 0


def refined_to(labels: np.ndarray) -> Callable[..., Refined]:
    """Make a refinement that ends with `labels`, whatever it is given."""

    def refine(_autoencoder, _x, centers, *_args, **_kwargs) -> Refined:
        q = np.eye(len(centers), dtype=np.float32)[labels]
        return Refined(centers, q, labels, 20, "converged", 0)

    return refine


@pytest.mark.slow
def test_the_start_is_kept_where_dec_makes_worse_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where refinement mixes classes, the groups it began with stay."""
    x, classes = album((40, 30, 30))
    monkeypatch.setattr(groups, "refine", refined_to(np.arange(len(x)) % 3))
    found = group_features(x, clusters=3)
    assert scores.nmi(classes, found.labels) > 0.95
    assert found.stop_reason == groups.START_KEPT
    assert found.notes == ()


@pytest.mark.slow
def test_bursts_of_near_copies_make_as_many_groups_as_asked_for() -> None:
    """Five bursts of eight, all but equal to their neighbours, cut into twenty clusters."""
    rng = np.random.default_rng(0)
    bursts = np.repeat(rng.random((5, 64)), 8, axis=0)
    found = group_features(bursts + 1e-3 * rng.normal(size=bursts.shape), clusters=20)
    assert len(np.unique(found.labels)) == 20
    assert np.isfinite(found.confidence).all()


@pytest.mark.slow
def test_photos_that_differ_by_rounding_errors_are_said_not_to_be_told_apart() -> None:
    """Fewer clusters than asked for, and a note instead of a scikit-learn warning."""
    rng = np.random.default_rng(0)
    copies = np.repeat(rng.random((5, 64)), 8, axis=0)
    found = group_features(copies * (1 + 3e-7 * rng.normal(size=copies.shape)), clusters=20)
    number = len(np.unique(found.labels))
    assert 5 <= number < 20
    assert any(
        f"only {counted(number, 'cluster')} can be told apart, not 20" in note
        for note in found.notes
    )


@pytest.mark.slow
@pytest.mark.parametrize("references", [20_000, 60])
def test_dec_that_diverges_is_given_up(monkeypatch: pytest.MonkeyPatch, references: int) -> None:
    """Where the loss is infinite, the groups DEC began with are kept, and a note names the cause.

    Also above 20,000 photos, here 60.
    """
    monkeypatch.setattr(graph, "REFERENCES", references)
    x, classes = album((40, 30, 30))
    wild = replace(groups.REFINEMENT, optimizer=Sgd(1e30, 0.9), tol=-1.0)
    monkeypatch.setattr(groups, "REFINEMENT", wild)
    found = group_features(x, clusters=3)
    assert scores.nmi(classes, found.labels) > 0.95
    assert found.stop_reason == groups.START_KEPT
    assert found.notes == ("the groups DEC began with were kept: DEC diverged",)


@pytest.mark.slow
def test_dec_that_empties_clusters_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A result with fewer groups than asked for is not used, and a note says why."""
    x, classes = album((40, 30, 30))
    monkeypatch.setattr(groups, "refine", refined_to(np.zeros(len(x), int)))
    found = group_features(x, clusters=3)
    assert scores.nmi(classes, found.labels) > 0.95
    assert found.notes == ("the groups DEC began with were kept: DEC left clusters empty",)


@pytest.mark.slow
@pytest.mark.parametrize("references", [89, 60])
def test_one_photo_more_than_are_compared_changes_little(
    monkeypatch: pytest.MonkeyPatch, references: int
) -> None:
    """Above 20,000 photos, here 89 or 60 of 90, the groups are those of the same method below."""
    x = album((40, 30, 20), spread=1.5)[0]
    below = group_features(x, clusters=3)
    monkeypatch.setattr(graph, "REFERENCES", references)
    above = group_features(x, clusters=3)
    assert scores.nmi(below.labels, above.labels) > 0.9
    assert above.notes == ()


@pytest.mark.slow
def test_the_groups_are_those_of_dec_where_they_are_better(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DEC begins with groups of which every sixth photo is wrong, and puts most of them right."""
    x, classes = album((60, 40, 30))
    wrong = np.where(np.arange(len(x)) % 6, classes, (classes + 1) % 3)
    monkeypatch.setattr(groups, "first_groups", lambda *_args, **_kwargs: wrong)
    found = group_features(x, clusters=3)
    assert found.stop_reason == CONVERGED
    assert scores.nmi(classes, found.labels) > max(0.9, scores.nmi(classes, wrong) + 0.2)


@pytest.mark.slow
def test_small_classes_survive_beside_large_ones() -> None:
    """Of 120, 40 and 12 photos, DEC alone would rather make three groups of equal size."""
    x, classes = album((120, 40, 12), spread=1.0)
    found = group_features(x, clusters=3)
    assert scores.nmi(classes, found.labels) > 0.95
    assert np.bincount(found.labels).tolist() == [120, 40, 12]


def threads() -> list[int]:
    """Return how many threads each library under NumPy and scikit-learn uses."""
    return [library["num_threads"] for library in threadpool_info()]


def test_few_rows_are_computed_on_one_thread() -> None:
    """BLAS and OpenMP have one thread for few rows, as many as before for more and afterwards."""
    before = threads()
    assert before
    with one_thread(100, few=100):
        assert set(threads()) == {1}
    with one_thread(101, few=100):
        assert threads() == before
    assert threads() == before


@pytest.mark.slow
def test_a_small_album_is_parted_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of groups and the partitions DEC begins with are found on one thread."""
    used = []

    def noted(found: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            used.extend(threads())
            return found(*arguments, **options)

        return call

    for name in ("choose_count", "principal_components", "partitions"):
        monkeypatch.setattr(groups, name, noted(getattr(groups, name)))
    group_features(album((20, 12))[0])
    assert set(used) == {1}


@pytest.mark.slow
@pytest.mark.parametrize("clusters", [12, 30])
def test_as_many_groups_as_asked_for(clusters: int) -> None:
    """Three classes cut into many groups: none of them is empty."""
    x, _ = album((40, 30, 30))
    assert len(np.unique(group_features(x, clusters=clusters).labels)) == clusters


def test_the_projection_evens_out_what_varies_most() -> None:
    """The direction of more variance is reduced, by the fourth root of the ratio of variances.

    The mean variance, here (100 + 1 + 1) / 3 = 34, is added to both first.
    """
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(4000, 3)) * [10, 1, 1]).astype(np.float32)
    projected = x @ fit_projection(x, size=3)
    large, small = np.sort(projected.std(axis=0))[::-1][:2]
    assert large / small == pytest.approx(10 * ((1 + 34) / (100 + 34)) ** 0.25, rel=0.1)


@pytest.mark.parametrize("model", sorted(MODELS))
def test_what_ships_fits_its_backbone(model: str) -> None:
    """Projection and autoencoder load, and take the features of the backbone they were made for."""
    shipped: Pretrained = load_pretrained(model)
    assert shipped.projection.shape == (
        MODELS[model].feature_size,
        shipped.autoencoder.network.n_features,
    )
    rng = np.random.default_rng(0)
    rows = centre_features(rng.random((6, MODELS[model].feature_size), np.float32), shipped)
    assert np.isfinite(shipped.autoencoder.encode(scale_rows(rows))).all()


def test_no_row_is_its_own_neighbour_above_the_limit_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of 90 rows, 40 are searched: those 40 find others, and as many as the other 50 do."""
    monkeypatch.setattr(graph, "REFERENCES", 40)
    x = centre_features(album((30, 30, 30))[0])
    references = reference_rows(len(x), seed=0)
    edges = neighbour_graph(x, x[references], positions(references, len(x))).tocoo()
    assert (references[edges.col] != edges.row).all()
    assert len(set(np.bincount(edges.row).tolist())) == 1


@pytest.mark.parametrize("unit", [True, False])
def test_the_nearest_are_those_that_scikit_learn_finds(
    monkeypatch: pytest.MonkeyPatch, unit: bool
) -> None:
    """One search for albums (unit rows) and digits (any rows), block by block, itself left out."""
    monkeypatch.setattr(graph, "BLOCK_ROWS", 7)
    x = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)
    x = l2_normalise(x) if unit else x
    nearest, products = nearest_neighbours(x, x, 4, np.arange(60), unit=unit)
    wanted = NearestNeighbors(n_neighbors=4).fit(x).kneighbors(return_distance=False)
    assert np.array_equal(np.sort(nearest), np.sort(wanted))
    assert products == pytest.approx((x[:, None] * x[nearest]).sum(axis=2), abs=1e-5)
    others, _ = nearest_neighbours(x[:9], x, 1, unit=unit)
    assert others.reshape(-1).tolist() == list(range(9))


def test_a_graph_with_a_row_without_edges_is_finite() -> None:
    """A row that no weight leads to is divided by nothing, and stays without edges."""
    apart = csr_array(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]], np.float32))
    dense = normalised_adjacency(apart).toarray()
    assert np.isfinite(dense).all()
    assert dense[2].tolist() == [0, 0, 0]


@pytest.mark.slow
@pytest.mark.parametrize("offset", [1e-7, 1e-4, 1e-2])
def test_copies_and_a_photo_a_little_off_are_grouped(offset: float) -> None:
    """Identical rows and one a little off: finite confidence, with no warning of a division."""
    x = np.ones((21, 32), np.float32)
    x[20, 0] += np.float32(offset)
    found = group_features(x, clusters=2)
    assert np.isfinite(found.confidence).all()
    assert np.isfinite(confidence(centre_features(x), found.labels)).all()
