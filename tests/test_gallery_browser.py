"""The gallery as people see it: in a real Chromium, from disk, by mouse and by keyboard."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image

from photosort.look import gallery
from photosort.look import page as page_module
from photosort.look.gallery import write_gallery
from photosort.look.records import Exhibit, Finding, Picture, Shown
from photosort.photos.decode import decode
from photosort.photos.thumbnails import thumbnail
from tests.browser import DESKTOP, PHONE, Browser, browser, needs_browser

pytestmark = [
    needs_browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # sockets of selenium
]

EVIL = "<img src=x onerror=hacked=1></script><script>hacked=1</script>"
EVIL_NAMES = (
    "<img src=x onerror=hacked=1>.jpg", '" onload="hacked=1.jpg', "'); hacked=1; ('.jpg",
    "<svg onload=hacked=1>.jpg", "javascript:hacked=1.jpg", "${hacked=1}.jpg", "a%2fb#c?d&amp;.jpg",
)  # fmt: skip
GOA = ("Goa", "Bardez", "India")


@dataclass(frozen=True, slots=True)
class Site:
    """A gallery on disk: its page, its folder, that of its photos."""

    page: Path
    out: Path
    photos: Path


def picture(folder: Path, name: str, number: int, **more: object) -> Picture:
    """Draw a photo, one in four upright, and describe it."""
    size = (60, 80) if number % 4 == 3 else (90, 60)
    path = folder / name
    Image.new("RGB", size, ((37 * number) % 256, 90, 160)).save(path, "JPEG")
    return Picture(path, f"{number + 1:032x}", 1 - number / 100, **more)  # type: ignore[arg-type]


def small(one: Picture) -> bytes:
    return thumbnail(decode(one.path, min_side=240).image)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Write a gallery of nested folders, hostile names, dates, places, findings and a map."""
    root = tmp_path_factory.mktemp("look")
    folder = root / f"photos {EVIL_NAMES[0]} #1%20"
    folder.mkdir()
    dogs = tuple(
        picture(folder, f"DOG_{n:02}.jpg", n, taken=f"2018-05-{1 + n % 28:02}T10:11:12", place=GOA,
                position=(15.5 + n / 1000, 73.8))
        for n in range(30)
    )  # fmt: skip
    sea = tuple(
        picture(folder, f"SEA_{n:02}.jpg", 30 + n, taken=f"2019-{1 + n:02}-03", place=(EVIL, "USA"),
                position=(40.7, -74.0))
        for n in range(12)
    )  # fmt: skip
    evil = tuple(picture(folder, name, 42 + n) for n, name in enumerate(EVIL_NAMES))
    groups = (
        Shown(("2018-05 Goa", "cluster-1-dog"), "dog", dogs),
        Shown(("2018-05 Goa", "cluster-2-beach"), "beach", sea),
        Shown((EVIL,), EVIL, evil[:-1]),
        Shown(("single",), None, evil[-1:]),
    )
    findings = (
        Finding(dogs[1].path, "duplicates", f"same as {EVIL}", dogs[0].path),
        Finding(evil[0].path, "blurred", EVIL),
    )
    count = len(dogs + sea + evil)
    layout = [((n % 7) / 7 if n < 30 else 0.9, n / count) for n in range(count)]
    out = root / "page"
    write_gallery(Exhibit(EVIL, groups, findings, layout), out, small, lambda _: None)
    return Site(out / "index.html", out, folder)


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as one:
        yield one


@pytest.fixture
def page(window: Browser, site: Site) -> Iterator[Browser]:
    """Open the gallery; afterwards: nothing hostile ran, no error, no request left the folders."""
    window.open(site.page)
    yield window
    assert window.js("return window.hacked") is None
    assert window.js("return document.querySelectorAll('img[src=x], svg[onload]').length") == 0
    assert window.outside(site.out, site.photos) == []
    assert window.logs() == []


def focused(page: Browser) -> str | None:
    """Return the number of the photo that has the focus."""
    found: str | None = page.js("return document.activeElement.dataset.photo || null")
    return found


def count(page: Browser) -> str:
    text: str = page.js("return document.getElementById('count').textContent")
    return text


def shows(page: Browser, name: str) -> None:
    """Wait until the lightbox is at a photo, as far as its caption says, and takes keys."""
    page.wait(
        "const at = document.querySelector('.pswp__caption a, .pswp__caption span');"
        f"return at && at.textContent.endsWith({json.dumps(name)})"
        " && document.activeElement.closest('.pswp')"
    )


def view(page: Browser, name: str) -> None:
    page.js("location.hash = arguments[0]", name)
    page.frame()
    page.frame()


