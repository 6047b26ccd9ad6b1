"""What the user reads: results as rich tables or JSON on stdout, progress and errors on stderr.

rich is half of what `photosort --help` would import: a module of this room is imported when one of
its functions is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from photosort.report.as_json import (
        album_json,
        cache_json,
        comparison_json,
        outcome_json,
        relinked_json,
        undone_json,
    )
    from photosort.report.console import fail, line, print_json, printable
    from photosort.report.contents import (
        contents_json,
        found_json,
        show_album,
        show_folder,
        show_found,
        show_rows,
    )
    from photosort.report.corrections import (
        corrected_json,
        corrections_json,
        show_corrected,
        show_corrections,
    )
    from photosort.report.networks import (
        checked_json,
        networks_json,
        show_checked,
        show_networks,
    )
    from photosort.report.results import (
        left_out,
        on_tick,
        remote_json,
        show_cache,
        show_comparison,
        show_outcome,
        show_relinked,
        show_remote,
        show_undone,
    )
    from photosort.report.review import (
        reviewed_json,
        show_findings,
        show_reviewed,
        show_trash_commands,
    )
    from photosort.report.stages import Quiet, progress
    from photosort.report.watch import WatchReport

__all__ = [
    "Quiet",
    "WatchReport",
    "album_json",
    "cache_json",
    "checked_json",
    "comparison_json",
    "contents_json",
    "corrected_json",
    "corrections_json",
    "embedded_json",
    "fail",
    "found_json",
    "left_out",
    "line",
    "networks_json",
    "on_tick",
    "outcome_json",
    "print_json",
    "printable",
    "progress",
    "relinked_json",
    "remote_json",
    "reviewed_json",
    "show_album",
    "show_cache",
    "show_checked",
    "show_comparison",
    "show_corrected",
    "show_corrections",
    "show_findings",
    "show_folder",
    "show_found",
    "show_networks",
    "show_outcome",
    "show_relinked",
    "show_remote",
    "show_reviewed",
    "show_rows",
    "show_trash_commands",
    "show_undone",
    "undone_json",
]

MODULES = (
    "console",
    "as_json",
    "stages",
    "results",
    "review",
    "corrections",
    "contents",
    "networks",
    "watch",
)


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562; the types are those of the imports above
    """Find one of the functions of this room, in the first of its modules that has it."""
    if name in __all__:
        for module in map(import_module, (f"{__name__}.{module}" for module in MODULES)):
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
