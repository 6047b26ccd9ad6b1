"""What is installed: the wheel carries weights and samples and works outside the repository."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import REPO


@pytest.mark.slow
def test_a_built_wheel_organizes_and_benches_outside_the_repository(tmp_path: Path) -> None:
    """Built, installed elsewhere without the checkout, it sorts its own samples and benches."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path / "dist", REPO],
        check=True,
    )
    (wheel,) = (tmp_path / "dist").glob("photosort_dec-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.startswith("photosort/models/") for name in names)
    assert sum(name.startswith("photosort/sample_photos/") for name in names) >= 48
    site = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", site, wheel],
        check=True,
    )
    env = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}
    for arguments in (
        ["organize", str(site / "photosort" / "sample_photos"), "-k", "6", "-o", "album"],
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
