"""One server and one Chromium for the tests of the page."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image as Picture
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from assistant.settings import Settings
from tests.ui.fake_assistant import FakeAssistant, head_picture
from ui.app import PageServer
from ui.face import Desk

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LIMIT = 2 * 2**20
expect.set_options(timeout=60_000)


@dataclass
class Served:
    """A running page: `origin` without a slash, `address` with the start token."""

    address: str
    desk: FakeAssistant
    home: Path

    @property
    def origin(self) -> str:
        return self.address.split("/?")[0]


@contextmanager
def serving(desk: Desk, settings: Settings) -> Iterator[str]:
    """Serve in a thread; gives the address."""
    ready = threading.Event()
    server = PageServer(desk, settings, lambda _: ready.set())
    thread = threading.Thread(target=server.serve_until_stopped)
    thread.start()
    try:
        assert ready.wait(120)
        yield server.address
    finally:
        server.should_exit = True
        thread.join(30)
    assert not thread.is_alive()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    desk, home = FakeAssistant(), tmp_path_factory.mktemp("home")
    with serving(desk, Settings(home=home, host="127.0.0.1", port=0, max_bytes=LIMIT)) as address:
        yield Served(address, desk, home)
        desk.release.set()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "no chromium on this machine: install the package chromium"
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS) as launched,
    ):
        yield launched


@dataclass
class Visit:
    """A page of one browser that passed the door, and what it asked of the network."""

    page: Page
    context: BrowserContext
    asked: list[str]
    faults: list[str]

    def ask(self, text: str) -> None:
        self.page.locator("#mv-line textarea").fill(text)
        self.page.locator("#mv-line textarea").press("Enter")

    def settle(self) -> None:
        expect(self.page.locator("body")).to_have_attribute("data-running", "no")


def visit(browser: Browser, address: str, width: int = 1280, height: int = 800) -> Visit:
    context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
    context.set_default_timeout(60_000)
    page = context.new_page()
    made = Visit(page, context, [], [])
    page.on("request", lambda request: made.asked.append(request.url))
    page.on("pageerror", lambda error: made.faults.append(str(error)))
    page.on(
        "console",
        lambda message: made.faults.append(message.text) if "Content Security Policy" in message.text else None,
    )
    page.goto(address)
    page.wait_for_selector("#mv-line textarea")
    page.wait_for_selector("#mv-chips", state="attached")
    return made


@pytest.fixture
def opened(served: Served, browser: Browser) -> Iterator[Visit]:
    made = visit(browser, served.address)
    yield made
    served.desk.release.set()
    made.context.close()
    assert made.faults == []


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A head to read, in a file whose name tells who it is of."""
    path = tmp_path_factory.mktemp("pictures") / "Nguyen Van A 1960.png"
    Picture.fromarray(head_picture()).save(path)
    return path
