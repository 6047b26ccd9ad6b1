"""How an autoencoder is trained: optimizer, epochs, noise and the terms of its loss."""

from collections.abc import Callable
from dataclasses import dataclass

from photosort.dec.precision import Precision
from photosort.dec.training import Adam, Optimizer, Sgd, Tensor

Augment = Callable[[Tensor, Tensor], Tensor]  # rows (batch, d), random key (2,) -> changed rows


@dataclass(frozen=True, slots=True)
class Schedule:
    """How an autoencoder is trained; `PAPER` is the schedule of Xie et al. 2016.

    Parameters
    ----------
    optimizer : Sgd or Adam
        Optimizer and learning rate.
    epochs : int
        Epochs of the whole autoencoder.
    batch_size : int, default=256
        Rows of a step.
    layer_epochs : int, default=0
        Epochs of each layer and its mirror before the whole is trained.
    dropout : float, default=0.0
        Fraction of inputs set to 0: those of each layer, and (with `denoise`) those of the whole.
    denoise : bool, default=False
        Apply `dropout` while the whole is trained, and reconstruct the rows without it.
    cosine_decay : bool, default=False
        Let the learning rate fall to 0 over the epochs, along a cosine.
    strain_weight : float, default=0.0
        Weight of `strain` beside the squared error: keeps the angles between rows in their codes.
    encoder_only : bool, default=False
        Minimise `strain` alone and leave the decoder as it is, which halves the time.
    augment : callable, default=None
        Changes each batch before it is encoded: (rows (batch, d), random key (2,)) -> rows.
    reconstruct_clean : bool, default=False
        Reconstruct the row as it was before `augment` changed it.
    precision : {"float32", "bfloat16"}, default="float32"
        Of the matrix products in training; weights and codes are float32.
    """

    optimizer: Optimizer
    epochs: int
    batch_size: int = 256
    layer_epochs: int = 0
    dropout: float = 0.0
    denoise: bool = False
    cosine_decay: bool = False
    strain_weight: float = 0.0
    encoder_only: bool = False
    augment: Augment | None = None
    reconstruct_clean: bool = False
    precision: Precision = "float32"


# Xie et al. 2016, section 4.3: 50,000 steps a layer and 100,000 of the whole, in epochs of MNIST's
# 70,000 rows; the rate stays 0.1 instead of falling to a tenth every 20,000 steps.
PAPER = Schedule(Sgd(0.1, 0.9), epochs=365, layer_epochs=183, dropout=0.2)
# 50 epochs of Adam: what DEC-keras (X. Guo, 2018) takes for its smaller data sets.
BRIEF = Schedule(Adam(), epochs=50)


@dataclass(frozen=True, slots=True)
class Epoch:
    """Progress of training, given to the callback after each epoch."""

    number: int  # from 1
    total: int
    loss: float
    stage: str  # "layer 2 of 4" or "whole"


OnEpoch = Callable[[Epoch], None]
