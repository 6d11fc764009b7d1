"""What end-to-end tests are given: one local world and one browser for all of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.end_to_end.local_world import LocalWorld
from tests.end_to_end.looks import Looks

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SMALL = ["--disable-dev-shm-usage", "--renderer-process-limit=1", "--process-per-site"]
"""No use of shared memory, which containers have little of, and few processes: to start one costs more than a page."""


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalWorld]:
    """The whole local world, with its clock standing still between what the tests do."""
    started = LocalWorld.start(tmp_path_factory.mktemp("local"))
    yield started
    started.stop()


@pytest.fixture
def frozen(world: LocalWorld) -> Iterator[LocalWorld]:
    """The world while its clock stands still but for `advance`; the books and faults as at the start."""
    world.control("POST", "clock", {"frozen": True})
    yield world
    world.control("POST", "reset", {"what": "faults"})
    world.control("POST", "clock", {"frozen": False})


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A real browser: $BROWSER_PATH, or the system's."""
    found = os.environ.get("BROWSER_PATH") or next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert found, "No browser: install one (apt-get install chromium) or name it in BROWSER_PATH."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=SMALL)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def looks(chromium: Browser) -> Iterator[Looks]:
    """The looks that a module's pages are seen in."""
    made = Looks(chromium)
    yield made
    made.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page as on a phone, 360 px wide."""
    context = chromium.new_context(viewport={"width": 360, "height": 760}, locale="en-KE")
    yield context.new_page()
    context.close()
