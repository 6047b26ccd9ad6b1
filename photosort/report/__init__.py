"""What the user reads: results as rich tables or JSON on stdout, progress and errors on stderr."""

from photosort.report.as_json import (
    album_json,
    cache_json,
    comparison_json,
    folder_json,
    outcome_json,
    relinked_json,
    undone_json,
)
from photosort.report.console import fail, line, print_json, printable
from photosort.report.results import (
    left_out,
    on_tick,
    show_album,
    show_cache,
    show_comparison,
    show_folder,
    show_outcome,
    show_relinked,
    show_undone,
)
from photosort.report.stages import Quiet, progress

__all__ = [
    "Quiet",
    "album_json",
    "cache_json",
    "comparison_json",
    "fail",
    "folder_json",
    "left_out",
    "line",
    "on_tick",
    "outcome_json",
    "print_json",
    "printable",
    "progress",
    "relinked_json",
    "show_album",
    "show_cache",
    "show_comparison",
    "show_folder",
    "show_outcome",
    "show_relinked",
    "show_undone",
    "undone_json",
]
