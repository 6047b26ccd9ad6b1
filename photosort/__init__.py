"""Sort photos into folders of links by what is in the pictures."""

# Nothing may be imported here: `python -m photosort` comes through before the current folder is off
# the path. Type checkers take a constant of this name for true.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from photosort.dec import DEC

__version__ = "0.1.0"
__all__ = ["DEC", "__version__"]


def __getattr__(name: str) -> object:
    if name != "DEC":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from photosort.dec.estimator import DEC

    return DEC
