"""The child processes of a test, read from the system: nothing is collected by looking."""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.conftest import REPO


def children(parent: int | None = None) -> list[int]:
    """List the ids of the children of a process (by default this one), zombies included."""
    with subprocess.Popen(
        ["ps", "-A", "-o", "pid=,ppid="], stdout=subprocess.PIPE, text=True
    ) as listing:
        rows = [line.split() for line in listing.communicate()[0].splitlines()]
    wanted = str(os.getpid() if parent is None else parent)
    return [int(pid) for pid, its in rows if its == wanted and int(pid) != listing.pid]


OPENED = """
import os, sys
opened = set()
def note(event, given):
    if event == "open" and str(given[0]).endswith(".jpg"):
        opened.add(os.path.basename(given[0]))
sys.addaudithook(note)
from photosort.__main__ import main
try:
    main()
except SystemExit as end:
    assert not end.code
print(sorted(opened), file=sys.stderr)
"""


def opened(env: Mapping[str, str], *arguments: str | Path) -> list[str]:
    """Run a command that ends well; name the files of the kind .jpg that its process opened."""
    done = subprocess.run(
        [sys.executable, "-c", OPENED, *map(str, arguments)],
        capture_output=True, text=True, check=False, env=env, cwd=REPO,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    names: list[str] = ast.literal_eval(done.stderr.splitlines()[-1])
    return names
