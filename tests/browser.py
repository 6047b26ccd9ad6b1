"""A real headless Chromium that opens a page from disk, driven by keys and clicks.

`needs_browser` skips where Chromium and its driver, or selenium, are not installed.
"""

import importlib.util
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
HAS_SELENIUM = importlib.util.find_spec("selenium") is not None
needs_browser = pytest.mark.skipif(
    not (CHROMIUM and DRIVER and HAS_SELENIUM),
    reason="chromium, chromium-driver or selenium is not installed",
)
PHONE, DESKTOP = (390, 844), (1280, 900)


def axe_script() -> str:
    """Read axe-core as a PyPI package ships it, or as AXE_CORE names it; skip without."""
    named = os.environ.get("AXE_CORE")
    if named:
        return Path(named).read_text("utf-8")
    spec = importlib.util.find_spec("axe_core_python")
    if spec is None or spec.origin is None:
        pytest.skip("axe-core-python is not installed")
    return Path(spec.origin).with_name("axe.min.js").read_text("utf-8")


class Browser:
    """A window with one page; `logs` and `requests` tell what is new since the last call."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(
        self,
        page: Path | str,
        view: str = "",
        *,
        size: tuple[int, int] = DESKTOP,
        dark: bool = False,
    ) -> None:
        """Open a page, a file or an address, anew at a view, in a window of a size."""
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1}
        self.cdp("Emulation.setDeviceMetricsOverride", {**metrics, "mobile": size == PHONE})
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.cdp("Emulation.setEmulatedMedia", {"features": [scheme]})
        self.driver.get("about:blank")
        self.logs()
        self.requests()
        self.driver.get((page.as_uri() if isinstance(page, Path) else page) + view)
        self.wait("return !document.getElementById('loading')")
        self.frame()

    def cdp(self, command: str, parameters: dict[str, Any]) -> Any:
        """Run a command of the Chrome DevTools Protocol."""
        return self.driver.execute_cdp_cmd(command, parameters)

    def js(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page and return what it returns."""
        return self.driver.execute_script(script, *arguments)

    def wait(self, script: str, seconds: float = 60) -> Any:
        """Wait until a script returns something true."""
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.driver, seconds, poll_frequency=0.03).until(
            lambda _: self.js(script)
        )

    def frame(self) -> None:
        """Wait until the page has painted what it was about to."""
        self.driver.execute_async_script(
            "const done = arguments[0];"
            "requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));"
        )

    def keys(self, *keys: str) -> None:
        """Press keys where the focus is."""
        from selenium.webdriver import ActionChains
        from selenium.webdriver.common.keys import Keys

        for key in keys:
            ActionChains(self.driver).send_keys(getattr(Keys, key, key)).perform()
            self.frame()

    def type(self, css: str, text: str) -> None:
        """Put text into a field as a user does."""
        field = self.find(css)
        field.clear()
        field.send_keys(text)

    def find(self, css: str) -> Any:
        """Return the first element."""
        return self.driver.find_element("css selector", css)

    def texts(self, css: str) -> list[str]:
        """Return the text of all elements."""
        return self.js(
            "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", css
        )

    def drawn(self, css: str) -> bytes:
        """Return what an element looks like."""
        png: bytes = self.find(css).screenshot_as_png
        return png

    def logs(self) -> list[str]:
        """Return what the console was told: errors of scripts and of loading."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Return the addresses that were asked for."""
        messages = (json.loads(e["message"])["message"] for e in self.driver.get_log("performance"))
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]

    def outside(self, *folders: Path) -> list[str]:
        """Return requests since the last call that leave the folders."""
        return [
            url
            for url in self.requests()
            if not url.startswith(("data:", "blob:"))
            and not (
                url.startswith("file:///")
                and any(Path(unquote(urlsplit(url).path)).is_relative_to(f) for f in folders)
            )
        ]

    def violations(self) -> list[str]:
        """Run axe-core on the page as it is: each violation with its first place."""
        self.js(axe_script())
        found = self.driver.execute_async_script(
            "axe.run(document).then(arguments[0], (error) => arguments[0]({error: String(error)}))"
        )
        assert "violations" in found, found
        return [f"{v['id']}: {v['nodes'][0]['html']}" for v in found["violations"]]


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium without a window, without a network and with an empty profile.

    Skips, with what the driver says, where it is installed and does not start.
    """
    from selenium import webdriver
    from selenium.common.exceptions import WebDriverException

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for flag in (
        "headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "no-first-run",
        "disable-background-networking", "disable-component-update", "force-color-profile=srgb",
        "proxy-server=127.0.0.1:9",
    ):  # fmt: skip
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(executable_path=DRIVER)
    try:
        driver = webdriver.Chrome(options=options, service=service)
    except WebDriverException as error:
        pytest.skip(f"Chromium does not start: {(error.msg or '').splitlines()[:1]}")
    driver.set_script_timeout(180)
    try:
        yield Browser(driver)
    finally:
        driver.quit()
