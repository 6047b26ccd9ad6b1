"""A network of the user's own: a TFLite or ONNX file with a card beside it (docs/models.md).

The card, FILE's name with .json, says what the network is given and which output is the feature.
Whatever is wrong with either is said before the first photo is looked at.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, TypeGuard, cast, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image

from photosort.embed import NETWORK_FILES
from photosort.embed.pixels import prepare, squeeze
from photosort.errors import PhotosortError

Crop: TypeAlias = Literal["centre", "whole"]
Run: TypeAlias = "Callable[[npt.NDArray[np.generic]], npt.NDArray[np.float32]]"

MAX_SIDE: Final = 2048  # pixels
MAX_FEATURE: Final = 65_536
KEYS: Final = frozenset(
    {"name", "input_side", "mean", "scale", "crop", "output", "width", "licence"}
)


@dataclass(frozen=True, slots=True)
class OwnNetwork:
    """What the card of a network says; pixels from 0 to 1 are given as (pixel - mean) / scale."""

    path: Path
    name: str
    input_side: int
    mean: tuple[float, float, float]
    scale: tuple[float, float, float]
    crop: Crop
    output: str | None  # the only one when None
    width: int | None  # numbers of a feature; None: not given yet
    licence: str


def read_card(path: Path) -> OwnNetwork:
    """Read the card of the network at `path`. Raises PhotosortError that names what is wrong."""
    if path.suffix.lower() not in NETWORK_FILES:
        raise PhotosortError(
            f"{path}: is no {' or '.join(NETWORK_FILES)} file; name a file with a network"
        )
    if not path.is_file():
        raise PhotosortError(f"{path}: no such file; put it there, or name another network")
    card = path.with_suffix(".json")
    try:
        if card.exists() and not card.is_file():  # a pipe would wait for ever
            raise PhotosortError(f"{card}: not a file; a network needs a card, see docs/models.md")
        given = json.loads(card.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise PhotosortError(
            f"{card}: no such file; a network needs a card, see docs/models.md"
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise PhotosortError(f"{card}: is no readable JSON; write it anew") from error
    if not isinstance(given, dict):
        raise PhotosortError(f"{card}: is no JSON object; see docs/models.md")
    if unknown := sorted(set(given) - KEYS):
        known = ", ".join(sorted(KEYS))
        raise PhotosortError(f"{card}: {unknown[0]}: no such key; known are {known}")
    field = _Fields(card, given)
    return OwnNetwork(
        path,
        name=field.text("name", path.stem),
        input_side=field.whole("input_side", MAX_SIDE, "pixels"),
        mean=field.channels("mean", positive=False),
        scale=field.channels("scale", positive=True),
        crop=field.crop(),
        output=field.text("output", "") or None,
        width=field.whole("width", MAX_FEATURE, "numbers") if "width" in given else None,
        licence=field.text("licence", "not given"),
    )


class _Fields:
    """Reads the fields of a card."""

    def __init__(self, card: Path, given: dict[str, object]) -> None:
        self._card, self._given = card, given

    def text(self, key: str, default: str) -> str:
        value = self._given.get(key, default)
        if not isinstance(value, str):
            raise self._wrong(key, "a text")
        return value

    def whole(self, key: str, most: int, unit: str) -> int:
        value = self._given.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            raise self._wrong(key, f"a whole number of {unit} from 1 to {most}")
        return value

    def channels(self, key: str, *, positive: bool) -> tuple[float, float, float]:
        value = self._given.get(key)
        given: list[object] = value if isinstance(value, list) else [value] * 3
        numbers = [float(one) for one in given if _is_number(one) and not (positive and one <= 0)]
        if len(given) != 3 or len(numbers) != 3:
            kind = "above 0, " if positive else ""
            raise self._wrong(key, f"a number {kind}or three, for red, green and blue")
        return numbers[0], numbers[1], numbers[2]

    def crop(self) -> Crop:
        value = self._given.get("crop", "centre")
        if value not in get_args(Crop):
            raise self._wrong("crop", " or ".join(f'"{name}"' for name in get_args(Crop)))
        return cast("Crop", value)

    def _wrong(self, key: str, wanted: str) -> PhotosortError:
        return PhotosortError(f"{self._card}: {key}: has to be {wanted}")


def _is_number(value: object) -> TypeGuard[float]:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float holds
        return False


def fingerprint(path: Path) -> str:
    """Return the first 12 digits of SHA-256 over a network's file and its card."""
    digest = hashlib.sha256()
    for file in (path, path.with_suffix(".json")):
        with file.open("rb") as opened:
            digest.update(hashlib.file_digest(opened, "sha256").digest())
    return digest.hexdigest()[:12]


