"""The served page as people use it: in a real Chromium, by mouse, by keyboard, on a phone."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from photosort.album.album_json import read_manifest
from photosort.album.folder import survey
from photosort.album.manifest import About
from photosort.album.plan import Group, Member, cluster, plan_album
from photosort.album.write import claim, write_album
from photosort.photos.records import content_hash
from tests.browser import DESKTOP, PHONE, Browser, browser, needs_browser
from tests.conftest import REPO, snapshot
from tests.serving import Process, serving

pytestmark = [
    needs_browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # sockets of selenium
]

EVIL = "<img src=x onerror=hacked=1>"


@dataclass
class Served:
    """An album of sample photos, its server, and the window that shows it."""

    server: Process
    out: Path
    source: Path
    env: dict[str, str]
    page: Browser

    def list(self) -> dict[str, int]:
        """Count the photos of each folder, as `photosort list` tells."""
        told = self.run("list", "--json")
        return {one["name"]: one["count"] for one in json.loads(told)["folders"]}

    def run(self, *arguments: str) -> str:
        """Run a command on the album in another process."""
        done = subprocess.run(
            [sys.executable, "-m", "photosort", *arguments, "--album", str(self.out)],
            env={**os.environ, **self.env},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def folder_of(self, name: str) -> str | None:
        """Say in which folder of the tree the link to a photo is."""
        found = [
            path
            for path in self.out.rglob("*")
            if path.is_symlink() and Path(os.path.realpath(path)).name == name
        ]
        assert len(found) <= 1
        return found[0].parent.name if found else None

    def told(self, words: str) -> None:
        """Wait until the page says something that begins so."""
        self.page.wait(
            f"return document.getElementById('told').textContent.startsWith({json.dumps(words)})"
        )

    def press(self, text: str, within: str = "body") -> None:
        """Click the button with this text or name."""
        found = self.page.js(
            "return [...document.querySelectorAll(arguments[1] + ' button')].filter((b) =>"
            " b.offsetParent && (b.textContent === arguments[0]"
            " || b.getAttribute('aria-label') === arguments[0]))[0]",
            text,
            within,
        )
        assert found, f"no button {text}"
        found.click()
        self.page.frame()

    def view(self, name: str) -> None:
        """Go to a view."""
        self.page.js("location.hash = arguments[0]", name)
        self.page.frame()
        self.page.frame()

    def undo(self) -> None:
        """Take the last step back in the page."""
        self.page.js("document.getElementById('undo').click()")
        self.told("Taken back")

    def focus(self, name: str) -> None:
        """Give a photo the focus."""
        self.page.js(
            "[...document.querySelectorAll('[data-photo]')].find((a) => a.title === arguments[0])"
            ".focus()",
            name,
        )

    def focused(self) -> str:
        """Name the photo that has the focus."""
        found: str = self.page.js("return document.activeElement.title")
        return found


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Process, Path, Path, dict]]:
    """Serve an album of sample photos, one under a hostile name, as organize makes it."""
    root = tmp_path_factory.mktemp("served")
    source = root / "photos"
    source.mkdir()
    for photo in sorted((REPO / "sample_photos").glob("*.jpg"))[:9]:
        shutil.copy2(photo, source)
    first = min(source.iterdir())
    shutil.copy2(first, source / f"{EVIL}.jpg")  # a copy: review finds it
    env = {"HOME": str(root), **{f"XDG_{n}_HOME": str(root / n) for n in ("CACHE", "STATE")}}
    looked = f"{sys.executable} -m photosort review {source} --dry-run -q".split()
    subprocess.run(looked, env={**os.environ, **env}, check=True)  # the catalog knows the photos
    photos = sorted(source.iterdir())
    out = root / "album"
    groups = [
        Group(
            (cluster(number, title),),
            tuple(Member(path, 0.9 - n / 50, content_hash(path).hex()) for n, path in some),
        )
        for number, (title, some) in enumerate(
            (
                ("sea", enumerate(photos[:4])),
                ("wood", enumerate(photos[4:8])),
                ("dusk", enumerate(photos[8:])),
            ),
            1,
        )
    ]
    with claim(out, [source], "symlink") as claimed:
        plan = plan_album(groups, survey(out, [source], portable=claimed.portable))
        write_album(claimed, plan, About(datetime.now(UTC), (source,)))
    with serving("--album", out, env=env) as server:
        yield server, out, source, env


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as one:
        yield one


@pytest.fixture
def served(
    window: Browser, started: tuple[Process, Path, Path, dict[str, str]]
) -> Iterator[Served]:
    """Open the page; afterwards the originals are as before and the album as well.

    Nothing hostile ran, there was no error, and no request went elsewhere.
    """
    server, out, source, env = started
    before, names = snapshot(source), {f.name for f in read_manifest(out).folders}
    window.open(server.url)
    yield Served(server, out, source, env, window)
    assert window.js("return window.hacked") is None
    assert [line for line in window.logs() if "/act - Failed to load resource" not in line] == []
    elsewhere = [u for u in window.requests() if not u.startswith((server.url, "data:"))]
    assert elsewhere == []
    assert snapshot(source) == before
    assert {f.name for f in read_manifest(out).folders} == names, "the test takes its steps back"


def names_in(served: Served, folder: str) -> list[str]:
    (found,) = (f for f in read_manifest(served.out).folders if f.name == folder)
    return sorted(photo.path.name for photo in found.photos)


def folders(served: Served) -> list[str]:
    return [folder.name for folder in read_manifest(served.out).folders]


def test_a_title_is_changed_in_place_by_keys(served: Served) -> None:
    """Enter keeps it, Escape leaves it; the folder has the name, undo gives the old one back."""
    first, *_ = folders(served)
    button = "document.querySelector('.card .acts button')"
    served.page.js(f"{button}.focus()")
    served.page.keys("ENTER")
    served.page.keys("X", "ESCAPE")
    assert folders(served)[0] == first
    assert served.page.js(f"return document.activeElement === {button}"), "the focus comes back"
    served.page.keys("ENTER")
    served.page.type(".rename input", "Über Goa & <b>x<b>")
    served.page.keys("ENTER")
    served.told(f"{first} is cluster-1-")
    assert next(iter(served.list())).startswith("cluster-1-über-goa")
    assert "Über Goa & <b>x<b>" in served.page.texts(".card strong")
    served.undo()
    assert folders(served)[0] == first


def test_a_bad_title_is_refused_where_it_is_typed(served: Served) -> None:
    """What is wrong is said, and the field keeps what was typed."""
    before = folders(served)
    served.press("Rename", ".card")
    served.page.type(".rename input", "a/b")
    served.page.keys("ENTER")
    served.told('"a/b": a title has no slashes')
    assert served.page.js("return document.activeElement.value") == "a/b"
    served.page.keys("ESCAPE")
    assert folders(served) == before


def test_photos_move_by_the_keyboard_alone(served: Served) -> None:
    """Space chooses, M asks for the cluster, Enter moves; the focus stays where it was."""
    first, second, *_ = folders(served)
    name = names_in(served, first)[0]
    served.view(f"in/{first}")
    served.focus(name)
    served.page.keys("SPACE")
    assert served.page.texts("#chosen-count") == ["1 photo chosen"]
    served.page.keys("m")
    served.page.wait("return document.querySelector('dialog[open] select')")
    served.page.keys("ENTER")
    served.told("Moved")
    assert served.folder_of(name) == second
    assert served.page.js("return document.getElementById('chosen').hidden")
    served.undo()
    assert served.folder_of(name) == first


@pytest.mark.slow
def test_several_photos_are_dragged_onto_a_cluster(served: Served) -> None:
    """Chosen ones go together; Escape and a drop beside leave all where it is, no photo opens."""
    from selenium.webdriver import ActionChains

    first, second, *_ = folders(served)
    names = names_in(served, first)[:2]
    served.view(f"in/{first}")
    for name in names:
        served.focus(name)
        served.page.keys("SPACE")
    link = served.page.js(
        "return [...document.querySelectorAll('[data-photo]')]"
        ".find((a) => a.title === arguments[0])",
        names[0],
    )

    def drag() -> ActionChains:
        chain = ActionChains(served.page.driver).click_and_hold(link)
        return chain.move_by_offset(20, 20).move_by_offset(5, 5)

    drag().perform()
    assert served.page.texts(".ghost") == ["2 photos"]
    served.page.keys("ESCAPE")
    assert served.page.texts(".ghost") == []
    ActionChains(served.page.driver).release().perform()
    drag().release().perform()
    assert served.folder_of(names[0]) == first
    drag().perform()
    target = served.page.js(
        "return [...document.querySelectorAll('#targets li')]"
        ".find((li) => li.textContent === arguments[0])",
        read_manifest(served.out).folders[1].leaf.name,
    )
    ActionChains(served.page.driver).move_to_element(target).release().perform()
    served.told("Moved")
    assert {served.folder_of(name) for name in names} == {second}
    assert not served.page.js("return Boolean(document.querySelector('.pswp'))")
    served.undo()
    assert {served.folder_of(name) for name in names} == {first}


def test_a_new_cluster_is_made_of_chosen_photos(served: Served) -> None:
    """Its title is text whatever it holds; undo takes the cluster back."""
    before = served.list()
    first = folders(served)[0]
    name = names_in(served, first)[0]
    served.view(f"in/{first}")
    served.focus(name)
    served.page.keys("SPACE")
    served.press("New cluster…")
    served.page.type("dialog input", EVIL)
    served.press("Make it")
    served.told("Made cluster-4")
    served.view("groups")
    assert EVIL in served.page.texts(".card strong")
    assert served.list() != before
    served.undo()
    assert served.list() == before


@pytest.mark.slow
def test_clusters_are_merged_and_split(served: Served) -> None:
    """In a dialog each; `photosort list` agrees, and the terminal's undo takes the merge back."""
    before = served.list()
    first, second, *_ = folders(served)
    served.view(f"in/{second}")
    served.press("Merge…", "main")
    served.press("Merge", "dialog")
    served.told("Merged")
    after = served.list()
    assert len(after) == 2
    assert after[first] == before[first] + before[second]
    served.view(f"in/{first}")
    served.press("Split…", "main")
    served.press("Split", "dialog")
    served.told("Split")
    assert len(served.list()) == 3
    served.undo()
    assert served.list() == after
    served.run("undo")
    assert served.list() == before
    served.page.js("document.getElementById('undo').click()")
    served.told("The album was changed elsewhere")


