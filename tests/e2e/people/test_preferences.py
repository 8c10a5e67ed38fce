"""What a person set, in a real Chromium: kept for every browser, and offered where somebody begins anew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Open
from tests.e2e.programs import Up, demo, eventually

pytestmark = [pytest.mark.browser, pytest.mark.processes]

URL = "/api/v1/me/preferences"
GROUND = "() => getComputedStyle(document.body).backgroundColor"
FIRST = ".fleet tbody tr:first-child .host-link"


@pytest.fixture(scope="module")
def fleet(up: Up) -> Iterator[Up]:
    """Three simulated hosts beside this one."""
    with demo(up, "--hosts", "3"):
        eventually(lambda: up.get("/api/v1/entities", filter="entity=demo-003"), 20, "the hosts")
        yield up


def star(page: Page, host: str) -> Locator:
    """The star of a host."""
    return page.get_by_role("button", name=f"Pin {host}")


def kept(up: Up, name: str, value: object) -> None:
    """Wait until the server keeps a value."""
    eventually(lambda: up.get(URL)["kept"][name] == value, 15, f"{name} {value!r}, kept")


@pytest.mark.parametrize("width", [1440, 400])
def test_a_pin_is_kept_for_every_browser(fleet: Up, open_page: Open, width: int) -> None:
    """The host stands first at once, after a reload, and in another browser; without its pin it goes back."""
    page = open_page("/?sort=-name")
    page.set_viewport_size({"width": width, "height": 900})
    expect(page.locator(FIRST)).not_to_have_text("demo-001", timeout=15_000)
    expect(star(page, "demo-001")).to_have_attribute("aria-pressed", "false")
    star(page, "demo-001").click()
    expect(star(page, "demo-001")).to_have_attribute("aria-pressed", "true")
    page.mouse.move(1, 1)
    expect(page.locator(FIRST)).to_have_text("demo-001", timeout=10_000)
    kept(fleet, "pins", ["demo-001"])
    page.reload()
    expect(page.locator(FIRST)).to_have_text("demo-001", timeout=15_000)
    other = open_page("/?sort=-name")
    expect(other.locator(FIRST)).to_have_text("demo-001", timeout=15_000)
    star(page, "demo-001").click()
    expect(star(other, "demo-001")).to_have_attribute("aria-pressed", "false", timeout=10_000)
    expect(other.locator(FIRST)).not_to_have_text("demo-001", timeout=15_000)
    kept(fleet, "pins", [])


def test_a_host_is_pinned_on_its_page_by_a_key(fleet: Up, open_page: Open) -> None:
    """P pins and unpins; the star beside the name and a sentence say so."""
    page = open_page("/hosts/demo-002")
    expect(star(page, "demo-002")).to_have_attribute("aria-pressed", "false", timeout=15_000)
    page.keyboard.press("p")
    expect(star(page, "demo-002")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".toast")).to_have_text("Pinned: it stands first in the list of hosts.")
    kept(fleet, "pins", ["demo-002"])
    page.keyboard.press("p")
    kept(fleet, "pins", [])


def test_the_keyboard_keeps_its_place_when_a_row_moves(fleet: Up, open_page: Open) -> None:
    """The star that was pressed still has the focus once its row stands first."""
    page = open_page("/?sort=-name")
    star(page, "demo-001").focus(timeout=15_000)
    page.keyboard.press("Enter")
    expect(page.locator(FIRST)).to_have_text("demo-001", timeout=10_000)
    expect(star(page, "demo-001")).to_be_focused()
    page.keyboard.press("Enter")
    kept(fleet, "pins", [])


def test_a_theme_is_kept_for_every_browser(fleet: Up, open_page: Open) -> None:
    """Dark by choice where the system is light; at last the system's again."""
    page = open_page("/", color_scheme="light")
    light = page.evaluate(GROUND)
    page.locator("[data-action=theme]").click()
    dark = eventually(lambda: page.evaluate(GROUND) != light and page.evaluate(GROUND), 5, "a dark page")
    kept(fleet, "theme", "dark")
    other = open_page("/", color_scheme="light")
    eventually(lambda: other.evaluate(GROUND) == dark, 10, "the other browser's theme")
    for theme in ("light", "system"):
        page.locator("[data-action=theme]").click()
        kept(fleet, "theme", theme)
    eventually(lambda: other.evaluate(GROUND) == light, 10, "the system's theme")


def test_go_on_where_you_were(fleet: Up, open_page: Open) -> None:
    """A new browser at the bare list is offered the page that another one looked at last, and opens nothing unasked."""
    page = open_page("/hosts/demo-002?from=now-1h")
    expect(star(page, "demo-002")).to_be_visible(timeout=15_000)
    kept(fleet, "last", "/hosts/demo-002?from=now-1h")
    other = open_page("/")
    offer = other.get_by_role("link", name="Go on where you were: host demo-002, last hour")
    expect(offer).to_be_visible(timeout=15_000)
    assert other.evaluate("() => location.pathname + location.search") == "/"
    offer.click()
    expect(other.locator("h1")).to_have_text("demo-002", timeout=15_000)
    assert other.evaluate("() => location.pathname + location.search") == "/hosts/demo-002?from=now-1h"
    other.locator("nav").get_by_text("Hosts").click()
    expect(star(other, "demo-002")).to_be_visible(timeout=15_000)
    expect(other.locator(".resume")).to_be_hidden()


def test_the_page_that_is_left_is_kept_at_once(fleet: Up, open_page: Open) -> None:
    """Nobody has to stay ten seconds."""
    page = open_page("/hosts/demo-003?from=now-15m")
    expect(star(page, "demo-003")).to_be_visible(timeout=15_000)
    eventually(lambda: page.evaluate("() => tidegauge.keeper.set.last"), 5, "the place")
    page.locator(".brand").click()
    kept(fleet, "last", "/hosts/demo-003?from=now-15m")


def test_an_offer_can_be_declined(fleet: Up, open_page: Open) -> None:
    """And does not come again in this tab."""
    page = open_page("/hosts/demo-001")
    kept(fleet, "last", "/hosts/demo-001")
    page = open_page("/")
    page.get_by_role("button", name="Not now").click(timeout=15_000)
    expect(page.locator(".resume")).to_be_hidden()
    page.reload()
    expect(star(page, "demo-001")).to_be_visible(timeout=15_000)
    eventually(lambda: page.evaluate("() => tidegauge.keeper.isKnown"), 10, "the preferences")
    expect(page.locator(".resume")).to_be_hidden()


def test_a_pinned_host_that_is_gone_has_a_row(fleet: Up, open_page: Open) -> None:
    """Its state is unknown, it says so, and it can be unpinned."""
    page = open_page("/")
    page.evaluate("() => tidegauge.keeper.togglePin('long-gone')")
    row = page.locator(".fleet tbody tr", has=star(page, "long-gone"))
    expect(row).to_contain_text("for over a day", timeout=15_000)
    star(page, "long-gone").click()
    expect(row).to_have_count(0)
    kept(fleet, "pins", [])
