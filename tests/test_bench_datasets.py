"""The bench's data: what ships is MNIST to the byte, and wrong input is one clear line."""

import csv
import gzip
import hashlib
import lzma
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from photosort.bench import datasets, readers
from photosort.errors import PhotosortError

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (6, 4, 4), np.uint8)
LABELS = np.array([3, 1, 1, 7, 3, 7], np.uint8)


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def write_idx(folder: Path, name: str = "train", images=IMAGES, labels=LABELS) -> None:
    (folder / f"{name}-images-idx3-ubyte").write_bytes(idx(images))
    (folder / f"{name}-labels-idx1-ubyte").write_bytes(idx(labels))


def write_table(folder: Path, lines: list[tuple[str, ...]]) -> None:
    with (folder / "train.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("filename", "label"), *lines])


def refused(folder: Path) -> str:
    """Return the one line that reading `folder` ends in."""
    with pytest.raises(PhotosortError) as caught:
        readers.read(folder)
    text = str(caught.value)
    assert "\n" not in text
    assert ";" in text, "no remedy"
    return text


def test_mnist_ships_to_the_byte() -> None:
    """All 70,000 digits and labels have the digests of the original files, joined."""
    mnist = datasets.load("mnist")
    assert mnist.pixels.shape == (70_000, 28, 28)
    assert hashlib.sha256(mnist.pixels.tobytes()).hexdigest() == (
        "5b92582eb909c82a9bfefcd44acbe9233be3eb5b419a44cf211022ad2bf4bf96"
    )
    assert hashlib.sha256(mnist.labels.astype(np.uint8).tobytes()).hexdigest() == (
        "671ff9d70b4811116d55c3dd479efa7a981e2e62753ef7a6d5c15fea81e63d27"
    )


def test_digits_need_no_file() -> None:
    """The 1,797 digits are scikit-learn's, stretched to the full range of grey."""
    digits = datasets.load("digits")
    assert digits.pixels.shape == (1797, 8, 8)
    assert digits.pixels.max() == 255
    assert digits.x.max() == 1.0
    assert digits.classes == tuple("0123456789")


def test_head_keeps_pictures_labels_and_kinds_together() -> None:
    """The first n pictures keep their labels; shipped weights, trained on all, are not theirs."""
    digits = datasets.load("digits")
    few = digits.head(20)
    assert len(few) == 20
    assert np.array_equal(few.pixels, digits.pixels[:20])
    assert np.array_equal(few.labels, digits.labels[:20])
    assert few.weights is None


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress])
def test_idx_plain_or_packed(tmp_path: Path, pack) -> None:
    """IDX reads the same plain, gzipped and xz-packed; training comes before test images."""
    for name, images, labels in (("t10k", IMAGES[:2], LABELS[:2]), ("train", IMAGES, LABELS)):
        (tmp_path / f"{name}-images-idx3-ubyte.gz").write_bytes(pack(idx(images)))
        (tmp_path / f"{name}-labels-idx1-ubyte.gz").write_bytes(pack(idx(labels)))
    found = readers.read(tmp_path)
    assert np.array_equal(found.pixels, np.concatenate([IMAGES, IMAGES[:2]]))
    assert found.classes == ("1", "3", "7")
    assert np.array_equal(np.array([1, 3, 7])[found.labels], [*LABELS, *LABELS[:2]])


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=3, max_dims=3, max_side=5)))
def test_idx_gives_back_any_array(tmp_path_factory: pytest.TempPathFactory, images) -> None:
    """Whatever bytes are written as IDX are read back."""
    file = tmp_path_factory.mktemp("idx") / "images"
    file.write_bytes(idx(images))
    assert np.array_equal(readers.idx_array(file, dimensions=3), images)


@given(cut=st.integers(0, 111), packed=st.booleans())
def test_damaged_idx_never_escapes_as_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, cut: int, packed: bool
) -> None:
    """An IDX file cut anywhere, packed or not, is one line about that file."""
    file = tmp_path_factory.mktemp("cut") / "images"
    whole = gzip.compress(idx(IMAGES), mtime=0) if packed else idx(IMAGES)
    file.write_bytes(whole[: min(cut, len(whole) - 1)])
    with pytest.raises(PhotosortError, match="images") as caught:
        readers.idx_array(file, dimensions=3)
    assert "\n" not in str(caught.value)


