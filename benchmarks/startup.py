"""What commands cost before they do anything: processor seconds of a process, children included.

    python benchmarks/startup.py [--runs 15]

Each command runs in turn with the others; the least of its runs is what other programs on the
machine have added least to.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from PIL import Image
from processes import children_seconds, home

REPO = Path(__file__).parents[1]
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "--help": ["-P", "-m", "photosort", "--help"],
    "--version": ["-P", "-m", "photosort", "--version"],
    "organize --help": ["-P", "-m", "photosort", "organize", "--help"],
    "list, an album of one photo": ["-P", "-m", "photosort", "list"],
    "organize, one known photo": ["-P", "-m", "photosort", "organize", "photos", "--quiet"],
}


def processor_seconds(arguments: list[str], folder: Path) -> float:
    """Run Python with arguments in a folder; return what it and its children used."""
    env = {**home(folder), "PYTHONPATH": str(REPO)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed photosort has its bytecode
    before = children_seconds()
    command = [sys.executable, *arguments]
    subprocess.run(command, env=env, cwd=folder, capture_output=True, check=True)
    return children_seconds() - before


def main() -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    taken = defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "photos").mkdir()
        Image.effect_mandelbrot((96, 96), (-2, -1.5, 1, 1.5), 30).save(folder / "photos" / "a.png")
        processor_seconds(COMMANDS["organize, one known photo"], folder)
        for _ in range(runs):
            for command, arguments in COMMANDS.items():
                taken[command].append(processor_seconds(arguments, folder))
    print("| command | processor seconds, least | median |\n|---|---|---|")
    for command, seconds in taken.items():
        print(f"| {command} | {min(seconds):.3f} | {statistics.median(seconds):.3f} |")


if __name__ == "__main__":
    main()
