"""Train what `review` tells blurred, dark and bright photos and other pictures by.

    python models/make_review.py --photos FOLDER --apart-from ALBUMS --fonts FOLDER --work FOLDER

--photos are assorted photos, of which review_labels.txt labels those that are none; near copies of
the photos in --apart-from, on which benchmarks/review.py measures, are left out. Self-made images
(review_images.py) go to --work. Writes models/review.npz and its card, models/review.json.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
from PIL import Image
from review_images import KINDS as DRAWN
from review_images import as_jpeg, blurred, bokeh, exposed, mosaic
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, precision_score, recall_score
from sklearn.model_selection import GroupKFold, cross_val_predict

from photosort import report
from photosort.catalog import Catalog
from photosort.commands.embedding import look
from photosort.commands.request import Request
from photosort.dec.arrays import write_arrays
from photosort.embed.backbone import find_model
from photosort.photos.measures import CLIP, measure
from photosort.photos.scan import scan
from photosort.review.likeness import distances
from photosort.review.pairs import candidates, perceptual_hashes, sketches
from photosort.review.trained import (
    EXPOSURES,
    FOR_BLUR,
    FOR_EXPOSURE,
    FOR_KIND,
    KINDS,
    LIMIT,
    NUMBERS_WEIGHT,
    columns,
)

HERE = Path(__file__).parent
SEED = 0
DRAWN_EACH = {"screenshot": 300, "document": 300, "receipt": 300, "meme": 900, "photo": 200}
SPOILT = 450  # photos that are blurred and exposed wrongly
DRAWN_WEIGHT = 0.1  # of a self-made image beside a real one; chosen on the labelled albums
INVERSE_PENALTY = 10.0  # of the kinds' weights; the same
STOPS = {"dark": (-5.0, -2.5), "bright": (1.7, 4.0)}
BLURS = (("gaussian", 0.009, 0.045), ("focus", 0.012, 0.05), ("motion", 0.018, 0.06))


class Seen:
    """Photos with what the catalog knows of them."""

    def __init__(self, folder: Path) -> None:
        spec = find_model("lite2")
        request = Request((folder,))
        photos = scan([folder]).photos
        looked = look(photos, spec, request, report.Quiet(), measured=True)
        hashes = [digest for _, digest in looked.photos]
        with Catalog.open() as catalog:
            features = catalog.features(hashes, spec.id)
            self.thumbs, self.numbers = catalog.measures(hashes)
        self.features = features / np.linalg.norm(features, axis=1, keepdims=True)
        self.paths = [photo.path for photo, _ in looked.photos]


def apart(seen: Seen, others: Seen) -> np.ndarray:
    """Tell which photos of `seen` are no near copies of one of `others`."""
    thumbs = np.concatenate([seen.thumbs, others.thumbs])
    features = np.concatenate([seen.features, others.features])
    sketch = sketches(features, features.mean(axis=0))
    pairs = candidates(perceptual_hashes(thumbs), sketch, np.arange(len(thumbs)))
    pairs = pairs[(pairs[:, 0] < len(seen.paths)) & (pairs[:, 1] >= len(seen.paths))]
    near = distances(thumbs, features.astype(np.float16), pairs) <= 1
    alone = np.ones(len(seen.paths), bool)
    alone[pairs[near, 0]] = False
    return alone


def labelled(seen: Seen, folder: Path) -> np.ndarray:
    """Give the index in KINDS of each photo, -1 for one to leave out."""
    kind_of = {}
    for line in (HERE / "review_labels.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            kind, *names = line.split()
            kind_of |= {
                folder / f"{name}.jpg": KINDS.index(kind) if kind in KINDS else -1 for name in names
            }
    return np.array([kind_of.get(path, 0) for path in seen.paths])


def draw(work: Path, fonts: Path, photos: list[Path]) -> None:
    """Make the self-made images, once."""
    rng = np.random.default_rng(SEED)
    faces = sorted(path for path in fonts.rglob("*") if path.suffix in (".ttf", ".otf", ".ttc"))
    work.mkdir(parents=True, exist_ok=True)
    for kind, make in DRAWN.items():
        for number in range(DRAWN_EACH[kind]):
            image, quality = make(rng, faces, photos), int(rng.integers(60, 96))
            file = work / f"{kind}-{number:04}.jpg"
            if not file.exists():
                image.save(file, quality=quality)


def spoil(photos: list[Path]) -> dict[str, np.ndarray]:
    """Measure photos as they are, blurred, and exposed wrongly; say which is which.

    Of a mosaic the exposure is not learned: of four photos one clips before the others.
    """
    rng = np.random.default_rng(SEED + 5)
    rows: dict[str, list] = {"numbers": [], "blur": [], "exposure": [], "photo": []}

    def take(image: Image.Image, photo: int, blur: int, exposure: int) -> None:
        if rng.random() < 0.2:
            pixels = np.asarray(image, np.float32)
            noise = rng.normal(0, rng.uniform(1, 6), (image.height, image.width, 1))
            unclipped = pixels.max(axis=2, keepdims=True) < CLIP  # a full pixel has no noise
            noisy = (pixels + noise * unclipped).clip(0, 255)
            image = Image.fromarray(noisy.astype(np.uint8))
        rows["numbers"].append(measure(as_jpeg(image, int(rng.integers(55, 97)))).numbers)
        for name, value in (("photo", photo), ("blur", blur), ("exposure", exposure)):
            rows[name].append(value)

    order = rng.permutation(len(photos))
    for at, photo in enumerate(order[:SPOILT]):
        alone = image = Image.open(photos[photo]).convert("RGB")
        if rng.random() < 0.5:  # larger pictures: the photos are 224 pixels wide
            others = order[SPOILT + 3 * at : SPOILT + 3 * at + 3]
            more = [Image.open(photos[other]).convert("RGB") for other in others]
            image = mosaic([image, *more])
        share = rng.uniform(0.5, 0.9)
        size = (int(image.width * share), int(image.height * share))
        small = image.resize(size, Image.Resampling.LANCZOS)
        take(image, photo, 0, -1)
        take(alone, photo, 0, 0)
        take(small, photo, 0, -1)
        take(bokeh(rng, image), photo, 0, -1)
        for how, least, most in BLURS:
            radius = float(np.exp(rng.uniform(np.log(least), np.log(most))))
            base = image if rng.random() < 0.7 else small
            take(blurred(base, how, radius, float(rng.uniform(0, np.pi))), photo, 1, -1)
        take(exposed(alone, rng.uniform(-1.5, 1)), photo, 0, 0)
        take(exposed(alone, rng.uniform(*STOPS["dark"])), photo, -1, 1)
        take(exposed(alone, rng.uniform(*STOPS["bright"])), photo, -1, 2)
    return {name: np.array(values) for name, values in rows.items()}


def fit(x: np.ndarray, y: np.ndarray, **more: object) -> tuple[np.ndarray, np.ndarray]:
    """Fit a logistic regression; two classes have one output."""
    model = LogisticRegression(C=float(str(more.pop("C", 1.0))), max_iter=1000)
    model.fit(x, y, **more)
    return model.coef_.T, model.intercept_


def cross_validated(x: np.ndarray, y: np.ndarray, groups: np.ndarray, names: dict) -> dict:
    """Measure precision, recall and F1 of each class, photos of one source on one side."""
    model = LogisticRegression(max_iter=1000)
    found = cross_val_predict(model, x, y, groups=groups, cv=GroupKFold(3))
    return {
        name: {
            measure.__name__.removesuffix("_score"): round(float(measure(y == k, found == k)), 3)
            for measure in (precision_score, recall_score, f1_score)
        }
        for k, name in names.items()
    }


def main() -> None:
    """Train, measure by cross-validation, write the arrays and the card."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name in ("photos", "apart-from", "fonts", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    arguments = parser.parse_args()
    seen = Seen(arguments.photos.absolute())
    alone = apart(seen, Seen(arguments.apart_from.absolute()))
    label = labelled(seen, arguments.photos.absolute())
    sources = [path for path, ok in zip(seen.paths, alone & (label == 0), strict=True) if ok]
    draw(arguments.work, arguments.fonts, sources)
    made = Seen(arguments.work.absolute())
    arrays: dict[str, np.ndarray] = {}
    scores = {}

    def scale(name: str, numbers: np.ndarray) -> np.ndarray:
        mean, deviation = numbers.mean(axis=0), np.maximum(numbers.std(axis=0), 1e-3)
        arrays[f"{name}_mean"], arrays[f"{name}_deviation"] = mean, deviation
        return np.clip((numbers - mean) / deviation, -LIMIT, LIMIT)

    spoilt = spoil(sources)
    for name, wanted, names in (
        ("blur", FOR_BLUR, {1: "blurred"}),
        ("exposure", FOR_EXPOSURE, {1: EXPOSURES[1], 2: EXPOSURES[2]}),
    ):
        use = spoilt[name] >= 0
        y = spoilt[name][use]
        x = scale(name, columns(spoilt["numbers"][use].astype(np.float32), wanted))
        arrays[f"{name}_weights"], arrays[f"{name}_bias"] = fit(x, y)
        scores |= cross_validated(x, y, spoilt["photo"][use], names)

    use = alone & (label >= 0)
    beside = scale("kind", columns(seen.numbers[use], FOR_KIND))
    more = columns(made.numbers, FOR_KIND) - arrays["kind_mean"]
    numbers = np.concatenate([beside, more / arrays["kind_deviation"]]).clip(-LIMIT, LIMIT)
    features = np.concatenate([seen.features[use], made.features])
    x = np.concatenate([features, NUMBERS_WEIGHT * numbers], axis=1)
    drawn = [KINDS.index(path.name.partition("-")[0]) for path in made.paths]
    y = np.concatenate([label[use], drawn])
    weight = np.where(np.arange(len(y)) < use.sum(), 1.0, DRAWN_WEIGHT)
    arrays["kind_weights"], arrays["kind_bias"] = fit(x, y, C=INVERSE_PENALTY, sample_weight=weight)
    write_arrays(
        HERE / "review.npz", {name: array.astype(np.float16) for name, array in arrays.items()}
    )
    weights = (HERE / "review.npz").read_bytes()
    card = {
        "name": "review.npz",
        "what": "logistic regressions of blur, exposure and kind, float16;"
        " photosort.review.trained.Trained.load",
        "sha256": hashlib.sha256(weights).hexdigest(),
        "size_bytes": len(weights),
        "backbone": find_model("lite2").id,
        "made_by": "models/make_review.py",
        "photos": int(use.sum()),
        "left_out": {"near copies": int((~alone).sum()), "unclear": int((label < 0).sum())},
        "kinds": {kind: int((label[use] == k).sum()) for k, kind in enumerate(KINDS)},
        "self_made_images": DRAWN_EACH,
        "blur": {
            "photos": SPOILT,
            "share of the short side": {blur[0]: blur[1:] for blur in BLURS},
        },
        "exposure": {"photos": SPOILT, "stops": STOPS},
        "cross_validated": scores,
        "licence": "Apache-2.0",
    }
    text = json.dumps(card, indent=2) + "\n"
    (HERE / "review.json").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
