"""The autoencoder: its shape, how it learns, what it is to be kept and read back."""

import copy
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from photosort.dec import autoencoder as module
from photosort.dec.arrays import Floats, pack, unpack
from photosort.dec.autoencoder import Autoencoder
from photosort.dec.losses import CODE_LENGTH, squared_error, strain
from photosort.dec.network import Network
from photosort.dec.schedule import Epoch, Schedule
from photosort.dec.training import Adam, Sgd, Tensor, tensorflow
from photosort.errors import PhotosortError

SMALL = Network(8, (16, 12), 2)
PLAIN = Schedule(Adam(3e-3), epochs=30, batch_size=32)


@pytest.fixture(scope="module")
def rows() -> Floats:
    """Eight numbers a row that two explain: what a code of two can hold."""
    rng = np.random.default_rng(0)
    return (rng.normal(size=(160, 2)) @ rng.normal(size=(2, 8))).astype(np.float32)


@pytest.fixture(scope="module")
def trained(rows: Floats) -> Autoencoder:
    autoencoder = Autoencoder(SMALL, seed=0)
    autoencoder.fit(rows, PLAIN, seed=0)
    return autoencoder


def error(autoencoder: Autoencoder, x: Floats) -> float:
    return float(np.mean((autoencoder.decode(autoencoder.encode(x)) - x) ** 2))


@pytest.mark.slow
def test_the_papers_shape_is_the_default() -> None:
    """d-500-500-2000-10 and back, ReLU between, linear at the code and at the end."""
    whole = Autoencoder(Network(20))
    widths = [layer.units for layer in (*whole.encoder.layers, *whole.decoder.layers)]
    assert widths == [500, 500, 2000, 10, 2000, 500, 500, 20]
    named = [layer.activation.__name__ for layer in (*whole.encoder.layers, *whole.decoder.layers)]
    assert named == ["relu", "relu", "relu", "linear"] * 2
    assert len(whole.weights) == 2 * len(whole.encoder_weights) == 16


def test_a_sigmoid_code_lies_between_0_and_1(rows: Floats) -> None:
    """The code layer's activation is the network's choice."""
    codes = Autoencoder(replace(SMALL, code_activation="sigmoid")).encode(rows * 100)
    assert codes.min() >= 0
    assert codes.max() <= 1
    assert codes.max() > codes.min()


