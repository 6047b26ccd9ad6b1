"""The environment of a container, a cron job, another country: no home, another encoding."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.conftest import REPO, snapshot
from tests.test_bad_input import only_line, run_apart
from tests.test_cli import User, paint

posix = pytest.mark.skipif(os.name != "posix", reason="locales and homes of POSIX")
NAMES = ("żaba.jpg".encode(), b"caf\xe9.jpg", "日本 😀.jpg".encode(), b"plain.jpg")


@pytest.fixture
def named(tmp_path: Path) -> Path:
    """Make a folder of one photo under four names, two of which are no Latin-1 or no UTF-8."""
    folder = tmp_path / "photos"
    first = paint(folder / "first.jpg", hue=77)
    for name in NAMES:
        shutil.copy2(first, folder / os.fsdecode(name))
    first.unlink()
    return folder


@pytest.fixture(scope="module")
def locales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile a locale of another encoding; skip where that is not possible."""
    folder = tmp_path_factory.mktemp("locales")
    make = shutil.which("localedef")
    if make is None:
        pytest.skip("localedef is not installed")
    command = [make, "-i", "en_US", "-f", "ISO-8859-1", str(folder / "en_US.ISO-8859-1")]
    subprocess.run(command, capture_output=True, check=False)  # it warns, with exit status 1
    if not (folder / "en_US.ISO-8859-1").is_dir():
        pytest.skip("localedef has no source of en_US")
    return folder


LATIN = {"LC_ALL": "en_US.ISO-8859-1"}
UTF8 = {"LC_ALL": "C.UTF-8"}


