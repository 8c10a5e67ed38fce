"""What happened to containers, in a real Chromium before the real server."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.programs import eventually
from tests.rows import host, record
from tests.site import Site, listening
from tidegauge.metrics.records import Entity, Event

pytestmark = pytest.mark.browser

SHOP, DB = "5" * 64, "d" * 64
SHAPES = """() => [...document.querySelectorAll(".card")].slice(0, 4).map((card) =>
  [...card.querySelectorAll(".lane path")].flatMap((one) => one.getAttribute("d") ? one.dataset.shape : []).sort())"""
LEFT = """(selector) => {
  const lane = document.querySelector(selector);
  const path = lane.querySelector("path[data-shape=crashed]").getBoundingClientRect();
  return path.left + path.width / 2 - lane.parentElement.querySelector(".overlay").getBoundingClientRect().left;
}"""


class Stage:
    """A server with a host of two containers, and pages of it."""

    def __init__(self, site: Site, browser: Browser) -> None:
        self.site = site
        self.browser = browser
        self.problems: list[str] = []
        self._seq = 0
        self.container(DB, "db", "shop", "postgres:16", "healthy")
        self.container(SHOP, "shop", "shop", "registry.example/shop/web:1.4")
        self.post([record([self.now], {"system.cpu.utilization.user": [0.2]}, self._next(), host())])

    @property
    def now(self) -> int:
        """The server's now, which is the host's."""
        return self.site.clock.wall_ms()

    def _next(self) -> int:
        self._seq += 1
        return self._seq

    def post(self, records: list[Any]) -> None:
        """Post, a moment later."""
        self.site.clock.advance(1)
        self.site.post(records)

    def container(self, id: str, name: str, project: str, image: str, health: str = "", start: str = "s") -> None:
        """A row of a container, described so."""
        told = {"name": name, "project": project, "image.name": image, "health": health, "runtime": "docker"}
        attributes = {"host.id": "h1", **{f"container.{key}": text for key, text in told.items() if text}}
        one = Entity(id, "container", start, 1000, attributes)
        self.post([record([self.now], {"container.pids.count": [3.0]}, self._next(), one)])

    def happen(self, entity: str, kind: str, age_ms: int = 0, **attributes: str) -> None:
        """An event, so long ago."""
        event = Event(entity, (self.now - age_ms) * 1_000_000, kind, attributes)
        self.post([record([], {}, self._next(), host(), events=[event])])

    def open(self, path: str, width: int = 1440, height: int = 900) -> Page:
        """A page whose graphs are there."""
        page = self.browser.new_page(viewport={"width": width, "height": height})
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda said: self.problems.append(said.text) if said.type == "error" else None)
        page.goto(f"http://{self.site.host}{path}")
        eventually(lambda: page.evaluate("() => tidegauge?.page?.cards?.some((card) => card.axis)"), 20, "graphs")
        return page


@pytest.fixture
def stage(tmp_path: Path, browser: Browser) -> Iterator[Stage]:
    """A server of its own; in the end no page may have had an error or broken the policy."""
    with listening(tmp_path) as site:
        made = Stage(site, browser)
        yield made
        for context in browser.contexts:
            context.close()
    assert made.problems == []


def test_what_happens_is_on_every_lane_within_a_second(stage: Stage) -> None:
    """Also where a pixel is longer than that, and the same after a reload."""
    page = stage.open("/hosts/h1?from=now-6h")
    stage.happen("h1", "collector.started")
    eventually(lambda: page.evaluate(SHAPES)[0] == ["collector-started"], 5, "the first mark")
    took = []
    for age_ms, shape, about in ((7_200_000, "crashed", {"reason": "crashed"}), (3_600_000, "oom", {"reason": "oom"})):
        began = time.monotonic()
        stage.happen(SHOP, "container.stopped", age_ms, exit_code="137", **about)
        eventually(lambda shape=shape: all(shape in found for found in page.evaluate(SHAPES)), 5, shape)
        took.append(time.monotonic() - began)
    assert min(took) <= 1
    before = page.evaluate(SHAPES)
    width = page.locator(".card .overlay").first.evaluate("(overlay) => overlay.clientWidth")
    assert page.evaluate(LEFT, ".card .lane") == pytest.approx(4 / 6 * width, abs=2)
    page.reload()
    eventually(lambda: page.evaluate(SHAPES) == before, 10, "the same marks")


def test_a_mark_says_time_name_what_happened_and_exit_code(stage: Stage) -> None:
    """To the pointer, beside the values and in the lane, and to keys and screen readers."""
    stage.happen(SHOP, "container.stopped", 40_000, reason="crashed", exit_code="137")
    stage.happen(SHOP, "container.started", 39_000)
    stage.happen(DB, "container.health", 5_000, status="unhealthy")
    page = stage.open("/hosts/h1")
    eventually(lambda: page.evaluate(SHAPES)[0] == ["crashed", "unhealthy"], 5, "two marks, one of two events")
    expect(page.locator(".card .mark-count").first).to_have_text("2")
    box = page.locator(".card .lane").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 6 + page.evaluate(LEFT, ".card .lane"), box["y"] + 8)
    told = page.locator(".tooltip-events li")
    expect(told).to_have_text(
        [re.compile(r"^\d\d:\d\d:\d\d shop crashed, exit code 137$"), re.compile("shop started$")]
    )
    page.mouse.move(5, 5)
    expect(page.locator(".tooltip")).to_be_hidden()
    lane = page.locator("#graph-cpu .lane")
    lane.focus()
    expect(told).to_have_text([re.compile("db is unhealthy$")])
    page.keyboard.press("ArrowLeft")
    expect(told).to_have_count(2)
    expect(lane).to_have_attribute("aria-valuetext", re.compile("shop crashed, exit code 137; .* shop started$"))
    expect(lane).to_have_attribute("aria-valuenow", "1")
    assert page.locator(".crosshair:not([hidden])").count() >= 2
    page.keyboard.press("Tab")
    expect(page.locator(".tooltip")).to_be_hidden()


def test_a_container_has_its_own_lane_and_its_head_follows(stage: Stage) -> None:
    """Health as a word, and that it ended; it starts again."""
    stage.happen(SHOP, "container.started", 20_000)
    stage.happen(DB, "container.oom", 10_000, count="2")
    page = stage.open(f"/containers/{DB}", 400, 900)
    eventually(lambda: page.evaluate(SHAPES)[0] == ["oom"], 5, "its own alone")
    vitals, gone = page.locator("[data-role=vitals]"), page.locator("[data-role=gone]")
    expect(vitals).to_have_text("healthy")
    expect(page.locator(".chips")).to_contain_text("postgres:16")
    stage.container(DB, "db", "shop", "postgres:16", "unhealthy")
    expect(vitals).to_have_text("unhealthy")
    expect(gone).to_be_hidden()
    stage.happen(DB, "container.stopped", reason="killed", exit_code="143")
    expect(vitals).to_have_text("not running")
    expect(gone).to_be_visible()
    stage.container(DB, "db", "shop", "postgres:16", "starting", start="again")
    expect(vitals).to_have_text("starting")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_the_containers_of_a_host_are_followed_and_found(stage: Stage) -> None:
    """What is not well first; a text that a person types stands in the URL."""
    page = stage.open("/hosts/h1")
    names = page.locator(".roster tbody .host-link")
    expect(names).to_have_text(["db", "shop"])
    stage.container(SHOP, "shop", "shop", "registry.example/shop/web:1.4", "unhealthy")
    expect(names).to_have_text(["shop", "db"])
    expect(page.locator(".roster .state").first).to_have_text("unhealthy")
    stage.container("e" * 64, "cron", "", "cron:1")
    expect(names).to_have_text(["shop", "cron", "db"])
    page.get_by_label("Find containers").fill("shop web:1")
    expect(names).to_have_text(["shop"])
    assert "find=shop" in page.url
    page.reload()
    expect(names).to_have_text(["shop"])
    names.first.click()
    expect(page.locator("h1")).to_have_text("shop")
    page.goto(f"http://{stage.site.host}/")
    page.get_by_label("Find hosts").fill("postgres")
    expect(page.locator(".host-fleet")).to_have_text("db")
    page.get_by_label("Find hosts").fill("postgres:17")
    expect(page.locator(".fleet .host-link")).to_have_count(0)
    page.get_by_label("Find hosts").fill("")
    expect(page.locator(".fleet td.column-containers")).to_contain_text("3")
    expect(page.locator(".fleet .unhealthy")).to_have_text("1 unhealthy")
