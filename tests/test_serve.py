"""`gallery --serve` as a program sees it: who is answered, with what, and what steps do."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from photosort.album.album_json import read_manifest
from photosort.album.folder import HOME
from photosort.album.lock import held
from photosort.album.plan import Heading, cluster
from photosort.commands import serving as commands_serving
from photosort.commands.served_steps import Asked, Done, Work, take
from photosort.commands.serving import Quiet, open_server
from photosort.look.served import photo_key
from photosort.serve import originals
from photosort.serve.guard import MOST_BYTES, SECURITY_HEADERS
from tests.albums import tree, write
from tests.conftest import REPO, snapshot
from tests.serving import ENDED, Client, serving
from tests.test_cli import User, user  # noqa: F401 (fixture)

NAMES = ("a.jpg", "b.png", "c.tif", "d.webp", "e.gif", "f.bmp")


def make_album(base: Path) -> Path:
    """Write an album of three clusters: sea (a, b, c), wood (d, e), and one without a title (f)."""
    source = base / "photos"
    source.mkdir(parents=True)
    for number, name in enumerate(NAMES):
        Image.new("RGB", (60, 40), (40 * number, 90, 120)).save(source / name)
        os.utime(source / name, ns=(10**18, 10**18 + number))
    photos = [source / name for name in NAMES]
    out = base / "out"
    write(out, [("sea", photos[:3]), ("wood", photos[3:5]), (None, photos[5:])])
    return out


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return make_album(tmp_path)


@contextmanager
def served(out: Path) -> Iterator[Client]:
    """Serve an album in a thread."""
    server, _ = open_server(out, None, Quiet())
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        client = Client(server.url)
        client.load()
        yield client
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def client(out: Path) -> Iterator[Client]:
    """Serve the album; afterwards the originals are what they were."""
    before = snapshot(out.parent / "photos")
    with served(out) as one:
        yield one
    assert snapshot(out.parent / "photos") == before


def entries(out: Path) -> dict[str, str]:
    """List the names of the photos in each folder of the tree, one text each."""
    return {
        folder.name: " ".join(sorted(path.stem for path in folder.iterdir()))
        for folder in sorted(out.iterdir())
        if folder.is_dir() and folder.name != HOME
    }


BEFORE = {"cluster-1-sea": "a b c", "cluster-2-wood": "d e", "cluster-3": "f"}


# ------------------------------------------------------------------------------ who is answered


def test_nobody_is_answered_without_the_token(client: Client) -> None:
    """Whatever is asked for: 403, and nothing is said of the album."""
    token = client.base.strip("/")
    key = client.key("a.jpg")
    for first in (
        "",
        "x",
        token[:-1],
        f"{token}x",
        token.swapcase(),
        f"%{ord(token[0]):x}{token[1:]}",
    ):
        for rest in ("", "data.js", "act", f"photo/{key}", "index.html"):
            for method in ("GET", "HEAD", "POST"):
                reply = client.ask(f"/{first}/{rest}", method, b"{}" if method == "POST" else None)
                assert reply.status == 403, (first, rest)
                assert reply.body in {b"", b"not the address of the page\n"}
    assert client.ask("/").status == 403
    assert client.ask("*").status == 403
    assert client.ask(client.url).status == 403, "no proxy"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", None, "localhost:80"])
def test_a_name_that_leads_here_is_not_enough(client: Client, host: str | None) -> None:
    """Against DNS rebinding: only this machine's own names, with the port, are answered."""
    assert client.get(headers={"Host": host}).status == 403
    assert client.get("data.js", headers={"Host": host}).status == 403


def test_localhost_is_this_machine(client: Client) -> None:
    """The page works under that name, too, steps included."""
    host = client.netloc.replace("127.0.0.1", "localhost")
    assert client.get(headers={"Host": host}).status == 200
    headers = {"Host": host, "Origin": f"http://{host}"}
    assert client.get("act", method="POST", body=b"{}", headers=headers).status == 400
    assert client.get("act", method="POST", body=b"{}", headers={"Host": host}).status == 403