def test_a_page_that_is_behind_loses_nothing(served: Served) -> None:
    """What another process changed is shown at the next step, which is not taken; chosen stays."""
    first, _, third, *_ = folders(served)
    name = names_in(served, first)[0]
    served.view(f"in/{first}")
    served.focus(name)
    served.page.keys("SPACE")
    served.run("rename", third, "Elsewhere")
    served.page.keys("m")
    served.page.wait("return document.querySelector('dialog[open] select')")
    served.page.keys("ENTER")
    served.told("The album was changed elsewhere")
    assert served.folder_of(name) == first
    assert served.page.texts("#chosen-count") == ["1 photo chosen"]
    served.run("rename", "3", "dusk")


def test_what_review_found_is_kept_or_set_aside(served: Served) -> None:
    """Set aside takes the link away and Put back files it; what is kept is not found again."""
    served.view("review")
    (name,) = {name for name in served.page.texts("main td a") if "jpg" in name}
    served.press(f"Set aside {name}")
    served.told("Set aside")
    assert served.folder_of(name) is None
    assert (served.source / name).exists()
    assert "Set aside by you" in served.page.texts("main")[0]
    served.undo()
    assert served.folder_of(name) is not None
    served.press(f"Set aside {name}")
    served.told("Set aside")
    served.press(f"Put back {name}", "table")
    served.told("Put back 1 photo")
    assert served.folder_of(name) is not None
    served.press(f"Keep {name}")
    served.told("Kept")
    assert json.loads(served.run("review", "--dry-run", "--json", "-q"))["findings"] == []
    served.press(f"Keep no longer {name}")
    served.told("No longer kept")


