"""Signing in and out in a real Chromium, before the real program."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.programs import Up, eventually, running

pytestmark = [pytest.mark.browser, pytest.mark.processes]

PASSWORD = "correct horse"
SIZES = {"wide": (1440, 900), "narrow": (400, 800)}


def user(up: Up, *arguments: str) -> None:
    """`tidegauge user` beside the server that runs."""
    command = [sys.executable, "-m", "cli", "user", *arguments, "--store", f"embedded:{up.folder}/var"]
    subprocess.run(command, input=f"{PASSWORD}\n", text=True, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """`tidegauge up` with one account."""
    with running(tmp_path_factory.mktemp("login")) as up:
        user(up, "add", "ann", "--role", "admin")
        eventually(lambda: up.answers("/api/v1/session", error="login"), 30, "the account")
        yield up


@pytest.fixture(params=["wide", "narrow"])
def page(request: pytest.FixtureRequest, browser: Browser, guarded: Up) -> Iterator[Page]:
    """A browser that nobody is signed in at."""
    width, height = SIZES[request.param]
    context = browser.new_context(viewport={"width": width, "height": height}, base_url=guarded.url)
    yield context.new_page()
    context.close()


def sign_in(page: Page, password: str = PASSWORD) -> None:
    """Fill the form as a person does."""
    page.get_by_label("User").fill("ann")
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


def test_a_person_signs_in_looks_and_signs_out(page: Page) -> None:
    """A page leads to the form and the form back to the page; nothing is wider than the window; out is out."""
    page.goto("/system?from=now-1h")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_label("User")).to_be_focused()
    sign_in(page, "wrong password")
    expect(page.get_by_role("alert")).to_have_text("User or password is wrong. Try again, or ask an admin.")
    expect(page.get_by_label("Password")).to_be_focused()
    sign_in(page)
    page.wait_for_url("**/system?from=now-1h")
    expect(page.locator("[data-page=system]")).to_be_visible(timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    person = page.locator("[data-role=person]")
    person.locator("summary").click()
    expect(person).to_contain_text("ann")
    expect(person).to_contain_text("admin")
    person.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_an_open_page_ends_with_its_session_and_comes_back(page: Page, browser: Browser, guarded: Up) -> None:
    """Signing out everywhere in another browser leads this one to the form, and the form to the page it showed."""
    for one in (page, other := browser.new_context(base_url=guarded.url).new_page()):
        one.goto("/system")
        sign_in(one)
        expect(one.locator("[data-page=system]")).to_be_visible(timeout=30_000)
    other.locator("[data-role=person] summary").click()
    other.get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_text("You were signed out")).to_be_visible(timeout=20_000)
    sign_in(page)
    page.wait_for_url("**/system")
    other.context.close()


def test_the_form_works_without_scripts(browser: Browser, guarded: Up) -> None:
    """It is a form; the page behind it is not."""
    context = browser.new_context(base_url=guarded.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/hosts/h1")
    sign_in(page)
    page.wait_for_url("**/hosts/h1")
    context.close()
