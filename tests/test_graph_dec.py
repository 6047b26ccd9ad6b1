"""The ingredients of the `photosort` row, each on data small enough to know the answer."""

from pathlib import Path

import numpy as np
import pytest

from photosort.bench import datasets, output, run
from photosort.bench.augment import Views, straightened
from photosort.bench.hog import outlines
from photosort.bench.run import Options
from photosort.bench.spectral import Neighbours, joined, spectral_clusters
from photosort.dec.autoencoder import Autoencoder, Network, Schedule
from photosort.dec.precision import fastest, forward
from photosort.dec.training import Adam, tensorflow
from photosort.grouping.graph import walked

SHAPE = (28, 28)
CONVOLUTIONS = Network(784, (), 4, filters=(4, 8), shape=SHAPE)


def bar(lean: float, place: float = 14) -> np.ndarray:
    """Draw an upright bar of three pixels, leaning so much to the right a pixel downwards."""
    down, right = np.mgrid[:28, :28]
    off = np.abs(right - place - lean * (down - 14))
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


@pytest.mark.parametrize("lean", [-0.4, 0.0, 0.3])
def test_straightened_bars_are_one_bar(lean: float) -> None:
    """However a bar leans and wherever it stands, it comes out upright in the middle."""
    upright = straightened(bar(0, 13.5), SHAPE)
    assert np.abs(straightened(bar(lean, 11), SHAPE) - upright).mean() < 0.03
    assert np.abs(bar(lean, 11) - bar(0, 13.5)).mean() > 0.05


def test_straightening_leaves_blank_pictures_blank() -> None:
    """A picture without ink has no lean: no NaN comes of it."""
    assert not straightened(np.zeros((2, 784), np.float32), SHAPE).any()
    assert not outlines(np.zeros((2, 784), np.float32), SHAPE).any()


def test_views_of_no_strength_are_the_pictures() -> None:
    """Views that may not differ do not; others do, anew for every key, alike for the same."""
    rows = bar(0.2)
    still, lively = Views(0, 0, 0, 0).of(SHAPE), Views().of(SHAPE)
    assert np.allclose(still(rows, [0, 1]), rows, atol=1e-6)
    assert not np.allclose(lively(rows, [0, 1]), rows, atol=0.1)
    assert np.array_equal(lively(rows, [0, 1]), lively(rows, [0, 1]))
    assert not np.array_equal(lively(rows, [0, 1]), lively(rows, [0, 2]))


def test_outlines_tell_directions_apart_and_not_ink() -> None:
    """Squares add up to 1; a fainter bar is the same to them, a lying one the farthest off."""
    upright, lying = bar(0), bar(0).reshape(SHAPE).T.reshape(1, -1)
    a, faint, b = (outlines(x, SHAPE) for x in (upright, 0.5 * upright, lying))
    assert (a**2).sum() == pytest.approx(1, abs=1e-5)
    assert np.allclose(a, faint, atol=1e-5)
    assert np.linalg.norm(a - b) > 0.5


def test_convolutions_restore_pictures_of_any_side(tmp_path: Path) -> None:
    """Odd sides come back as they were, weights survive a file, training lowers the error."""
    rows = datasets.load("mnist").head(200).x
    odd = Autoencoder(Network(15 * 9, (), 3, filters=(4, 8), shape=(15, 9)), seed=0)
    assert odd.decode(odd.encode(np.zeros((2, 135), np.float32))).shape == (2, 135)
    autoencoder = Autoencoder(CONVOLUTIONS, seed=0)
    schedule = Schedule(Adam(2e-3), 8, 50, restore=True, augment=Views().of(SHAPE))
    losses = autoencoder.fit(rows, schedule, seed=0)
    assert losses[-1] < 0.8 * losses[0]
    autoencoder.save(tmp_path / "weights.npz")
    kept = Autoencoder.load(tmp_path / "weights.npz")
    assert kept.network == CONVOLUTIONS
    assert np.array_equal(kept.encode(rows), autoencoder.encode(rows))


def test_neighbours_find_clusters_of_any_shape() -> None:
    """A ring around another: k-means cannot, the graph can; unseen points link rightly."""
    rng = np.random.default_rng(0)
    ring = np.arange(600) % 2
    angle = rng.permutation(600) * (2 * np.pi / 600)
    points = (1 + 2 * ring)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points = points.astype(np.float32)
    neighbours = Neighbours(points[:450], 10)
    labels = spectral_clusters(neighbours.graph, 2, seed=0)
    assert len(set(zip(labels, ring[:450], strict=True))) == 2
    belief = walked(neighbours.graph, np.eye(2, dtype=np.float32)[labels])
    assert np.array_equal(belief.argmax(axis=1), labels)
    assert belief.sum(axis=1) == pytest.approx(1, abs=1e-5)
    links = neighbours.links(points[450:])
    unseen = (links @ belief).argmax(axis=1)
    assert len(set(zip(unseen, ring[450:], strict=True))) == 2
    assert np.asarray(links.sum(axis=1)).reshape(-1) == pytest.approx(1, abs=1e-5)


def test_joined_parts_are_those_linked_best_for_their_size() -> None:
    """Parts 0 and 2 share little, but much for how small they are: they are joined first."""
    links = np.array([[2.0, 0.1, 0.5], [0.1, 90, 1.0], [0.5, 1.0, 3.0]], np.float32)
    assert joined(links, 2).tolist() == [0, 1, 0]


@pytest.mark.slow
def test_2000_digits() -> None:
    """On 2,000 MNIST digits the photosort row beats k-means on pixels by 0.25 NMI and more."""
    data = datasets.load("mnist").head(2000)
    report = run.run(data, ("kmeans", "photosort"))
    kmeans, ours = (row.mean["nmi"] for row in report.rows)
    assert ours >= kmeans + 0.25
    assert report.options.precision == "float32"


def test_unseen_digits_are_placed() -> None:
    """Fitted on 70 % of scikit-learn's digits, it beats k-means by 0.05 NMI on the others."""
    article = Options(protocol="article")
    report = run.run(datasets.load("digits"), ("kmeans", "photosort"), options=article)
    kmeans, ours = (row.mean["nmi"] for row in report.rows)
    assert ours >= kmeans + 0.05
    assert output.as_json(report)["options"]["precision"] == "float32"
