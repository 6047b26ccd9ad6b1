"""The child processes of a test, read from the system: nothing is collected by looking."""

import os
import subprocess


def children(parent: int | None = None) -> list[int]:
    """List the ids of the children of a process (by default this one), zombies included."""
    with subprocess.Popen(
        ["ps", "-A", "-o", "pid=,ppid="], stdout=subprocess.PIPE, text=True
    ) as listing:
        rows = [line.split() for line in listing.communicate()[0].splitlines()]
    wanted = str(os.getpid() if parent is None else parent)
    return [int(pid) for pid, its in rows if its == wanted and int(pid) != listing.pid]
