"""DEC: its equations by hand, its laws, and a refinement that sharpens, stops and never breaks."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.datasets import make_blobs

from photosort.bench.scores import accuracy
from photosort.dec.arrays import Floats
from photosort.dec.autoencoder import Autoencoder
from photosort.dec.dec import (
    CONVERGED,
    MAX_RESEEDS,
    OUT_OF_STEPS,
    Refined,
    Refinement,
    TargetUpdate,
    refine,
)
from photosort.dec.equations import kl_divergence, soft_assignment, target_distribution
from photosort.dec.network import Network
from photosort.dec.schedule import Schedule
from photosort.dec.training import Adam, Sgd, tensorflow
from photosort.errors import PhotosortError

K = 3
QUICK = Refinement(Adam(1e-3), batch_size=32, max_iter=60)

numbers = st.floats(-100, 100, width=32)
codes_and_centers = st.tuples(st.integers(1, 12), st.integers(1, 6), st.integers(1, 4)).flatmap(
    lambda size: st.tuples(
        arrays(np.float32, (size[0], size[2]), elements=numbers),
        arrays(np.float32, (size[1], size[2]), elements=numbers),
    )
)
assignments = codes_and_centers.map(lambda pair: soft_assignment(*pair))


# ------------------------------------------------------------------------------- the equations


def test_soft_assignment_by_hand() -> None:
    """Distances 0 and 1 weigh 1 : 1/2 with alpha 1, and 1 : 1.5^-1.5 with alpha 2."""
    codes, centers = np.array([[0.0]], np.float32), np.array([[0.0], [1.0]], np.float32)
    assert soft_assignment(codes, centers) == pytest.approx(np.array([[2 / 3, 1 / 3]]))
    weight = 1.5**-1.5
    expected = np.array([[1, weight]]) / (1 + weight)
    assert soft_assignment(codes, centers, alpha=2.0) == pytest.approx(expected)


def test_target_distribution_by_hand() -> None:
    """q² over the cluster's frequency: [.9 .1; .5 .5] has frequencies 1.4 and .6."""
    q = np.array([[0.9, 0.1], [0.5, 0.5]])
    first = np.array([0.81 / 1.4, 0.01 / 0.6])
    second = np.array([0.25 / 1.4, 0.25 / 0.6])
    expected = np.array([first / first.sum(), second / second.sum()])
    assert target_distribution(q) == pytest.approx(expected)


def test_kl_divergence_by_hand() -> None:
    """With q (2/3, 1/3): p (1, 0) costs log 1.5, (1/2, 1/2) half log 9/8, q or zeros nothing."""
    tf = tensorflow()
    codes, centers = tf.constant([[0.0]]), tf.constant([[0.0], [1.0]])

    def kl(*p: float) -> float:
        return float(kl_divergence(tf.constant([p], tf.float32), codes, centers))

    assert kl(1, 0) == pytest.approx(math.log(1.5))
    assert kl(0.5, 0.5) == pytest.approx(math.log(9 / 8) / 2)
    assert kl(2 / 3, 1 / 3) == pytest.approx(0, abs=1e-6)
    assert kl(0, 0) == 0


@pytest.mark.parametrize("alpha", [1.0, 2.5])
def test_the_gradient_is_the_papers(alpha: float) -> None:
    """dL/dz = (alpha+1)/alpha Σ (1 + |z-μ|²/alpha)^-1 (p - q)(z - μ), eq. 4, over the batch."""
    tf = tensorflow()
    rng = np.random.default_rng(0)
    z, mu = rng.normal(size=(5, 2)).astype(np.float32), rng.normal(size=(3, 2)).astype(np.float32)
    q = soft_assignment(z, mu, alpha)
    p = target_distribution(q)
    codes, centers = tf.constant(z), tf.constant(mu)
    with tf.GradientTape() as tape:
        tape.watch([codes, centers])
        loss = kl_divergence(tf.constant(p), codes, centers, alpha)
    of_codes, of_centers = tape.gradient(loss, [codes, centers])
    offset = z[:, None] - mu  # (5, 3, 2)
    closeness = 1 / (1 + (offset**2).sum(axis=2) / alpha)
    pull = ((alpha + 1) / alpha * closeness * (p - q))[:, :, None] * offset / len(z)
    assert of_codes.numpy() == pytest.approx(pull.sum(axis=1), abs=1e-6)
    assert of_centers.numpy() == pytest.approx(-pull.sum(axis=0), abs=1e-6)


