"""What a page says of broken links, and what it does when they are mended: a real Chromium before real programs."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import keys
from tests.e2e.clusters import Cluster, cluster, own_nodes
from tests.e2e.fleet import Fleet, fleet
from tests.e2e.programs import Up, eventually, running, stopped
from tests.e2e.screen import Screen
from tests.e2e.test_browser import post
from tests.elasticsearch.server import Node
from tests.rows import host, record
from tidegauge.metrics import incarnations
from tidegauge.metrics.records import Entity, Event

pytestmark = [pytest.mark.browser, pytest.mark.processes]

SAID_MS = 2_000
CPU = "system.cpu.utilization.user"
QUIET = r"^Nothing from the web node for \S+ s$"
LOST = r"^No connection to the web node for .*; (next try in \d+ s|trying now)$"
SILENT = r"^Nothing from the collector of \S+ for "
LISTEN = """(() => {
  let heardAt = 0;
  globalThis.saidMs = null;
  globalThis.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", () => { heardAt = performance.now(); });
    }
  };
  new MutationObserver(() => requestAnimationFrame((at) => {
    if (document.querySelector("[data-page]")?.dataset.link === "lost"
      && /^No(thing from| connection to) the web node/.test(document.querySelector("[data-role=status]").textContent)) {
      saidMs ??= performance.now() - heardAt;
    }
  })).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
})()"""
"""Takes the time from the last message to the frame that has the sentence."""

Look = Callable[..., Page]


@pytest.fixture
def look(browser: Browser) -> Iterator[Look]:
    """Opens pages that have no error of a script; that nothing answers is none."""
    problems: list[str] = []
    contexts = []

    def open_url(url: str) -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        contexts.append(context)
        context.add_init_script(LISTEN)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(url)
        page.evaluate("() => { globalThis.stays = true; }")
        return page

    yield open_url
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def page(look: Look, up: Up) -> Page:
    """This machine's page, when all is well."""
    opened = look(f"{up.url}/hosts/{up.host()}?from=now-5m")
    Screen(opened).wait_for_points(30)
    goes_on(opened)
    return opened


def told(page: Page) -> list[str]:
    """All that the status line says, opened."""
    return page.locator("[data-role=status-list] li").all_text_contents()


def says(page: Page, pattern: str, seconds: float = 30) -> None:
    """Wait until a sentence reads so, then open the list at the width of a phone, by keyboard."""
    eventually(lambda: any(re.search(pattern, text) for text in told(page)), seconds, f"{pattern!r}")
    expect(page.locator("[data-role=status]")).to_have_attribute("data-state", "broken")
    opens_by_keyboard(page)


def opens_by_keyboard(page: Page) -> None:
    """The list opens and closes, and nothing is wider than the window."""
    page.set_viewport_size({"width": 400, "height": 800})
    focused = "() => !!document.activeElement?.closest('details.links summary')"
    eventually(lambda: page.evaluate(focused) or page.keyboard.press("Tab"), 10, "the focus")
    page.keyboard.press("Enter")
    listed = page.locator("[data-role=status-list]")
    expect(listed.locator("li").first).to_be_visible()
    box = listed.bounding_box()
    assert box is not None
    assert 0 <= box["x"] < box["x"] + box["width"] <= 400
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("Escape")
    expect(listed).to_be_hidden()
    page.set_viewport_size({"width": 1440, "height": 900})


def goes_on(page: Page, without: str = "^(Nothing|No connection|The web node|Ingest node)") -> None:
    """Wait until the same page hears the web node, and no sentence begins so."""
    view = Screen(page).view
    eventually(
        lambda: view("view.link") == "open" and not any(re.search(without, text) for text in told(page)),
        90,
        "a page that goes on",
    )
    assert page.evaluate("() => stays")


def said_ms(page: Page) -> float:
    """How long it took the page to say that nothing comes, by its own clock."""
    took: float = page.evaluate("() => saidMs")
    print(f"said {took / 1000:.2f} s after the last message")  # noqa: T201
    return took


def test_a_node_that_is_full_says_so(tmp_path: Path, look: Look) -> None:
    """A page that it does not let in says why, and is live when another has left."""
    with running(tmp_path, TIDEGAUGE_BROWSERS="1") as full:
        url = f"{full.url}/hosts/{full.host()}?from=now-5m"
        first = look(url)
        Screen(first).wait_for_points(30)
        second = look(url)
        says(second, "^No connection to the web node for .*: this web node serves 1 browsers, as many as it may; ")
        first.close()
        goes_on(second)


def times(page: Page, begin: int, end: int) -> list[int]:
    """When the rows were taken that a page draws, in a range."""
    return sorted(at for _, _, metric, at in Screen(page).points() if metric == CPU and begin <= at < end)


