"""Everyday titles for clusters, from the class scores of their photos.

ImageNet's 1000 classes are summed up to everyday words (models/titles.toml). The evidence for a
word is its term of the Kullback-Leibler divergence between the cluster and a mixture of ordinary
photos and the rest of the album: it is high for words that are frequent here and rare elsewhere.
"""

import functools
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from photosort.assets import asset
from photosort.dec.arrays import Floats, Ints
from photosort.embed.backbone import class_names

FIRST_OBJECT = 398  # the first class that is no animal: from here on a class may be a title itself
USUAL_OBJECT = 0.001  # share of such a class in ordinary photos: one in a thousand classes
# The thresholds were chosen on the labelled albums of ../shared (BENCHMARKS.md, "Titles").
SMOOTHING = 0.001  # added to shares: a word that hardly occurs is no evidence
MIN_SHARE = 0.2  # of a cluster's scores that a word must have
MIN_HINT_SHARE = 0.1  # the same for words whose classes only go along with them
MIN_EVIDENCE = 0.15  # nats
SHARE_OF_BROADER = 0.55  # of the broader word's share that a word must have
SHARE_OF_BEST = 0.5  # of its best word's evidence that a cluster's title must have
SHARE_OF_WORD = 0.3  # of a word's share that one of its classes must have to be added in brackets


@dataclass(frozen=True, slots=True)
class Word:
    """An everyday word and its classes (indices of scores)."""

    name: str
    classes: tuple[int, ...]
    usual: float  # share in ordinary photos
    within: str | None = None  # the broader word
    hint: bool = False  # the classes only go along with what the word means


@functools.cache
def vocabulary() -> tuple[Word, ...]:
    """Read the words, and add every object's class that is in none of them as its own word."""
    table = tomllib.loads(asset("models", "titles.toml").read_text(encoding="utf-8"))
    words = [
        Word(
            name,
            tuple(sorted(_indices(entry["classes"]))),
            entry["usual"],
            entry.get("within"),
            entry.get("hint", False),
        )
        for name, entry in table.items()
    ]
    known = {index for word in words for index in word.classes}
    names = class_names()
    words += [
        Word(names[index], (index,), USUAL_OBJECT)
        for index in range(FIRST_OBJECT, len(names))
        if index not in known
    ]
    return tuple(words)


def titles(
    scores: Floats, labels: Ints, *, given: Mapping[int, str | None] | None = None
) -> dict[int, str | None]:
    """Name the clusters of photos with class `scores` (n, 1000) and `labels` (n,).

    No two titles are equal; None where no word has evidence enough. A cluster in `given` keeps the
    title it has there. Photos with a label below 0 are in no cluster.
    """
    given = given or {}
    clusters = [int(label) for label in np.unique(labels[labels >= 0])]
    means = np.stack([scores[labels == label].mean(axis=0) for label in clusters])  # (k, 1000)
    found: dict[int, str | None] = dict(given)
    taken = {title.casefold() for title in given.values() if title}
    candidates = {
        label: _candidates(means, row) for row, label in enumerate(clusters) if label not in given
    }
    # The cluster with the most evidence chooses first.
    for label in sorted(candidates, key=lambda label: -max(candidates[label].values(), default=0)):
        row = clusters.index(label)
        found[label] = _choose(candidates[label], means, row, taken)
        taken.add((found[label] or "").casefold())
    return found


def _candidates(means: Floats, row: int) -> dict[Word, float]:
    """Return the evidence, in nats, for words that may title cluster `row`, the best first."""
    words = vocabulary()
    shares = means @ _membership()  # (k, words)
    own = shares[row]
    others = np.array([word.usual for word in words], np.float32)
    if len(means) > 1:
        others = (others + np.delete(shares, row, axis=0).mean(axis=0)) / 2
    evidence = own * np.log((own + SMOOTHING) / (others + SMOOTHING))
    share = {word.name: float(value) for word, value in zip(words, own, strict=True)}
    fit = {
        word: float(value)
        for word, value in zip(words, evidence, strict=True)
        if value >= MIN_EVIDENCE
        and share[word.name] >= (MIN_HINT_SHARE if word.hint else MIN_SHARE)
        and all(share[word.name] >= SHARE_OF_BROADER * share[other] for other in _broader(word))
    }
    return dict(sorted(fit.items(), key=lambda item: -item[1]))


def _choose(
    candidates: Mapping[Word, float], means: Floats, row: int, taken: Collection[str]
) -> str | None:
    """Take the best word that is free, or add a class to one that is not: "dog (Beagle)"."""
    if not candidates:
        return None
    best, evidence = next(iter(candidates.items()))
    free = [word for word in candidates if word.name.casefold() not in taken]
    if (
        free
        and candidates[free[0]] >= SHARE_OF_BEST * evidence
        and free[0].name not in _broader(best)
    ):
        return free[0].name
    title = _with_class(best, means, row)
    return title if title and title.casefold() not in taken else None


def _with_class(word: Word, means: Floats, row: int) -> str | None:
    """Add to `word` the class with the most evidence in cluster `row`; None when none has enough.

    Left out are classes that are also in an unrelated word (a plate is kitchenware and goes with
    food), and those of words that are hints.
    """
    if word.hint:
        return None
    shared = {
        index
        for other in vocabulary()
        if other != word and word.name not in _broader(other) and other.name not in _broader(word)
        for index in other.classes
    }
    classes = [index for index in word.classes if index not in shared]
    if len(classes) < 2:
        return None
    own, rest = means[row][classes], np.delete(means, row, axis=0)[:, classes].mean(axis=0)
    best = int(np.argmax(own * np.log((own + SMOOTHING) / (rest + SMOOTHING))))
    if own[best] < max(SHARE_OF_WORD * means[row][list(word.classes)].sum(), MIN_HINT_SHARE):
        return None
    name = class_names()[classes[best]]
    return None if name.casefold() in word.name.casefold() else f"{word.name} ({name})"


@functools.cache
def _broader(word: Word) -> tuple[str, ...]:
    """List the words that `word` is within, from the next one up."""
    by_name = {other.name: other for other in vocabulary()}
    found: list[str] = []
    while word.within is not None:
        found.append(word.within)
        word = by_name[word.within]
    return tuple(found)


@functools.cache
def _membership() -> Floats:
    """Return which class is in which word: (1000, words) of 0 and 1."""
    words = vocabulary()
    table = np.zeros((len(class_names()), len(words)), np.float32)
    for column, word in enumerate(words):
        table[list(word.classes), column] = 1
    return table


def _indices(entries: Sequence[str]) -> set[int]:
    """Find classes by name; "a .. b" is all from a to b. Some names are those of two classes."""
    names = class_names()
    found: set[int] = set()
    for entry in entries:
        first, _, last = entry.partition(" .. ")
        if last:
            found.update(range(names.index(first), names.index(last) + 1))
        else:
            found.update(index for index, name in enumerate(names) if name == first)
    return found