@pytest.mark.parametrize("distance", [1e3, 1e5])
def test_codes_far_from_the_origin_are_assigned_as_near_it(distance: float) -> None:
    """Distances are of differences: moving codes and centers together changes no label or loss."""
    rng = np.random.default_rng(0)
    step = 1 / 128  # exact in float32, however far away
    z = (np.rint(rng.normal(size=(500, 10)) / step) * step).astype(np.float32)
    mu = (np.rint(rng.normal(size=(5, 10)) / step) * step).astype(np.float32)
    q = soft_assignment(z, mu)
    far_z, far_mu = z + np.float32(distance), mu + np.float32(distance)
    far = soft_assignment(far_z, far_mu)
    assert (far.argmax(axis=1) == q.argmax(axis=1)).all()
    assert far == pytest.approx(q, abs=1e-5)
    p = target_distribution(q)
    tf = tensorflow()
    near_loss = float(kl_divergence(tf.constant(p), tf.constant(z), tf.constant(mu)))
    far_loss = float(kl_divergence(tf.constant(p), tf.constant(far_z), tf.constant(far_mu)))
    assert far_loss == pytest.approx(near_loss, abs=1e-5)


# ------------------------------------------------------------------------------------ the laws


@given(codes_and_centers, st.floats(0.1, 5000))
def test_soft_assignments_are_distributions(pair: tuple, alpha: float) -> None:
    """Rows of q sum to 1 at any distance and alpha, and a closer center never gets less."""
    codes, centers = pair
    q = soft_assignment(codes, centers, alpha)
    assert q.shape == (len(codes), len(centers))
    assert (q >= 0).all()
    assert q.sum(axis=1) == pytest.approx(1, abs=1e-5)
    distance = ((codes[:, None].astype(float) - centers) ** 2).sum(axis=2)
    best = q.argmax(axis=1)
    assert (distance[np.arange(len(q)), best] <= distance.min(axis=1) + 0.05).all()


@given(assignments)
def test_targets_are_distributions(q: Floats) -> None:
    """Rows of p sum to 1; what q rules out, p rules out."""
    p = target_distribution(q)
    assert p.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (p >= 0).all()
    assert (p[q == 0] == 0).all()


@given(codes_and_centers, st.randoms(use_true_random=False))
def test_order_and_names_do_not_matter(pair: tuple, random) -> None:
    """Shuffled photos and renumbered clusters give the same q and p, shuffled and renumbered."""
    codes, centers = pair
    row, column = list(range(len(codes))), list(range(len(centers)))
    random.shuffle(row)
    random.shuffle(column)
    q = soft_assignment(codes, centers)
    again = soft_assignment(codes[row], centers[column])
    assert again == pytest.approx(q[row][:, column], abs=1e-6)
    p = target_distribution(q)
    assert target_distribution(q[row][:, column]) == pytest.approx(p[row][:, column], abs=1e-4)


@given(assignments)
def test_targets_sharpen_balanced_assignments(q: Floats) -> None:
    """Where clusters are equally frequent, the largest share of a row only grows."""
    k = q.shape[1]
    turned = np.concatenate([np.roll(q, shift, axis=1) for shift in range(k)])
    p = target_distribution(turned)
    assert (p.max(axis=1) >= turned.max(axis=1) - 1e-5).all()


# ------------------------------------------------------------------------------- the refinement


