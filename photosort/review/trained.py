"""What was learned for `review`: linear models of what the catalog holds.

models/make_review.py trains them on assorted photos and self-made images; models/review.json says
on what, and how well they do.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from photosort.assets import asset
from photosort.dec.arrays import read_arrays
from photosort.photos.lettering import LETTERING
from photosort.photos.measures import CLIPPED, NAMES, TEXTURE, TONES

if TYPE_CHECKING:
    from pathlib import Path

    from photosort.dec.arrays import Arrays, Floats

#: What each model answers, in the order of its outputs. The first is what most photos are.
EXPOSURES: Final = ("normal", "dark", "bright")
KINDS: Final = ("photo", "screenshot", "receipt", "meme", "document")
#: The numbers that each model is given.
#: The size is left out: the training's photos are small.
FOR_BLUR: Final = (*TEXTURE[:-1], "deviation", "mean", "saturation", "commonest")
FOR_EXPOSURE: Final = TONES + CLIPPED
FOR_KIND: Final = (
    "p5", "p25", "p50", "p75", "p95", "deviation", "black", "white", "saturation", "colours",
    "commonest", "near50", "near95", "far50", "textured", "noise",
    *LETTERING,
)  # fmt: skip
#: How much the numbers weigh beside a unit feature; chosen on the labelled albums of ../shared.
NUMBERS_WEIGHT: Final = 0.05
LIMIT: Final = 3.0  # deviations from the mean that count: nothing is extrapolated


@dataclass(frozen=True, slots=True)
class Scaled:
    """Brings numbers to mean 0 and deviation 1 of the training's photos, within LIMIT."""

    mean: Floats
    deviation: Floats

    def __call__(self, numbers: Floats) -> Floats:
        """Scale numbers (n, k)."""
        scaled: Floats = (numbers - self.mean) / self.deviation
        return np.clip(scaled, -LIMIT, LIMIT)


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear model: weights (inputs, outputs), bias (outputs,)."""

    weights: Floats
    bias: Floats

    def __call__(self, inputs: Floats) -> Floats:
        """Return log-odds (n, outputs)."""
        found: Floats = inputs @ self.weights + self.bias
        return found


@dataclass(frozen=True, slots=True)
class Trained:
    """The models of blur, exposure and kind, each with how its numbers are scaled."""

    blur: tuple[Scaled, Linear]
    exposure: tuple[Scaled, Linear]
    kind: tuple[Scaled, Linear]

    def blur_odds(self, numbers: Floats) -> Floats:
        """Return the log-odds (n,) that photos are blurred, from all their numbers (n, 45)."""
        scaled, model = self.blur
        return model(scaled(columns(numbers, FOR_BLUR)))[:, 0]

    def exposures(self, numbers: Floats) -> Floats:
        """Return the probabilities (n, 3) of EXPOSURES."""
        scaled, model = self.exposure
        return softmax(model(scaled(columns(numbers, FOR_EXPOSURE))))

    def kind_odds(self, features: Floats, numbers: Floats) -> Floats:
        """Return log-odds (n, 5) of KINDS from unit features (n, 1280) and numbers (n, 45)."""
        scaled, model = self.kind
        beside = scaled(columns(numbers, FOR_KIND))
        return model(np.concatenate([features, NUMBERS_WEIGHT * beside], axis=1))

    @classmethod
    def load(cls, path: Path) -> Trained:
        """Read what models/make_review.py wrote. Raises PhotosortError for any other file."""
        return read_arrays(path, cls._from_arrays)

    @classmethod
    def _from_arrays(cls, arrays: Arrays) -> Trained:
        def read(name: str, inputs: int, outputs: int, numbers: int) -> tuple[Scaled, Linear]:
            parts = [
                arrays[f"{name}_{part}"].astype(np.float32)
                for part in ("mean", "deviation", "weights", "bias")
            ]
            if [part.shape for part in parts] != [
                (numbers,), (numbers,), (inputs, outputs), (outputs,),
            ]:  # fmt: skip
                raise ValueError(f"{name}: not the shape that this version reads")
            return Scaled(parts[0], parts[1]), Linear(parts[2], parts[3])

        return cls(
            blur=read("blur", len(FOR_BLUR), 1, len(FOR_BLUR)),
            exposure=read("exposure", len(FOR_EXPOSURE), len(EXPOSURES), len(FOR_EXPOSURE)),
            kind=read("kind", 1280 + len(FOR_KIND), len(KINDS), len(FOR_KIND)),
        )


@functools.cache
def load_trained() -> Trained:
    """Load what ships. Raises PhotosortError where it is missing."""
    return Trained.load(asset("models", "review.npz"))


def columns(numbers: Floats, names: tuple[str, ...]) -> Floats:
    """Pick the columns of numbers (n, 45) by their names."""
    return numbers[:, [NAMES.index(name) for name in names]]


def softmax(odds: Floats) -> Floats:
    """Turn log-odds (n, k) into probabilities."""
    grown = np.exp(odds - odds.max(axis=1, keepdims=True))
    shares: Floats = grown / grown.sum(axis=1, keepdims=True)
    return shares
