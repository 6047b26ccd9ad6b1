"""Labelled images from the files people have them in: IDX, npz, train.csv, sub-folders, USPS.

Every reader gives `Labelled` or raises one PhotosortError that names the file and what is wrong.
"""

import bz2
import csv
import gzip
import lzma
import math
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from photosort.counts import counted
from photosort.dec.arrays import Ints
from photosort.errors import PhotosortError
from photosort.photos.decode import DecodeError, decode

Pixels = npt.NDArray[np.uint8]

FORMS = "IDX files, an .npz, train.csv (filename,label) with images, or a sub-folder for each label"
IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"})
IDX_UINT8 = 8
NPZ_NAMES = (  # images and labels, in the order they are joined
    (("x_train", "y_train"), ("x_test", "y_test")),
    (("images", "labels"),),
    (("x", "y"),),
    (("data", "target"),),
)
_PACKED: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": gzip.decompress,
    b"\xfd7zXZ\x00": lzma.decompress,
    b"BZh": bz2.decompress,
}


@dataclass(frozen=True, slots=True)
class Labelled:
    """Images (n, height, width), 0 black to 255 white, and the number of the class of each."""

    pixels: Pixels
    labels: Ints
    classes: tuple[str, ...]


def read(path: Path) -> Labelled:
    """Read whatever labelled images lie at `path`, a folder or an .npz file."""
    if not path.exists():
        raise PhotosortError(f"{path}: no such file or folder; --data wants {FORMS}")
    if path.is_file():
        if path.suffix == ".npz":
            return read_npz(path)
        raise PhotosortError(f"{path}: not an .npz; --data wants {FORMS}")
    if images := sorted(path.glob("*images[-.]idx3-ubyte*"), key=_training_first):
        return read_idx(images)
    if archives := sorted(path.glob("*.npz")):
        return read_npz(archives[0])
    if (path / "train.csv").is_file():
        return read_csv(path / "train.csv")
    if any(child.is_dir() and not child.name.startswith(".") for child in path.iterdir()):
        return read_folders(path)
    raise PhotosortError(f"{path}: holds no labelled images; --data wants {FORMS}")


def read_idx(image_files: Sequence[Path]) -> Labelled:
    """Join IDX image files (plain, gzip or xz), each beside the label file of the same name."""
    images, labels = [], []
    for file in image_files:
        name = file.name.replace("images", "labels").replace("idx3", "idx1")
        if not (file.parent / name).is_file():
            raise PhotosortError(f"{file}: its labels, {name}, are not beside it; put them there")
        images.append(idx_array(file, dimensions=3))
        labels.append(idx_array(file.parent / name, dimensions=1))
        _same_length(file, images[-1], labels[-1])
    if len({part.shape[1:] for part in images}) > 1:
        sizes = " and ".join(f"{part.shape[2]}x{part.shape[1]}" for part in images)
        raise PhotosortError(f"{image_files[0].parent}: images of {sizes} pixels; use one size")
    return _labelled(np.concatenate(images), np.concatenate(labels), image_files[0].parent)


def idx_array(file: Path, *, dimensions: int) -> npt.NDArray[np.uint8]:
    """Read one IDX file of bytes, unpacking gzip, xz or bzip2 first."""
    data = _unpacked(file)
    head = 4 + 4 * dimensions
    if len(data) < head or data[:4] != bytes((0, 0, IDX_UINT8, dimensions)):
        raise PhotosortError(
            f"{file}: not an IDX file of bytes in {dimensions} dimensions; fetch it again"
        )
    shape = struct.unpack(f">{dimensions}I", data[4:head])
    if len(data) - head != math.prod(shape):
        raise PhotosortError(
            f"{file}: damaged: {len(data) - head} bytes where its header promises "
            f"{math.prod(shape)}; fetch it again"
        )
    return np.frombuffer(data, np.uint8, offset=head).reshape(shape)


