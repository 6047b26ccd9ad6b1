"""How much of the machine's memory one photo may take."""

import contextlib
import os
from pathlib import Path
from typing import Final

#: What a worker always has for a photo, its file included: 106 megapixels of RGB.
LEAST_BYTES: Final = 850_000_000
#: The workers together take no more than this part of the memory, unless LEAST_BYTES comes to more.
_PART: Final = 4
#: Where a container's bound is (cgroup v2, v1); Linux alone has these.
_CONTAINER_BOUNDS: Final = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def photo_bytes(workers: int) -> int:
    """Say how much memory one of `workers` processes may take for one photo."""
    return max(LEAST_BYTES, _machine_bytes() // (_PART * workers))


def _machine_bytes() -> int:
    """Count the memory of the machine, or of the container; 0 where the system does not tell."""
    bounds = []
    with contextlib.suppress(AttributeError, OSError, ValueError):  # Windows has no sysconf
        bounds.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for file in _CONTAINER_BOUNDS:
        with contextlib.suppress(OSError, ValueError):  # "max": none
            bounds.append(int(file.read_text()))
    return max(min(bounds, default=0), 0)
