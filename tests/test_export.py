"""Exports: other programs can read them, and nothing is written beside a photo."""

import base64
import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

import pytest

from photosort.album.files import write_tree
from photosort.errors import PhotosortError
from tests.albums import make_sources, write
from tests.conftest import snapshot

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC = "{http://purl.org/dc/elements/1.1/}"
LR = "{http://ns.adobe.com/lightroom/1.0/}"


@pytest.fixture
def album(tmp_path: Path) -> Path:
    photos = make_sources(tmp_path / "photos" / "a & b")
    out = tmp_path / "album"
    write(out, [("dog | <cat>", photos[:2]), (None, photos[2:])])
    return out


def export(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "photosort", "export", *map(str, arguments)],
        env={**os.environ, "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_sidecar_names_the_groups_of_each_photo(album: Path, tmp_path: Path) -> None:
    """Keywords are an rdf:Bag; levels are parted by a bar that no name holds itself."""
    before = snapshot(tmp_path / "photos"), snapshot(album)
    done = export("xmp", "--album", album, "--out", tmp_path / "xmp")
    assert done.returncode == 0, done.stderr
    assert (snapshot(tmp_path / "photos"), snapshot(album)) == before
    files = {p.relative_to(tmp_path / "xmp").as_posix() for p in (tmp_path / "xmp").rglob("*.xmp")}
    inside = {"photos/a & b/", "a & b/", ""}
    assert {Path(name).name for name in files} == {f"{letter}.jpg.xmp" for letter in "abcdef"}
    assert {name.removesuffix(Path(name).name) for name in files} <= inside
    file = next((tmp_path / "xmp").rglob("a.jpg.xmp"))
    tree = ET.parse(file)
    subjects = [li.text for li in tree.find(f".//{DC}subject/{RDF}Bag")]
    levels = [li.text for li in tree.find(f".//{LR}hierarchicalSubject/{RDF}Bag")]
    assert subjects == ["dog / <cat>"]
    assert levels == ["dog / <cat>"]


@pytest.mark.parametrize("kind", ["xmp", "csv"])
def test_nothing_is_written_into_a_source_or_the_album(
    album: Path, tmp_path: Path, kind: str
) -> None:
    """Both are refused by name, by a link too, and stay as they are."""
    source = tmp_path / "photos" / "a & b"
    (tmp_path / "link").symlink_to(source)
    before = snapshot(tmp_path)
    for place in (source / "new", album / "new", tmp_path / "link" / "new"):
        done = export(kind, "--album", album, "--out", place)
        assert done.returncode == 1
        assert "--out" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert snapshot(tmp_path) == before


def test_what_is_there_is_never_replaced(album: Path, tmp_path: Path) -> None:
    """A file, and a folder that holds something."""
    (tmp_path / "table.csv").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.xmp").write_text("mine")
    before = snapshot(tmp_path)
    assert export("csv", "--album", album, "--out", tmp_path / "table.csv").returncode == 1
    assert export("xmp", "--album", album, "--out", tmp_path / "full").returncode == 1
    assert snapshot(tmp_path) == before


def test_a_name_too_long_for_a_sidecar_costs_itself(tmp_path: Path) -> None:
    """With .xmp it has more bytes than file systems hold: it is named, the others are written."""
    photos = make_sources(tmp_path / "photos")
    long = photos[0].rename(photos[0].with_name("é" * 120 + ".jpg"))
    longest = photos[1].rename(photos[1].with_name("x" * 251 + ".jpg"))
    write(tmp_path / "album", [("sea", [long, longest, *photos[2:]])])
    done = export("xmp", "--album", tmp_path / "album", "--out", tmp_path / "xmp")
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "xmp").rglob("*.xmp"))) == len(photos) - 1
    assert f"Left out 1, the name too long for a sidecar's: {longest.name}" in done.stdout


def test_sidecars_that_cannot_be_written_leave_nothing(album: Path, tmp_path: Path) -> None:
    """A tree is written whole or not at all: the same command works once the cause is mended."""
    files = {PurePosixPath("a", f"{n}.xmp"): b"x" for n in range(3)}
    with pytest.raises(PhotosortError, match="File name too long"):
        write_tree(tmp_path / "new" / "xmp", {**files, PurePosixPath("y" * 256): b"x"}, "--out")
    assert not (tmp_path / "new").exists()
    (tmp_path / "empty").mkdir()
    with pytest.raises(PhotosortError, match="File name too long"):
        write_tree(tmp_path / "empty", {**files, PurePosixPath("y" * 256): b"x"}, "--out")
    assert list((tmp_path / "empty").iterdir()) == []


