"""`DEC` as scikit-learn knows estimators: fit, predict, clone, check, save, and refuse clearly."""

import pickle
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits, make_blobs
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from photosort.bench.scores import nmi
from photosort.dec.arrays import Floats
from photosort.dec.autoencoder import Autoencoder
from photosort.dec.dec import CONVERGED, OUT_OF_STEPS, TargetUpdate
from photosort.dec.estimator import DEC, count_distinct, kmeans
from photosort.dec.network import Network
from photosort.dec.schedule import PAPER, Epoch, Schedule
from photosort.dec.table import FeaturesError, check_rows
from photosort.dec.training import Adam
from photosort.errors import PhotosortError

QUICK = Schedule(Adam(3e-3), epochs=8, batch_size=32)
SHORT = {"optimizer": Adam(1e-3), "batch_size": 32, "max_iter": 40}


def small(n_clusters: int = 3, **options) -> DEC:
    given = {"hidden": (24,), "code_size": 3, "pretraining": QUICK, **SHORT}
    return DEC(n_clusters, **{**given, "n_init": 3, "random_state": 0, **options})


def test_the_schedule_of_the_paper_takes_its_steps() -> None:
    """On the 70,000 rows of MNIST: 50,000 steps a layer, 100,000 of the whole (section 4.3)."""
    steps = -(-70_000 // PAPER.batch_size)
    assert 50_000 <= PAPER.layer_epochs * steps < 50_000 + steps
    assert 100_000 <= PAPER.epochs * steps < 100_000 + steps
    few = replace(PAPER, epochs=2, layer_epochs=1)
    x, _ = make_blobs(60, 5, centers=3, random_state=1)
    assert len(np.unique(small(pretraining=few).fit_predict(x))) == 3


@pytest.fixture(scope="module")
def blobs() -> tuple[Floats, Floats]:
    x, truth = make_blobs(120, 5, centers=3, cluster_std=0.8, random_state=1)
    return (x / 10).astype(np.float32), truth


@pytest.fixture(scope="module")
def fitted(blobs: tuple[Floats, Floats]) -> DEC:
    return small().fit(blobs[0])


def test_fit_says_all_that_was_found(blobs: tuple[Floats, Floats], fitted: DEC) -> None:
    """Labels, centers, soft assignment, what k-means had said, how it ended."""
    _, truth = blobs
    assert nmi(truth, fitted.labels_) > 0.9
    assert nmi(truth, fitted.init_labels_) > 0.8
    assert fitted.cluster_centers_.shape == (3, 3)
    assert fitted.soft_assignment_.shape == (120, 3)
    assert fitted.n_features_in_ == 5
    assert fitted.stop_reason_ in {CONVERGED, OUT_OF_STEPS}
    assert 0 < fitted.n_iter_ <= 40
    assert fitted.reseeded_ == 0
    assert set(fitted.labels_.tolist()) == {0, 1, 2}


def test_predict_knows_the_photos_it_was_fitted_on_and_new_ones(
    blobs: tuple[Floats, Floats], fitted: DEC
) -> None:
    """On fitted rows predict gives labels_; rows a little beside them fall into their clusters."""
    x, _ = blobs
    assert (fitted.predict(x) == fitted.labels_).all()
    assert fitted.assign(x) == pytest.approx(fitted.soft_assignment_, abs=1e-6)
    assert (fitted.predict(x[:1]) == fitted.labels_[:1]).all()
    new = x + np.random.default_rng(0).normal(scale=0.01, size=x.shape)
    assert np.mean(fitted.predict(new) == fitted.labels_) > 0.97
    assert fitted.transform(x).shape == (120, 3)
    assert (small().fit_predict(x) == fitted.labels_).all()


def test_a_clone_finds_the_same(blobs: tuple[Floats, Floats], fitted: DEC) -> None:
    """`clone(a).fit(X)` has equal labels and assignments, with a trained autoencoder as well."""
    x, _ = blobs
    again = clone(fitted).fit(x)
    assert (again.labels_ == fitted.labels_).all()
    assert (again.soft_assignment_ == fitted.soft_assignment_).all()
    given = small(autoencoder=fitted.autoencoder_)
    assert (clone(given).fit(x).soft_assignment_ == given.fit(x).soft_assignment_).all()
    assert (small(random_state=1).fit(x).soft_assignment_ != fitted.soft_assignment_).any()


def test_a_trained_autoencoder_is_used_and_left_alone(
    blobs: tuple[Floats, Floats], tmp_path: Path
) -> None:
    """Given as an object or as a path: no pretraining happens, and it is not changed."""
    x, _ = blobs
    autoencoder = Autoencoder(Network(5, (24,), 2), seed=0)
    autoencoder.fit(x, QUICK, seed=0)
    autoencoder.save(tmp_path / "ae.npz")
    before, epochs = autoencoder.encode(x), []
    by_object = small(autoencoder=autoencoder, on_epoch=epochs.append).fit(x)
    by_path = small(autoencoder=tmp_path / "ae.npz", on_epoch=epochs.append).fit(x)
    assert epochs == []
    assert (by_object.soft_assignment_ == by_path.soft_assignment_).all()
    assert (autoencoder.encode(x) == before).all()
    assert (by_object.autoencoder_.encode(x) != before).any()


def test_callbacks_are_called_with_progress(blobs: tuple[Floats, Floats]) -> None:
    """One call an epoch of pretraining, one a new target of refinement."""
    epochs: list[Epoch] = []
    updates: list[TargetUpdate] = []
    small(on_epoch=epochs.append, on_update=updates.append).fit(blobs[0])
    assert [epoch.number for epoch in epochs] == list(range(1, 9))
    assert updates[0].step == 0
    assert updates[-1].max_iter == 40


def test_save_and_load_give_equal_output(
    blobs: tuple[Floats, Floats], fitted: DEC, tmp_path: Path
) -> None:
    """What was saved, or pickled, predicts, encodes and assigns as before, alpha included."""
    x, _ = blobs
    odd = small(alpha=2.0, max_iter=20).fit(x)
    for model in (fitted, odd):
        model.save(tmp_path / "dec.npz")
        for copy in (DEC.load(tmp_path / "dec.npz"), pickle.loads(pickle.dumps(model))):
            assert (copy.predict(x) == model.predict(x)).all()
            assert (copy.assign(x) == model.assign(x)).all()
            assert (copy.transform(x) == model.transform(x)).all()


def test_a_damaged_model_is_refused_by_name(fitted: DEC, tmp_path: Path) -> None:
    """No such file, half a file, an autoencoder's file instead of DEC's: one clear line."""
    with pytest.raises(PhotosortError, match=r"none\.npz: no such file"):
        DEC.load(tmp_path / "none.npz")
    fitted.save(tmp_path / "dec.npz")
    whole = (tmp_path / "dec.npz").read_bytes()
    (tmp_path / "half.npz").write_bytes(whole[: len(whole) // 2])
    fitted.autoencoder_.save(tmp_path / "ae.npz")
    for name in ("half.npz", "ae.npz"):
        with pytest.raises(PhotosortError, match=f"{name}: not weights that photosort wrote"):
            DEC.load(tmp_path / name)


def test_it_works_in_a_pipeline_on_real_digits() -> None:
    """Behind a scaler, on scikit-learn's 8x8 digits, it finds far more than chance."""
    digits = load_digits()
    x, truth = digits.data[:600], digits.target[:600]
    pipeline = make_pipeline(StandardScaler(), small(10, hidden=(64,), code_size=8))
    assert nmi(truth, pipeline.fit_predict(x)) > 0.45


# ----------------------------------------------------------------------------- odd rows


def test_one_cluster_holds_everything(blobs: tuple[Floats, Floats]) -> None:
    """One cluster needs no refinement; predict and assign answer as for any other."""
    x, _ = blobs
    one = small(1).fit(x)
    assert (one.labels_ == 0).all()
    assert (one.stop_reason_, one.n_iter_) == ("one cluster", 0)
    assert (one.predict(x) == 0).all()
    assert one.assign(x) == pytest.approx(1)


def test_as_many_clusters_as_rows(blobs: tuple[Floats, Floats]) -> None:
    """Three photos in three clusters: each its own."""
    three = small(3).fit(blobs[0][:3])
    assert sorted(three.labels_.tolist()) == [0, 1, 2]


@pytest.mark.parametrize(
    ("spoil", "n_clusters", "line"),
    [
        (lambda x: x * np.nan, 3, r"120 of 120 rows hold NaN or infinity \(first: row 0\)"),
        (lambda x: np.where(np.arange(120)[:, None] == 7, np.inf, x), 3, r"first: row 7"),
        (
            lambda x: x[:2],
            3,
            "rows: 2, 3 clusters need at least 3; use 2 or fewer",
        ),
        (lambda x: np.repeat(x[:2], 9, axis=0), 3, "number of distinct rows: 2"),
        (lambda x: x * 0, 2, "number of distinct rows: 1"),
        (lambda x: x, 0, "0 clusters asked for, at least 1 needed"),
        (lambda x: x[0], 3, r"shape \(5,\) is not \(rows, features\)"),
        (lambda x: x[:0], 3, r"0 sample\(s\) \(shape=\(0, 5\)\) while a minimum of 1 is required"),
        (lambda x: x + 1j, 3, "Complex data not supported"),
        (lambda x: x.astype(np.float64) * 1e300, 3, "NaN or infinity"),
    ],
)
def test_what_cannot_be_clustered_is_refused_in_a_line(
    blobs: tuple[Floats, Floats], spoil: Callable, n_clusters: int, line: str
) -> None:
    """Thing, fact and remedy; a PhotosortError for photosort, a ValueError for scikit-learn."""
    with pytest.raises(FeaturesError, match=line) as caught:
        small(n_clusters).fit(spoil(blobs[0]))
    assert isinstance(caught.value, PhotosortError)
    assert isinstance(caught.value, ValueError)
    assert "\n" not in str(caught.value)


def test_rows_of_another_width_are_refused(blobs: tuple[Floats, Floats], fitted: DEC) -> None:
    """For predict, and for an autoencoder that was trained on other features."""
    x, _ = blobs
    with pytest.raises(FeaturesError, match="X has 4 features, but DEC is expecting 5"):
        fitted.predict(x[:, :4])
    with pytest.raises(FeaturesError, match="X has 4 features, but DEC is expecting 5"):
        small(autoencoder=fitted.autoencoder_).fit(x[:, :4])


def test_nothing_is_predicted_before_fit(blobs: tuple[Floats, Floats]) -> None:
    """scikit-learn's own error for a model that was not fitted."""
    with pytest.raises(NotFittedError):
        small().predict(blobs[0])


# ----------------------------------------------------------------------------- the parts


def test_kmeans_is_the_best_of_its_starts(blobs: tuple[Floats, Floats]) -> None:
    """Centers are the means of their clusters; labels name the nearest; the seed decides."""
    x, truth = blobs
    centers, labels = kmeans(x, 3, seed=0)
    assert nmi(truth, labels) == pytest.approx(1)
    for label in range(3):
        assert centers[label] == pytest.approx(x[labels == label].mean(axis=0), abs=1e-5)
    assert (kmeans(x, 3, seed=0)[1] == labels).all()


def test_distinct_rows_are_counted_no_further_than_asked() -> None:
    """Counting stops at `up_to`; equal rows count once."""
    x = np.array([[1, 2], [1, 2], [3, 4], [5, 6]], np.float32)
    assert [count_distinct(x, up_to=k) for k in (1, 2, 3, 9)] == [1, 2, 3, 3]
    assert count_distinct(np.array([[0.0], [-0.0]], np.float32), up_to=2) == 1
    assert check_rows([[1, 2], [3, 4]]).dtype == np.float32


# ------------------------------------------------------------------------ scikit-learn's rules


@pytest.mark.slow
def test_parameters_of_the_refinement_are_parameters_of_the_estimator() -> None:
    """set_params, clone and a grid search reach alpha, tol, max_iter and update_interval."""
    model = small().set_params(alpha=2.0, tol=0.01, max_iter=10, update_interval=5)
    copy = clone(model)
    assert (copy.alpha, copy.tol, copy.max_iter, copy.update_interval) == (2.0, 0.01, 10, 5)
    x, _ = make_blobs(40, 4, centers=2, random_state=0)
    grid = {"alpha": [1.0, 3.0], "max_iter": [5, 10]}
    search = GridSearchCV(small(2), grid, cv=2, scoring=lambda model, x: model.max_iter)
    assert search.fit(x).best_params_["max_iter"] == 10


def test_each_parameter_of_the_refinement_has_its_effect(blobs: tuple[Floats, Floats]) -> None:
    """Steps end at max_iter, targets come every update_interval, a large tol ends at once."""
    x, _ = blobs
    steps: list[int] = []

    def note(update: TargetUpdate) -> None:
        steps.append(update.step)

    small(tol=-1.0, max_iter=12, update_interval=4, on_update=note).fit(x)
    assert steps == [0, 4, 8, 12]
    assert small(tol=2.0).fit(x).n_iter_ == 0
    assert (small(alpha=5.0).fit(x).soft_assignment_ != small().fit(x).soft_assignment_).any()


def test_a_loaded_model_reports_what_it_was_fitted_with(
    blobs: tuple[Floats, Floats], tmp_path: Path
) -> None:
    """A path may be text; shape and parameters come back as they were."""
    x, _ = blobs
    model = small(hidden=(20, 7), code_size=4, alpha=3.0, max_iter=20, update_interval=9).fit(x)
    model.save(str(tmp_path / "dec.npz"))
    loaded = DEC.load(str(tmp_path / "dec.npz"))
    assert (loaded.hidden, loaded.code_size) == ((20, 7), 4)
    saved = ("n_clusters", "alpha", "tol", "max_iter", "update_interval", "batch_size", "n_init")
    for name in saved:
        assert getattr(loaded, name) == getattr(model, name)
    assert (loaded.get_feature_names_out() == model.get_feature_names_out()).all()


def test_codes_have_names(fitted: DEC) -> None:
    """get_feature_names_out names each column of transform, as scikit-learn's reducers do."""
    assert fitted.get_feature_names_out().tolist() == ["dec0", "dec1", "dec2"]
    with pytest.raises(NotFittedError):
        small().get_feature_names_out()


@pytest.mark.slow
def test_scikit_learns_own_checks_hold() -> None:
    """All that scikit-learn asks of a clusterer and transformer; no check is expected to fail."""
    model = small(hidden=(8,), pretraining=Schedule(Adam(), 1, 32), max_iter=20, n_init=1)
    failed = {}
    count = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some checks provoke them
        for estimator, check in estimator_checks_generator(model):
            name = check.func.__name__
            count += 1
            try:
                check(estimator)
            except pytest.skip.Exception:
                continue
            except Exception as error:  # noqa: BLE001 - whatever a check raises is its failure
                if type(error).__name__ != "SkipTest":
                    failed[name] = repr(error)
    assert failed == {}
    assert count > 40