def test_idx_damage_is_told_apart(tmp_path: Path) -> None:
    """Wrong magic, missing labels, unequal lengths and mixed sizes are each named."""
    write_idx(tmp_path, labels=LABELS[:4])
    assert "6 images but 4 labels" in refused(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").unlink()
    assert "its labels, train-labels-idx1-ubyte, are not beside it" in refused(tmp_path)
    write_idx(tmp_path)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"\x00\x00\x0d\x03" + b"\0" * 100)
    assert "not an IDX file of bytes in 3 dimensions" in refused(tmp_path)
    write_idx(tmp_path)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(IMAGES)[:-5])
    assert "91 bytes where its header promises 96" in refused(tmp_path)
    write_idx(tmp_path)
    write_idx(tmp_path, "t10k", RNG.integers(0, 9, (6, 5, 5), np.uint8))
    assert "images of 4x4 and 5x5 pixels" in refused(tmp_path)


def test_npz_in_either_naming(tmp_path: Path) -> None:
    """Keras' x_train, y_train, x_test, y_test and plain images, labels are both read."""
    half = {"x_train": IMAGES[:4], "y_train": LABELS[:4], "x_test": IMAGES[4:]}
    np.savez(tmp_path / "keras.npz", **half, y_test=LABELS[4:])
    np.savez(tmp_path / "plain.npz", images=IMAGES, labels=LABELS)
    for name in ("keras.npz", "plain.npz"):
        found = readers.read(tmp_path / name)
        assert np.array_equal(found.pixels, IMAGES)
        assert found.classes == ("1", "3", "7")


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"images": IMAGES}, "holds images; name the arrays images and labels"),
        ({"images": IMAGES, "labels": LABELS[:5]}, "6 images but 5 labels"),
        ({"images": IMAGES / 255, "labels": LABELS}, "float64"),
        ({"images": IMAGES.reshape(6, 16), "labels": LABELS}, r"\(6, 16\)"),
        ({"images": IMAGES, "labels": LABELS.astype(float)}, "integers"),
        ({"images": IMAGES, "labels": np.array(["a", None] * 3)}, "not an .npz of plain arrays"),
        ({"images": IMAGES[:0], "labels": LABELS[:0]}, "no images in it"),
    ],
)
def test_npz_of_the_wrong_kind(tmp_path: Path, arrays, said: str) -> None:
    """Labels missing, unequal lengths, wrong shapes and types, pickles: each is said."""
    np.savez(tmp_path / "wrong.npz", **arrays)
    with pytest.raises(PhotosortError, match=said):
        readers.read(tmp_path / "wrong.npz")


def test_npz_that_is_none(tmp_path: Path) -> None:
    """Bytes that only claim to be an .npz are refused in one line."""
    whole = tmp_path / "whole.npz"
    np.savez_compressed(whole, images=IMAGES, labels=LABELS)
    for i, data in enumerate((b"", b"PK\x03\x04nothing", whole.read_bytes()[:150])):
        (tmp_path / f"{i}.npz").write_bytes(data)
        assert "not an .npz of plain arrays" in refused(tmp_path / f"{i}.npz")


def test_csv_layout_of_the_article(tmp_path: Path) -> None:
    """train.csv names images that lie in train/; labels keep their names, numbers in order."""
    (tmp_path / "train").mkdir()
    for i, image in enumerate(IMAGES):
        Image.fromarray(image).save(tmp_path / "train" / f"{i}.png")
    names = ("10", "9", "9", "11", "10", "11")
    write_table(tmp_path, [(f"{i}.png", name) for i, name in enumerate(names)])
    found = readers.read(tmp_path)
    assert np.array_equal(found.pixels, IMAGES)
    assert found.classes == ("9", "10", "11")
    assert [found.classes[label] for label in found.labels] == list(names)


