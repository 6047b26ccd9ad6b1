"""What the commands do, one function each. Prints nothing.

Everything heavy is imported where it is used: `list` and `preview` pass through here too.
"""

from photosort.pipeline.albums import (
    cache_info,
    clear_cache,
    cluster_names,
    find_album,
    open_album,
    open_cluster,
    rehearse_undo,
    undo,
)
from photosort.pipeline.looking import Looked, look, recall
from photosort.pipeline.organizing import Outcome, Proposal, members_of, organize, propose, rehearse
from photosort.pipeline.request import Progress, Request, absolute, in_full, require_photos

__all__ = [
    "Looked",
    "Outcome",
    "Progress",
    "Proposal",
    "Request",
    "absolute",
    "cache_info",
    "clear_cache",
    "cluster_names",
    "find_album",
    "in_full",
    "look",
    "members_of",
    "open_album",
    "open_cluster",
    "organize",
    "propose",
    "recall",
    "rehearse",
    "rehearse_undo",
    "require_photos",
    "undo",
]
