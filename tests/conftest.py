"""What the tests share: the optional fixtures folder, and proof that a folder was left alone."""

import hashlib
import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no counterexample.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# CI judges a change: it draws the same examples each time. Elsewhere they are drawn anew.
settings.register_profile("repeatable", settings.get_profile("steady"), derandomize=True)
settings.load_profile("steady")

# Shells start what they put into the background with SIGINT ignored, and every command that a test
# runs would inherit that.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

REPO = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """Find the folder of camera files and albums beside the checkout; skip where it is not."""
    folder = REPO.parent / "shared"
    if not (folder / "fixtures").is_dir():
        pytest.skip("the shared fixtures folder is not beside this checkout")
    return folder


def snapshot(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Record mode, mtime_ns and content (or link target) of all below `folder`, by path."""
    seen = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        if path.is_symlink():
            content = f"-> {path.readlink()}"
        elif path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            content = "directory"
        seen[os.fsencode(path.relative_to(folder)).hex()] = (
            status.st_mode,
            status.st_mtime_ns,
            content,
        )
    return seen


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test its own cache and state directories: the user's are never touched."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    return home