def test_codes_do_not_depend_on_the_other_rows(
    rows: Floats, trained: Autoencoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Encoding goes by blocks of rows; where they are cut changes nothing, and none is fine."""
    whole = trained.encode(rows)
    assert whole.shape == (160, 2)
    assert whole.dtype == np.float32
    monkeypatch.setattr(module, "ENCODE_ROWS", 37)
    assert trained.encode(rows) == pytest.approx(whole, abs=1e-5)
    assert trained.decode(whole).shape == (160, 8)
    assert trained.encode(rows[:0]).shape == (0, 2)


def test_training_lowers_the_error(rows: Floats, trained: Autoencoder) -> None:
    """Rows that two numbers explain are rebuilt from a code of two, far better than untrained."""
    assert error(trained, rows) < 0.1 * error(Autoencoder(SMALL, seed=0), rows)


def test_fit_returns_and_reports_the_loss_of_each_epoch(rows: Floats) -> None:
    """One number an epoch, given to the callback as it goes; layers are stages of their own."""
    epochs: list[Epoch] = []
    schedule = replace(PLAIN, epochs=3, layer_epochs=2, dropout=0.2)
    losses = Autoencoder(SMALL).fit(rows, schedule, seed=0, on_epoch=epochs.append)
    stages = ["layer 1 of 3", "layer 2 of 3", "layer 3 of 3"]
    assert [(epoch.stage, epoch.number, epoch.total) for epoch in epochs] == [
        *((stage, number, 2) for stage in stages for number in (1, 2)),
        *(("whole", number, 3) for number in (1, 2, 3)),
    ]
    assert [epoch.loss for epoch in epochs[-3:]] == losses


def test_layer_wise_pretraining_lowers_the_error_of_the_whole(rows: Floats) -> None:
    """Layer-wise pretraining alone, with no epoch of the whole, already rebuilds better."""
    wide = replace(SMALL, hidden=(64, 48))  # in narrow layers, ReLUs that died stay dead
    layered = Autoencoder(wide, seed=0)
    layered.fit(rows, replace(PLAIN, epochs=0, layer_epochs=40), seed=0)
    assert error(layered, rows) < 0.5 * error(Autoencoder(wide, seed=0), rows)


def test_a_denoising_autoencoder_tolerates_dropped_inputs(
    rows: Floats, trained: Autoencoder
) -> None:
    """Trained with a fifth of its inputs hidden, it rebuilds the clean row better from the rest."""
    schedule = replace(PLAIN, dropout=0.2, denoise=True)
    denoising = Autoencoder(SMALL, seed=0)
    denoising.fit(rows, schedule, seed=0)
    hidden = np.random.default_rng(1).random(rows.shape) < 0.2
    spoilt = np.where(hidden, 0, rows / 0.8).astype(np.float32)

    def restored(autoencoder: Autoencoder) -> float:
        return float(np.mean((autoencoder.decode(autoencoder.encode(spoilt)) - rows) ** 2))

    assert restored(denoising) < 0.9 * restored(trained)


@pytest.mark.slow
def test_the_seed_decides_everything(rows: Floats) -> None:
    """Same seed, same codes to the last bit; another seed, others. Noise and shuffling included."""
    schedule = replace(PLAIN, epochs=3, layer_epochs=1, dropout=0.2, denoise=True)

    def codes(seed: int) -> Floats:
        autoencoder = Autoencoder(SMALL, seed=seed)
        autoencoder.fit(rows, schedule, seed=seed)
        return autoencoder.encode(rows)

    first = codes(1)
    assert (codes(1) == first).all()
    assert (codes(2) != first).any()


def test_augmented_rows_take_the_place_of_rows(rows: Floats) -> None:
    """Every batch passes through `augment` with a key of its own; its result is learned."""
    tf = tensorflow()
    zeroed = Autoencoder(SMALL, seed=0)
    losses = zeroed.fit(rows, replace(PLAIN, augment=lambda x, _key: x * 0), seed=0)
    assert losses[0] == pytest.approx(0, abs=1e-9)  # zeros are rebuilt by zero biases

    def noisy(x: object, key: object) -> object:
        return x + tf.random.stateless_normal(tf.shape(x), key)

    same = [
        Autoencoder(SMALL, seed=0).fit(rows, replace(PLAIN, epochs=2, augment=noisy), seed=0)
        for _ in range(2)
    ]
    assert same[0] == same[1]
    assert same[0] != Autoencoder(SMALL, seed=0).fit(rows, replace(PLAIN, epochs=2), seed=0)


def test_dropout_does_not_depend_on_the_augmentation(
    rows: Floats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random numbers of an augmentation do not decide which of its entries are dropped.

    Entries are uniform u, a fifth of them is dropped, the others grow by a quarter, and nothing
    else is done: the error is E[u²] (1/5 + 4/5 / 16) = 1/12. It is .023 where the smallest fifth is
    dropped, as when both draw with one key.
    """
    tf = tensorflow()

    def uniform(x: Tensor, key: Tensor) -> Tensor:
        return tf.random.stateless_uniform(tf.shape(x), key)

    monkeypatch.setattr(module, "forward", lambda _model, x, _precision: x)
    schedule = replace(PLAIN, epochs=20, dropout=0.2, denoise=True, augment=uniform)
    losses = Autoencoder(SMALL, seed=0).fit(rows, schedule, seed=0)
    assert np.mean(losses) == pytest.approx(1 / 12, abs=0.005)


def test_cosine_decay_lets_the_rate_fall_to_zero(rows: Floats) -> None:
    """With plain steps of 1 and a falling rate, the last epochs change less than constant ones."""

    def last_change(schedule: Schedule) -> float:
        autoencoder, codes = Autoencoder(SMALL, seed=0), []
        autoencoder.fit(
            rows, schedule, seed=0, on_epoch=lambda _: codes.append(autoencoder.encode(rows))
        )
        return float(np.abs(codes[-1] - codes[-2]).mean())

    constant = Schedule(Adam(1e-3), epochs=10, batch_size=32)
    assert last_change(replace(constant, cosine_decay=True)) < 0.3 * last_change(constant)


def test_errors_by_hand() -> None:
    """Mean squared difference; inner products of codes over 25 against those of rows over d."""
    tf = tensorflow()
    x, y = tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.constant([[1.0, 0.0], [0.0, 4.0]])
    assert float(squared_error(x, y)) == pytest.approx((0 + 4 + 9 + 0) / 4)
    assert CODE_LENGTH == 5
    codes = tf.constant([[5.0], [0.0]])  # inner products over 25: [[1, 0], [0, 0]]
    root = 2**0.5  # rows of length √2: over 2, [[1, 0], [0, 1]]
    assert float(strain(codes, tf.constant([[root, 0.0], [0.0, root]]))) == pytest.approx(0.25)


def test_angles_are_kept_where_that_is_asked() -> None:
    """Unit rows scaled to √d: with the strain term, codes' cosines follow those of the rows."""
    rng = np.random.default_rng(3)
    flat = rng.normal(size=(160, 2)) @ rng.normal(size=(2, 8))
    x = (flat / np.linalg.norm(flat, axis=1, keepdims=True) * 8**0.5).astype(np.float32)

    def miss(weight: float) -> float:
        autoencoder = Autoencoder(SMALL, seed=0)
        autoencoder.fit(x, replace(PLAIN, strain_weight=weight), seed=0)
        codes = autoencoder.encode(x)
        return float(np.mean((codes @ codes.T / CODE_LENGTH**2 - x @ x.T / 8) ** 2))

    assert miss(30.0) < 0.2 * miss(0.0)


def test_the_encoder_alone_is_trained_where_that_is_asked(trained: Autoencoder) -> None:
    """Angles are kept as well without a decoder, whose weights stay as they were."""
    x = np.random.default_rng(3).normal(size=(160, SMALL.n_features)).astype(np.float32)
    x *= (SMALL.n_features**0.5 / np.linalg.norm(x, axis=1))[:, None]
    alone = replace(PLAIN, strain_weight=30.0, encoder_only=True)
    autoencoder = trained.copy()

    def miss() -> float:
        codes = autoencoder.encode(x)
        return float(np.mean((codes @ codes.T / CODE_LENGTH**2 - x @ x.T / SMALL.n_features) ** 2))

    before = miss()
    autoencoder.fit(x, alone, seed=0)
    assert miss() < before
    decoder = zip(autoencoder.decoder.weights, trained.decoder.weights, strict=True)
    assert all(np.array_equal(now, then) for now, then in decoder)


def test_divergence_has_a_remedy(rows: Floats) -> None:
    """A learning rate that is far too high: one line that names a lower one."""
    with pytest.raises(PhotosortError, match=r"diverged in epoch \d+; use a learning rate below"):
        Autoencoder(SMALL).fit(rows, Schedule(Sgd(1e4, 0.9), epochs=30), seed=0)


def test_copies_are_equal_and_independent(rows: Floats, trained: Autoencoder) -> None:
    """A copy, a deep copy and a pickled one encode alike; training one leaves the original."""
    before = trained.encode(rows)
    for other in (trained.copy(), copy.deepcopy(trained), pickle.loads(pickle.dumps(trained))):
        assert (other.encode(rows) == before).all()
        assert (other.decode(before) == trained.decode(before)).all()
        other.fit(rows, replace(PLAIN, epochs=1), seed=0)
        assert (other.encode(rows) != before).any()
        assert (trained.encode(rows) == before).all()


def test_what_was_saved_encodes_alike(rows: Floats, trained: Autoencoder, tmp_path: Path) -> None:
    """float32 comes back to the last bit; float16 and int8 take less and move codes little."""
    trained.save(tmp_path / "full.npz")
    loaded = Autoencoder.load(tmp_path / "full.npz")
    assert loaded.network == SMALL
    assert (loaded.encode(rows) == trained.encode(rows)).all()
    assert (loaded.decode(loaded.encode(rows)) == trained.decode(trained.encode(rows))).all()
    codes, full = trained.encode(rows), (tmp_path / "full.npz").stat().st_size
    for dtype, moved in (("float16", 0.001), ("int8", 0.03)):
        path = tmp_path / f"{dtype}.npz"
        trained.save(path, dtype=dtype)
        error = Autoencoder.load(path).encode(rows) - codes
        assert np.linalg.norm(error) < moved * np.linalg.norm(codes)
        assert path.stat().st_size < full


@given(
    hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=1, max_dims=4, max_side=5),
        elements=st.floats(-1e4, 1e4, width=32),
    )
)
@example(weights=np.full((1, 1), 1e-45, np.float32))
@example(weights=np.full((2, 2), 7e-37, np.float32))
@example(weights=np.full((2, 2), 8e-37, np.float32))
def test_integers_are_near_what_they_stand_for(weights: Floats) -> None:
    """No weight moves by more than 1/126 of the largest of its scale, or 1e-36; zeros stay."""
    if weights.ndim == 1:
        limit = np.full(weights.shape, 2**-10) * np.abs(weights) + 2**-24
    else:
        axes = tuple(range(weights.ndim - 1))
        limit = np.maximum(np.abs(weights).max(axis=axes) / 125.9, 1e-36)
    back = unpack("w", pack("w", weights, "int8"))
    assert back.shape == weights.shape
    assert (np.abs(back - weights) <= limit).all()
    assert (back[weights == 0] == 0).all()