def test_groups_are_cards_and_nested_ones_open_level_by_level(page: Browser) -> None:
    """The first page has a card a top folder; a folder of folders shows cards of its own."""
    assert page.texts(".card strong") == ["2018-05 Goa", EVIL, "single"]
    assert "42 photos" in page.texts(".card small")[0]
    page.find(".card a").click()
    page.frame()
    assert page.texts(".card strong") == ["dog", "beach"]
    page.find(".card a").click()
    page.frame()
    assert len(page.texts(".rows a")) == 30
    assert "2018-05 Goa" in page.texts(".crumbs")[0]
    page.find(".crumbs a").click()
    page.frame()
    assert len(page.texts(".card")) == 3


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("dog", 30),
        ("SEA_0", 10),
        ("beach sea_11", 1),
        ("onerror=hacked", 6),
        ("nothing like it", 0),
    ],
)
def test_search_finds_titles_and_file_names(page: Browser, words: str, found: int) -> None:
    """All words have to be in the title or in the name of a photo, in any case."""
    view(page, "photos")
    page.type("#search", words)
    page.wait(f"return document.getElementById('count').textContent.startsWith('{found} of 49')")
    page.frame()
    shown = page.js("return document.querySelectorAll('.rows a').length")
    assert shown == found
    assert (found > 0) or "No photo fits" in page.texts("main p")[0]


def test_dates_places_and_months_filter_together_and_are_cleared(page: Browser) -> None:
    """What is typed narrows the photos; Clear shows all again."""
    page.js("""const from = document.getElementById('from'); from.value = '2018-05-20';
        from.dispatchEvent(new Event('input', {bubbles: true}));""")
    page.wait("return document.getElementById('count').textContent.startsWith('21 of')")
    page.js("""const place = document.getElementById('place'); place.value = 'India';
        place.dispatchEvent(new Event('input', {bubbles: true}));""")
    page.wait("return document.getElementById('count').textContent.startsWith('9 of')")
    page.find("button[type=reset]").click()
    page.wait("return document.getElementById('count').textContent === '49 photos'")
    assert len(page.texts("#timeline button")) == 13
    page.find("#timeline button").click()
    page.frame()
    assert count(page) == "30 of 49 photos"
    page.find("#timeline button").click()
    page.frame()
    assert count(page) == "49 photos"


def test_the_lightbox_is_worked_by_keys_alone_and_gives_the_focus_back(page: Browser) -> None:
    """Enter opens, arrows go on, the caption says what it is, Esc ends where one was left."""
    view(page, "in/2018-05%20Goa/cluster-1-dog")
    page.wait("return document.querySelector('[data-photo=\"0\"]')")
    page.js("document.querySelector('[data-photo=\"0\"]').focus()")
    page.keys("ENTER")
    page.wait("return document.activeElement.closest('.pswp')")
    shows(page, "DOG_00.jpg")
    for key, name in (("RIGHT", "DOG_01"), ("RIGHT", "DOG_02"), ("LEFT", "DOG_01")):
        page.keys(f"ARROW_{key}")
        shows(page, f"{name}.jpg")
    caption = page.texts(".pswp__caption")[0]
    assert "2018-05-02 10:11" in caption
    assert "Goa, Bardez, India" in caption
    assert "confidence 0.99" in caption
    page.wait("return [...document.querySelectorAll('.pswp__img')].some((i) => i.naturalWidth)")
    page.keys("ESCAPE")
    page.wait("return !document.querySelector('.pswp')")
    assert focused(page) == "1"


def test_hostile_photos_open_like_any_other(page: Browser) -> None:
    """Names with markup, quotes, percent signs and marks of addresses are names: each opens."""
    view(page, f"in/{quote(EVIL, safe='')}")
    page.js("document.querySelector('[data-photo=\"42\"]').click()")
    for name in EVIL_NAMES[:-1]:
        shows(page, name)
        page.wait(
            "return [...document.querySelectorAll('.pswp__item[aria-hidden=false] .pswp__img')]"
            ".some((i) => i.naturalWidth === 90 || i.naturalWidth === 60)"
        )
        page.keys("ARROW_RIGHT")
    page.keys("ESCAPE")
    page.wait("return !document.querySelector('.pswp')")
    assert page.js("return document.querySelectorAll('.pswp').length") == 0


def test_the_map_zooms_pans_and_opens_photos(page: Browser) -> None:
    """By buttons, by keys, by dragging and by the wheel; a click on a lone photo opens it."""
    view(page, "map")
    page.wait("return document.querySelector('canvas')")
    page.frame()
    seen = [page.drawn("canvas")]
    page.find(".tools button").click()
    page.frame()
    seen.append(page.drawn("canvas"))
    page.find("canvas").click()
    page.keys("ARROW_LEFT", "+")
    seen.append(page.drawn("canvas"))
    from selenium.webdriver import ActionChains

    drag = ActionChains(page.driver).click_and_hold(page.find("canvas"))
    drag.move_by_offset(80, 30).release().perform()
    page.frame()
    seen.append(page.drawn("canvas"))
    assert len(set(seen)) == len(seen), "each changes what is drawn"
    page.keys("0")
    for _ in range(14):
        if page.js("return Boolean(document.querySelector('.pswp'))"):
            break
        page.keys("ENTER")
    page.wait("return document.activeElement.closest('.pswp')")
    page.keys("ESCAPE")
    page.wait("return !document.querySelector('.pswp')")