def test_it_listens_on_this_machine_alone(client: Client) -> None:
    """No other address of the machine answers."""
    port = int(client.netloc.split(":")[1])
    with socket.socket() as other:
        other.settimeout(2)
        assert other.connect_ex(("127.0.0.2", port)) != 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": None}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "https://127.0.0.1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": None}, 415),
        ({"Content-Length": None}, 411),
        ({"Content-Length": "-1"}, 411),
        ({"Content-Length": "1e3"}, 411),
        ({"Transfer-Encoding": "chunked"}, 411),
        ({"Content-Length": str(MOST_BYTES + 1)}, 413),
        ({"Content-Length": "9" * 40}, 413),
    ],
)
def test_a_step_that_the_page_did_not_ask_for_is_refused(
    client: Client, out: Path, headers: dict[str, str | None], status: int
) -> None:
    """By its origin, its kind, its length; the album stays."""
    before = tree(out)
    version, photos = client.album["version"], [client.key("a.jpg")]
    asked = {"action": "move", "version": version, "photos": photos, "folders": ["cluster-2-wood"]}
    body = json.dumps(asked).encode()
    assert client.get("act", method="POST", body=body, headers=headers).status == status
    assert tree(out) == before
    assert client.get("act", method="POST", body=body).status == 200, "as the page asks"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (b"", 400), (b"{", 400), (b"\xff", 400), (b"[]", 400), (b"[" * 100_000, 400), (b"{}", 400),
        (b'{"action": []}', 400), (b'{"action": "organize"}', 400), (b'{"action": "move"}', 400),
        (b'{"action": "move", "photos": "x", "folders": ["3"]}', 400),
        (b'{"action": "move", "photos": [1], "folders": ["3"]}', 400),
        (b'{"action": "move", "photos": ["/etc/passwd"], "folders": ["3"]}', 403),
        (b'{"action": "merge", "folders": ["3"]}', 400),
        (b'{"action": "split", "folders": ["3"], "into": true}', 400),
        (b'{"action": "split", "folders": ["3"], "into": 1}', 400),
        (b'{"action": "rename", "folders": ["3"], "title": 3}', 400),
        (b'{"action": "undo"}', 409), (b'{"action": "undo", "version": {}}', 409),
    ],
)  # fmt: skip
def test_a_step_that_makes_no_sense_is_refused(
    client: Client, out: Path, asked: bytes, status: int
) -> None:
    """With the status that says so, and the album stays."""
    before = tree(out)
    assert client.get("act", method="POST", body=asked).status == status
    assert tree(out) == before


def test_a_body_that_is_too_long_is_answered(client: Client) -> None:
    """Also where the browser has sent all of it."""
    reply = client.get("act", method="POST", body=b" " * (MOST_BYTES + 1))
    assert (reply.status, reply.headers["Connection"]) == (413, "close")


def test_methods(client: Client) -> None:
    """GET, HEAD and, for steps, POST; nothing allows another site to ask."""
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get"):
        reply = client.get("act", method=method)
        assert (reply.status, reply.headers["Allow"]) == (405, "GET, HEAD, POST")
        assert not any(name.lower().startswith("access-control") for name in reply.headers)
    assert client.get("act").status == 405
    assert client.get("data.js", method="POST", body=b"{}").status == 405
    smuggled = {"Content-Length": "3"}
    assert client.get(headers=smuggled).status == 400


def test_every_answer_has_the_headers_that_keep_it_private(client: Client) -> None:
    """Also errors; the page runs nothing that stands in it, and no address leaks from it."""
    photo = f"photo/{client.key('a.jpg')}"
    for name in ("", "data.js", "edit.js", "gallery.css", photo, "nothing", "../x", "act"):
        for method in ("GET", "HEAD", "PUT"):
            reply = client.get(name, method=method)
            assert SECURITY_HEADERS.items() <= reply.headers.items(), name
            assert "Set-Cookie" not in reply.headers
    policy = SECURITY_HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    page = client.get().body.decode()
    assert "<script>" not in page
    assert "style=" not in page


# ------------------------------------------------------------------------------ what is served


