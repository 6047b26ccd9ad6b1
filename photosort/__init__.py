"""Sort photos into folders of links by what is in the pictures."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from photosort.dec import DEC

__version__ = "0.1.0"
__all__ = ["DEC", "__version__"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attribute may be anything
    if name != "DEC":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from photosort.dec.estimator import DEC

    return DEC