# ---------------------------------------------------------------------------------- bad files


@pytest.fixture(scope="module")
def saved(trained: Autoencoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "weights.npz"
    trained.save(path)
    return path


def other_arrays(trained: Autoencoder) -> Iterator[dict]:
    arrays = trained.to_arrays()
    yield {"somebody": np.ones(3)}
    yield {**arrays, "network": np.array('{"format": 99}')}
    yield {**arrays, "network": np.array("not JSON")}
    yield {**arrays, "network": np.array('["format"]')}
    yield {**arrays, "network": np.array('"format"')}
    yield {**arrays, "network": np.array('{"format": 1, "hidden": [2], "magic": true}')}
    yield {**arrays, "weight_00": np.ones((3, 3))}
    yield {**arrays, "weight_00": np.array("text")}
    yield {**arrays, "weight_00_scale": np.ones(3)}
    yield {name: array for name, array in arrays.items() if name != "weight_03"}


def test_other_files_are_refused_by_name(trained: Autoencoder, tmp_path: Path) -> None:
    """No such file, a folder, another program's npz, another version, a missing weight: a line."""
    with pytest.raises(PhotosortError, match=r"none\.npz: no such file"):
        Autoencoder.load(tmp_path / "none.npz")
    with pytest.raises(PhotosortError, match="not weights that photosort wrote"):
        Autoencoder.load(tmp_path)
    for number, arrays in enumerate(other_arrays(trained)):
        path = tmp_path / f"other{number}.npz"
        np.savez(path, **arrays)
        with pytest.raises(PhotosortError, match=rf"other{number}\.npz: not weights"):
            Autoencoder.load(path)


def test_nothing_pickled_is_ever_opened(tmp_path: Path) -> None:
    """An npz that would run code when unpickled is refused, and the code does not run."""
    sign = tmp_path / "ran"

    class Trap:
        def __reduce__(self) -> tuple:
            return Path.touch, (sign,)

    np.savez(tmp_path / "trap.npz", network=np.array(Trap(), dtype=object))
    with pytest.raises(PhotosortError, match="not weights"):
        Autoencoder.load(tmp_path / "trap.npz")
    assert not sign.exists()


@given(st.data())
def test_damage_is_one_clear_error(saved: Path, tmp_path_factory, data: st.DataObject) -> None:
    """Cut short or overwritten anywhere: weights as they were, or a PhotosortError, never else."""
    whole = saved.read_bytes()
    spoilt = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 4)) if spoilt else 0):
        spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("spoilt") / "weights.npz"
    path.write_bytes(spoilt)
    try:
        loaded = Autoencoder.load(path)
    except PhotosortError as error:
        assert str(error).startswith(f"{path}: not weights that photosort wrote")  # noqa: PT017
    else:
        assert loaded.network == SMALL
