"""Matrix products in bfloat16, where the processor has units for them.

Weights, their updates, losses and codes stay float32: only the factors of the products are rounded
to 8 bits of mantissa (Kalamkar et al. 2019, "A study of bfloat16 for deep learning training").
"""

from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

from photosort.dec.training import Tensor, tensorflow

Precision = Literal["float32", "bfloat16"]
Model = Any  # Keras ships no types
CPUINFO = Path("/proc/cpuinfo")
UNITS = {"amx_bf16", "avx512_bf16"}  # flags of processors that multiply bfloat16
_POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}  # Keras' names


def fastest(cpuinfo: Path = CPUINFO) -> Precision:
    """Return "bfloat16" where Linux lists a unit for it in the file `cpuinfo`, else "float32"."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        return "float32"
    flags = next((line for line in lines if line.startswith("flags")), "")
    return "bfloat16" if UNITS & set(flags.split()) else "float32"


def forward(model: Model, x: Tensor, precision: Precision) -> Tensor:
    """Apply a Keras model or layer to `x` with products in `precision`; the result is float32."""
    layers = getattr(model, "layers", [model])
    # A layer keeps its policy as an attribute: it is changed for this call and put back.
    with ExitStack() as undo:
        for layer in layers:
            undo.callback(setattr, layer, "dtype_policy", layer.dtype_policy)
            layer.dtype_policy = _POLICIES[precision]
        return tensorflow().cast(model(x), "float32")