@pytest.mark.slow
@posix
@pytest.mark.parametrize(
    ("made_in", "used_in"),
    [(UTF8, LATIN), (LATIN, UTF8), (UTF8, {"LC_ALL": "C", "PYTHONUTF8": "0"})],
)
def test_an_album_of_one_locale_is_used_in_another(
    named: Path, tmp_path: Path, locales: Path, made_in: dict[str, str], used_in: dict[str, str]
) -> None:
    """Names are bytes: the same album, the same JSON, in UTF-8, ISO-8859-1 and ASCII."""
    user = User(tmp_path / "home")
    path = {"LOCPATH": str(locales)}
    before = snapshot(named)
    done = run_apart(user, "organize", named, "--model", "lite0", "--quiet", env=made_in | path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    entries = snapshot(named.with_name("photos-photosort"))
    printed = [
        run_apart(user, "list", "--json", env=env | path).stdout for env in (made_in, used_in)
    ]
    assert printed[0] == printed[1]
    paths = {os.fsencode(p["path"]) for c in json.loads(printed[0])["folders"] for p in c["photos"]}
    assert paths == {os.fsencode(named) + b"/" + name for name in NAMES}
    for args in (["preview", "1"], ["organize", named, "--update", "--quiet"], ["undo"]):
        done = run_apart(user, *args, env=used_in | path, text=False)
        assert (done.returncode, done.stderr) == (0, b""), args
        if args[0] == "organize":
            assert snapshot(named.with_name("photos-photosort")).keys() == entries.keys()
    assert not named.with_name("photos-photosort").exists()
    assert snapshot(named) == before


@posix
def test_text_is_printed_in_the_encoding_of_the_locale(
    named: Path, tmp_path: Path, locales: Path
) -> None:
    """A Latin-1 terminal gets Latin-1; what it has no letter for is spelt out."""
    user = User(tmp_path / "home")
    assert user.run("organize", named, "--model", "lite0").returncode == 0
    (named / "é.jpg").touch()
    assert user.run("rename", "1", "Café 日本").returncode == 0
    env = LATIN | {"LOCPATH": str(locales)}
    assert b" Caf\xe9 \\u65e5\\u672c " in run_apart(user, "list", env=env, text=False).stdout


@posix
def test_a_word_is_read_in_the_encoding_of_the_locale(tmp_path: Path, locales: Path) -> None:
    """A title typed in Latin-1 is that title; a word that is no text is shown, spelt out."""
    user, typed = User(tmp_path / "home"), os.fsdecode(b"Caf\xe9")
    source = paint(tmp_path / "photos" / "one.jpg", hue=7).parent
    assert user.run("organize", source, "--by", "time").returncode == 0
    (name,) = (
        p.name
        for p in (tmp_path / "photos-photosort").iterdir()
        if p.name[0].isalnum() and p.is_dir()
    )
    env = LATIN | {"LOCPATH": str(locales)}
    assert run_apart(user, "rename", name, typed, env=env, text=False).returncode == 0
    assert "Café" in user.run("list").stdout
    assert run_apart(user, "preview", typed, env=env, text=False).returncode == 0
    refused = run_apart(user, "preview", typed, env=UTF8)
    assert refused.returncode == 1
    assert "caf\\udce9" in refused.stderr.casefold()


# ------------------------------------------------------------------------------- no home


def without_home(user: User, *args: str | Path, **variables: str):
    """Run as a user whose environment has these variables alone of those that name a home."""
    env = {
        k: v for k, v in user.env.items() if k not in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")
    }
    return subprocess.run(
        user.command(*args),
        env=env | variables, cwd=REPO, capture_output=True, text=True, check=False,
    )  # fmt: skip


ODD_HOMES = ("", "relative/home", "/dev/null", "/proc/nowhere")


@posix
@pytest.mark.parametrize("home", ODD_HOMES)
def test_a_home_that_holds_no_cache_is_named_with_the_remedy(tmp_path: Path, home: str) -> None:
    """HOME empty, relative, a file, not to be made: one line that says what to set, no traceback.

    An empty one counts as none: then the home of the password file is used, where there is one.
    """
    user = User(tmp_path / "home")
    paint(tmp_path / "photos" / "one.jpg", hue=9)
    before = set(tmp_path.iterdir()) | set(REPO.iterdir())
    for args in (["organize", tmp_path / "photos", "--quiet"], ["cache", "info"]):
        if not Path(home).is_absolute():
            continue
        line = only_line(without_home(user, *args, HOME=home))
        assert "set XDG_CACHE_HOME to a folder you can write to" in line
    done = without_home(user, "--install-completion", "bash", HOME=home or "relative")
    assert "HOME" in only_line(done)
    assert set(tmp_path.iterdir()) | set(REPO.iterdir()) == before


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("setpriv") is None or not hasattr(os, "geteuid") or os.geteuid() != 0,
    reason="only root can become a user that is in no password file",
)
def test_a_user_without_a_home_or_an_entry_in_the_password_file() -> None:
    """`docker run --user 12345`: one line names the variables; with one of them set, all works."""
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others
        folder = Path(name)
        folder.chmod(0o777)
        assert_one_variable_is_enough(folder)


def assert_one_variable_is_enough(folder: Path) -> None:
    user = User(folder / "home")
    paint(folder / "photos" / "one.jpg", hue=9)
    caps = "+dac_read_search"  # Python may lie below root's own home
    become = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups"]
    become += [f"--inh-caps={caps}", f"--ambient-caps={caps}"]

    def run(*args: str | Path, **variables: str) -> subprocess.CompletedProcess:
        env = {k: v for k, v in os.environ.items() if k != "HOME" and k[:4] != "XDG_"}
        env["PYTHONPATH"] = str(REPO)
        return subprocess.run(
            [*become, *user.command(*args)],
            env=env | variables, cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip

    remedy = "set HOME or XDG_CACHE_HOME to a folder you can write to"
    for args in (["organize", folder / "photos", "--quiet"], ["cache", "info"], ["cache", "clear"]):
        assert only_line(run(*args)).endswith(remedy)
    assert only_line(run("list")).endswith(
        "set HOME or XDG_STATE_HOME to a folder you can write to, or pass --album"
    )
    assert "HOME" in only_line(run("--install-completion", "bash"))
    assert run("--help").returncode == 0
    cache = {"XDG_CACHE_HOME": str(folder / "cache")}
    done = run("organize", folder / "photos", "--model", "lite0", **cache)
    assert done.returncode == 0, done.stderr
    assert "not noted as the last album; name it, as in photosort list --album" in done.stderr
    album = folder / "photos-photosort"
    assert run("undo", "--album", album).returncode == 0
    assert not album.exists()
