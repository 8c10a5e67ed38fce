"""The page of the system itself in a real Chromium, before the real programs."""

from __future__ import annotations

import http.client
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Open
from tests.e2e.programs import Program, Up, eventually, stopped
from tidegauge.metrics import incarnations, wire
from tidegauge.metrics.wire import PostHeader, Queue

pytestmark = [pytest.mark.browser, pytest.mark.processes]

HOSTILE = "<img src=x onerror=alert(1)>"
WIDTHS = (1440, 400)


def text(page: Page, selector: str) -> str:
    return page.locator(selector).first.inner_text()


def verdict(page: Page) -> str:
    return text(page, "[data-role=verdict]")


def field(page: Page, panel: str, name: str) -> str:
    return text(page, f"[data-{panel}] :is(dd, td)[data-field={name}]")


def hold_back(up: Up, host: str, name: str, count: int, offset_ms: int = 0) -> None:
    """A POST of a collector that says what it holds, and nothing else."""
    now = int(time.time() * 1000) + offset_ms
    queue = Queue(count, now - 7_200_000, now)
    head = PostHeader(host=host, now_ms=now, incarnation=incarnations.new(now), period_ms=1000, queue=queue, name=name)
    connection = http.client.HTTPConnection("127.0.0.1", up.port, timeout=5)
    headers = {"Content-Type": wire.CONTENT_TYPE, wire.HEADER: wire.encode_header(head)}
    connection.request("POST", "/api/v1/records", b"", headers)
    assert connection.getresponse().status == 200
    connection.close()


def test_it_opens_from_the_bar_and_its_numbers_move(open_page: Open) -> None:
    """All is well, every field has a text, and what an ingest node took in grows every second."""
    page = open_page("/")
    page.get_by_role("link", name="System", exact=True).click()
    eventually(lambda: verdict(page) == "all is well", 10, "the verdict")
    assert text(page, "nav [aria-current]") == "System"
    fields = page.locator(":is(dd, td)[data-field]").all_inner_texts()
    assert all(one and "undefined" not in one for one in fields), fields
    assert "No collector holds anything back." in text(page, "[data-table=backlog]")
    seen: set[str] = set()
    eventually(lambda: seen.add(field(page, "table=nodes", "records")) or len(seen) > 2, 10, "numbers that move")
    assert text(page, "[data-role=told]").startswith("told ")


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_screen(up: Up, open_page: Open, width: int) -> None:
    """On a wide and on a narrow one, with a backlog and a clock that is off."""
    page = open_page("/system")
    page.set_viewport_size({"width": width, "height": 900})
    hold_back(up, "h" * 60, "web-" + "1" * 60, 12_345, offset_ms=-60_000)
    eventually(lambda: "1 min behind" in text(page, "[data-table=collectors]"), 10, "the clock")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_collector_that_holds_records_is_named_as_it_is(up: Up, open_page: Open) -> None:
    """How many, since when, linked to its host; a hostile name is text and runs nothing."""
    page = open_page("/system")
    hold_back(up, "evil", HOSTILE, 4_321)
    link = page.locator("[data-table=backlog]").get_by_role("link", name=HOSTILE)
    link.wait_for(timeout=10_000)
    assert link.get_attribute("href") == "/hosts/evil"
    row = page.locator("[data-table=backlog] tr", has_text=HOSTILE).inner_text()
    assert "4,321" in row
    assert "2 h" in row
    assert page.locator("img[src=x]").count() == 0
    eventually(lambda: "records wait in the collectors of" in text(page, "[data-role=problems]"), 5, "the problem")


def test_what_a_collector_holds_that_fell_silent_is_not_known(up: Up, open_page: Open) -> None:
    """Four periods after its last word it is counted, and the table of backlogs says so."""
    page = open_page("/system")
    hold_back(up, "quiet", "quiet", 0)
    eventually(lambda: "No word comes from the collectors of" in text(page, "[data-role=problems]"), 15, "the problem")
    assert "not known of" in text(page, "[data-table=backlog] [data-role=note]")
    assert verdict(page) != "all is well"


def test_a_web_node_that_says_nothing_more_is_said(up: Up, open_page: Open) -> None:
    """Within seconds, and how old is what stands there; when it goes on, all is told anew."""
    page = open_page("/system")
    eventually(lambda: "told" in text(page, "[data-role=told]"), 10, "the page")
    with stopped(up.worker()):
        eventually(lambda: verdict(page) == "not known: no connection", 6, "the silence")
        eventually(lambda: float(text(page, "[data-role=told]").split()[1]) > 5, 6, "its age")
    eventually(lambda: not verdict(page).startswith("not known"), 6, "news")


def test_with_the_store_down_it_opens_and_says_so(up: Up, open_page: Open, tmp_path: Path) -> None:
    """A web node without its Elasticsearch, linked to an ingest node that is heard; no password is told."""
    web = Program("web", tmp_path, "--peers", up.url, TIDEGAUGE_STORE="http://user:geheim@127.0.0.1:1")
    try:
        web.launch()
        eventually(web.is_alive, 30, "the web node")
        page = open_page("/system")
        page.goto(f"{web.url}/system")
        eventually(lambda: "does not work" in text(page, "[data-facts=store] [data-role=mark]"), 5, "the store's state")
        assert "The store does not work: Elasticsearch at http://127.0.0.1:1" in text(page, "[data-role=problems]")
        eventually(lambda: text(page, "[data-table=nodes] td[data-field=state]").startswith("heard"), 10, "the node")
        assert "geheim" not in page.content()
        assert "geheim" not in str(web.get("/api/v1/system"))
        page.close()
    finally:
        web.close()