def read_npz(file: Path) -> Labelled:
    """Read an archive of arrays: Keras' x_train, y_train, x_test, y_test, or images and labels."""
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
            pairs = next((p for p in NPZ_NAMES if all(n in arrays for n in p[0])), None)
            if pairs is None:
                raise PhotosortError(
                    f"{file}: holds {', '.join(arrays) or 'nothing'}; "
                    "name the arrays images and labels"
                )
            found = [(arrays[x], arrays[y]) for x, y in pairs if x in arrays and y in arrays]
    except (OSError, ValueError, KeyError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise PhotosortError(
            f"{file}: not an .npz of plain arrays ({error}); make it anew"
        ) from error
    for images, labels in found:
        if images.ndim != 3 or images.dtype != np.uint8:
            raise PhotosortError(
                f"{file}: images of shape {images.shape}, {images.dtype}; "
                "they must be (n, height, width), uint8"
            )
        if labels.ndim != 1 or labels.dtype.kind not in "iu":
            raise PhotosortError(
                f"{file}: labels of shape {labels.shape}, {labels.dtype}; "
                "they must be (n,) integers"
            )
        _same_length(file, images, labels)
    if len({images.shape[1:] for images, _ in found}) > 1:
        raise PhotosortError(f"{file}: training and test images differ in size; use one size")
    images, labels = (np.concatenate(part) for part in zip(*found, strict=True))
    return _labelled(images, labels, file)


def read_csv(file: Path) -> Labelled:
    """Read a table with the columns filename and label, and the images it names."""
    homes = [file.parent / name for name in ("train", "images", "Images/train", "")]
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            rows = csv.DictReader(lines)
            if not {"filename", "label"} <= set(rows.fieldnames or ()):
                raise PhotosortError(
                    f"{file}: no columns filename,label; name them in its first line"
                )
            named = [(rows.line_num, row["filename"], row["label"]) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PhotosortError(f"{file}: not a CSV table ({error}); save it as UTF-8") from error
    paths, names = [], []
    for line, filename, label in named:
        if not filename or not label:
            raise PhotosortError(f"{file}: line {line} lacks a filename or a label; fill it in")
        path = next((h / filename for h in homes if (h / filename).is_file()), None)
        if path is None:
            raise PhotosortError(
                f"{file}: line {line} names {filename}, which is neither beside it nor in train/ "
                "or images/; put it there or drop the line"
            )
        paths.append(path)
        names.append(label.strip())
    return _from_images(paths, names, file)


def read_folders(folder: Path) -> Labelled:
    """Read one grey image size from sub-folders, each named by the label of what it holds."""
    homes = sorted(c for c in folder.iterdir() if c.is_dir() and not c.name.startswith("."))
    paths = [
        path
        for home in homes
        for path in sorted(home.rglob("*"))
        if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()
    ]
    return _from_images(paths, [p.relative_to(folder).parts[0] for p in paths], folder)


def read_usps(folder: Path) -> Labelled:
    """Read USPS (16x16) as zip.train, usps_train.jf, libsvm's usps or usps.h5, packed or not."""
    if not folder.is_dir():
        raise PhotosortError(f"{folder}: no such folder; --data wants the folder with USPS' files")
    if (folder / "usps.h5").is_file():
        return _usps_h5(folder / "usps.h5")
    for patterns in (
        ("zip.train*", "zip.test*"),
        ("usps_train.jf*", "usps_test.jf*"),
        ("usps", "usps.bz2", "usps.t", "usps.t.bz2"),
    ):
        if files := [file for pattern in patterns for file in sorted(folder.glob(pattern))]:
            parts = [_usps_rows(file) for file in files]
            values = np.concatenate([rows for rows, _ in parts])
            labels = np.concatenate([labels for _, labels in parts])
            low, high = values.min(), values.max()  # -1..1, or 0..2 in the .jf files
            pixels = np.rint((values - low) * (255 / max(high - low, 1e-9))).astype(np.uint8)
            return _labelled(pixels.reshape(-1, 16, 16), labels, folder)
    raise PhotosortError(
        f"{folder}: holds none of zip.train.gz, usps_train.jf, usps.bz2, usps.h5; put USPS there"
    )


def _usps_rows(file: Path) -> tuple[npt.NDArray[np.float64], Ints]:
    """Parse lines of `label value*256`, or libsvm's `label 1:value ...` with labels from 1."""
    rows = []
    libsvm = False
    for number, line in enumerate(_unpacked(file).decode("ascii", "replace").split("\n"), start=1):
        words = line.split()
        libsvm = libsvm or (len(words) > 1 and ":" in words[1])
        words = [word.partition(":")[2] or word for word in words]
        if len(words) in {0, 1, 2}:  # the .jf files begin with two counts and end with -1
            continue
        try:
            row = [float(word) for word in words]
        except ValueError as error:
            raise PhotosortError(f"{file}: line {number} is not numbers; fetch it again") from error
        if len(row) != 257:
            raise PhotosortError(
                f"{file}: line {number} has {len(row)} numbers, a label and 16x16 pixels make 257; "
                "fetch it again"
            )
        rows.append(row)
    if not rows:
        raise PhotosortError(f"{file}: no digits in it; fetch it again")
    table = np.array(rows)
    return table[:, 1:], table[:, 0].astype(np.int64) - libsvm


def _usps_h5(file: Path) -> Labelled:
    import h5py

    try:
        with h5py.File(file) as groups:
            parts = [groups["train"], groups["test"]]
            values = np.concatenate([np.asarray(part["data"]) for part in parts])
            labels = np.concatenate([np.asarray(part["target"]) for part in parts])
        pixels = np.rint(values * 255).astype(np.uint8).reshape(-1, 16, 16)
    except (OSError, KeyError, ValueError) as error:
        raise PhotosortError(f"{file}: not the USPS digits ({error}); fetch it again") from error
    _same_length(file, pixels, labels)
    return _labelled(pixels, labels.astype(np.int64), file)


def _from_images(paths: Sequence[Path], names: Sequence[str], source: Path) -> Labelled:
    """Decode `paths` as grey images of one size; `names` are their classes."""
    if not paths:
        raise PhotosortError(f"{source}: no images in it; --data wants {FORMS}")
    images: list[Pixels] = []
    for path in paths:
        try:
            image = decode(path, min_side=1024).image.convert("L")
        except (DecodeError, OSError) as error:
            raise PhotosortError(f"{path}: {error}; repair it or take it out") from error
        images.append(np.asarray(image, np.uint8))
        if images[-1].shape != images[0].shape:
            sizes = " and ".join(f"{p.shape[1]}x{p.shape[0]}" for p in (images[0], images[-1]))
            raise PhotosortError(
                f"{path}: the images before it are {sizes.replace(' and ', ', it is ')} pixels; "
                "make them one size, or use `bench folder` for photos"
            )
    classes = sorted(set(names), key=_as_number)
    numbers = {name: number for number, name in enumerate(classes)}
    return Labelled(np.stack(images), np.array([numbers[n] for n in names]), tuple(classes))


def _labelled(images: Pixels, labels: npt.NDArray[Any], source: Path) -> Labelled:
    """Renumber the classes from 0 without gaps and keep their names."""
    if not len(images):
        raise PhotosortError(f"{source}: no images in it; --data wants {FORMS}")
    classes, numbers = np.unique(labels, return_inverse=True)
    return Labelled(images, numbers.astype(np.int64), tuple(str(name) for name in classes))


def _same_length(file: Path, images: npt.NDArray[Any], labels: npt.NDArray[Any]) -> None:
    if len(images) != len(labels):
        raise PhotosortError(
            f"{file}: {counted(len(images), 'image')} but {counted(len(labels), 'label')};"
            " fetch both again"
        )


def _unpacked(file: Path) -> bytes:
    try:
        data = file.read_bytes()
        for magic, unpack in _PACKED.items():
            if data.startswith(magic):
                return unpack(data)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
        raise PhotosortError(f"{file}: cannot be read ({error}); fetch it again") from error
    return data


def _training_first(file: Path) -> tuple[bool, str]:
    return not file.name.startswith("train"), file.name


def _as_number(name: str) -> tuple[float, str]:
    return (float(name), name) if name.isdecimal() else (math.inf, name)