@pytest.fixture(scope="module")
def blobs() -> tuple[Floats, Floats]:
    x, truth = make_blobs(150, 6, centers=K, cluster_std=1.6, random_state=3)
    return ((x - x.mean(axis=0)) / x.std()).astype(np.float32), truth


@pytest.fixture(scope="module")
def pretrained(blobs: tuple[Floats, Floats]) -> Autoencoder:
    autoencoder = Autoencoder(Network(6, (24,), 2), seed=0)
    autoencoder.fit(blobs[0], Schedule(Adam(3e-3), epochs=20, batch_size=32), seed=0)
    return autoencoder


def some_centers(autoencoder: Autoencoder, x: Floats) -> Floats:
    """Take the codes of three rows of different blobs, by farthest point."""
    codes = autoencoder.encode(x)
    chosen = [0]
    while len(chosen) < K:
        away = ((codes[:, None] - codes[chosen]) ** 2).sum(axis=2).min(axis=1)
        chosen.append(int(away.argmax()))
    return codes[chosen]


def refined(
    pretrained: Autoencoder, x: Floats, options: Refinement = QUICK, seed: int = 0
) -> tuple[Autoencoder, Refined, list[TargetUpdate]]:
    autoencoder, updates = pretrained.copy(), []
    centers = some_centers(autoencoder, x)
    result = refine(autoencoder, x, centers, options, seed=seed, on_update=updates.append)
    return autoencoder, result, updates


def test_refinement_finds_the_blobs_and_sharpens_assignments(
    blobs: tuple[Floats, Floats], pretrained: Autoencoder
) -> None:
    """Groups are the true ones, the KL loss falls, and rows belong more clearly than before."""
    x, truth = blobs
    autoencoder, result, updates = refined(pretrained, x, replace(QUICK, tol=-1))
    assert accuracy(truth, result.labels) > 0.95
    before = soft_assignment(pretrained.encode(x), some_centers(pretrained, x))
    assert result.assignment.max(axis=1).mean() > before.max(axis=1).mean() + 0.05
    assert math.isnan(updates[0].loss)
    assert updates[-1].loss < updates[1].loss
    assert result.labels.tolist() == result.assignment.argmax(axis=1).tolist()
    again = soft_assignment(autoencoder.encode(x), result.centers)
    assert again == pytest.approx(result.assignment, abs=1e-6)


def test_updates_report_steps_and_changes(
    blobs: tuple[Floats, Floats], pretrained: Autoencoder
) -> None:
    """A target every `update_interval` steps, by default half an epoch and at least 20."""
    x, _ = blobs
    _, result, updates = refined(pretrained, x, replace(QUICK, tol=-1, update_interval=25))
    assert [now.step for now in updates] == [0, 25, 50, 60]
    assert (result.stop_reason, result.n_iter) == (OUT_OF_STEPS, 60)
    assert updates[0].changed == 1
    moved = np.mean(updates[1].labels != updates[0].labels)
    assert updates[1].changed == pytest.approx(moved)
    _, _, few = refined(pretrained, x, replace(QUICK, tol=-1))
    assert [now.step for now in few] == [0, 20, 40, 60]
    _, _, many = refined(pretrained, x, replace(QUICK, tol=-1, batch_size=3))
    assert [now.step for now in many] == [0, 25, 50, 60]  # 50 batches an epoch


def test_it_stops_when_labels_converge(
    blobs: tuple[Floats, Floats], pretrained: Autoencoder
) -> None:
    """When fewer labels changed than `tol` allows, it ends before the limit and says so."""
    _, result, updates = refined(pretrained, blobs[0], replace(QUICK, tol=0.02, max_iter=2000))
    assert result.stop_reason == CONVERGED
    assert result.n_iter == updates[-1].step < 2000
    assert updates[-1].changed < 0.02
    assert all(now.changed >= 0.02 for now in updates[:-1])


