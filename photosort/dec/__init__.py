"""Deep embedded clustering: a scikit-learn estimator, the algorithm under it, and its autoencoder.

A library of its own: it knows nothing of photos and imports nothing of photosort but its error.
TensorFlow and scikit-learn are imported when a name of this package is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from photosort.dec.autoencoder import Autoencoder
    from photosort.dec.dec import DivergedError, Refined, Refinement, refine
    from photosort.dec.equations import kl_divergence, soft_assignment, target_distribution
    from photosort.dec.estimator import DEC
    from photosort.dec.network import Network
    from photosort.dec.schedule import PAPER, Schedule
    from photosort.dec.training import Adam, Sgd

_MODULES = {
    "DEC": "estimator",
    "Autoencoder": "autoencoder",
    "Network": "network",
    "PAPER": "schedule",
    "Schedule": "schedule",
    "Adam": "training",
    "Sgd": "training",
    "DivergedError": "dec",
    "Refined": "dec",
    "Refinement": "dec",
    "kl_divergence": "equations",
    "refine": "dec",
    "soft_assignment": "equations",
    "target_distribution": "equations",
}
__all__ = [
    "DEC",
    "PAPER",
    "Adam",
    "Autoencoder",
    "DivergedError",
    "Network",
    "Refined",
    "Refinement",
    "Schedule",
    "Sgd",
    "kl_divergence",
    "refine",
    "soft_assignment",
    "target_distribution",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attribute may be anything
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
