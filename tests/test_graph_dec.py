"""The parts of the rows graph and graph-dec, each on data small enough to know the answer."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import eye_array

from photosort.bench import datasets, dec_da, output, run
from photosort.bench.augment import Augmentation
from photosort.bench.deskew import deskew
from photosort.bench.graph_dec import TARGETS, PropagatedTarget
from photosort.bench.hog import hog
from photosort.bench.pretraining import Pretrainer, Training, published_schedule
from photosort.bench.run import Options
from photosort.bench.spectral import Neighbours, merge_parts, spectral_clustering
from photosort.bench.task import Task
from photosort.dec.autoencoder import Autoencoder
from photosort.dec.network import Network
from photosort.dec.precision import fastest, forward
from photosort.dec.schedule import Schedule
from photosort.dec.training import Adam, tensorflow
from photosort.grouping.graph import propagate_memberships

SHAPE = (28, 28)
CONVOLUTIONS = Network(784, (), 4, filters=(4, 8), shape=SHAPE)


def bar(shear: float, place: float = 14) -> np.ndarray:
    """Draw a bar of three pixels, sheared so much to the right a pixel downwards."""
    down, right = np.mgrid[:28, :28]
    off = np.abs(right - place - shear * (down - 14))
    return ((off < 1.5) & (down > 4) & (down < 24)).astype(np.float32).reshape(1, -1)


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [("fpu avx2 avx512f", "float32"), ("avx512_bf16", "bfloat16"), ("amx_bf16", "bfloat16")],
)
def test_precision_follows_the_processor(flags: str, wanted: str, tmp_path: Path) -> None:
    """bfloat16 is fastest where cpuinfo lists a unit for it; float32 elsewhere and off Linux."""
    (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags\t\t: {flags}\n")
    assert fastest(tmp_path / "cpuinfo") == wanted
    assert fastest(tmp_path / "missing") == "float32"


def test_bfloat16_rounds_products_and_nothing_else() -> None:
    """Results, weights and codes stay float32; products differ by less than a hundredth."""
    tf, rng = tensorflow(), np.random.default_rng(0)
    x = rng.random((64, 30), np.float32)
    autoencoder = Autoencoder(Network(30, (20,), 4), seed=0)
    exact, rounded = (forward(autoencoder.encoder, x, p) for p in ("float32", "bfloat16"))
    assert rounded.dtype == tf.float32
    assert 0 < np.abs(exact - rounded).max() < 0.01 * np.abs(exact).max()
    autoencoder.fit(x, Schedule(Adam(), 2, precision="bfloat16"), seed=0)
    assert {np.asarray(weight).dtype for weight in autoencoder.weights} == {np.dtype("float32")}
    again = Autoencoder.from_arrays(autoencoder.to_arrays())
    assert np.array_equal(again.encode(x), autoencoder.encode(x))


@pytest.mark.parametrize("shear", [-0.4, 0.0, 0.3])
def test_deskewed_bars_are_one_bar(shear: float) -> None:
    """With any shear and in any place, a bar comes out upright in the middle."""
    upright = deskew(bar(0, 13.5), SHAPE)
    assert np.abs(deskew(bar(shear, 11), SHAPE) - upright).mean() < 0.03
    assert np.abs(bar(shear, 11) - bar(0, 13.5)).mean() > 0.05


def test_blank_images_stay_blank() -> None:
    """An image without ink has no shear and no gradient: no NaN comes of it."""
    assert not deskew(np.zeros((2, 784), np.float32), SHAPE).any()
    assert not hog(np.zeros((2, 784), np.float32), SHAPE).any()


def test_augmentation_of_no_strength_changes_nothing() -> None:
    """Ranges of 0 leave the image; others change it, anew for every key, alike for the same."""
    rows = bar(0.2)
    none, some = Augmentation(0, 0, 0, 0).for_shape(SHAPE), Augmentation().for_shape(SHAPE)
    assert np.allclose(none(rows, [0, 1]), rows, atol=1e-6)
    assert not np.allclose(some(rows, [0, 1]), rows, atol=0.1)
    assert np.array_equal(some(rows, [0, 1]), some(rows, [0, 1]))
    assert not np.array_equal(some(rows, [0, 1]), some(rows, [0, 2]))


def test_hog_depends_on_directions_and_not_on_contrast() -> None:
    """Squares add up to 1; a fainter bar has the same features, a lying one others."""
    upright, lying = bar(0), bar(0).reshape(SHAPE).T.reshape(1, -1)
    a, faint, b = (hog(x, SHAPE) for x in (upright, 0.5 * upright, lying))
    assert (a**2).sum() == pytest.approx(1, abs=1e-5)
    assert np.allclose(a, faint, atol=1e-5)
    assert np.linalg.norm(a - b) > 0.5


def test_convolutions_restore_images_of_any_side(tmp_path: Path) -> None:
    """Odd sides come back as they were, weights survive a file, training lowers the error."""
    rows = datasets.load("mnist").head(200).x
    odd = Autoencoder(Network(15 * 9, (), 3, filters=(4, 8), shape=(15, 9)), seed=0)
    assert odd.decode(odd.encode(np.zeros((2, 135), np.float32))).shape == (2, 135)
    autoencoder = Autoencoder(CONVOLUTIONS, seed=0)
    augment = Augmentation().for_shape(SHAPE)
    schedule = Schedule(Adam(2e-3), 8, 50, reconstruct_clean=True, augment=augment)
    losses = autoencoder.fit(rows, schedule, seed=0)
    assert losses[-1] < 0.8 * losses[0]
    autoencoder.save(tmp_path / "weights.npz")
    kept = Autoencoder.load(tmp_path / "weights.npz")
    assert kept.network == CONVOLUTIONS
    assert np.array_equal(kept.encode(rows), autoencoder.encode(rows))


def test_a_graph_finds_clusters_of_any_shape() -> None:
    """A ring around another: k-means cannot, the graph can; unseen points get the right edges."""
    rng = np.random.default_rng(0)
    ring = np.arange(600) % 2
    angle = rng.permutation(600) * (2 * np.pi / 600)
    points = (1 + 2 * ring)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points = points.astype(np.float32)
    neighbours = Neighbours(points[:450], 10)
    labels = spectral_clustering(neighbours.graph, 2, seed=0)
    assert len(set(zip(labels, ring[:450], strict=True))) == 2
    memberships = propagate_memberships(neighbours.graph, np.eye(2, dtype=np.float32)[labels])
    assert np.array_equal(memberships.argmax(axis=1), labels)
    assert memberships.sum(axis=1) == pytest.approx(1, abs=1e-5)
    edges = neighbours.edges(points[450:])
    unseen = (edges @ memberships).argmax(axis=1)
    assert len(set(zip(unseen, ring[450:], strict=True))) == 2
    assert np.asarray(edges.sum(axis=1)).reshape(-1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("distance", [1e-3, 1.0])
def test_copies_and_one_row_apart_make_a_finite_graph(distance: float) -> None:
    """Twenty identical rows and one a little off: no division by zero, and two clusters."""
    x = np.ones((21, 4), np.float32)
    x[20] += distance
    neighbours = Neighbours(x)
    assert np.isfinite(neighbours.graph.toarray()).all()
    labels = spectral_clustering(neighbours.graph, 2, seed=0)
    memberships = propagate_memberships(neighbours.graph, np.eye(2, dtype=np.float32)[labels])
    assert np.isfinite(memberships).all()
    assert np.isfinite(neighbours.edges(x + 5).toarray()).all()


def test_merged_parts_are_those_with_most_weight_for_their_degrees() -> None:
    """Parts 0 and 2 share little, but much for how small they are: they are merged first."""
    weights = np.array([[2.0, 0.1, 0.5], [0.1, 90, 1.0], [0.5, 1.0, 3.0]], np.float32)
    assert merge_parts(weights, 2).tolist() == [0, 1, 0]


def test_images_of_low_certainty_are_left_out_of_the_first_targets_alone() -> None:
    """Rows of zeros become fewer from target to target; the last one has none."""
    q = np.random.default_rng(0).dirichlet(np.ones(4), 400).astype(np.float32)
    target = PropagatedTarget(eye_array(400, format="csr"), q)
    left_out = [int((target(q).sum(axis=1) == 0).sum()) for _ in range(TARGETS + 1)]
    assert left_out[0] == 20
    assert left_out == sorted(left_out, reverse=True)
    assert left_out[-2:] == [0, 0]


@pytest.mark.parametrize(("full", "steps"), [(True, 20_000), (False, 2_800)])
def test_dec_da_is_refined_as_published(full: bool, steps: int) -> None:
    """Alpha 1, Adam, targets every 140 steps and 500 epochs before; all of it only if asked for."""
    training = Training(full=full, shape=(8, 8))
    x = np.zeros((10, 64), np.float32)
    options = dec_da.refinement(Task(x, 2, 0, Pretrainer(training), lambda _: None, shape=(8, 8)))
    assert (options.alpha, options.optimizer, options.update_interval) == (1, Adam(1e-3), 140)
    assert options.max_iter == steps
    schedule = training.schedule(published_schedule("dec-da", len(x)), len(x))
    assert schedule.epochs == (500 if full else 50)


@pytest.mark.slow
def test_2000_digits() -> None:
    """On 2,000 MNIST digits both rows beat k-means on pixels by 0.25 NMI and more."""
    data = datasets.load("mnist").head(2000)
    report = run.run(data, ("kmeans", "graph", "graph-dec"))
    kmeans, graph, graph_dec = (row.mean["nmi"] for row in report.rows)
    assert graph >= kmeans + 0.25
    assert graph_dec >= kmeans + 0.25
    assert report.options.precision == "float32"


@pytest.mark.slow
def test_unseen_digits_are_assigned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fitted on 70 % of scikit-learn's digits, the graph rows beat k-means by 0.05 NMI."""
    monkeypatch.setattr(dec_da, "BRIEF_STEPS", 280)
    article = Options(protocol="article")
    methods = ("kmeans", "dec-da", "graph", "graph-dec")
    report = run.run(datasets.load("digits"), methods, options=article)
    kmeans, augmented, *graph = (row.mean["nmi"] for row in report.rows)
    assert min(graph) >= kmeans + 0.05
    assert augmented > 0.6
    assert output.as_json(report)["options"]["precision"] == "float32"


@pytest.mark.slow
def test_labels_choose_nothing_in_the_graph_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the labels shuffled the same seed finds the very same clusters, to the last digit."""
    monkeypatch.setattr(dec_da, "BRIEF_STEPS", 280)
    digits = datasets.load("digits").head(200)
    shuffled = replace(digits, labels=np.random.default_rng(1).permutation(digits.labels))
    methods = ("dec-da", "graph", "graph-dec")
    one, other = (run.run(data, methods) for data in (digits, shuffled))
    for right, wrong in zip(one.examples, other.examples, strict=True):
        assert np.array_equal(right.labels, wrong.labels)
    assert min(row.mean["nmi"] for row in one.rows) > 0.5
    assert max(row.mean["nmi"] for row in other.rows) < 0.3