def test_a_web_node_that_stands_still_is_told_within_two_seconds(up: Up, page: Page, look: Look) -> None:
    """The page stays and says so; its numbers are marked as old. Then it goes on, and draws what another page draws."""
    begin = Screen(page).newest()
    page.evaluate("() => { saidMs = null; }")
    with stopped(up.worker()):
        says(page, QUIET)
        assert said_ms(page) <= SAID_MS
        assert page.locator("[data-page]").get_attribute("data-link") == "lost"
        expect(page.locator("[data-role=pill]")).to_have_attribute("data-state", "lost")
        says(page, LOST)
    goes_on(page)
    end = eventually(lambda: (newest := Screen(page).newest()) > begin + 15_000 and newest, 60, "newer rows")
    other = look(page.url)
    eventually(lambda: times(page, begin, end) == (rows := times(other, begin, end)) and rows, 60, "the same rows")
    assert len(times(page, begin, end)) > (end - begin) / 2_000
    between = f"view.gaps.filter((gap) => gap.state !== 'late' && gap.to_ms > {begin} && gap.from_ms < {end})"
    eventually(lambda: Screen(page).view(between) == [], 30, "no gap")


def test_a_page_that_is_paused_says_it_too(up: Up, page: Page) -> None:
    """Also where its pill leaves little room."""
    page.keyboard.press("Space")
    expect(page.locator("[data-role=pill]")).to_have_attribute("data-state", "paused")
    with stopped(up.collector()):
        says(page, SILENT)
    goes_on(page)


def test_a_web_node_that_was_killed_is_told_and_comes_again(up: Up, page: Page) -> None:
    """The page stays, with what it showed, says when it tries again, and goes on."""
    before = Screen(page).newest()
    page.evaluate("() => { saidMs = null; }")
    up.kill_all()
    try:
        says(page, LOST)
        assert said_ms(page) <= SAID_MS
        assert Screen(page).points()
    finally:
        up.start()
    goes_on(page)
    eventually(lambda: Screen(page).newest() > before + 5_000, 60, "newer rows")


def test_a_collector_that_falls_silent_is_told_by_name(up: Up, page: Page) -> None:
    """And since when; nothing is said of it once it goes on."""
    with stopped(up.collector()):
        says(page, SILENT)
    goes_on(page)


def test_a_container_that_was_stopped_is_told_on_its_page(up: Up, look: Look) -> None:
    """How it ended, and when."""
    now = int(time.time() * 1000)
    incarnation, boxed = (
        incarnations.new(now),
        Entity("c" * 64, "container", "s", 1000, {"host.id": "dock", "container.name": "web"}),
    )
    post(
        up,
        "dock",
        [
            record([now], {CPU: [0.5]}, 0, host("dock"), incarnation),
            record([now], {"container.pids.count": [3.0]}, 1, boxed, incarnation),
        ],
    )
    page = look(f"{up.url}/containers/{boxed.id}")
    Screen(page).wait_for_points(30)
    ended = Event(boxed.id, (now + 1) * 1_000_000, "container.stopped", {"reason": "crashed", "exit_code": "137"})
    post(up, "dock", [record([], {}, 2, host("dock"), incarnation, events=[ended])])
    says(page, r"^Container web crashed, exit code 137, at \d\d:\d\d:\d\d$")


Site = tuple[Cluster, Fleet, Node]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A web node and two ingest nodes with a proxy on each way, hosts that send to both, and a store of its own."""
    with (
        own_nodes() as (store,),
        cluster(tmp_path_factory.mktemp("honesty"), store.url, ingest=2, ways=True) as made,
        fleet(2, 2, made.urls, keys.token_of) as hosts,
    ):
        yield made, hosts, store


@pytest.fixture
def fleet_page(look: Look, site: Site) -> Page:
    """The list of hosts, when all is well."""
    opened = look(site[0].web[0].url)
    live = "view.hosts.length > 1 && view.hosts.every((host) => host.state === 'live')"
    eventually(lambda: Screen(opened).view(live), 90, "live hosts")
    goes_on(opened)
    return opened


@pytest.mark.elasticsearch
def test_a_link_that_is_cut_is_told(site: Site, fleet_page: Page) -> None:
    """By what does not arrive; of one that is mended nothing is said."""
    site[0].ways[0].refuse()
    try:
        says(fleet_page, r"^The web node lacks \S+ for .*: what its collectors send does not arrive$")
    finally:
        site[0].ways[0].heal()
    goes_on(fleet_page)


@pytest.mark.elasticsearch
def test_an_ingest_node_that_is_dead_is_told(site: Site, fleet_page: Page) -> None:
    """By where its collectors send now; then it comes again."""
    made = site[0]
    made.ingest[1].kill_all()
    try:
        says(fleet_page, r"^Ingest node \S+ is down for .*: collectors send to the others$")
    finally:
        made.launch([made.ingest[1]])
    goes_on(fleet_page)


@pytest.mark.elasticsearch
def test_a_store_that_is_down_is_told_while_rows_go_on(site: Site, fleet_page: Page) -> None:
    """Live goes on; the sentence goes when the store is back."""
    site[2].kill()
    try:
        says(fleet_page, r"^The store does not (answer|work) for .*: live goes on, history waits$")
        expect(fleet_page.locator("[data-role=read-only]")).to_be_visible(timeout=30_000)
        assert Screen(fleet_page).view("view.hosts.every((host) => host.state === 'live')")
        opens_by_keyboard(fleet_page)
    finally:
        site[2].launch()
    eventually(site[2].is_ready, 300, "the store")
    goes_on(fleet_page, "^The store")


@pytest.mark.elasticsearch
def test_collectors_that_fall_silent_are_told_together(site: Site, fleet_page: Page) -> None:
    """How many, and which."""
    site[1].end()
    says(fleet_page, r"^Nothing from the collectors of 2 hosts: ")