def test_the_table_has_a_row_a_photo(album: Path, tmp_path: Path) -> None:
    """Path, folder and hash are those of the album; standard output and a file say the same."""
    done = export("csv", "--album", album)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [Path(row["path"]).name for row in rows] == [f"{letter}.jpg" for letter in "abcdef"]
    assert export("csv", "--album", album, "--out", tmp_path / "t.csv").returncode == 0
    assert (tmp_path / "t.csv").read_text("utf-8") == done.stdout
    assert (tmp_path / "t.csv").stat().st_mode & 0o077 == 0


class Stub(BaseHTTPRequestHandler):
    """As much of Immich's API as is used, as its OpenAPI document has it."""

    assets: ClassVar[dict[str, str]] = {}
    albums: ClassVar[dict[str, dict[str, Any]]] = {}
    key: ClassVar[str] = "secret"

    def log_message(self, *_: object) -> None:
        pass

    def body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "null")

    def answer(self, value: object, status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle_any(self) -> None:
        body = self.body()
        if self.headers.get("x-api-key") != self.key:
            self.answer({"message": "Invalid API key"}, 401)
        elif (self.command, self.path) == ("POST", "/api/assets/bulk-upload-check"):
            results = []
            for item in body["assets"]:
                known = self.assets.get(item["checksum"])
                found = {"action": "reject", "reason": "duplicate", "assetId": known}
                results.append({"id": item["id"], **(found if known else {"action": "accept"})})
            self.answer({"results": results})
        elif (self.command, self.path) == ("GET", "/api/albums"):
            self.answer(list(self.albums.values()))
        elif (self.command, self.path) == ("POST", "/api/albums"):
            made = {"id": f"album-{len(self.albums)}", "assetIds": set(), **body}
            self.albums[made["id"]] = {k: v for k, v in made.items() if k != "assetIds"}
            self.albums[made["id"]]["held"] = []
            self.answer({"id": made["id"]}, 201)
        elif self.command == "PUT":
            album = self.albums[self.path.split("/")[3]]
            album["held"] = sorted({*album["held"], *body["ids"]})
            self.answer([{"id": one, "success": True} for one in body["ids"]])
        else:
            self.answer({"message": "not found"}, 404)

    do_GET = do_POST = do_PUT = handle_any  # noqa: N815 - names of http.server


@contextmanager
def immich(photos: list[Path]) -> Iterator[str]:
    Stub.assets = {
        base64.b64encode(hashlib.sha1(photo.read_bytes()).digest()).decode(): f"asset-{photo.stem}"
        for photo in photos
    }
    Stub.albums = {"theirs": {"id": "theirs", "albumName": "dog", "description": "", "held": ["x"]}}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_immich_gets_an_album_a_folder_and_a_second_run_adds_nothing(
    album: Path, tmp_path: Path
) -> None:
    """Albums hold their photos' assets; the user's own stay; unknown photos are named."""
    photos = sorted((tmp_path / "photos" / "a & b").iterdir())
    with immich(photos[:5]) as server:
        for _ in range(2):
            done = export(
                "immich", "--album", album, "--server", server, "--json", IMMICH_API_KEY="secret"
            )
            assert done.returncode == 0, done.stderr
            told = json.loads(done.stdout)
            assert (told["albums"], told["assets"]) == (2, 5)
            assert told["unknown"] == [str(photos[5])]
    held = {name: one["held"] for name, one in Stub.albums.items()}
    assert held == {
        "theirs": ["x"],
        "album-1": ["asset-a", "asset-b"],
        "album-2": ["asset-c", "asset-d", "asset-e"],
    }


def test_immich_errors_are_one_line_with_a_remedy(album: Path) -> None:
    """A wrong key, no key, no server, no address."""
    with immich([]) as server:
        wrong = export("immich", "--album", album, "--server", server, "--key", "wrong")
        none = export("immich", "--album", album, "--server", server, IMMICH_API_KEY="")
    away = export("immich", "--album", album, "--server", server, "--key", "secret")
    odd = export("immich", "--album", album, "--server", "file:///etc", "--key", "secret")
    for done, remedy in ((wrong, "--key"), (none, "--key"), (away, "--server"), (odd, "--server")):
        assert done.returncode == 1
        assert remedy in done.stderr
        assert len(done.stderr.splitlines()) == 1
