"""The networks photos can be looked at with: those that ship, and files of the user's."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from photosort.photos.paths import in_full

if TYPE_CHECKING:
    from photosort.embed.backbone import ModelSpec
    from photosort.grouping.pretrained import Pretrained

TIMED = 5  # pictures


@dataclass(frozen=True, slots=True)
class Network:
    """A network that ships."""

    name: str
    input_side: int
    feature_size: int
    default: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """A network of the user's that works: what its card says, and what was measured."""

    path: Path
    name: str
    licence: str
    input_side: int
    width: int  # numbers of a feature
    in_card: bool  # whether the card says the width
    seconds: float  # for a picture, on one core


def shipped() -> list[Network]:
    """List the networks that ship, the default one first."""
    from photosort.embed.backbone import DEFAULT_MODEL, MODELS

    return [
        Network(spec.name, spec.input_side, spec.feature_size, name == DEFAULT_MODEL)
        for name, spec in MODELS.items()
    ]


def check(path: Path) -> Checked:
    """Load a network and let it look at pictures. Raises PhotosortError that says what is wrong."""
    import numpy as np
    from PIL import Image

    from photosort.embed.own import OwnBackbone, read_card
    from photosort.errors import PhotosortError

    network = read_card(in_full(path))
    backbone = OwnBackbone(network)
    noise = np.random.default_rng(0).integers(256, size=(TIMED, 64, 96, 3), dtype=np.uint8)
    pictures = [Image.fromarray(one).resize((600, 400)) for one in noise]
    features = [backbone.embed(pictures[0])]
    began = time.process_time()
    features += [backbone.embed(picture) for picture in pictures]
    seconds = (time.process_time() - began) / len(pictures)
    if np.allclose(features[1], features[2], atol=1e-6):
        raise PhotosortError(
            f"{path}: gives unlike pictures the same feature; see mean and scale in its card"
        )
    return Checked(
        network.path,
        network.name,
        network.licence,
        network.input_side,
        len(features[0]),
        network.width is not None,
        seconds,
    )


def pretrained_for(spec: ModelSpec) -> Pretrained | None:
    """Load the autoencoder that was pretrained on a network's features; None for the user's own."""
    from photosort.grouping.pretrained import load_pretrained

    return None if spec.own is not None else load_pretrained(spec.name)