def test_csv_that_cannot_be_followed(tmp_path: Path) -> None:
    """A missing image, a missing label, a missing column and mixed sizes name file and line."""
    Image.fromarray(IMAGES[0]).save(tmp_path / "0.png")
    write_table(tmp_path, [("0.png", "1"), ("1.png", "2")])
    assert "line 3 names 1.png" in refused(tmp_path)
    write_table(tmp_path, [("0.png", "")])
    assert "line 2 lacks a filename or a label" in refused(tmp_path)
    (tmp_path / "train.csv").write_text("name,label\n0.png,1\n")
    assert "filename,label" in refused(tmp_path)
    (tmp_path / "train.csv").write_bytes(b"filename,label\n\xff\xfe\x00,1\n")
    assert "not a CSV table" in refused(tmp_path)
    Image.new("L", (9, 9)).save(tmp_path / "1.png")
    write_table(tmp_path, [("0.png", "1"), ("1.png", "2")])
    assert "4x4, it is 9x9 pixels" in refused(tmp_path)
    (tmp_path / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert "1.png" in refused(tmp_path)
    write_table(tmp_path, [])
    assert "no images in it" in refused(tmp_path)


def test_sub_folders_are_labels(tmp_path: Path) -> None:
    """Each sub-folder is a class; what is no image is passed over."""
    for name, image in (("b/1.png", 0), ("a/1.png", 1), ("a/2.png", 2)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(IMAGES[image]).save(tmp_path / name)
    (tmp_path / "a" / "notes.txt").write_text("no image")
    found = readers.read(tmp_path)
    assert found.classes == ("a", "b")
    assert found.labels.tolist() == [0, 0, 1]
    assert np.array_equal(found.pixels, IMAGES[[1, 2, 0]])


def test_nothing_to_read(tmp_path: Path) -> None:
    """No such folder, an empty one, a file of another format: the line lists what is understood."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.txt").write_text("x")
    for path in (tmp_path / "none", tmp_path / "empty", tmp_path / "x.txt"):
        assert readers.FORMS in refused(path)


def test_fashion_from_data_or_a_clear_line(tmp_path: Path, monkeypatch) -> None:
    """Without files the line names the three ways; with them the classes have their names."""
    monkeypatch.setattr(datasets, "DEBIAN_FASHION", tmp_path / "none")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    with pytest.raises(PhotosortError, match=r"dataset-fashion-mnist.*--data DIR"):
        datasets.load("fashion")
    home = tmp_path / "keras" / "datasets" / "fashion-mnist"
    home.mkdir(parents=True)
    images = RNG.integers(0, 256, (10, 28, 28), np.uint8)
    write_idx(home, images=images, labels=np.arange(10, dtype=np.uint8))
    assert datasets.load("fashion").classes == datasets.FASHION_CLASSES


def test_usps_in_its_formats(tmp_path: Path) -> None:
    """zip.train, usps_train.jf, libsvm's and HDF5 files give the same digits."""
    import bz2

    import h5py

    grey = RNG.integers(0, 201, (4, 256)) / 200  # 0 to 1, both ends present
    grey[0, :2] = (0, 1)
    labels = [6, 0, 6, 9]

    def rows(values, start="{}", form="{1:.3f}", plus=0):
        return "\n".join(
            " ".join([start.format(k + plus), *(form.format(i, v) for i, v in enumerate(row, 1))])
            for k, row in zip(labels, values, strict=True)
        )

    homes = [tmp_path / name for name in ("zip", "jf", "libsvm", "h5")]
    for home in homes:
        home.mkdir()
    (homes[0] / "zip.train.gz").write_bytes(gzip.compress(rows(grey * 2 - 1).encode()))
    (homes[1] / "usps_train.jf").write_text(f"10 256\n{rows(grey * 2)}\n-1\n")
    libsvm = rows(grey * 2 - 1, form="{0}:{1:.3f}", plus=1)
    (homes[2] / "usps.bz2").write_bytes(bz2.compress(libsvm.encode()))
    with h5py.File(homes[3] / "usps.h5", "w") as file:
        for name, part in (("train", slice(0, 3)), ("test", slice(3, 4))):
            file[f"{name}/data"] = grey[part]
            file[f"{name}/target"] = np.array(labels)[part]
    expected = np.rint(grey * 255).reshape(-1, 16, 16)
    for home in homes:
        found = datasets.load("usps", home)
        assert np.abs(found.pixels - expected).max() <= 1, home
        assert found.classes == ("0", "6", "9")
        assert found.labels.tolist() == [1, 0, 1, 2]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("zip.train", b"6 0.1 0.2 0.3", "line 1 has 4 numbers"),
        ("zip.train", b"6 " + b"x " * 256, "line 1 is not numbers"),
        ("zip.train.gz", gzip.compress(b"6 0.1", mtime=0)[:-6], "cannot be read"),
        ("usps_train.jf", b"10 256\n-1\n", "no digits in it"),
        ("usps.h5", b"not HDF5", "not the USPS digits"),
        ("notes.txt", b"", "holds none of"),
    ],
)
def test_usps_damaged(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    """Cut, garbled, empty and absent USPS files are named."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(PhotosortError, match=said):
        datasets.load("usps", tmp_path)


def test_wrong_names(tmp_path: Path) -> None:
    """An unknown dataset, --data for digits, USPS without --data: each says what to do."""
    with pytest.raises(PhotosortError, match="choose one of mnist, digits, fashion, usps"):
        datasets.load("cifar")
    with pytest.raises(PhotosortError, match="leave --data out"):
        datasets.load("digits", tmp_path)
    with pytest.raises(PhotosortError, match="give --data DIR"):
        datasets.load("usps")
    with pytest.raises(PhotosortError, match="no such folder"):
        datasets.load("usps", tmp_path / "none")


def test_one_kind_cannot_be_compared(tmp_path: Path) -> None:
    """A dataset with a single class is refused: every clustering of it scores alike."""
    write_idx(tmp_path, labels=np.zeros(6, np.uint8))
    with pytest.raises(PhotosortError, match="2 or more"):
        datasets.load("mnist", tmp_path)
