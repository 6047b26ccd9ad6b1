"""The autoencoder and DEC train on another device than the first processor, with the same result.

That is the first GPU where TensorFlow sees one, else a second logical device on the processor: no
operation is bound to one device.
"""

import json
import os
import subprocess
import sys

import pytest

TRAIN = """
import json
import numpy as np
import tensorflow as tf
from sklearn.datasets import make_blobs
from photosort.dec import Adam, Autoencoder, Network, Refinement, Schedule, Sgd, refine

if tf.config.list_physical_devices("GPU"):
    other, like = "/GPU:0", 1e-3
else:
    other, like = "/CPU:1", 1e-6
    processor = tf.config.list_physical_devices("CPU")[0]
    both = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(processor, both)
x = make_blobs(600, 20, centers=5, random_state=0)[0].astype(np.float32)
x = (x - x.mean(axis=0)) / x.std(axis=0)


def train(device):
    with tf.device(device):
        autoencoder = Autoencoder(Network(20, hidden=(32,), code_size=4))
        schedule = Schedule(Sgd(0.05, 0.9), epochs=5, layer_epochs=2, dropout=0.2, batch_size=64)
        losses = autoencoder.fit(x, schedule, seed=0)
        codes = autoencoder.encode(x)
        options = Refinement(Adam(1e-3), max_iter=60, batch_size=64, reconstruction=1.0)
        refined = refine(autoencoder, x, codes[:5], options, seed=0)
    where = {weight.value.device.rpartition("device:")[2] for weight in autoencoder.weights}
    return where, losses, codes, refined


at, losses, codes, refined = train("/CPU:0")
moved, others, other_codes, other_refined = train(other)
print(json.dumps({
    "at": sorted(at),
    "moved": sorted(moved),
    "wanted": other.lstrip("/"),
    "losses": bool(np.allclose(losses, others, rtol=like)),
    "codes": bool(np.allclose(codes, other_codes, rtol=like, atol=100 * like)),
    "agree": float(np.mean(refined.labels == other_refined.labels)),
    "clusters": len(np.unique(refined.labels)),
}))
"""


@pytest.mark.slow
def test_another_device_trains_the_same() -> None:
    """Weights lie on the device that is asked for; losses, codes and labels are those of the other.

    On a GPU sums are taken in another order: losses agree to one part in a thousand there.
    """
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    ran = subprocess.run(
        [sys.executable, "-c", TRAIN],
        check=True,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    found = json.loads(ran.stdout.splitlines()[-1])
    assert found["at"] == ["CPU:0"]
    assert found["moved"] == [found["wanted"]]
    assert found["losses"]
    assert found["codes"]
    assert found["agree"] > 0.99
    assert found["clusters"] == 5
