"""What a method of the comparison is given, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass

from photosort.bench.pretraining import Pretrainer, Step, Tell
from photosort.dec.dec import Ints, Round
from photosort.dec.precision import Precision
from photosort.dec.training import Floats
from photosort.grouping.pretrained import Pretrained


@dataclass(frozen=True, slots=True)
class Task:
    """What a method is given: rows to cluster, how many clusters, and where to say how it goes."""

    x: Floats  # (n, d): pixels 0 to 1
    clusters: int
    seed: int
    pretrainer: Pretrainer
    tell: Tell
    features: Floats | None = None  # (n, 1280), for photos
    start: Pretrained | None = None  # what was learned from other photos' features
    precision: Precision = "float32"  # of training
    shape: tuple[int, int] = (0, 0)  # height, width

    def on_round(self, now: Round) -> None:
        """Tell of a round of DEC."""
        self.tell(
            Step(
                "clustering", now.step, now.max_steps,
                loss=now.loss if now.step else None, changed=now.changed, labels=now.labels,
            )
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a method found, and how it places rows it has not seen."""

    labels: Ints  # (n,)
    predict: Callable[[Floats], Ints] | None = None  # pixels (m, d) -> clusters (m,)
    encode: Callable[[Floats], Floats] | None = None  # pixels (m, d) -> codes (m, code)
    codes: Floats | None = None  # (n, code), where there is no `encode`
    n_iter: int = 0
    stop_reason: str = ""
    autoencoder: str = ""  # where the weights it started from come from
    pretrain_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Method:
    """A row of the comparison."""

    name: str
    title: str
    fit: Callable[[Task], Fitted]