class OwnBackbone:
    """A network of the user's own, loaded: pictures in, features of unit length out."""

    def __init__(self, network: OwnNetwork, *, threads: int = 1) -> None:
        """Load the network and try it. Raises PhotosortError that says what is wrong."""
        self._network = network
        self._width: int | None = None  # of the features given so far
        load = _load_onnx if network.path.suffix.lower() == ".onnx" else _load_tflite
        try:
            self._run, shape, self._dtype = load(network, threads)
        except PhotosortError:
            raise
        except ImportError as error:
            raise PhotosortError(
                f"{network.path}: needs onnxruntime; install photosort-dec[onnx]"
            ) from error
        except Exception as error:  # each runtime has exceptions of its own
            raise PhotosortError(
                f"{network.path}: cannot be loaded ({_line(error)}); export it anew"
            ) from error
        self._channels_first = self._layout(shape)
        side = network.input_side
        ramp = np.linspace(0, 255, side * side * 3).astype(np.uint8).reshape(side, side, 3)
        self.embed(Image.fromarray(ramp))  # what is wrong with the output is said before any photo

    def _layout(self, shape: list[object]) -> bool:
        """Say whether channels come before rows. Raises PhotosortError for what is no picture.

        A size that is not fixed in the file is a text or None.
        """
        side = self._network.input_side
        for channels_first, wanted in ((True, (1, 3, side, side)), (False, (1, side, side, 3))):
            if len(shape) == 4 and all(
                not isinstance(size, int) or size in (one, -1)
                for size, one in zip(shape, wanted, strict=True)
            ):
                return channels_first
        raise PhotosortError(
            f"{self._network.path}: takes an input of shape {shape}, not a picture {side} x {side}"
            " in three channels; see input_side in its card"
        )

    def embed(self, image: Image.Image) -> npt.NDArray[np.float32]:
        """Look at an RGB image of any size: feature (d,), of unit length. PhotosortError."""
        shown = prepare if self._network.crop == "centre" else squeeze
        shown_pixels = shown(image, self._network.input_side)
        pixels: npt.NDArray[np.generic] = shown_pixels
        if self._dtype != np.uint8:
            mean, scale = np.array(self._network.mean), np.array(self._network.scale)
            with np.errstate(over="ignore"):  # infinite numbers are refused below
                pixels = ((shown_pixels / 255.0 - mean) / scale).astype(self._dtype)
        if self._channels_first:
            pixels = np.ascontiguousarray(pixels.transpose(2, 0, 1))
        feature = self._look(pixels[np.newaxis])
        if feature.ndim != 1 or not 1 < len(feature) <= MAX_FEATURE:
            raise PhotosortError(
                f"{self._network.path}: its output has the shape {feature.shape}, not one row of"
                " numbers; name a pooled one as output in its card"
            )
        self._check_width(len(feature))
        length = float(np.linalg.norm(feature))
        if not math.isfinite(length) or length == 0:
            raise PhotosortError(
                f"{self._network.path}: its output is not finite or all zero; see mean and scale"
                " in its card"
            )
        return feature / np.float32(length)

    def _look(self, pixels: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
        try:
            return np.squeeze(self._run(pixels)).astype(np.float32)
        except MemoryError:
            raise
        except Exception as error:  # each runtime has exceptions of its own
            raise PhotosortError(
                f"{self._network.path}: cannot look at a picture ({_line(error)}); export it anew"
            ) from error

    def _check_width(self, width: int) -> None:
        if self._network.width not in (None, width):
            raise PhotosortError(
                f"{self._network.path}: its features are {width} wide, its card says"
                f" {self._network.width}; correct width there"
            )
        if self._width not in (None, width):
            raise PhotosortError(
                f"{self._network.path}: its features are {self._width} wide for one picture and"
                f" {width} for another; export one whose features have one width"
            )
        self._width = width


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _load_tflite(network: OwnNetwork, threads: int) -> tuple[Run, list[object], npt.DTypeLike]:
    from photosort.embed.backbone import open_interpreter

    interpreter: Any = open_interpreter(network.path, threads)
    given = interpreter.get_input_details()
    outputs = {detail["name"]: detail["index"] for detail in interpreter.get_output_details()}
    index = outputs[_output(network, list(outputs))]
    if len(given) != 1 or given[0]["dtype"] not in (np.float32, np.uint8):
        raise PhotosortError(f"{network.path}: has to take one input of float32 or uint8")

    def run(pixels: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
        interpreter.set_tensor(given[0]["index"], pixels)
        interpreter.invoke()
        result: npt.NDArray[np.float32] = interpreter.get_tensor(index)
        return result

    return run, [int(size) for size in given[0]["shape"]], given[0]["dtype"]


def _load_onnx(network: OwnNetwork, threads: int) -> tuple[Run, list[object], npt.DTypeLike]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = threads
    options.log_severity_level = 3  # errors: warnings of others' files are not the user's
    session = onnxruntime.InferenceSession(
        str(network.path), options, providers=["CPUExecutionProvider"]
    )
    given = session.get_inputs()
    types = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8, "tensor(float16)": np.float16}
    if len(given) != 1 or given[0].type not in types:
        raise PhotosortError(f"{network.path}: has to take one input of float or uint8")
    output = _output(network, [one.name for one in session.get_outputs()])

    def run(pixels: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
        result: npt.NDArray[np.float32] = session.run([output], {given[0].name: pixels})[0]
        return result

    return run, list(given[0].shape), types[given[0].type]


def _output(network: OwnNetwork, names: list[str]) -> str:
    """Choose the output that the card names, or the only one."""
    if network.output is None:
        if len(names) != 1:
            raise PhotosortError(
                f"{network.path}: has several outputs ({', '.join(names)}); name one as output in"
                " its card"
            )
        return names[0]
    if network.output not in names:
        raise PhotosortError(
            f"{network.path}: has no output {network.output}; it has {', '.join(names)}"
        )
    return network.output
