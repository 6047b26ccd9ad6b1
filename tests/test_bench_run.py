"""Comparisons end to end on small data: scores, folders, and that labels choose nothing."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from photosort.bench import datasets, output, plots, run, table
from photosort.bench.datasets import Dataset
from photosort.bench.methods import METHODS
from photosort.bench.pretraining import Pretrainer, Trained, Training
from photosort.bench.run import Options
from photosort.bench.task import Fitted, Method, Task
from photosort.dec.autoencoder import Autoencoder
from photosort.dec.network import Network
from photosort.errors import PhotosortError


@pytest.fixture(scope="module")
def digits_report() -> run.Report:
    """`bench digits` with two seeds of k-means and one autoencoder's worth of DEC."""
    digits = datasets.load("digits")
    return run.run(digits, ("kmeans", "ae", "dec"), seeds=(0,))


def blobs(n: int = 90) -> Dataset:
    """Three classes of 4x4 images that anything tells apart."""
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 3
    pixels = rng.integers(0, 30, (n, 4, 4)) + (labels * 100)[:, None, None]
    return Dataset("blobs", pixels.astype(np.uint8), labels, ("a", "b", "c"), "made here")


@pytest.mark.slow
def test_digits_end_to_end(digits_report: run.Report) -> None:
    """On scikit-learn's digits every method beats chance by far; k-means is known."""
    by_name = {row.method: row.mean for row in digits_report.rows}
    assert list(by_name) == ["kmeans", "ae", "dec"]
    assert by_name["kmeans"]["nmi"] == pytest.approx(0.745, abs=0.02)
    assert by_name["ae"]["nmi"] > 0.6
    assert by_name["dec"]["nmi"] > 0.6
    assert all(0 <= row[name] <= 1 for row in by_name.values() for name in run.MEASURES[:5])


@pytest.mark.slow
def test_ae_and_dec_share_one_pretraining(digits_report: run.Report) -> None:
    """The autoencoder of a seed is trained once, and its time is told apart from the method's."""
    _, ae, dec = digits_report.runs
    assert ae.autoencoder == dec.autoencoder == "trained for 50 epochs"
    assert ae.pretrain_seconds == dec.pretrain_seconds > 0
    epochs = [tick for tick in digits_report.log if tick.stage == "pretraining"]
    assert {tick.method for tick in epochs} == {"ae"}
    assert len(epochs) == 50


@pytest.mark.slow
def test_the_log_holds_the_running_nmi(digits_report: run.Report) -> None:
    """Every tenth of pretraining and every new target of DEC is scored; the last is the result."""
    scored = [tick for tick in digits_report.log if tick.nmi is not None]
    assert sum(tick.stage == "pretraining" for tick in scored) == 10
    dec = [tick for tick in scored if tick.method == "dec"]
    assert [tick.done for tick in dec[:3]] == [0, 30, 60]
    assert dec[-1].nmi == digits_report.runs[-1].nmi