def test_the_seed_decides_the_outcome(
    blobs: tuple[Floats, Floats], pretrained: Autoencoder
) -> None:
    """Same seed, same assignment to the last bit; another seed shuffles otherwise."""
    x, _ = blobs
    first, again, other = (refined(pretrained, x, seed=seed)[1].assignment for seed in (4, 4, 5))
    assert (first == again).all()
    assert (first != other).any()


def test_only_idec_moves_the_decoder(blobs: tuple[Floats, Floats], pretrained: Autoencoder) -> None:
    """Without a reconstruction term the decoder stays; with it, rows can still be rebuilt."""
    x, _ = blobs

    def error(autoencoder: Autoencoder) -> float:
        return float(np.mean((autoencoder.decode(autoencoder.encode(x)) - x) ** 2))

    options = replace(QUICK, tol=-1)
    dec, _, _ = refined(pretrained, x, options)
    idec, _, _ = refined(pretrained, x, replace(options, reconstruction=10.0))
    n = len(pretrained.encoder_weights)
    for mine, theirs, idecs in zip(
        pretrained.weights[n:], dec.weights[n:], idec.weights[n:], strict=True
    ):
        assert (mine.numpy() == theirs.numpy()).all()
        assert (mine.numpy() != idecs.numpy()).any()
    assert error(idec) < error(dec)
    assert error(idec) < 1.1 * error(pretrained)


def test_predictions_come_from_augmented_rows_and_targets_from_clean_ones(
    blobs: tuple[Floats, Floats], pretrained: Autoencoder
) -> None:
    """An `augment` that does nothing changes nothing; one that does, only what is learned."""
    x, _ = blobs
    _, plain, updates = refined(pretrained, x)
    _, same, _ = refined(pretrained, x, replace(QUICK, augment=lambda rows, _key: rows))
    assert same.assignment == pytest.approx(plain.assignment, abs=1e-6)
    _, dimmed, dimmed_updates = refined(pretrained, x, replace(QUICK, augment=lambda r, _: r * 0.5))
    assert (dimmed_updates[0].labels == updates[0].labels).all()
    assert np.abs(dimmed.assignment - plain.assignment).max() > 1e-3


def test_an_empty_cluster_gets_a_new_center(
    blobs: tuple[Floats, Floats], pretrained: Autoencoder
) -> None:
    """A center far from every photo is moved to one that fits badly; all clusters hold photos."""
    x, _ = blobs
    autoencoder = pretrained.copy()
    centers = some_centers(autoencoder, x)
    centers[1] = 1e3
    result = refine(autoencoder, x, centers, QUICK, seed=0)
    assert result.reseeded >= 1
    assert np.bincount(result.labels, minlength=K).min() > 0


def test_identical_rows_end_in_one_cluster(pretrained: Autoencoder) -> None:
    """Where nothing can be told apart, new centers are tried a few times and the run ends."""
    x = np.ones((40, 6), np.float32)
    centers = np.repeat(pretrained.encode(x[:1]), K, axis=0)
    result = refine(pretrained.copy(), x, centers, QUICK, seed=0)
    assert len(set(result.labels.tolist())) == 1
    assert 0 < result.reseeded <= MAX_RESEEDS * (K - 1)
    assert np.isfinite(result.assignment).all()


def test_fewer_rows_than_a_batch(blobs: tuple[Floats, Floats], pretrained: Autoencoder) -> None:
    """Three photos are an album: batches shrink to what there is."""
    x, _ = blobs
    result = refine(
        pretrained.copy(), x[:3], pretrained.encode(x[:3])[:2], Refinement(max_iter=40), seed=0
    )
    assert result.labels.shape == (3,)
    assert result.assignment.sum(axis=1) == pytest.approx(1)


def test_divergence_has_a_remedy(blobs: tuple[Floats, Floats], pretrained: Autoencoder) -> None:
    """A learning rate that is far too high: one line that names a lower one."""
    with pytest.raises(PhotosortError, match=r"dec: training diverged; use a learning rate below"):
        refined(
            pretrained, blobs[0], Refinement(Sgd(1e6), batch_size=32, tol=-1, reconstruction=10.0)
        )