def test_originals_are_shown_in_the_lightbox(served: Served) -> None:
    """The photo itself, not its thumbnail."""
    served.view("photos")
    served.page.js("document.querySelector('[data-photo]').click()")
    served.page.wait(
        "return [...document.querySelectorAll('.pswp__img')].some((i) => i.naturalWidth > 0"
        " && i.src.includes('/photo/'))"
    )
    sizes = served.page.js(
        "return [...document.querySelectorAll('.pswp__img')]"
        ".filter((i) => (i.src || '').includes('/photo/')).map((i) => i.naturalHeight)"
    )
    assert max(sizes) > 240, "higher than any thumbnail"
    served.page.keys("ESCAPE")
    served.page.wait("return !document.querySelector('.pswp')")


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_no_violation(served: Served, size: tuple[int, int], dark: bool) -> None:
    """Views, chosen photos, fields and dialogs; nothing is wider than a phone."""
    page, found = served.page, {}
    first = folders(served)[0]
    for name in ("groups", f"in/{first}", "photos", "review", "map"):
        page.open(served.server.url, f"#{name}", size=size, dark=dark)
        found[name] = page.violations()
        assert page.js("return document.documentElement.scrollWidth <= innerWidth"), name
    page.open(served.server.url, f"#in/{first}", size=size, dark=dark)
    served.press("Choose all")
    found["chosen"] = page.violations()
    served.press("Move to…")
    found["dialog"] = page.violations()
    page.keys("ESCAPE")
    served.press("Rename", "main")
    found["rename"] = page.violations()
    assert page.js("return document.documentElement.scrollWidth <= innerWidth")
    assert {name: what for name, what in found.items() if what} == {}
