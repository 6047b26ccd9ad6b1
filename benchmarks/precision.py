"""Does NMI suffer from training in bfloat16? The same seeds in both precisions, on MNIST digits.

    python benchmarks/precision.py [--rows 5000] [--seeds 5] [--methods ae,dec,graph-dec]

Only the matrix products of training are computed in bfloat16; weights, codes and scores are
float32 (photosort/dec/precision.py). Both columns begin with the same initial weights and the
same batches, so their differences are paired.
"""

import argparse

import numpy as np

from photosort.bench import datasets, run
from photosort.bench.run import Options
from photosort.dec.precision import Precision

PRECISIONS: tuple[Precision, ...] = ("float32", "bfloat16")


def main() -> None:
    """Print NMI by method and precision, mean and sd over the seeds, and the difference."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--methods", default="ae,dec,graph-dec")
    arguments = parser.parse_args()
    digits = datasets.load("mnist").head(arguments.rows)
    print("| | float32 | bfloat16 | difference |\n|---|---|---|---|")
    for method in arguments.methods.split(","):
        nmi = {}
        for precision in PRECISIONS:
            options = Options(precision=precision)
            report = run.run(digits, (method,), seeds=range(arguments.seeds), options=options)
            nmi[precision] = np.array([one.nmi for one in report.runs])
        difference = nmi["bfloat16"] - nmi["float32"]
        row = " | ".join(spread(scores) for scores in (*nmi.values(), difference))
        print(f"| {method} | {row} |", flush=True)


def spread(scores: np.ndarray) -> str:
    """Lay out mean and standard deviation."""
    deviation = scores.std(ddof=1) if len(scores) > 1 else 0.0
    return f"{scores.mean():.4f} (sd {deviation:.4f})"


if __name__ == "__main__":
    main()
