"""A real browser whose network is cut: whatever a page asks for elsewhere fails the test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

CHROMIUM: Final = Path(os.environ.get("SHUTONG_TEST_CHROMIUM", "/usr/bin/chromium"))
_ALLOWED: Final = ("file:", "data:")


@dataclass
class Watched:
    """A page in the browser, with all that it asked for and complained of."""

    page: Page
    elsewhere: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, address: Path | str) -> Page:
        self.page.goto(address.as_uri() if isinstance(address, Path) else address)
        return self.page

    def check(self) -> None:
        """See that nothing was asked of any network and nothing went wrong."""
        assert self.elsewhere == []
        assert self.complaints == []


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium; skip aloud where there is none."""
    if not CHROMIUM.is_file():
        pytest.skip(f"no Chromium at {CHROMIUM} (SHUTONG_TEST_CHROMIUM): 浏览器未测试")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def watched(
    browser: Browser, *, server: str | None = None, scripts: bool = True
) -> Iterator[Watched]:
    """Give a page without network; `server` is the one address that may be asked."""
    context = browser.new_context(offline=server is None, java_script_enabled=scripts)
    page = Watched(context.new_page())

    def decide(route: Route) -> None:
        address = route.request.url
        if address.startswith(_ALLOWED) or (server and address.startswith(server)):
            route.continue_()
            return
        page.elsewhere.append(address)
        route.abort()

    context.route("**/*", decide)
    page.page.on("console", lambda said: page.complaints.append(f"{said.type}: {said.text}"))
    page.page.on("pageerror", lambda error: page.complaints.append(str(error)))
    try:
        yield page
        page.check()
    finally:
        context.close()


@pytest.fixture
def cut(chromium: Browser) -> Iterator[Watched]:
    """Give a page of a browser whose network is cut."""
    with watched(chromium) as page:
        yield page


@pytest.fixture
def scriptless(chromium: Browser) -> Iterator[Watched]:
    """Give the same in a browser that runs no scripts."""
    with watched(chromium, scripts=False) as page:
        yield page