@pytest.mark.slow
def test_written_folder(digits_report: run.Report, tmp_path: Path) -> None:
    """The folder holds results, log, four figures and one page that needs no other file."""
    written = output.write(digits_report, tmp_path)
    assert written.note is None
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "bars.png", "codes.png", "confusion.png", "log.csv", "nmi.png", "report.html",
        "results.json",
    ]  # fmt: skip
    assert set(written.files) == set(tmp_path.iterdir())
    results = json.loads((tmp_path / "results.json").read_text())
    assert [row["method"] for row in results["methods"]] == ["kmeans", "ae", "dec"]
    assert {"nmi", "nmi_geometric", "acc", "ari", "purity"} <= set(results["runs"][0])
    with (tmp_path / "log.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == len(digits_report.log)
    page = (tmp_path / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 4
    assert "http" not in page
    assert "$" not in page


@pytest.mark.slow
def test_figures_are_left_out_without_matplotlib(
    digits_report: run.Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without matplotlib only figures are missing, and one line says how to get them."""
    monkeypatch.setattr(plots, "available", lambda: False)
    written = output.write(digits_report, tmp_path)
    assert "photosort-dec[plots]" in (written.note or "")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["log.csv", "report.html", "results.json"]


def test_seeds_give_mean_and_spread() -> None:
    """Two seeds give the mean and the sample standard deviation of each measure."""
    report = run.run(datasets.load("digits").head(300), ("kmeans",), seeds=(0, 1))
    nmi = [one.nmi for one in report.runs]
    assert report.rows[0].mean["nmi"] == pytest.approx(np.mean(nmi))
    assert report.rows[0].sd["nmi"] == pytest.approx(np.std(nmi, ddof=1))
    assert "±" in table.cells(report)[0][1]


def test_article_protocol_scores_held_out_images() -> None:
    """Fit on the first 70 %, scored on the others: a method that only remembers cannot do it."""
    data = blobs()
    sizes: list[int] = []

    def remember(task):
        sizes.append(len(task.x))
        assert np.array_equal(task.x, data.x[:63])
        return Fitted(np.zeros(len(task.x), int))

    article = Options(protocol="article")
    report = run.run(data, ("kmeans",), options=article)
    assert report.scored == 27
    assert report.rows[0].mean["nmi"] == 1.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(METHODS, "remember", Method("remember", "remembers", remember))
        with pytest.raises(PhotosortError, match="cannot assign held-out images"):
            run.run(data, ("remember",), options=article)
    assert sizes == [63]


@pytest.mark.slow
def test_labels_choose_nothing(digits_report: run.Report) -> None:
    """With the labels shuffled the same seed finds the very same clusters, to the last digit."""
    digits = datasets.load("digits")
    shuffled = replace(digits, labels=np.random.default_rng(1).permutation(digits.labels))
    again = run.run(shuffled, ("kmeans", "ae", "dec"), seeds=(0,))
    for right, wrong in zip(digits_report.examples, again.examples, strict=True):
        assert np.array_equal(right.labels, wrong.labels)
    assert max(row.mean["nmi"] for row in again.rows) < 0.05


@pytest.mark.slow
def test_dec_beats_kmeans_and_its_own_autoencoder_on_2000_digits() -> None:
    """On 2,000 MNIST digits DEC beats k-means on pixels by 0.03 NMI and that on codes by 0.01.

    Both begin with one autoencoder, so the second difference is what refinement adds.
    """
    report = run.run(datasets.load("mnist").head(2000), ("kmeans", "ae", "dec"))
    kmeans, ae, dec = (row.mean["nmi"] for row in report.rows)
    assert dec >= kmeans + 0.03
    assert dec >= ae + 0.01


@pytest.mark.slow
def test_untrained_and_article_autoencoders() -> None:
    """An untrained autoencoder, as the article prints it, scores less than a trained one."""
    data = datasets.load("mnist").head(1000)
    report = run.run(data, ("ae-untrained", "ae"))
    untrained, trained = report.runs
    assert untrained.autoencoder == "untrained"
    assert trained.nmi > untrained.nmi


@pytest.mark.parametrize(
    ("methods", "said"),
    [
        (("kmeans", "spectral"), "spectral: no such method; choose from kmeans, ae,"),
        (("kmeans-features",), "no such method"),
    ],
)
def test_wrong_methods(methods: tuple[str, ...], said: str) -> None:
    """An unknown method is one line with the known ones."""
    with pytest.raises(PhotosortError, match=said):
        run.run(blobs(), methods)


def test_too_few_pictures() -> None:
    """Fewer than two images a class cannot be compared."""
    with pytest.raises(PhotosortError, match="at least two of each"):
        run.run(blobs(5), ("kmeans",))


def test_published_figures_stand_beside_ours_only_for_the_whole_set() -> None:
    """The difference is to the geometric NMI; other protocols have no published figure."""
    data = replace(blobs(), name="mnist")
    whole = run.run(data, ("kmeans",)).rows[0]
    assert whole.nmi_difference == pytest.approx(1.0 - 0.50)
    assert whole.acc_difference == pytest.approx(1.0 - 0.53)
    held_out = run.run(data, ("kmeans",), options=Options(protocol="article")).rows[0]
    assert held_out.published is None
    assert held_out.nmi_difference is None


def test_run_folders_are_numbered_and_never_overwritten(tmp_path: Path) -> None:
    """Each run gets the next free folder; --out must be new or empty."""
    base = tmp_path / "bench-runs"
    names = [output.reserve("digits", base=base).name for _ in range(3)]
    assert names == ["digits-1", "digits-2", "digits-3"]
    mine = tmp_path / "mine"
    assert output.reserve("digits", mine) == mine
    (mine / "letter.txt").write_text("keep me")
    with pytest.raises(PhotosortError, match="not empty"):
        output.reserve("digits", mine)
    with pytest.raises(PhotosortError, match=r"letter\.txt"):
        output.reserve("digits", mine / "letter.txt" / "below")


def test_matched_clusters_take_the_numbers_of_their_classes() -> None:
    """Clusters are renumbered by the classes they match; one too many comes after the last."""
    truth = np.array([0, 0, 0, 1, 1, 2, 2, 2])
    found = np.array([2, 2, 3, 0, 0, 1, 1, 1])
    assert plots.matched(truth, found, 3).tolist() == [0, 0, 3, 1, 1, 2, 2, 2]


@pytest.mark.slow
def test_a_single_score_is_no_curve(digits_report: run.Report) -> None:
    """Stages in which NMI was computed once, as when a method is done, get no empty panel."""
    drawn = plots.curves(digits_report)
    assert list(drawn) == ["pretraining", "clustering"]
    assert all(len(ticks) > 1 for lines in drawn.values() for ticks in lines.values())
    assert len(drawn["clustering"]["dec", 0]) > 3


def test_unequal_trainings_are_not_averaged(tmp_path: Path) -> None:
    """Seeds with shipped weights and seeds trained briefly here are rows of their own."""
    data = blobs()

    def mixed(task: Task) -> Fitted:
        shipped = task.seed < 2
        labels = data.labels if shipped else np.roll(data.labels, 30 * task.seed) // 2
        origin = "shipped, trained for 300 epochs" if shipped else "trained for 20 epochs"
        autoencoder = Autoencoder(Network(data.x.shape[1], hidden=(2,), code_size=1))
        return Fitted(labels, trained=Trained(autoencoder, 0.0, origin, 300 if shipped else 20))

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(METHODS, "mixed", Method("mixed", "mixed", mixed))
        report = run.run(data, ("kmeans", "mixed"), seeds=range(4))
    _, long, short = report.rows
    assert (long.title, long.seeds) == ("mixed, 300 epochs", (0, 1))
    assert (short.title, short.seeds) == ("mixed, 20 epochs", (2, 3))
    assert long.mean["acc"] == 1 > short.mean["acc"]
    assert "mixed, 20 epochs: seeds 2, 3. Unequal trainings are not averaged." in table.foot(report)
    assert [row["seeds"] for row in output.as_json(report)["methods"]] == [
        [0, 1, 2, 3],
        [0, 1],
        [2, 3],
    ]
    output.write(report, output.reserve("blobs", tmp_path / "run"))
    assert "mixed, 300 epochs" in (tmp_path / "run" / "report.html").read_text()


def test_shipped_weights_say_how_long_they_were_trained() -> None:
    """What ships was trained as published: 300 epochs, ten for the row with views."""
    pixels = np.broadcast_to(np.float32(0), (70_000, 784))
    pretrainer = Pretrainer(Training(shipped="mnist", shape=(28, 28)))
    for kind, epochs in (("published", 300), ("graph-dec", 10)):
        found = pretrainer.get(kind, pixels, 0, 10, lambda _: None)
        assert (found.epochs, found.seconds) == (epochs, 0)
        assert found.origin == f"shipped, trained for {epochs} epochs"
