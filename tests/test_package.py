"""What is installed: the sdist has all, the wheel what runs, small enough and with its licences."""

import email
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from pathlib import Path

import pytest

from photosort.bench.pretraining import SHIPPED
from tests.conftest import REPO

pytestmark = pytest.mark.slow

LICENCE_FILES = {
    "LICENSE",
    "models/README.md",
    "models/mnist/LICENSE",
    "photosort/look/vendor/LICENCES.txt",
    "photosort/views/LICENSE-Unicode.txt",
}
LARGEST_WHEEL = 30_000_000  # bytes


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist from the checkout, and the wheel from the sdist."""
    dist = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--outdir", dist, REPO], check=True, capture_output=True
    )
    return dist


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (wheel,) = built.glob("photosort_dec-*.whl")
    return wheel


def files_of(folder: str) -> set[str]:
    """List what git would see of a folder: nothing that Python left there."""
    every = (path for path in (REPO / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(REPO)) for path in every if "__pycache__" not in path.parts}


def test_the_sdist_holds_all_it_takes_to_go_on(built: Path) -> None:
    """Code, weights, samples, tests, documents: what the README shows and the tests read."""
    (sdist,) = built.glob("photosort_dec-*.tar.gz")
    with tarfile.open(sdist) as tar:
        held = {name.partition("/")[2] for name in tar.getnames()}
    for folder in ("photosort", "models", "sample_photos", "tests", "benchmarks", "docs"):
        assert files_of(folder) <= held
    assert {"README.md", "BENCHMARKS.md", "CHANGELOG.md", "LICENSE", "pyproject.toml"} <= held
    assert not [name for name in held if name.startswith((".git/", "bench-runs", ".venv"))]


def test_the_wheel_holds_what_runs_and_no_more(wheel: Path) -> None:
    """The package and what it reads of models/; no samples, scripts and labels; MNIST's seed 0."""
    held = set(zipfile.ZipFile(wheel).namelist())
    assert files_of("photosort") <= held
    seeds = {f"models/mnist-{kind}-0.{end}" for kind in SHIPPED.values() for end in ("npz", "json")}
    models = {
        name
        for name in files_of("models")
        if not name.endswith((".py", "_labels.txt"))
        and (not name.startswith("models/mnist-") or name in seeds)
    }
    assert seeds <= models
    inside = {name for name in held if name.startswith("photosort/models/")}
    assert inside == {f"photosort/{name}" for name in models}
    assert not [name for name in held if "sample_photos" in name]
    assert wheel.stat().st_size <= LARGEST_WHEEL
    tops = {name.partition("/")[0] for name in held}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"photosort"}


def metadata(wheel: Path) -> Message:
    archive = zipfile.ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    return email.message_from_bytes(archive.read(name))


def test_the_metadata_names_every_licence(wheel: Path) -> None:
    """The licence expression covers what is in the wheel, no more; the texts travel."""
    told = metadata(wheel)
    licences = set(told["License-Expression"].split(" AND "))
    assert licences == {"Apache-2.0", "MIT", "CC-BY-SA-3.0", "Unicode-3.0"}
    assert set(told.get_all("License-File")) == LICENCE_FILES
    held = zipfile.ZipFile(wheel).namelist()
    for name in LICENCE_FILES:
        assert any(one.endswith(f".dist-info/licenses/{name}") for one in held), name


def test_the_metadata_is_what_the_readme_promises(wheel: Path) -> None:
    """Name, authors, Python versions, systems and the command."""
    told = metadata(wheel)
    classifiers = told.get_all("Classifier")
    assert told["Author"]
    for version in ("3.11", "3.12", "3.13"):
        assert f"Programming Language :: Python :: {version}" in classifiers
    assert "Operating System :: POSIX :: Linux" in classifiers
    assert told["Name"] == "photosort-dec"
    assert set(told["Requires-Python"].split(",")) == {">=3.11", "<3.14"}
    archive = zipfile.ZipFile(wheel)
    (points,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
    assert b"photosort = photosort.__main__:main" in archive.read(points)


def test_a_built_wheel_organizes_and_benches_outside_the_repository(
    wheel: Path, tmp_path: Path
) -> None:
    """Installed elsewhere without the checkout, its commands work, with the weights it has."""
    shutil.copytree(REPO / "sample_photos", tmp_path / "photos", ignore=lambda *_: [".licences"])
    site = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", site, wheel],
        check=True,
    )
    env = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}
    for arguments in (
        ["organize", "photos", "-k", "6", "-o", "album"],
        ["list"],
        ["preview", "cluster-1"],
        ["rename", "cluster-1", "Mine"],
        ["organize", "photos", "-k", "5", "-o", "other", "--model", "lite0", "--quiet"],
        ["undo"],
        ["cache", "info"],
        ["bench", "digits", "--methods", "kmeans"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "photosort", *arguments],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "album").glob("cluster-*"))) == 6
    assert not (tmp_path / "other").exists()
    mnist = (
        "import numpy as np\n"
        "from photosort.bench import datasets\n"
        "from photosort.bench.pretraining import Pretrainer, Training\n"
        "data = datasets.load('mnist')\n"
        "pixels = np.broadcast_to(np.float32(0), (len(data), 784))\n"
        "for kind in ('published', 'graph-dec'):\n"
        "    given = Pretrainer(Training(shipped=data.weights)).get(kind, pixels, 0, 10, print)\n"
        "    assert given.origin.startswith('shipped'), given.origin\n"
    )
    command = [sys.executable, "-c", mnist]
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
