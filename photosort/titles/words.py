"""Everyday titles for clusters, from what the backbone recognises in their photos.

ImageNet's 1000 classes are summed up to everyday words (models/titles.toml). A word speaks for a
cluster by its term of the Kullback-Leibler divergence between the cluster and a mixture of ordinary
photos and the rest of the album: it must be frequent here, and rare elsewhere.
"""

import functools
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from photosort.assets import asset
from photosort.embed.backbone import class_names

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.integer[Any]]

FIRST_OBJECT = 398  # the first class that is no animal: from here on a class may be a title itself
USUAL_OBJECT = 0.001  # share of such a class in ordinary photos: one in a thousand classes
FLOOR = 0.001  # added to shares: what hardly occurs is no evidence, however rare it is elsewhere
SHARE = 0.2  # of a cluster's scores that a word must have
HINT_SHARE = 0.1  # the same for words that ImageNet only hints at
EVIDENCE = 0.15  # nats of divergence that a word must explain
OF_BROADER = 0.55  # of the broader word's share that a word must have, to be the rule in a cluster
SECOND_BEST = 0.5  # of its best word's evidence that a cluster's title must have
KIND_SHARE = 0.3  # of a word's share that one of its classes must have to tell clusters apart


@dataclass(frozen=True, slots=True)
class Word:
    """An everyday word and the classes (indices of scores) that speak for it."""

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

    No two titles are alike; None where no word is sure enough. A cluster in `given` keeps the title
    it has there. Photos with a label below 0 are in no cluster.
    """
    given = given or {}
    clusters = [int(label) for label in np.unique(labels[labels >= 0])]
    means = np.stack([scores[labels == label].mean(axis=0) for label in clusters])  # (k, 1000)
    found: dict[int, str | None] = dict(given)
    taken = {title.casefold() for title in given.values() if title}
    wishes = {
        label: _candidates(means, row) for row, label in enumerate(clusters) if label not in given
    }
    # Who has the strongest case chooses first.
    for label in sorted(wishes, key=lambda label: -max(wishes[label].values(), default=0)):
        row = clusters.index(label)
        found[label] = _choose(wishes[label], means, row, taken)
        taken.add((found[label] or "").casefold())
    return found


def _candidates(means: Floats, row: int) -> dict[Word, float]:
    """Weigh the words that may be the title of cluster `row`, in nats, the best first."""
    words = vocabulary()
    shares = means @ _membership()  # (k, words)
    mine = shares[row]
    around = np.array([word.usual for word in words], np.float32)
    if len(means) > 1:
        around = (around + np.delete(shares, row, axis=0).mean(axis=0)) / 2
    evidence = mine * np.log((mine + FLOOR) / (around + FLOOR))
    share = {word.name: float(value) for word, value in zip(words, mine, strict=True)}
    fit = {
        word: float(value)
        for word, value in zip(words, evidence, strict=True)
        if value >= EVIDENCE
        and share[word.name] >= (HINT_SHARE if word.hint else SHARE)
        and all(share[word.name] >= OF_BROADER * share[other] for other in _broader(word))
    }
    return dict(sorted(fit.items(), key=lambda item: -item[1]))


def _choose(
    wishes: Mapping[Word, float], means: Floats, row: int, taken: Collection[str]
) -> str | None:
    """Take the best word that is free, or tell one that is not by a class: "dog (Beagle)"."""
    if not wishes:
        return None
    best, weight = next(iter(wishes.items()))
    free = [word for word in wishes if word.name.casefold() not in taken]
    if free and wishes[free[0]] >= SECOND_BEST * weight and free[0].name not in _broader(best):
        return free[0].name
    title = _with_kind(best, means, row)
    return title if title and title.casefold() not in taken else None


def _with_kind(word: Word, means: Floats, row: int) -> str | None:
    """Add to `word` the class that stands out most in cluster `row`; None when none does.

    A class that is also in a word of another line, as a plate is kitchenware and goes with food,
    is no kind of either; nor are those that only hint at a word.
    """
    if word.hint:
        return None
    others = {
        index
        for other in vocabulary()
        if other != word and word.name not in _broader(other) and other.name not in _broader(word)
        for index in other.classes
    }
    kinds = [index for index in word.classes if index not in others]
    if len(kinds) < 2:
        return None
    mine, rest = means[row][kinds], np.delete(means, row, axis=0)[:, kinds].mean(axis=0)
    best = int(np.argmax(mine * np.log((mine + FLOOR) / (rest + FLOOR))))
    if mine[best] < max(KIND_SHARE * means[row][list(word.classes)].sum(), HINT_SHARE):
        return None
    kind = class_names()[kinds[best]]
    return None if kind.casefold() in word.name.casefold() else f"{word.name} ({kind})"


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
    """Tell which class is in which word: (1000, words) of 0 and 1."""
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
