"""What a pretrained network sees in one picture: EfficientNet-Lite, run by LiteRT.

Tan and Le 2019, "EfficientNet"; models/make_backbone.py makes the files, a card beside each says
from what. LiteRT (TensorFlow Lite's successor) spares a worker process TensorFlow's start; where it
has no wheel, TensorFlow's own interpreter runs the same file.
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from photosort.assets import asset
from photosort.embed import NETWORK_FILES
from photosort.embed.own import OwnBackbone, OwnNetwork, fingerprint, read_card
from photosort.embed.pixels import Pixels, looks, prepare
from photosort.errors import PhotosortError

Feature = npt.NDArray[np.float32]  # (1280,); of another width from a network of the user's
Scores = npt.NDArray[np.float32]  # (1000,), sum 1

DEFAULT_MODEL: Final = "lite2"
THOROUGH: Final = "-thorough"  # ends the name of a network that looks four times at each photo


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A network that ships with photosort, or one of the user's `own`.

    Class scores, which titles are made of, come from a network that ships: beside one of the user's
    the default one runs too, and the other fields are that one's. A `thorough` one looks four
    times at each picture.
    """

    name: str
    file: str  # in models/
    input_side: int  # pixels
    feature_size: int
    classes: int
    id: str  # name and weights: what the catalog keeps its features under
    own: OwnNetwork | None = None
    thorough: bool = False


def _read_card(name: str) -> ModelSpec:
    card = json.loads(asset("models", f"efficientnet-{name}.json").read_text(encoding="utf-8"))
    return ModelSpec(
        name=name,
        file=card["file"],
        input_side=card["input_side"],
        feature_size=card["feature_size"],
        classes=card["classes"],
        id=f"{name}-{card['sha256'][:12]}",
    )


#: The networks to choose from, by the name a user gives.
MODELS: Final[Mapping[str, ModelSpec]] = MappingProxyType(
    {name: _read_card(name) for name in ("lite2", "lite0")}
)
#: The same, and those that look four times.
NAMES: Final = (*MODELS, *(name + THOROUGH for name in MODELS))


def find_model(name: str) -> ModelSpec:
    """Look up a network by its name or the path of a file. Raises PhotosortError."""
    if name in MODELS:
        return MODELS[name]
    if name in NAMES:
        once = MODELS[name.removesuffix(THOROUGH)]
        return replace(once, id=f"{once.id}-4", thorough=True)
    if Path(name).suffix.lower() not in NETWORK_FILES:
        known = ", ".join(MODELS)
        raise PhotosortError(f"{name}: no such model; use {known}, or a .tflite or .onnx file")
    own = read_card(Path(name))
    if own.width is None:
        raise PhotosortError(
            f"{own.path.with_suffix('.json')}: has no width; run photosort models check {name}"
        )
    try:
        digest = fingerprint(own.path)
    except OSError as error:
        raise PhotosortError(f"{name}: cannot be read: {error.strerror}") from error
    return replace(MODELS[DEFAULT_MODEL], id=f"own-{digest}-{own.width}", own=own)


@functools.cache
def class_names() -> tuple[str, ...]:
    """Return the English names of the ImageNet classes, in the order of the scores."""
    text = asset("models", "imagenet_classes.txt").read_text(encoding="utf-8")
    return tuple(text.splitlines())


class Backbone:
    """One interpreter with the network loaded: `threads` cores, for use by one thread at a time."""

    def __init__(self, spec: ModelSpec, *, threads: int = 1) -> None:
        self.spec = spec
        self._own = None if spec.own is None else OwnBackbone(spec.own, threads=threads)
        self._interpreter = open_interpreter(asset("models", spec.file), threads)
        self._input = self._interpreter.get_input_details()[0]["index"]
        # Converters name and order outputs as they please: the sizes tell them apart.
        outputs = {
            int(detail["shape"][-1]): detail["index"]
            for detail in self._interpreter.get_output_details()
        }
        self._feature, self._scores = outputs[spec.feature_size], outputs[spec.classes]

    @property
    def input_side(self) -> int:
        """The pixels a picture should have, on its shorter side."""
        own = 0 if self.spec.own is None else self.spec.own.input_side
        return max(self.spec.input_side, own)

    def embed(self, image: Image.Image) -> tuple[Feature, Scores]:
        """Look at an RGB image of any size: feature (1280,) and class probabilities (1000,).

        Of a network of the user's, the feature is as wide as its output. Where it looks several
        times, both are means, of features of unit length.
        """
        side = self.spec.input_side
        shown = looks(image, side) if self.spec.thorough else [prepare(image, side)]
        features, scores = zip(*map(self._look, shown), strict=True)
        if self._own is not None:
            return self._own.embed(image), scores[0]
        if len(shown) == 1:
            return features[0], scores[0]
        units = [feature / max(float(np.linalg.norm(feature)), 1e-9) for feature in features]
        return np.mean(units, axis=0, dtype=np.float32), np.mean(scores, axis=0, dtype=np.float32)

    def _look(self, pixels: Pixels) -> tuple[Feature, Scores]:
        self._interpreter.set_tensor(self._input, pixels[np.newaxis])
        self._interpreter.invoke()
        feature: Feature = self._interpreter.get_tensor(self._feature)[0]
        scores: Scores = self._interpreter.get_tensor(self._scores)[0]
        return feature, scores


def open_interpreter(model: Path, threads: int) -> Any:  # noqa: ANN401 - LiteRT ships no types
    """Load `model` for `threads` cores; XNNPACK is both interpreters' default."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        from tensorflow.lite import Interpreter
    interpreter = Interpreter(model_path=str(model), num_threads=threads)
    interpreter.allocate_tensors()
    return interpreter
