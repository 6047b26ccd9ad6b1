"""What a method of the comparison is given, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass

from photosort.bench.pretraining import OnProgress, Pretrainer, StageProgress, Trained
from photosort.dec.arrays import Floats, Ints
from photosort.dec.dec import TargetUpdate
from photosort.dec.precision import Precision
from photosort.grouping.pretrained import Pretrained


@dataclass(frozen=True, slots=True)
class Task:
    """What a method is given: rows, a number of clusters, and a callback for its progress."""

    x: Floats  # (n, d): pixels 0 to 1
    clusters: int
    seed: int
    pretrainer: Pretrainer
    on_progress: OnProgress
    features: Floats | None = None  # (n, 1280), for photos
    pretrained: Pretrained | None = None  # projection and autoencoder of other photos' features
    precision: Precision = "float32"  # of training
    shape: tuple[int, int] = (0, 0)  # height, width

    def on_update(self, update: TargetUpdate) -> None:
        """Report a new target of DEC."""
        self.on_progress(
            StageProgress(
                "clustering",
                update.step,
                update.max_iter,
                loss=update.loss if update.step else None,
                changed=update.changed,
                labels=update.labels,
            )
        )


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a method found, and how it assigns rows that it was not fitted on."""

    labels: Ints  # (n,)
    predict: Callable[[Floats], Ints] | None = None  # pixels (m, d) -> clusters (m,)
    encode: Callable[[Floats], Floats] | None = None  # pixels (m, d) -> codes (m, code)
    codes: Floats | None = None  # (n, code), where there is no `encode`
    n_iter: int = 0
    stop_reason: str = ""
    trained: Trained | None = None  # the autoencoder it began with


@dataclass(frozen=True, slots=True)
class Method:
    """A row of the comparison."""

    name: str
    title: str
    fit: Callable[[Task], Fitted]
