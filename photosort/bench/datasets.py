"""Data sets of the comparison: MNIST (shipped), scikit-learn's digits, Fashion, USPS, photos."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from photosort.assets import asset
from photosort.bench import readers
from photosort.bench.readers import Labelled, Pixels
from photosort.dec.arrays import Floats, Ints
from photosort.errors import PhotosortError
from photosort.grouping.pretrained import Pretrained

DEBIAN_FASHION = Path("/usr/share/datasets/fashion-mnist")
FASHION_CLASSES = (
    "T-shirt", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dataset:
    """Labelled images of one size, and the features of photos."""

    name: str
    pixels: Pixels  # (n, height, width) or (n, height, width, 3)
    labels: Ints  # (n,), 0 ... len(classes) - 1
    classes: tuple[str, ...]
    source: str  # where it comes from, for the report
    features: Floats | None = None  # (n, 1280), for photos
    pretrained: Pretrained | None = None  # projection and autoencoder of other photos' features
    weights: str | None = None  # models/NAME-autoencoder-SEED.npz were trained on these images

    def __post_init__(self) -> None:
        lengths = {len(self.pixels), len(self.labels)}
        lengths |= set() if self.features is None else {len(self.features)}
        if len(lengths) != 1:
            raise ValueError(f"images, labels and features differ in number: {sorted(lengths)}")
        if len(self.classes) < 2:
            raise PhotosortError(
                f"{self.name}: classes of images: {len(self.classes)}; a comparison needs 2 or more"
            )

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def x(self) -> Floats:
        """The pixels as rows (n, height * width), 0 to 1."""
        return self.pixels.reshape(len(self), -1).astype(np.float32) / np.float32(255)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the images."""
        height, width = self.pixels.shape[1:3]
        return height, width

    @property
    def n_classes(self) -> int:
        """Number of classes, and of clusters asked for."""
        return len(self.classes)

    def head(self, n: int) -> "Dataset":
        """Return the first `n` images, or all when there are fewer."""
        return self.rows(np.arange(min(n, len(self))))

    def rows(self, chosen: np.ndarray[tuple[int], np.dtype[np.int64]]) -> "Dataset":
        """Return the images with the row numbers `chosen`."""
        return replace(
            self,
            pixels=self.pixels[chosen],
            labels=self.labels[chosen],
            features=None if self.features is None else self.features[chosen],
            weights=None,
        )


def load(name: str, data: Path | None = None) -> Dataset:
    """Load the dataset `name` of `NAMES`, from `data` where that is given."""
    if name not in NAMES:
        raise PhotosortError(f"{name}: no such dataset; choose one of {', '.join(NAMES)}")
    try:
        return NAMES[name](data)
    except PermissionError as error:
        raise PhotosortError(
            f"{error.filename or data}: no permission to read; check its permissions"
        ) from error


def load_mnist(data: Path | None = None) -> Dataset:
    """All 70,000 digits, training then test set, as shipped; or those at `data`."""
    if data is None:
        found = readers.read_idx([asset("models", "mnist/images-idx3-ubyte.xz")])
        source = "MNIST by LeCun and Cortes, CC BY-SA 3.0, as shipped"
        return replace(_dataset("mnist", found, source), weights="mnist")
    return _dataset("mnist", readers.read(data), str(data))


def load_digits(data: Path | None = None) -> Dataset:
    """scikit-learn's 1,797 digits of 8x8 pixels."""
    if data is not None:
        raise PhotosortError(f"{data}: digits come with scikit-learn; leave --data out")
    from sklearn.datasets import load_digits as sklearn_digits

    bunch = sklearn_digits()
    pixels = np.rint(bunch.images * (255 / 16)).astype(np.uint8)
    found = Labelled(pixels, bunch.target.astype(np.int64), tuple("0123456789"))
    return _dataset("digits", found, "scikit-learn's load_digits (UCI Optical Recognition, test)")


def load_fashion(data: Path | None = None) -> Dataset:
    """Fashion-MNIST, from `data`, Debian's package or Keras' cache; photosort downloads nothing."""
    cache = _keras_home() / "datasets" / "fashion-mnist"
    homes = (DEBIAN_FASHION, cache) if data is None else (data,)
    home = next((home for home in homes if home.exists()), None)
    if home is None and data is None:
        raise PhotosortError(
            f"fashion: nothing in {DEBIAN_FASHION} or {cache}; install Debian's "
            "dataset-fashion-mnist, call keras.datasets.fashion_mnist.load_data() once, "
            "or give --data DIR"
        )
    found = readers.read(home or homes[0])
    if found.classes == tuple("0123456789"):
        found = replace(found, classes=FASHION_CLASSES)
    return _dataset("fashion", found, f"Fashion-MNIST by Zalando, MIT, from {home}")


def load_usps(data: Path | None = None) -> Dataset:
    """USPS' 9,298 digits of 16x16 pixels, from `data`."""
    if data is None:
        raise PhotosortError(
            "usps: does not come with photosort; give --data DIR with zip.train.gz and "
            "zip.test.gz, usps_train.jf and usps_test.jf, usps.bz2 and usps.t.bz2, or usps.h5"
        )
    return _dataset("usps", readers.read_usps(data), f"USPS, from {data}")


NAMES: dict[str, Callable[[Path | None], Dataset]] = {
    "mnist": load_mnist,
    "digits": load_digits,
    "fashion": load_fashion,
    "usps": load_usps,
}


def _dataset(name: str, found: Labelled, source: str) -> Dataset:
    return Dataset(name, found.pixels, found.labels, found.classes, source)


def _keras_home() -> Path:
    return Path(os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras"))  # noqa: PTH111 - it never raises
