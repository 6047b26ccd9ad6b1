"""Code that lies among the photos, or in an album, is never run, whatever started photosort.

Every module of the standard library and of photosort's dependencies lies in the folder as a trap
that notes that it ran; so do the programs that libraries call.
"""

import os
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.conftest import REPO, snapshot
from tests.test_cli import User, few, paint, user  # noqa: F401 - fixtures

TRAP = "import os; open(os.environ['WITNESS'], 'a').write(__name__ + '\\n')\n"
PROGRAM_TRAP = '#!/bin/sh\necho "$0" >> "$WITNESS"\n'
PROGRAMS = ("python", "python3", "uname", "lscpu", "fc-list", "sh", "ps", "git")
# The first words of the lines of progress: nothing of TensorFlow's is among them.
OWN_WORDS = {"Scanning", "Looking:", "Recognising:", "Comparing", "Counting", "Fine-tuning:"}
OWN_WORDS |= {"Clustering:", "Reading", "Writing", "note:"}
CUSTOM = ("sitecustomize", "usercustomize", "defusedxml", "olefile", "cffi", "_pytest", "models")


def set_traps(folder: Path, besides: frozenset[str] = frozenset()) -> None:
    """Lay a trap for every module but some into `folder`, and for programs."""
    installed = {name for name in packages_distributions() if name.isidentifier()}
    names = {*sys.stdlib_module_names, *installed, *CUSTOM} - {"photosort"} - besides
    assert len(names) > 300
    for name in names:
        (folder / f"{name}.py").write_text(TRAP)
    for name in PROGRAMS:
        (folder / name).write_text(PROGRAM_TRAP)
        (folder / name).chmod(0o755)


def loaded_before(arguments: list[str], env: dict[str, str], cwd: Path) -> frozenset[str]:
    """List what Python itself imports before the first line of a program started this way."""
    program = cwd / "first_line.py"
    program.write_text("import sys; print(*sys.modules)")
    try:
        done = subprocess.run(
            [sys.executable, *arguments],
            env=env,
            cwd=cwd,
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        program.unlink()
    return frozenset(name.partition(".")[0] for name in done.stdout.split())


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """Write what pip writes as the console script; Python puts its folder first on the path."""
    script = tmp_path / "bin" / "photosort"
    script.parent.mkdir()
    script.write_text("import sys\nfrom photosort.__main__ import main\nsys.exit(main())\n")
    return [sys.executable, str(script)]


@pytest.fixture
def one(tmp_path: Path) -> Path:
    """Make a folder of one photo: organizing it trains nothing."""
    return paint(tmp_path / "photos" / "one.jpg", hue=77).parent


class Trapped:
    """Runs commands where traps lie, and looks whether one was set off."""

    def __init__(self, user: User, folder: Path, **variables: str) -> None:  # noqa: F811
        self.folder = folder
        self.witness = folder.parent / "witness"
        variables = {"PYTHONPATH": str(REPO), "WITNESS": str(self.witness), **variables}
        self.env = {**user.env, **variables}
        for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONSAFEPATH"):
            self.env.pop(name, None)

    def run(self, *command: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            command,
            env=self.env,
            cwd=cwd or self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert {line.split()[0] for line in done.stderr.splitlines()} <= OWN_WORDS, done.stderr
        ran = self.witness.read_text() if self.witness.exists() else ""
        assert not ran, ran
        return done.stdout


@pytest.mark.slow
def test_no_command_runs_code_among_the_photos(
    few: Path,  # noqa: F811
    user: User,  # noqa: F811
    command: list[str],
) -> None:
    """Every command, among the photos and in the album, as `photosort`; nothing is left there.

    Nor does a library say a word: on stderr is photosort's progress alone.
    """
    set_traps(few)
    before = snapshot(few)
    trapped = Trapped(user, few, PATH=os.pathsep.join(("", os.environ["PATH"], ".")))
    trapped.run(*command, "organize", ".", "-k", "2", "--model", "lite0")
    album = few.with_name("photos-photosort")
    set_traps(album)
    for arguments in (["list"], ["preview", "1"], ["rename", "1", "Goa"], ["cache", "info"]):
        trapped.run(*command, *arguments)
        trapped.run(*command, *arguments, "--album", ".", cwd=album) if arguments[
            0
        ] != "cache" else 0
    photo = paint(few.with_name("new.jpg"), hue=9)
    trapped.run(*command, "add", str(photo), cwd=album)
    trapped.run(*command, "organize", ".", "--update")
    trapped.run(*command, "cache", "clear", cwd=album)
    assert not list(album.rglob("__pycache__"))
    trapped.run(*command, "undo", "--all")
    assert snapshot(few) == before


@pytest.mark.parametrize(
    ("entry", "arguments"),
    [
        ("", ["organize", ".", "--model", "lite0"]),
        (".", ["cache", "info"]),
        ("sub/..", ["cache", "info"]),
    ],
)
def test_an_entry_of_pythonpath_for_here_is_left_out(
    one: Path,
    user: User,  # noqa: F811
    command: list[str],
    entry: str,
    arguments: list[str],
) -> None:
    """`PYTHONPATH=/some/where:` means here to Python; photosort and its workers search elsewhere.

    What Python imports before the first line of photosort cannot be helped, and has no trap here.
    """
    (one / "sub").mkdir()
    trapped = Trapped(user, one, PYTHONPATH=os.pathsep.join((str(REPO), entry)))
    custom = {"sitecustomize", "usercustomize"}
    set_traps(one, loaded_before(["first_line.py"], trapped.env, one) | custom)
    before = snapshot(one)
    trapped.run(*command, *arguments)
    assert snapshot(one) == before


def test_python_m_takes_the_current_folder_off_its_path(one: Path, user: User) -> None:  # noqa: F811
    """`python -m photosort` begins with the current folder first on the path, and leaves it.

    What Python imports to start a module cannot be helped (`python -P -m photosort` does), and has
    no trap here.
    """
    trapped = Trapped(user, one)
    set_traps(one, loaded_before(["-m", "first_line"], trapped.env, one))
    before = snapshot(one)
    trapped.run(sys.executable, "-m", "photosort", "organize", ".", "--model", "lite0")
    trapped.run(sys.executable, "-m", "photosort", "preview", "1")
    assert snapshot(one) == before


def test_python_p_m_runs_nothing_at_all(few: Path, user: User) -> None:  # noqa: F811
    """`python -P -m photosort`, as SECURITY.md advises: every trap set, none set off."""
    trapped = Trapped(user, few)
    set_traps(few)
    before = snapshot(few)
    told = trapped.run(sys.executable, "-P", "-m", "photosort", "cache", "info")
    assert "0 photos looked at" in told
    assert snapshot(few) == before


def test_workers_of_a_library_search_no_current_folder(few: Path, user: User) -> None:  # noqa: F811
    """A program elsewhere that embeds photos while it stands among them: no worker runs a trap."""
    set_traps(few)
    program = few.with_name("program.py")
    program.write_text(
        "from pathlib import Path\n"
        "from photosort.embed.backbone import MODELS\n"
        "from photosort.embed.workers import embed_photos\n"
        "from photosort.photos.scan import scan\n"
        "print(len(list(embed_photos(scan([Path.cwd()]).photos, MODELS['lite0'], workers=2))))\n"
    )
    before = snapshot(few)
    assert Trapped(user, few).run(sys.executable, str(program)) == "6\n"
    assert snapshot(few) == before
