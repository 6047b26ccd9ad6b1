"""The other side of benchmarks/training.py: epochs of ClustPy, on request, in its own environment.

Reads lines `autoencoder` or `dec` on stdin; answers each with a JSON line of the seconds and the
processor seconds that one epoch took. It uses ClustPy's own loops, with its defaults but for what
the comparison fixes: layers, batch size and SGD with momentum.
"""

import json
import os
import sys
import time

import numpy as np
import torch

if not torch.cuda.is_available():
    # PyPI's torchvision is built for torch with CUDA: beside torch for the CPU alone its operators
    # do not load and its import fails. ClustPy imports it and trains without it.
    for name in ("nms", "qnms"):
        torch.library.define(f"torchvision::{name}", "(Tensor a, Tensor b, float c) -> Tensor")

from clustpy.deep._data_utils import get_dataloader
from clustpy.deep._utils import mean_squared_error
from clustpy.deep.dec import _DEC_Module
from clustpy.deep.neural_networks import FeedforwardAutoencoder

BATCH = 256
LAYERS = [500, 500, 2000, 10]


def main() -> None:
    """Answer until stdin ends."""
    x = np.load(sys.argv[1])
    torch.set_num_threads(int(sys.argv[2]))
    torch.manual_seed(0)
    answers = os.fdopen(os.dup(1), "w")
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123 - progress bars
    loader = get_dataloader(x, BATCH, shuffle=True)
    network = FeedforwardAutoencoder([x.shape[1], *LAYERS], random_state=0)
    with torch.no_grad():
        centers = network.encode(torch.from_numpy(x[:10])).numpy()
    dec = _DEC_Module(centers, 1.0)
    sgd = {"lr": 0.01, "momentum": 0.9}
    optimizer = torch.optim.SGD([*network.parameters(), *dec.parameters()], **sgd)

    def autoencoder_epoch() -> None:
        network.fit(1, sgd, BATCH, dataloader=loader, optimizer_class=torch.optim.SGD)

    def dec_epoch() -> None:
        device = torch.device("cpu")
        dec.fit(network, loader, 1, device, optimizer, mean_squared_error, 1.0, 0.0)

    for line in sys.stdin:
        epoch = {"autoencoder": autoencoder_epoch, "dec": dec_epoch}[line.strip()]
        wall, processor = time.perf_counter(), time.process_time()
        epoch()
        took = time.perf_counter() - wall, time.process_time() - processor
        print(json.dumps(took), file=answers, flush=True)


if __name__ == "__main__":
    main()
