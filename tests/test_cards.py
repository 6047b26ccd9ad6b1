"""The cards in models/: each is true of the file beside it, and every file has one."""

import hashlib
import json
from pathlib import Path

import pytest

from photosort.embed.backbone import MODELS
from tests.conftest import REPO

FOLDER = REPO / "models"
WEIGHTS = sorted([*FOLDER.glob("*.tflite"), *FOLDER.glob("*.npz")])


@pytest.mark.parametrize("file", WEIGHTS, ids=lambda file: file.name)
def test_a_card_is_true_of_its_file(file: Path) -> None:
    """Name, SHA-256 and size are the file's; licence and maker are told, and the maker is here."""
    card = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    assert card.get("file", card["name"]) == file.name
    assert card["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert card.get("bytes", card.get("size_bytes")) == file.stat().st_size
    assert card["licence"] == "Apache-2.0"
    assert (REPO / card["made_by"].split()[0]).is_file()


def test_every_card_has_its_file() -> None:
    """No card outlives what it describes."""
    cards = {card.stem for card in FOLDER.glob("*.json")}
    assert cards == {file.stem for file in WEIGHTS}


@pytest.mark.parametrize("model", sorted(MODELS))
def test_the_autoencoder_was_trained_on_this_backbone(model: str) -> None:
    """Features of other weights would mean something else: its card names these ones."""
    card = json.loads((FOLDER / f"autoencoder-{model}.json").read_text(encoding="utf-8"))
    assert card["backbone"] == MODELS[model].id


@pytest.mark.parametrize("seed", range(5))
def test_scores_on_a_card_are_those_of_its_run(seed: int) -> None:
    """What a card of the photosort row claims stands in the results that are kept.

    Weights that were rounded afterwards have not scored that: their card says so.
    """
    card = json.loads((FOLDER / f"mnist-photosort-{seed}.json").read_text(encoding="utf-8"))
    kept = REPO / "docs" / "bench" / f"mnist-photosort-seed-{seed}" / "results.json"
    (run,) = json.loads(kept.read_text(encoding="utf-8"))["runs"]
    assert card["seed"] == run["seed"] == seed
    when = "scores_before_rounding" if "rounded_from_sha256" in card else "scores"
    for name, score in card[when]["photosort"].items():
        assert score == pytest.approx(run[name], abs=5e-5)
