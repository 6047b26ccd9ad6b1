"""What is installed: sdist and wheel carry weights, samples and licences, and work elsewhere."""

import email
import os
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from pathlib import Path

import pytest

from tests.conftest import REPO
from tests.test_samples import read_table

pytestmark = pytest.mark.slow

LICENCE_FILES = {
    "LICENSE",
    "models/README.md",
    "models/mnist/LICENSE",
    "photosort/views/LICENSE-Unicode.txt",
    "sample_photos/README.md",
    "sample_photos/.licences/GPL-2.0.txt",
    "sample_photos/.licences/GPL-3.0.txt",
    "sample_photos/.licences/LGPL-3.0.txt",
}


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


def test_the_wheel_holds_weights_and_samples(wheel: Path) -> None:
    """models/ and sample_photos/, at the top of the repository, lie inside the package."""
    held = set(zipfile.ZipFile(wheel).namelist())
    assert files_of("photosort") <= held
    for folder in ("models", "sample_photos"):
        assert {f"photosort/{name}" for name in files_of(folder)} <= held
    tops = {name.partition("/")[0] for name in held}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"photosort"}


def metadata(wheel: Path) -> Message:
    archive = zipfile.ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    return email.message_from_bytes(archive.read(name))


def test_the_metadata_names_every_licence(wheel: Path) -> None:
    """The licence expression covers code, class names, digits and samples; the texts travel."""
    told = metadata(wheel)
    licences = set(told["License-Expression"].split(" AND "))
    assert licences >= {
        "Apache-2.0",
        "MIT",
        "CC-BY-SA-3.0",
        "Unicode-3.0",
        *(row.licence for row in read_table()),
    }
    assert set(told.get_all("License-File")) == LICENCE_FILES
    held = zipfile.ZipFile(wheel).namelist()
    for name in LICENCE_FILES:
        assert any(one.endswith(f".dist-info/licenses/{name}") for one in held), name


def test_the_metadata_is_what_the_readme_promises(wheel: Path) -> None:
    """Name, Python versions and the command."""
    told = metadata(wheel)
    assert told["Name"] == "photosort-dec"
    assert set(told["Requires-Python"].split(",")) == {">=3.11", "<3.14"}
    archive = zipfile.ZipFile(wheel)
    (points,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
    assert b"photosort = photosort.__main__:main" in archive.read(points)


def test_a_built_wheel_organizes_and_benches_outside_the_repository(
    wheel: Path, tmp_path: Path
) -> None:
    """Installed elsewhere without the checkout, it sorts its own samples, shows them, benches."""
    site = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", site, wheel],
        check=True,
    )
    env = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}
    for arguments in (
        ["organize", str(site / "photosort" / "sample_photos"), "-k", "6", "-o", "album"],
        ["list"],
        ["preview", "cluster-1"],
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
