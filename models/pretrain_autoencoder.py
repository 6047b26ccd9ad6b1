"""Train the autoencoders that `photosort organize` fine-tunes, on assorted photos.

    python models/pretrain_autoencoder.py --model lite2 --photos FOLDER
    python models/pretrain_autoencoder.py --model lite2 --features FEATURES.npz

From a folder, every readable photo is looked at twice, as it is and mirrored; an .npz gives the
same as `features` and `features_aug` (n, 1280). Written: models/autoencoder-MODEL.npz (projection
and autoencoder, float16) and its card. A few minutes on two cores beside the looking.
"""

import argparse
import hashlib
import json
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import ImageOps

from photosort.dec.arrays import Floats
from photosort.dec.autoencoder import Autoencoder
from photosort.dec.network import Network
from photosort.dec.schedule import Epoch, Schedule
from photosort.dec.training import Adam
from photosort.embed.backbone import MODELS, Backbone
from photosort.grouping.graph import l2_normalise
from photosort.grouping.pretrained import POWER, Pretrained, fit_projection
from photosort.grouping.rows import centre_features
from photosort.grouping.rows import encoder_input as smoothed_input
from photosort.photos.decode import DecodeError, decode
from photosort.photos.scan import scan

HERE = Path(__file__).parent
SCHEDULE = Schedule(
    Adam(), epochs=20, layer_epochs=2, dropout=0.2, cosine_decay=True, strain_weight=30.0
)


def look(folder: Path, model: str) -> tuple[Floats, Floats]:
    """Return the features (n, 1280) of the photos in `folder`, and of their mirror images."""
    backbone = Backbone(MODELS[model], threads=2)
    plain, mirrored = [], []
    for photo in scan([folder]).photos:
        try:
            image = decode(photo.path, min_side=MODELS[model].input_side).image
        except DecodeError as error:
            print(f"{photo.path.name}: skipped, {error}")
            continue
        plain.append(backbone.embed(image)[0])
        mirrored.append(backbone.embed(ImageOps.mirror(image))[0])
    return np.array(plain, np.float32), np.array(mirrored, np.float32)


def read(file: Path) -> tuple[Floats, Floats]:
    """Return `features` and `features_aug` of an .npz."""
    with np.load(file, allow_pickle=False) as arrays:
        return arrays["features"].astype(np.float32), arrays["features_aug"].astype(np.float32)


def encoder_input(features: Floats, projection: Floats, seed: int) -> Floats:
    """Return the rows (n, m) that an album's autoencoder is trained on."""
    projected = l2_normalise(centre_features(features) @ projection)
    return smoothed_input(projected, seed=seed)


def show(epoch: Epoch) -> None:
    """Print a line an epoch."""
    print(f"{epoch.stage}: epoch {epoch.number}/{epoch.total} loss {epoch.loss:.4f}", flush=True)


def main() -> None:
    """Train, save, describe."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", choices=sorted(MODELS), default="lite2")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--photos", type=Path, help="a folder of photos")
    source.add_argument("--features", type=Path, help="an .npz of their features")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    views = (
        read(arguments.features) if arguments.features else look(arguments.photos, arguments.model)
    )
    started = time.perf_counter()
    projection = fit_projection(np.concatenate([centre_features(view) for view in views]))
    # Each set is smoothed alone: a mirror image must not be the nearest neighbour of its photo.
    rows = np.concatenate([encoder_input(view, projection, arguments.seed) for view in views])
    autoencoder = Autoencoder(Network(rows.shape[1]), seed=arguments.seed)
    losses = autoencoder.fit(rows, SCHEDULE, seed=arguments.seed, on_epoch=show)
    seconds = time.perf_counter() - started
    file = HERE / f"autoencoder-{arguments.model}.npz"
    Pretrained(projection, autoencoder).save(file)
    card = {
        "name": file.name,
        "what": f"projection 1280-{rows.shape[1]} of features (whitening to the power {POWER:g}) "
        f"and autoencoder {rows.shape[1]}-500-500-2000-10; integers of 7 bits with scales; "
        "Pretrained.load",
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "size_bytes": file.stat().st_size,
        "licence": "Apache-2.0",
        "data": f"features of {len(views[0])} photos and of an augmented view of each, no labels",
        "features_sha256": hashlib.sha256(rows.tobytes()).hexdigest(),
        "backbone": MODELS[arguments.model].id,
        "seed": arguments.seed,
        "schedule": {**asdict(SCHEDULE), "optimizer": repr(SCHEDULE.optimizer)},
        "loss": {"first epoch": round(losses[0], 4), "last epoch": round(losses[-1], 4)},
        "seconds": round(seconds),
        "made_by": "models/pretrain_autoencoder.py",
        "made_on": datetime.now(UTC).date().isoformat(),
    }
    file.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    print(
        f"{file.name}: {file.stat().st_size / 1e6:.1f} MB, loss {losses[-1]:.4f}, {seconds:.0f} s"
    )


if __name__ == "__main__":
    main()
