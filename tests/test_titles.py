"""titles: class scores in, everyday titles out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photosort.embed.backbone import class_names
from photosort.titles.words import titles, vocabulary

NAMES = class_names()


def album(*clusters: dict[str, float], photos: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Score `photos` a cluster: each class named gets its share, the rest is even."""
    rows = []
    for shares in clusters:
        row = np.full(1000, (1 - sum(shares.values())) / 1000)
        for name, share in shares.items():
            row[NAMES.index(name)] += share
        rows += [row] * photos
    return np.array(rows, np.float32), np.repeat(np.arange(len(clusters)), photos)


def test_the_table_is_whole() -> None:
    """Every word has classes that exist and a share, broader words end, no name comes twice."""
    words = {word.name: word for word in vocabulary()}
    assert len(words) == len({name.casefold() for name in words})
    assert len([word for word in words.values() if len(word.classes) > 1]) > 80
    for word in words.values():
        assert word.classes
        assert 0 <= word.usual < 0.5
        broader, steps = word, 0
        while broader.within is not None:
            broader, steps = words[broader.within], steps + 1
            assert steps < 5
    covered = {index for word in words.values() for index in word.classes}
    assert covered == set(range(1000))


@pytest.mark.parametrize(
    ("shares", "title"),
    [
        ({"Beagle": 0.5, "pug": 0.3}, "dog"),
        ({"Beagle": 0.9}, "dog"),
        ({"Beagle": 0.3, "tabby cat": 0.3, "zebra": 0.2}, "animals"),
        ({"minivan": 0.3, "moped": 0.2, "garbage truck": 0.2}, "vehicles"),
        ({"beach": 0.5, "sandbar": 0.2}, "beach"),
        ({"promontory": 0.3, "lighthouse": 0.2, "beach": 0.1}, "coast"),
        ({"website": 0.4}, "screenshots"),
        ({"menu": 0.4, "crossword": 0.1}, "documents & receipts"),
        ({"suit": 0.1, "bow tie": 0.1, "lab coat": 0.1}, "people"),
        ({"grand piano": 0.8}, "piano"),
        ({"maze": 0.7}, "maze"),
        ({}, None),
        ({"maze": 0.1}, None),
    ],
)
def test_titles_of_single_clusters(shares: dict[str, float], title: str | None) -> None:
    """One breed is still a dog, a mixture gets the broader word, weak evidence none."""
    assert titles(*album(shares)) == {0: title}


def test_what_the_whole_album_shows_is_no_title() -> None:
    """Clusters of an album of dogs are told apart by their kinds."""
    scores, labels = album({"Beagle": 0.8}, {"pug": 0.7}, {"Dalmatian": 0.6})
    assert titles(scores, labels) == {0: "dog", 1: "dog (pug)", 2: "dog (Dalmatian)"}


def test_the_next_best_word_is_better_than_a_kind() -> None:
    """Of two clusters that want one word, the weaker takes its next if that is nearly as good."""
    scores, labels = album({"church": 0.9}, {"church": 0.3, "castle": 0.35})
    assert titles(scores, labels) == {0: "church", 1: "building"}


def test_titles_given_stay_and_are_taken() -> None:
    """A title that a cluster has already goes to no other one, in whatever case."""
    scores, labels = album(
        {"Beagle": 0.2, "pug": 0.2, "Boxer": 0.2, "Dalmatian": 0.2}, {"tabby cat": 0.8}
    )
    assert titles(scores, labels, given={1: "DOG"}) == {1: "DOG", 0: None}


def test_misc_has_no_title_and_no_say() -> None:
    """Photos with label -1 are in no cluster."""
    scores, labels = album({"Beagle": 0.8}, {"tabby cat": 0.8})
    assert titles(scores, np.where(labels == 1, -1, labels)) == titles(scores[:5], labels[:5])


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.floats(0.02, 1))
def test_no_two_titles_are_alike(seed: int, clusters: int, sharpness: float) -> None:
    """Whatever the scores, every cluster has one title or none, and no title comes twice."""
    rng = np.random.default_rng(seed)
    scores = rng.dirichlet(np.full(1000, sharpness / 50), clusters * 3).astype(np.float32)
    found = titles(scores, np.arange(clusters * 3) % clusters)
    assert set(found) == set(range(clusters))
    named = [title.casefold() for title in found.values() if title]
    assert len(set(named)) == len(named)
