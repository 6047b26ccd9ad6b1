"""What other programs say of the photos that benchmarks/review.py made; JSON on standard output.

    python benchmarks/review_others.py COPIES QUALITY

Runs with the Python that holds them, which need not be photosort's: `pip install czkawka
cleanvision PyWavelets scikit-learn` and `pip install --no-deps imagededup`, whose hashes do without
torch. What is not installed is said.
"""

import contextlib
import io
import json
import sys
import types
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

HASHES = ("PHash", "DHash", "AHash", "WHash")
ISSUES = {"blurred": "blurry", "dark": "dark", "bright": "light"}
#: Modules of imagededup that import torch for its networks; hashing uses none of them.
NETWORKS = {
    "imagededup.methods.cnn": "CNN",
    "imagededup.utils.data_generator": "img_dataloader",
    "imagededup.utils.models": "CustomModel",
}


def imagededup(files: list[Path]) -> dict[str, list[int]]:
    """Count the bits in which each two files differ, for each hash of 64 bits."""
    for name, attribute in NETWORKS.items():
        module = types.ModuleType(name)
        setattr(module, attribute, None)
        sys.modules.setdefault(name, module)
    methods = __import__("imagededup.methods", fromlist=HASHES)
    found = {}
    for name in HASHES:
        method = getattr(methods, name)(verbose=False)
        codes = [int(method.encode_image(str(file)), 16) for file in files]
        bits = [(one ^ other).bit_count() for one, other in combinations(codes, 2)]
        found[f"imagededup {name}"] = bits
    return found


def czkawka(files: list[Path]) -> dict[str, list[int]]:
    """Count the bits by which czkawka's own function finds two files to differ."""
    module = __import__("czkawka")
    finder = module.ImageSimilarity()
    codes = [finder.hash_image(file) for file in files]
    bits = [finder.compare_hashes(one, other) for one, other in combinations(codes, 2)]
    return {"czkawka": bits}


def cleanvision(files: list[Path]) -> dict[str, list[list[str]]]:
    """List what CleanVision calls each file, in photosort's words."""
    module = __import__("cleanvision")
    lab = module.Imagelab(filepaths=[str(file) for file in files], verbose=False)
    lab.find_issues({name: {} for name in ISSUES.values()}, n_jobs=1, verbose=False)
    rows = lab.issues
    return {
        "CleanVision": [
            [ours for ours, name in ISSUES.items() if rows.loc[str(file), f"is_{name}_issue"]]
            for file in files
        ]
    }


def main() -> None:
    """Ask each program; say which ones are not there."""
    copies, quality = (sorted(Path(folder).glob("*.jpg")) for folder in sys.argv[1:3])
    asked: tuple[tuple[str, Callable[[list[Path]], dict], list[Path], str], ...] = (
        ("imagededup", imagededup, copies, "pairs"),
        ("czkawka", czkawka, copies, "pairs"),
        ("CleanVision", cleanvision, quality, "said"),
    )
    found: dict = {"pairs": {}, "said": {}, "missing": []}
    for name, ask, files, kind in asked:
        try:
            with (
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.redirect_stderr(io.StringIO()),
            ):
                found[kind] |= ask(files)
        except ImportError as error:
            found["missing"].append(f"{name}: {error}")
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