def test_nothing_but_the_page_and_the_photos_is_served(
    client: Client, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps up, encoded, absolute, doubled; a photo beside those of the album: 403, none opened."""
    beside = out.parent / "photos" / "beside.jpg"
    beside.write_bytes((out.parent / "photos" / "a.jpg").read_bytes())
    opened: list[str] = []
    monkeypatch.setattr(originals, "open_to_read", opened.append)
    path, key = str(out.parent / "photos" / "a.jpg"), client.key("a.jpg")
    tries = [
        "../etc/passwd", "../../../../etc/passwd", "photo/../../etc/passwd", "photo//etc/passwd",
        "photo/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "photo/..%5c..%5cetc", "photo/", "photo", "photo/x",
        f"photo/{path}", f"photo{path}", f"photo/{photo_key(beside)}", f"photo/{key}/",
        f"photo/{key}?x", f"photo/{key}x", f"photo/%20{key}", "album.json",
        "thumbs/../data.js", "thumbs/00/x.jpg", "sprites/99-1.webp", "sprites/../x", "//data.js",
        "index.html", ".", "..", "%00", "edit.js%00.html", "data.js/", "/data.js",
    ]  # fmt: skip
    for name in tries:
        assert client.get(name).status == 403, name
        assert client.get(name, method="HEAD").status == 403, name
    assert opened == []
    beside.unlink()


def test_the_page_is_whole(client: Client) -> None:
    """Each file that it names is there, thumbnails and sprites too; HEAD tells what GET gives."""
    page = client.get().body.decode()
    names = [part.split('"')[1] for part in page.split("src=")[1:]]
    names += [part.split('"')[1] for part in page.split('<link rel="stylesheet" href=')[1:]]
    names += [f"thumbs/{name[:2]}/{name}.jpg" for name in client.album["thumbs"]]
    names += client.album["sprites"]["files"]
    assert len(names) == 8 + 3 + 6 + 1
    for name in names:
        reply, head = client.get(name), client.get(name, method="HEAD")
        assert (reply.status, head.status, head.body) == (200, 200, b"")
        assert len(reply.body) == int(head.headers["Content-Length"]) > 0
        assert reply.headers["Content-Type"] == head.headers["Content-Type"]


def test_originals_are_served_as_they_are_or_as_jpeg(client: Client, out: Path) -> None:
    """By what their bytes say; formats that browsers lack are decoded."""
    kinds = {}
    for name in NAMES:
        reply = client.get(f"photo/{client.key(name)}")
        kinds[name] = reply.headers["Content-Type"]
        original = (out.parent / "photos" / name).read_bytes()
        if name == "c.tif":
            assert reply.body.startswith(b"\xff\xd8\xff")
        else:
            assert reply.body == original
    assert list(kinds.values()) == [
        "image/jpeg", "image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp"
    ]  # fmt: skip


def test_a_heic_photo_is_shown(tmp_path: Path) -> None:
    """Upright and as JPEG."""
    (heic,) = (REPO / "sample_photos").glob("*.HEIC")
    source = tmp_path / "photos"
    source.mkdir()
    shutil.copy2(heic, source)
    write(tmp_path / "out", [("x", [source / heic.name])])
    with originals.opened(source / heic.name) as found:
        assert found.kind == "image/jpeg"
    before = snapshot(source)
    with serving("--album", tmp_path / "out") as server:
        server.load()
        reply = server.get(f"photo/{server.key(heic.name)}")
        assert reply.headers["Content-Type"] == "image/jpeg"
        assert server.get("data.js").status == 200
    assert snapshot(source) == before


def replaced_by_nothing(path: Path, secret: Path) -> None:
    """Leave nothing in its place."""


def replaced_by_text(path: Path, secret: Path) -> None:
    path.write_bytes(secret.read_bytes())


def replaced_by_link(path: Path, secret: Path) -> None:
    path.symlink_to(secret)


def replaced_by_fifo(path: Path, secret: Path) -> None:
    os.mkfifo(path)


def replaced_by_folder(path: Path, secret: Path) -> None:
    path.mkdir()


def replaced_by_device(path: Path, secret: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    ("replace", "status"),
    [
        (replaced_by_nothing, 404), (replaced_by_text, 403), (replaced_by_link, 403),
        (replaced_by_fifo, 403), (replaced_by_folder, 403), (replaced_by_device, 403),
    ],
)  # fmt: skip
def test_what_is_no_longer_a_photo_is_not_served(
    client: Client, out: Path, replace: Callable[[Path, Path], None], status: int
) -> None:
    """Whatever lies where the photo was: no byte of it, and nothing hangs."""
    secret = out.parent / "secret.txt"
    secret.write_text("secret")
    path = out.parent / "photos" / "a.jpg"
    kept = path.rename(out.parent / "kept.jpg")
    times = path.parent.stat()
    replace(path, secret)
    reply = client.get(f"photo/{client.key('a.jpg')}")
    assert reply.status == status
    assert b"secret" not in reply.body
    if path.is_dir():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
    kept.rename(path)
    os.utime(path.parent, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_a_photo_that_was_edited_is_shown_as_it_is(client: Client, out: Path) -> None:
    """Its new bytes, as the static page does."""
    path = out.parent / "photos" / "b.png"
    before, times = path.read_bytes(), path.stat()
    Image.new("RGB", (10, 10), "red").save(path)
    assert client.get(f"photo/{client.key('b.png')}").body == path.read_bytes()
    path.write_bytes(before)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_a_browser_that_leaves_amid_a_photo_harms_nobody(client: Client, out: Path) -> None:
    """The server goes on."""
    host, port = client.netloc.split(":")
    for _ in range(5):
        with socket.create_connection((host, int(port))) as one:
            target = f"{client.base}photo/{client.key('a.jpg')}"
            one.sendall(f"GET {target} HTTP/1.1\r\nHost: {client.netloc}\r\n\r\n".encode())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert client.get().status == 200


@pytest.mark.parametrize("line", [b"\0\0\0\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"])
def test_what_is_no_request_is_refused(client: Client, line: bytes) -> None:
    """With an answer that says nothing, and the server goes on."""
    host, port = client.netloc.split(":")
    with socket.create_connection((host, int(port))) as one:
        one.sendall(line)
        answer = one.makefile("rb").read()
    assert b"Traceback" not in answer
    assert client.get().status == 200


# ------------------------------------------------------------------------------ steps


def steps(client: Client) -> dict[str, tuple[str, dict[str, object], list[str]]]:
    """Give each step as the page asks for it and as it is typed."""
    photos = [client.key("a.jpg"), client.key("b.png")]
    return {
        "move": (
            "move",
            {"photos": photos, "folders": ["cluster-2-wood"]},
            ["move", "A", "B", "2"],
        ),
        "new": ("new", {"photos": photos, "title": "Goa 2018"}, ["new", "Goa 2018", "A", "B"]),
        "merge": ("merge", {"folders": ["cluster-2-wood", "cluster-3"]}, ["merge", "2", "3"]),
        "rename": ("rename", {"folders": ["cluster-3"], "title": "Goa"}, ["rename", "3", "Goa"]),
        "aside": ("aside", {"photos": photos}, ["review", "--reject", "A", "B"]),
    }


def said(out: Path) -> dict[str, str]:
    """Show an album's tree without what differs between any two runs."""
    shown = tree(out)
    for key in ("created", "out", "sources", "photosort"):
        shown["album.json"] = json.dumps(json.loads(shown["album.json"]) | {key: None})
    return shown


@pytest.mark.parametrize("name", ["move", "new", "merge", "rename", "aside"])
def test_a_step_in_the_page_is_the_command_of_its_name(
    client: Client,
    out: Path,
    tmp_path: Path,
    user: User,  # noqa: F811
    name: str,
) -> None:
    """The album is the very same, the page has it, and undo in the page takes the step back."""
    action, asked, typed = steps(client)[name]
    before = said(out)
    photos = {"A": str(tmp_path / "photos/a.jpg"), "B": str(tmp_path / "photos/b.png")}
    typed = [photos.get(word, word) for word in typed]
    assert user.run(*typed, "--album", out).returncode == 0
    wanted = said(out)
    if name == "rename":
        assert user.run("rename", "3", "x", "--album", out).returncode == 0
    else:
        assert user.run("undo", "--album", out).returncode == 0
        assert said(out).keys() == before.keys()
    client.load()
    if name == "rename":
        asked["folders"] = [entry for entry in entries(out) if entry.startswith("cluster-3")]
    reply = client.act(action, **asked)
    assert reply.status == 200, reply.body
    without_times = [
        {path: text.partition('"made"')[0] for path, text in one.items()} | {"album.json": ""}
        for one in (said(out), wanted)
    ]
    assert without_times[0] == without_times[1]
    listed = user.json("list", "--album", out)["folders"]
    assert [one["name"] for one in listed] == [g["path"][0] for g in client.album["groups"]]
    assert client.load()["undo"] == reply.json["told"]
    assert client.act("undo").status == 200
    if name != "rename":
        assert entries(out) == BEFORE


def test_undo_takes_back_one_step_after_the_other_and_no_more(client: Client, out: Path) -> None:
    """A rename, too; what was done before the page was served stays."""
    assert client.act("undo").status == 422
    a, b = client.key("a.jpg"), client.key("b.png")
    for action, asked in (
        ("move", {"photos": [a], "folders": ["cluster-3"]}),
        ("rename", {"folders": ["cluster-3"], "title": "Goa"}),
        ("move", {"photos": [b], "folders": ["cluster-3-goa"]}),
    ):
        assert client.act(action, **asked).status == 200
    for left in (
        {"cluster-1-sea": "b c", "cluster-2-wood": "d e", "cluster-3-goa": "a f"},
        {"cluster-1-sea": "b c", "cluster-2-wood": "d e", "cluster-3": "a f"},
        BEFORE,
    ):
        assert client.act("undo").status == 200
        assert entries(out) == left
    assert client.act("undo").status == 422
    assert entries(out) == BEFORE


def test_a_step_elsewhere_ends_what_can_be_taken_back(
    client: Client,
    out: Path,
    user: User,  # noqa: F811
) -> None:
    """The page never takes back what it did not do."""
    assert client.act("rename", folders=["cluster-3"], title="Goa").status == 200
    assert user.run("move", out.parent / "photos/a.jpg", "2", "--album", out).returncode == 0
    assert client.act("undo").status == 409
    assert client.album["undo"] is None
    assert client.act("undo").status == 422
    assert entries(out) == {"cluster-1-sea": "b c", "cluster-2-wood": "a d e", "cluster-3-goa": "f"}


def test_to_keep_a_photo_is_no_step_that_undo_takes_back(client: Client, out: Path) -> None:
    """What changes no album is none, also where the album was away meanwhile; "" is no version."""
    key = client.key("a.jpg")
    assert client.act("keep", photos=[key]).status == 200
    assert client.load()["undo"] is None
    away = out.rename(out.with_name("away"))
    nameless = b'{"action": "keep", "photos": ["%s"], "version": ""}' % key.encode()
    headers = {"Content-Type": "application/json", "Origin": f"http://{client.netloc}"}
    assert client.get("act", method="POST", body=nameless, headers=headers).status in {409, 422}
    away.rename(out)
    client.load()
    assert client.act("new", photos=[key], title="x").status == 200
    assert client.act("undo").status == 200
    assert client.load()["undo"] is None
    assert client.act("undo").status == 422
    assert entries(out) == BEFORE


def test_a_change_right_after_a_step_is_not_taken_for_the_step(
    client: Client,
    out: Path,
    user: User,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another photosort that comes between a step and its answer: undo in the page does nothing."""

    def take_and_be_overtaken(asked: Asked, work: Work) -> Done:
        done = take(asked, work)
        moved = user.run("move", out.parent / "photos/b.png", "2", "--album", out)
        assert moved.returncode == 0, moved.stderr
        return done

    monkeypatch.setattr(commands_serving, "take", take_and_be_overtaken)
    assert client.act("move", photos=[client.key("a.jpg")], folders=["cluster-2"]).status == 200
    assert client.load()["undo"] is None
    assert client.act("undo").status == 422
    assert entries(out)["cluster-2-wood"] == "a b d e"


def test_a_page_that_is_behind_gets_the_album_and_changes_nothing(
    client: Client, out: Path
) -> None:
    """Two tabs: the second one's step is not taken; with the album it got, it is."""
    other = Client(client.url)
    other.load()
    asked = {"photos": [client.key("a.jpg")], "folders": ["cluster-2-wood"]}
    assert client.act("move", **asked).status == 200
    moved = entries(out)
    reply = other.act("rename", folders=["cluster-1-sea"], title="Goa")
    assert (reply.status, entries(out)) == (409, moved)
    assert "nothing was done" in reply.json["error"]
    assert other.act("rename", folders=["cluster-1-sea"], title="Goa").status == 200


def test_of_steps_at_once_one_is_taken(client: Client, out: Path) -> None:
    """One writer at a time: the others are told that the album is another one by now."""
    version, key = client.album["version"], client.key("a.jpg")

    def rename(number: int) -> int:
        asked = {"action": "new", "version": version, "photos": [key], "title": f"T{number}"}
        return client.get("act", method="POST", body=json.dumps(asked).encode()).status

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(rename, range(8)))
    assert found == [200] + [409] * 7
    assert len(entries(out)) == 4


def test_an_album_that_another_photosort_works_on_is_left_alone(client: Client, out: Path) -> None:
    """The page says so, and the step works afterwards."""
    asked = {"photos": [client.key("a.jpg")], "folders": ["cluster-2-wood"]}
    with held(out):
        reply = client.act("move", **asked)
    assert reply.status == 422
    assert "another photosort is at work" in reply.json["error"]
    assert entries(out) == BEFORE
    assert client.act("move", **asked).status == 200


def test_what_a_command_refuses_the_page_refuses(client: Client, out: Path) -> None:
    """In the same words; the album stays."""
    refused = {
        "a title has no slashes": ("rename", {"folders": ["cluster-3"], "title": "a/b"}),
        "has this title": ("rename", {"folders": ["cluster-3"], "title": "Sea"}),
        "no such folder": ("rename", {"folders": ["../out"], "title": "x"}),
        "an empty title": ("new", {"photos": [client.key("a.jpg")]}),
        "already": ("move", {"photos": [client.key("a.jpg")], "folders": ["cluster-1-sea"]}),
        "named twice": ("merge", {"folders": ["cluster-3", "3"]}),
    }
    for words, (action, asked) in refused.items():
        reply = client.act(action, **asked)
        assert reply.status == 422
        assert words in reply.json["error"]
    assert entries(out) == BEFORE


def test_hostile_titles_stay_text(client: Client, out: Path) -> None:
    """No title can end the script that tells the page of the album."""
    title = "</script><script>alert(1)</script>".replace("/", "∕")
    assert client.act("rename", folders=["cluster-3"], title=title).status == 200
    assert b"<" not in client.get("data.js").body
    assert client.load()["groups"][2]["title"] == title
    assert title.encode() not in client.get().body


def test_an_album_by_time_can_be_renamed_and_rejected_from(
    tmp_path: Path,
    user: User,  # noqa: F811
) -> None:
    """Nothing can be moved there: the page is told so, and nothing is changed."""
    source = tmp_path / "photos"
    source.mkdir()
    for number in range(3):
        Image.new("RGB", (60, 40), (40 * number, 9, 9)).save(
            source / f"2018050{number + 1}_101112.jpg"
        )
    assert user.run("organize", source, "--by", "time", "-o", tmp_path / "out").returncode == 0
    with served(tmp_path / "out") as client:
        key = client.album["keys"][0]
        assert {group["cluster"] for group in client.album["groups"]} == {None}
        reply = client.act("new", photos=[key], title="x")
        assert (reply.status, "has no clusters" in reply.json["error"]) == (422, True)
        assert client.act("rename", folders=["2018"], title="My year").status == 200
        assert client.act("aside", photos=[key]).status == 200
        assert len(client.album["names"]) == 2
        assert [one["key"] for one in client.album["aside"]] == [key]
        assert client.get(f"photo/{key}").status == 200, "set aside, and still shown"
        assert client.act("back", photos=[key]).status == 200
        assert len(client.album["names"]) == 3


def test_in_an_album_of_events_photos_stay_in_their_event(tmp_path: Path) -> None:
    """A cluster is one target in whichever event it is named; an event can be renamed, too."""
    photos = sorted((make_album(tmp_path / "x").parent / "photos").iterdir())
    goa, lisbon = Heading("event-1", "2018 Goa"), Heading("event-2", "2019 Lisbon")
    out = tmp_path / "out"
    write(out, [((goa, cluster(1, "sea")), photos[:2]), ((goa, cluster(2, "wood")), photos[2:3]),
                ((lisbon, cluster(2, "wood")), photos[3:])])  # fmt: skip
    with served(out) as client:
        assert client.album["groups"][0]["keys"] == ["event-1", "cluster-1"]
        asked = {"photos": [client.key("d.webp")], "folders": ["2018 Goa/cluster-1-sea"]}
        assert client.act("move", **asked).status == 200
        assert client.act("rename", folders=["2019 Lisbon"], title="Lisbon").status == 200
        assert client.act("rename", folders=["Lisbon/cluster-2-wood"], title="trees").status == 200
    assert {
        f.name: " ".join(p.path.stem for p in f.photos) for f in read_manifest(out).folders
    } == {
        "2018 Goa/cluster-1-sea": "a b",
        "2018 Goa/cluster-2-trees": "c",
        "Lisbon/cluster-1-sea": "d",
        "Lisbon/cluster-2-trees": "e f",
    }


def test_an_album_that_goes_away_is_told(client: Client, out: Path) -> None:
    """Each request has an answer in words, and the server goes on."""
    away = out.rename(out.with_name("away"))
    assert client.get().status == 422
    assert b"no album" in client.get().body
    assert client.act("rename", folders=["cluster-3"], title="x").status == 422
    away.rename(out)
    assert client.load()["names"] == list(NAMES)


# ------------------------------------------------------------------------------ rejecting


def test_what_is_rejected_is_left_out_from_then_on(tmp_path: Path, user: User) -> None:  # noqa: F811
    """By organize and by --update; `add` puts it back, and so does undo; its copies stay."""
    source, out = tmp_path / "photos", tmp_path / "out"
    source.mkdir()
    for number in range(4):
        Image.new("RGB", (60, 40), (40 * number, 9, 9)).save(
            source / f"2018050{number + 1}_101112.jpg"
        )
    first = min(source.iterdir())
    shutil.copy2(first, source / "20180509_101112.jpg")
    before = snapshot(source)

    def photos() -> list[str]:
        return sorted(photo.path.name for photo in read_manifest(out).photos)

    user.run("organize", source, "--by", "time", "-o", out)
    every = photos()
    done = user.json("review", "--reject", first, "--album", out)
    assert done["set_aside"] == [str(first)]
    assert photos() == every[1:]
    assert user.run("undo", "--album", out).returncode == 0
    assert photos() == every
    assert user.run("review", "--reject", first, "--album", out).returncode == 0
    assert "no such photo" not in user.refused("review", "--reject", first, "--album", out)
    for words in (["organize", "--update"], ["organize"]):
        assert user.run(*words, source, "--by", "time", "-o", out).returncode == 0
        assert photos() == every[1:]
    assert user.run("add", first, "--album", out).returncode == 0
    assert photos() == every
    assert user.run("organize", source, "--by", "time", "-o", out).returncode == 0
    assert photos() == every
    away = tmp_path / "away" / "20200101_101112.jpg"
    away.parent.mkdir()
    Image.new("RGB", (9, 9), "red").save(away)
    assert user.run("add", away, "--album", out).returncode == 0
    assert user.run("review", "--reject", away, "--album", out).returncode == 0
    assert user.run("organize", "--again", "--album", out).returncode == 0
    assert photos() == every, "also one that had been added by its name"
    assert snapshot(source) == before


def test_the_last_photos_of_an_album_are_not_rejected(out: Path, user: User) -> None:  # noqa: F811
    """There would be no album left; one line says what removes one."""
    photos = sorted((out.parent / "photos").iterdir())
    assert "photosort undo --all" in user.refused("review", "--reject", *photos, "--album", out)
    assert user.run("review", "--reject", "--album", out).returncode == 2
    assert user.run("review", "--reject", "--keep", photos[0]).returncode == 2
    assert entries(out) == BEFORE


# ------------------------------------------------------------------------------ the process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_cleanly_and_leaves_nothing(out: Path, tmp_path: Path, number: int) -> None:
    """One line each at the start and the end, exit 0; on the disk is what was there before."""
    before = snapshot(tmp_path)
    with serving("--album", out) as server:
        assert server.get().status == 200
        code, printed, complained = server.end(number)
    assert (code, printed) == (0, f"{ENDED}\n")
    assert "Traceback" not in complained
    assert snapshot(tmp_path) == before
    with pytest.raises(ConnectionRefusedError):
        server.get()


@pytest.mark.slow
def test_browsers_that_leave_are_not_worth_a_word(out: Path) -> None:
    """Before, amid and after a request, and with a body that never comes: nothing on stderr."""
    with serving("--album", out, "-q") as server:
        host, port = server.netloc.split(":")
        head = f"Host: {server.netloc}\r\nContent-Length: 9\r\n\r\n"
        for sent in (
            "",
            "GE",
            f"GET {server.base} HTTP/1.1\r\n",
            f"POST {server.base}act HTTP/1.1\r\n{head}",
        ):
            for abruptly in (True, False):
                with socket.create_connection((host, int(port))) as one:
                    one.sendall(sent.encode())
                    if abruptly:
                        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        with socket.create_connection((host, int(port))) as one:
            one.sendall(f"POST {server.base}act HTTP/1.1\r\n{head}".encode())
            assert one.makefile("rb").read().startswith(b"HTTP/1.1 403"), "an answer, then the end"
        assert server.get().status == 200
        assert server.end(signal.SIGTERM) == (0, "", "")


def test_a_step_that_is_being_taken_is_finished_first(out: Path) -> None:
    """Ctrl-C amid a step leaves the album before it or after it, and the page had an answer."""
    with serving("--album", out) as server:
        server.load()
        asked = {"photos": [server.key("a.jpg")], "folders": ["cluster-2-wood"]}
        with ThreadPoolExecutor(1) as pool:
            step = pool.submit(server.act, "move", **asked)
            time.sleep(0.02)
            code, _, _ = server.end(signal.SIGINT)
            if step.exception() is None:
                assert step.result().status == 200
    assert code == 0
    after = {"cluster-1-sea": "b c", "cluster-2-wood": "a d e", "cluster-3": "f"}
    assert entries(out) in (BEFORE, after)
    read_manifest(out)


def test_a_port_that_is_in_use_is_named(out: Path, user: User) -> None:  # noqa: F811
    """With what helps; nothing is looked at before."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = user.refused("gallery", "--serve", "--port", str(port), "--album", out)
    assert f"port {port}: Address already in use; pass another --port" in line


def test_an_album_that_is_not_there_is_named(tmp_path: Path, user: User) -> None:  # noqa: F811
    """As by every command."""
    assert "no album" in user.refused("gallery", "--serve", "--album", tmp_path)


@pytest.mark.parametrize("words", [["--serve", "--out", "x"], ["--port", "8000"], ["--port", "0"]])
def test_options_that_do_not_go_together_are_wrong_usage(
    out: Path,
    user: User,  # noqa: F811
    words: list[str],
) -> None:
    """Exit code 2."""
    assert user.run("gallery", *words, "--album", out).returncode == 2


def test_the_address_is_printed_as_json(out: Path) -> None:
    """For programs."""
    with serving("--album", out, "--port", free_port(), "--json") as server:
        assert server.told == {"url": server.url, "photos": 6}
        assert server.get().status == 200
        assert server.end(signal.SIGTERM)[:2] == (0, "")


def free_port() -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1])


def test_open_shows_the_page_once_by_an_address_that_is_no_secret(
    out: Path, tmp_path: Path
) -> None:
    """A command line can be read by others: what the browser gets leads to the page once."""
    told = tmp_path / "told"
    stub = tmp_path / "browser"
    stub.write_text(f'#!/bin/sh\nprintf %s "$1" > {told}.new\nmv {told}.new {told}\n')
    stub.chmod(stub.stat().st_mode | stat.S_IXUSR)
    with serving("--album", out, "--open", env={"BROWSER": str(stub)}) as server:
        for _ in range(500):
            if told.exists():
                break
            time.sleep(0.02)
        target = told.read_text().removeprefix(f"http://{server.netloc}")
        assert server.base.strip("/") not in target
        reply = server.ask(target)
        assert (reply.status, reply.headers["Location"]) == (303, server.base)
        assert server.ask(target).status == 403
        assert server.end(signal.SIGTERM)[0] == 0


def test_the_token_is_in_no_log(out: Path, tmp_path: Path) -> None:
    """Requests are logged without it."""
    log = tmp_path / "log"
    with serving("--album", out, "--log-file", log) as server:
        server.get("data.js")
        server.end(signal.SIGTERM)
        assert "data.js" in log.read_text()
        assert server.base.strip("/") not in log.read_text()


def test_serving_loads_no_tensorflow(out: Path) -> None:
    """Nor scikit-learn, until a step needs it."""
    code = (
        "import sys, pathlib; from photosort.commands.serving import *\n"
        f"open_server(pathlib.Path({str(out)!r}), None, Quiet())[0].server_close()\n"
        "print({'tensorflow', 'sklearn', 'keras'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPO
    )
    assert done.stdout.strip() == "set()"
