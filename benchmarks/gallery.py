"""Measure the gallery of a large album in headless Chromium: weight, first paint, long tasks.

    python benchmarks/gallery.py 10000 50000

Each album is made up: groups of 500 photos with dates, places, positions and a map, whose
thumbnails lie in the catalog and whose originals do not exist, so that opening one would show.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from photosort.catalog import Catalog
from photosort.commands.exhibit import of_picture
from photosort.commands.thumbnails import Thumbnails
from photosort.look.gallery import write_gallery
from photosort.look.records import Exhibit, Picture, Shown
from photosort.photos.scan import Photo
from photosort.photos.thumbnails import thumbnail
from tests.browser import Browser, browser

WATCH = """
    window.tasks = [];
    new PerformanceObserver((list) => list.getEntries().forEach((e) => tasks.push(e.duration)))
        .observe({ type: "longtask", buffered: true });
"""
SCROLL = """
    const done = arguments[0], start = performance.now();
    window.tasks.length = 0;
    const step = () => {
        scrollBy(0, 120);
        if (performance.now() - start < 6000) requestAnimationFrame(step);
        else done([tasks.length ? Math.max(...tasks) : 0, scrollY]);
    };
    requestAnimationFrame(step);
"""


def made_up(count: int, source: Path, catalog: Catalog) -> Exhibit:
    """Describe `count` photos; the catalog gets a thumbnail of each, of 100 different ones."""
    rng = np.random.default_rng(0)
    small = []
    for _ in range(100):
        rough = Image.fromarray(rng.integers(0, 255, (12, 18, 3), np.uint8))
        small.append(thumbnail(rough.resize((360, 240), Image.Resampling.BICUBIC)))
    groups, layout = [], rng.random((count, 2))
    for first in range(0, count, 500):
        pictures = []
        for n in range(first, min(count, first + 500)):
            day = np.datetime64("2010-01-01") + n * 3650 // count
            pictures.append(
                Picture(
                    source / f"IMG_{n:06}.jpg", f"{n:032x}", 0.5, f"{day}T10:00:00",
                    (f"Town {n % 300}", "Land"), (n % 120 - 60.0, n % 340 - 170.0),
                )
            )  # fmt: skip
        number = first // 500 + 1
        groups.append(Shown((f"cluster-{number}-thing",), f"thing {number}", tuple(pictures)))
        stored = [
            (Photo(p.path, 1, 0, 0, ""), bytes.fromhex(p.content_hash or ""), small[n % 100])
            for n, p in enumerate(pictures)
        ]
        catalog.store_thumbnails(stored)
    return Exhibit("made up", tuple(groups), layout=[(float(x), float(y)) for x, y in layout])


def weight(out: Path) -> int:
    """Return the bytes of the page before thumbnails and sprites."""
    return sum(path.stat().st_size for path in out.iterdir() if path.is_file())


def look(page: Browser, out: Path) -> dict[str, float]:
    """Open the page and scroll through all its photos for 6 seconds."""
    page.cdp("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    page.open(out / "index.html")
    paint = page.js("return performance.getEntriesByName('first-contentful-paint')[0].startTime")
    loading = page.js("return window.tasks.length ? Math.max(...window.tasks) : 0")
    page.js("location.hash = 'photos'")
    page.wait("return document.querySelector('.rows a')")
    page.frame()
    task, height = page.driver.execute_async_script(SCROLL)
    page.open(out / "index.html", "#map")
    page.wait("return document.querySelector('canvas')")
    page.frame()
    zoom = page.js("window.tasks.length = 0; return 0")
    page.find(".tools button").click()
    page.frame()
    zoom = page.js("return window.tasks.length ? Math.max(...window.tasks) : 0")
    return {
        "first paint": paint, "longest task at start": loading, "longest task scrolling": task,
        "pixels scrolled": height, "longest task zooming the map": zoom,
    }  # fmt: skip


def main() -> None:
    """Measure albums of the sizes named on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("counts", type=int, nargs="*", default=[10_000])
    for count in parser.parse_args().counts:
        with tempfile.TemporaryDirectory() as work, browser() as page:
            folder = Path(work)
            with Catalog.open(folder / "catalog.sqlite3") as catalog:
                exhibit = made_up(count, folder / "gone", catalog)
                found = Thumbnails(catalog)
                start, cpu = time.perf_counter(), time.process_time()
                out = folder / "page"
                write_gallery(exhibit, out, of_picture(found), lambda _: None)
                wall, cpu = time.perf_counter() - start, time.process_time() - cpu
            print(f"{count:,} photos: written in {wall:.1f} s ({cpu:.1f} s CPU),", end=" ")
            print(f"{found.opened} originals opened, {weight(out) / 1e6:.2f} MB before thumbnails")
            for name, value in look(page, out).items():
                print(f"  {name}: {value:,.0f}" + ("" if "pixels" in name else " ms"))


if __name__ == "__main__":
    main()
