"""One room writes: by the text of every module, and by what Python itself reports of a real run."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from photosort.photos import paths
from tests.albums import make_sources
from tests.conftest import REPO, snapshot
from tests.purity import changes, code_loaders

PACKAGE = REPO / "photosort"
WRITER = "album/disk.py"

# Every other place that changes a disk, with the reason why it may: (module, function): reason.
EXCEPTIONS = {
    ("catalog/opening.py", "_make_private"): "makes the catalog in the user's cache, O_EXCL",
    ("catalog/opening.py", "_check_private"): "makes a catalog 0600 again, checked to be no link",
    ("catalog/opening.py", "connect"): "SQLite writes the catalog in the user's cache",
    ("catalog/clearing.py", "_empty"): "`cache clear` empties the catalog in the user's cache",
    ("catalog/clearing.py", "_remove"): "`cache clear` removes a damaged catalog there",
    ("bench/output.py", "reserve"): "makes the folder of a comparison",
    ("bench/output.py", "_next"): "makes the folder of a comparison",
    ("bench/output.py", "write"): "writes into the folder of a comparison, which was new or empty",
    ("bench/output.py", "_write_json"): "writes into the folder of a comparison",
    ("bench/output.py", "_write_log"): "writes into the folder of a comparison",
    ("bench/plots.py", "draw"): "writes into the folder of a comparison",
    ("dec/arrays.py", "write_arrays"): "scripts in models/ and callers save weights",
    ("embed/process.py", "_start"): "starts photosort's own worker",
    ("embed/worker.py", "_silence_stderr"): "opens the null device",
    ("look/sheet.py", "encoded"): "encodes into memory",
    ("look/gallery.py", "_write"): "makes the gallery's folder, removes files listed as its own",
    ("look/gallery.py", "sprite_sheet"): "encodes into memory",
    ("look/gallery.py", "_put"): "writes a file of the gallery's folder",
    ("look/gallery.py", "_note"): "writes the gallery's list of its files",
    ("photos/paths.py", "open_to_read"): "opens photos; tested below to be for reading",
    ("photos/thumbnails.py", "_encode"): "encodes into memory",
    ("report/logs.py", "to_file"): "writes the log that --log-file names",
    ("report/thumbnails.py", "answers"): "asks the terminal what it is",
    ("report/logs.py", "_opened"): "makes the log that --log-file names, O_EXCL, or adds to one",
    ("scale/places.py", "write"): "makes folders of the store that --to names",
    ("scale/places.py", "_write_local"): "writes a file of that store, O_EXCL, and renames it",
    ("scale/store.py", "photos_of"): "opens a shard to read some of its columns",
    ("scale/batch.py", "_fetch"): "makes a temporary folder",
    ("scale/batch.py", "_copy"): "writes a photo of an object store into that folder",
    ("scale/batch.py", "_on_this_machine"): "removes that copy",
    ("serve/originals.py", "as_jpeg"): "encodes into memory",
    ("startup.py", "use_utf8"): "starts this very command again, in Python's UTF-8 mode",
    ("startup.py", "open_standard_descriptors"): "opens the null device",
    ("startup.py", "_discard"): "opens the null device",
}


def modules() -> dict[str, str]:
    return {
        path.relative_to(PACKAGE).as_posix(): path.read_text("utf-8")
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def test_only_one_module_changes_the_users_disk() -> None:
    """Outside album/disk.py nothing changes a disk, but for listed places; none is listed idly."""
    found = {
        (module, one.function): one
        for module, source in modules().items()
        if module != WRITER
        for one in changes(source)
    }
    assert {place: one for place, one in found.items() if place not in EXCEPTIONS} == {}
    assert EXCEPTIONS.keys() - found.keys() == set()
    assert changes(modules()[WRITER]) != []


def test_only_the_album_uses_the_writer() -> None:
    """No module outside album/ can ask disk.py for a change."""
    for module, source in modules().items():
        names = [
            f"{getattr(node, 'module', '')}.{alias.name}"
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        ]
        uses = any("album.disk" in name for name in names)
        assert not uses or module.startswith("album/"), module


def test_nothing_read_is_run() -> None:
    """No pickle, no eval; arrays and models are loaded as plain data."""
    assert {module: code_loaders(source) for module, source in modules().items()} == {
        module: [] for module in modules()
    }


def test_the_scan_opens_for_reading() -> None:
    """The one `os.open` of photos whose flags stand elsewhere."""
    assert paths.OPEN_FLAGS & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC) == 0


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import os\nos.remove(p)", "os.remove"),
        ("import os as o\no.unlink(p)", "os.unlink"),
        ("from os import rename as rn\nrn(a, b)", "os.rename"),
        ("import os\nlist(map(os.rmdir, paths))", "os.rmdir"),
        ("import os\ngetattr(os, 'utime')(p)", "getattr"),
        ("import os\ngetattr(os, name)(p)", "getattr"),
        ("import os\nos.open(p, os.O_RDWR)", "os.open"),
        ("import os\nos.open(p, flags)", "os.open"),
        ("import os\nos.open(p)", "os.open"),
        ("import os\nos.truncate(p, 0)", "os.truncate"),
        ("import os\nos.system('rm x')", "os.system"),
        ("import os\nos.link(a, b); os.symlink", "os.link"),
        ("import shutil\nshutil.rmtree(p)", "shutil.rmtree"),
        ("import ctypes\nctypes.CDLL(None).rename(a, b)", "ctypes.CDLL"),
        ("from shutil import move\nmove(a, b)", "shutil.move"),
        ("import subprocess\nsubprocess.run(x)", "subprocess.run"),
        ("import sqlite3\nsqlite3.connect(p)", "sqlite3.connect"),
        ("p.unlink()", ".unlink"),
        ("stack.callback(p.unlink)", ".unlink"),
        ("Path(p).write_text('')", ".write_text"),
        ("p.touch()", ".touch"),
        ("p.rename(q)", ".rename"),
        ("p.replace(q)", ".replace"),
        ("p.chmod(0)", ".chmod"),
        ("p.symlink_to(q)", ".symlink_to"),
        ("p.mkdir()", ".mkdir"),
        ("open(p, 'w')", "open"),
        ("open(p, mode='r+')", "open"),
        ("open(p, mode)", "open"),
        ("open(p, 'xb')", "open"),
        ("import io\nio.open(p, 'ab')", "io.open"),
        ("p.open('wb')", ".open"),
        ("p.open(mode='a')", ".open"),
        ("import numpy as np\nnp.save(p, a)", "numpy.save"),
        ("image.save(p)", ".save"),
        ("figure.savefig(p)", ".savefig"),
    ],
)
def test_the_search_finds_what_changes_a_disk(source: str, name: str) -> None:
    """Every kind of change is found, under an alias, as a reference, in a function."""
    assert name in {one.name for one in changes(source)}
    inner = "def act():\n" + "\n".join(f"    {line}" for line in source.splitlines())
    assert ("act", name) in {(one.function, one.name) for one in changes(inner)}


@pytest.mark.parametrize(
    "source",
    [
        "open(p)", "open(p, 'rb')", "p.open()", "p.open('rb')", "p.open(encoding='utf-8')",
        "import os\nos.open(p, os.O_RDONLY | os.O_NONBLOCK)", "import os\nos.stat(p), os.access(p)",
        "text.replace('a', 'b')", "from dataclasses import replace\nreplace(x, y=1)",
        "import os\ngetattr(os, 'O_BINARY', 0)", "import subprocess\nsubprocess.PIPE",
        "remove = 3\nunlink(remove)",
    ],
)  # fmt: skip
def test_the_search_leaves_reading_alone(source: str) -> None:
    """What only reads, and what only sounds alike, is not found."""
    assert changes(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle\npickle.load(f)", "from pickle import loads\nloads(b)", "eval(text)",
        "import numpy as np\nnp.load(p, allow_pickle=True)", "import joblib\njoblib.load(p)",
        "import keras\nkeras.models.load_model(p)", "exec(code)",
        "from keras.models import load_model\nload_model(p, safe_mode=False)",
    ],
)  # fmt: skip
def test_the_search_finds_what_runs_code(source: str) -> None:
    """Pickles in every disguise, eval, models that are not loaded in safe mode."""
    assert code_loaders(source) != []


def test_the_search_knows_safe_loading() -> None:
    """Plain arrays and models in safe mode are fine."""
    assert code_loaders("import numpy as np\nnp.load(p, allow_pickle=False); np.load(p)") == []
    assert code_loaders("import keras\nkeras.models.load_model(p, safe_mode=True)") == []


WATCH = """
import os, sys
CHANGES = {"os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir",
           "os.symlink", "os.truncate", "os.utime", "os.setxattr", "os.removexattr"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
log = os.open(os.environ["WATCH_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
def hook(event, args):
    if event == "open":
        path, mode, flags = args
        if isinstance(path, int) or not (flags & WRITING):
            return
        paths = [path]
    elif event in CHANGES:
        paths = [a for a in args[:2] if isinstance(a, (str, bytes))]
        if event in ("os.link", "os.symlink"):
            paths = paths[1:]
    else:
        return
    for path in paths:
        os.write(log, f"{event} {os.path.abspath(os.fsdecode(path))}\\n".encode("utf-8", "replace"))
sys.addaudithook(hook)
"""


def watched(home: Path, *args: str | Path) -> set[Path]:
    """Run photosort, workers and all, and return every path that Python was asked to change."""
    (home / "sitecustomize.py").write_text(WATCH)
    log = home / "changes.log"
    done = subprocess.run(
        [sys.executable, "-B", "-m", "photosort", *map(str, args)],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(home), str(REPO))),
            "WATCH_LOG": str(log),
            "TMPDIR": str(home / "tmp"),
        },
        capture_output=True, text=True, check=False, cwd=home,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    changed = {Path(line.partition(" ")[2]) for line in log.read_text().splitlines()}
    log.unlink()
    return changed


@pytest.mark.slow
def test_a_real_run_asks_for_changes_in_its_own_places_only(tmp_path: Path, own_home: Path) -> None:
    """organize, list, undo: every change any process asks for lies in the album, cache or state.

    The watcher sees what Python opens for writing and changes, in the workers too; nothing in the
    source is even asked for.
    """
    source = tmp_path / "photos"
    source.mkdir()
    for name in ("IMG_2041.jpg", "IMG_2043.jpg"):
        (source / name).write_bytes((REPO / "sample_photos" / name).read_bytes())
    make_sources(source, "xy")  # named .jpg, but no photos
    (tmp_path / "tmp").mkdir()
    before = snapshot(source)
    out = tmp_path / "photos-photosort"
    places = (out, own_home / "cache", own_home / "state", tmp_path / "tmp", Path("/dev"))
    seen = 0
    for args in (
        ("organize", source, "-k", "1"),
        ("organize", source, "-k", "1", "--link", "copy"),
        ("list",),
        ("undo",),
        ("undo", "--dry-run"),
        ("undo",),
    ):
        for path in watched(tmp_path, *args):
            seen += path.is_relative_to(out)
            assert any(path.is_relative_to(place) for place in places), (args, path)
    assert seen > 20
    assert snapshot(source) == before
    assert not out.exists()
    json.loads((own_home / "state" / "photosort" / "last-album.json").read_text())
