"""A server that runs, and pages of a real Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.bundle import bundled
from tests.e2e.programs import Up, running

ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """`tidegauge up` over an empty folder."""
    folder: Path = tmp_path_factory.mktemp("up")
    with running(folder) as started:
        yield started


@pytest.fixture(scope="module")
def bundle() -> Iterator[Path]:
    """The collector in a folder that anyone may read."""
    with bundled() as folder:
        yield folder


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A real Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser, up: Up) -> Iterator[Open]:
    """Opens paths of the server; in the end no page may have had an error or broken the policy."""
    problems: list[str] = []
    contexts = []

    def open_path(path: str, script: str = "", **options: object) -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, **options)  # type: ignore[arg-type]
        contexts.append(context)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.goto(f"http://127.0.0.1:{up.port}{path}")
        return page

    yield open_path
    for context in contexts:
        context.close()
    assert problems == []