def test_the_world_shows_land_and_where_photos_were_taken(page: Browser) -> None:
    """Two places far apart are two spots on the map; the page asks no server for it."""
    view(page, "world")
    page.wait("return document.querySelector('canvas')")
    page.frame()
    with Image.open(io.BytesIO(page.drawn("canvas"))) as image:
        assert len(image.convert("RGB").getcolors(1 << 20)) > 3


def test_what_review_found_has_a_page_of_its_own(page: Browser) -> None:
    """Reason, why and what to keep instead, each with a link to the photo."""
    view(page, "review")
    text = page.texts("main")[0]
    assert "duplicates" in text
    assert f"same as {EVIL}" in text
    assert page.texts("main td a") == ["DOG_01.jpg", EVIL_NAMES[0]]


def test_everything_is_reached_by_the_tab_key_in_order(page: Browser) -> None:
    """The first stop skips to the photos; then come views, filters, and the photos in order."""
    view(page, "photos")
    page.js("document.activeElement.blur(); scrollTo(0, 0)")
    page.js("document.querySelector('.skip').focus()")
    page.keys("ENTER")
    assert page.js("return document.activeElement.id") == "main"
    page.keys("TAB")
    assert focused(page) == "0"
    page.keys("TAB")
    assert focused(page) == "1"


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_no_violation(
    window: Browser, site: Site, size: tuple[int, int], dark: bool
) -> None:
    """Every view, and the lightbox, on a phone and on a desktop, in light and in dark."""
    found = {}
    for name in ("groups", "in/2018-05%20Goa", "photos", "map", "world", "review"):
        window.open(site.page, f"#{name}", size=size, dark=dark)
        window.frame()
        found[name] = window.violations()
        assert window.js("return document.documentElement.scrollWidth <= innerWidth"), (
            f"{name} is wider than the window"
        )
    window.open(site.page, "#photos", size=size, dark=dark)
    window.js("document.querySelector('[data-photo=\"3\"]').click()")
    window.wait("return document.activeElement.closest('.pswp')")
    found["lightbox"] = window.violations()
    assert {name: what for name, what in found.items() if what} == {}


def test_one_photo_a_panorama_and_one_that_is_gone(window: Browser, tmp_path: Path) -> None:
    """Each is shown: an album of one photo, a very wide one, the thumbnail of one out of reach."""
    folder = tmp_path / "photos"
    folder.mkdir()
    wide = folder / "wide.jpg"
    Image.new("RGB", (16_000, 400), "green").save(wide)
    gone = picture(folder, "gone.jpg", 1)
    pictures = (Picture(wide, "0" * 32), gone)

    kept = {one.path: small(one) for one in pictures}
    gone.path.unlink()

    for shown in (pictures[:1], pictures):
        out = tmp_path / f"page-{len(shown)}"
        exhibit = Exhibit("a", (Shown(("a",), None, shown),))
        write_gallery(exhibit, out, lambda one: kept[one.path], lambda _: None)
        window.open(out / "index.html", "#photos", size=PHONE)
        assert len(window.texts(".rows a")) == len(shown)
        assert window.js("return document.documentElement.scrollWidth <= innerWidth")
        window.js("document.querySelector('.rows li:last-child a').click()")
        shows(window, "wide.jpg" if len(shown) == 1 else "when this page was made)")
        window.wait(
            "return [...document.querySelectorAll('.pswp__img')].some((i) => i.naturalWidth)"
        )
        window.keys("ESCAPE")
        assert window.logs() == []


def test_a_map_of_several_sprite_sheets_shows_every_picture(
    window: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sheets are drawn one a frame; after a zoom, too, all pictures come."""
    for module in (gallery, page_module):
        monkeypatch.setattr(module, "SPRITES_A_ROW", 2)
    colors = [(r, g, b) for r in (0, 128, 255) for g in (0, 255) for b in (0, 255)]
    pictures = []
    for n, color in enumerate(colors):
        Image.new("RGB", (60, 60), color).save(tmp_path / f"{n}.png")
        pictures.append(Picture(tmp_path / f"{n}.png", f"{n:032x}"))
    layout = [(0.4 + (n % 4) / 20, 0.4 + n // 4 / 20) for n in range(len(colors))]
    exhibit = Exhibit("a", (Shown(("a",), None, tuple(pictures)),), layout=layout)
    write_gallery(exhibit, tmp_path / "page", small, lambda _: None)
    assert len(list((tmp_path / "page" / "sprites").iterdir())) == 3
    window.open(tmp_path / "page" / "index.html", "#map")
    for _ in range(2):
        window.find(".tools button").click()
        for _ in range(4):
            window.frame()
        with Image.open(io.BytesIO(window.drawn("canvas"))) as image:
            seen = {color for _, color in image.convert("RGB").getcolors(1 << 20)}
        for color in colors:
            near = (sum(abs(a - b) for a, b in zip(one, color, strict=True)) for one in seen)
            assert min(near) < 40, color
    assert window.logs() == []
