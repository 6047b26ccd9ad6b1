"""Round stored weights to integers of 7 bits, which makes their files less than half as large.

    python models/round_weights.py models/autoencoder-lite2.npz ...

Each file is replaced, and its card says what it was rounded from. What this costs in NMI is in
BENCHMARKS.md. Weights trained anew are stored so by the scripts that train them.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from photosort.dec.arrays import Arrays, pack, read_arrays, write_arrays

STORED = "integers of 7 bits with scales"


def round_file(file: Path) -> None:
    """Replace the weights in `file` by rounded ones, and bring its card up to date."""
    before = file.read_bytes()
    write_arrays(file, read_arrays(file, _rounded))
    after = file.read_bytes()
    card_file = file.with_suffix(".json")
    card = json.loads(card_file.read_text("utf-8"))
    card["what"] = card["what"].replace("float16", STORED)
    card["sha256"] = hashlib.sha256(after).hexdigest()
    card["bytes" if "bytes" in card else "size_bytes"] = len(after)
    if "scores" in card:
        card["scores_before_rounding"] = card.pop("scores")
    card["rounded_from_sha256"] = hashlib.sha256(before).hexdigest()
    card_file.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    print(f"{file.name}: {len(before) / 1e6:.1f} -> {len(after) / 1e6:.1f} MB")


def _rounded(arrays: Arrays) -> Arrays:
    rounded = {"network": arrays["network"]}
    for name in arrays:
        if name != "network":
            rounded |= pack(name, arrays[name].astype(np.float32), "int8")
    return rounded


if __name__ == "__main__":
    for named in sys.argv[1:]:
        round_file(Path(named))
