"""The browser's side alone, in a real Chromium, fed with synthetic views by the browser protocol."""

from __future__ import annotations

import itertools
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from benchmarks.drawing.server import start
from benchmarks.drawing.stream import World
from tests.e2e.programs import eventually

pytestmark = pytest.mark.browser

HOST = "/hosts/demo-host"
WIDE: Any = {"width": 1440, "height": 900}
NARROW: Any = {"width": 400, "height": 800}
SHIFTS = """() => new Promise((resolve) => new PerformanceObserver((list) => resolve(
  list.getEntries().filter((e) => !e.hadRecentInput).reduce((sum, e) => sum + e.value, 0)
)).observe({ type: "layout-shift", buffered: true }) ?? setTimeout(() => resolve(0), 300))"""
CLIPPED = """() => {
  const texts = [...document.querySelectorAll("h1, h2, button, .card-value, .card-age, .legend-item, .tile span, " +
    ".chips li, .status, .state, .value-tick, .time-tick, .band-label, .column-name, .cell-value")];
  const wide = document.documentElement.clientWidth;
  return texts.filter((e) => e.offsetParent && e.textContent.trim()).filter((e) => {
    const box = e.getBoundingClientRect();
    const frame = (e.closest(".card, .tile") ?? document.body).getBoundingClientRect();
    return e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline"
      || box.right > Math.min(frame.right, wide) + 1 || box.left < frame.left - 1;
  }).map((e) => `${e.className || e.tagName}: ${e.textContent}`);
}"""
LANE_CHANGES = """() => new Promise((resolve) => {
  const found = [];
  const observer = new MutationObserver((list) => found.push(
    ...list.map(({ attributeName, type }) => [attributeName ?? type, performance.now()])));
  for (const lane of document.querySelectorAll(".lane")) {
    observer.observe(lane, { attributes: true, childList: true, subtree: true });
  }
  setTimeout(() => resolve(found), 6000);
})"""
"""What is changed in lanes during six seconds, and when; an event comes every 20 s."""
LANES_WITHOUT_MARKS = """() => tidegauge.page.cards.filter((card) => card.visible
  && card.element.querySelector(".lane:not([role=slider])")).length"""
BOTH_WAYS = """() => tidegauge.page.cards.filter((card) => card.visible && card.drawn.length).map((card) => {
  const gd = card.element.querySelector(".js-plotly-plot");
  const read = () => [...gd.querySelectorAll(".js-line, .js-fill")].map((p) => [p.classList[0], p.getAttribute("d")]);
  const { react } = Plotly;
  let asked = 0;
  Plotly.react = (...given) => { asked += 1; return react.apply(Plotly, given); };
  card.draw(performance.now());
  const fast = asked === 0 ? read() : null;
  card.page.view.axis = () => card.axis;
  card.plot.draw = (data, layout) => Plotly.react(gd, data, layout(), { staticPlot: true });
  card.draw(performance.now());
  Object.assign(Plotly, { react });
  delete card.plot.draw;
  delete card.page.view.axis;
  return [card.settings.id, fast, read()];
})"""
"""Of each graph its paths by the fast lane (null: it was not taken) and by Plotly, in one task."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A synthetic server with seven hours of history."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    server = start(number, World(7 * 3_600_000))
    yield number
    server.shutdown()


@pytest.fixture
def visit(browser: Browser, port: int) -> Iterator[Any]:
    """Opens a path at a size; in the end no page may have had an error or broken the policy."""
    problems: list[str] = []
    contexts = []

    def open_path(path: str, size: Any = WIDE, **options: Any) -> Page:
        context = browser.new_context(viewport=size, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.goto(f"http://127.0.0.1:{port}{path}")
        return page

    yield open_path
    for context in contexts:
        context.close()
    assert problems == []


def drawn(page: Page) -> Page:
    """Once the visible graphs have lines."""
    page.wait_for_selector("path.js-line", timeout=20_000)
    eventually(
        lambda: page.evaluate("() => tidegauge.page.cards.every(c => !c.visible || c.drawnAt > 0)"), 20, "drawings"
    )
    return page


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("path", [HOST, "/", f"/containers/{'1' * 64}"], ids=["host", "fleet", "container"])
def test_nothing_jumps_and_no_label_is_cut(visit: Any, path: str, size: Any) -> None:
    """Layout shift at most 0.02; every label lies whole within its card and the page."""
    page = visit(path, size)
    page.wait_for_selector("path.js-line, .host-link", timeout=20_000)
    page.wait_for_timeout(4000)
    assert page.evaluate(SHIFTS) <= 0.02
    assert page.evaluate(CLIPPED) == []


def test_the_fast_lane_draws_what_plotly_draws(visit: Any) -> None:
    """Path by path, within a twentieth of a pixel."""
    page = drawn(visit(HOST))
    page.wait_for_timeout(2500)
    compared = [(name, fast, slow) for name, fast, slow in page.evaluate(BOTH_WAYS) if fast is not None]
    assert len(compared) >= 4
    for name, fast, slow in compared:
        corners = [pytest.approx(_corners(*path), abs=0.05) for path in slow]
        assert [_corners(*path) for path in fast] == corners, name


def _corners(kind: str, path: str) -> list[float]:
    """The numbers of a line's path; of an area only its reach, as it may be closed either way round."""
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", path)]
    x, y = numbers[::2], numbers[1::2]
    return numbers if kind == "js-line" else [min(x), max(x), min(y), max(y)]


@pytest.mark.parametrize(("path", "allowed"), [("/hosts/bench", set()), (f"{HOST}?from=now-5m", {"style"})])
def test_a_lane_costs_nothing_while_nothing_happens(visit: Any, path: str, allowed: set[str]) -> None:
    """Without events nothing of it is touched; with some, they are moved as a whole and not made anew."""
    page = drawn(visit(path))
    if allowed:
        eventually(lambda: page.evaluate(LANES_WITHOUT_MARKS) == 0, 10, "marks in each lane that is seen")
    changes = page.evaluate(LANE_CHANGES)
    assert {name for name, _ in changes} <= {
        *allowed,
        "d",
        "childList",
        "aria-valuemax",
        "aria-valuenow",
        "aria-valuetext",
    }
    made = [when for name, when in changes if name == "d"]
    assert len({round(when / 1000) for when in made}) <= (1 if allowed else 0)


def test_keys_pause_go_on_and_zoom_out(visit: Any) -> None:
    """The URL has the range; the pill counts what comes."""
    page = drawn(visit(HOST))
    page.keyboard.press("Space")
    eventually(lambda: re.fullmatch(r"Paused \d\d:\d\d:\d\d · [1-9]\d* new · Resume \(L\)", pill(page)), 10, "a pause")
    assert re.search(r"from=\d+&to=\d+", page.url)
    page.keyboard.press("t")
    page.keyboard.press("z")
    eventually(lambda: "from=now-" in page.url and "to=" not in page.url, 5, "live again, twice as wide")
    page.keyboard.press("l")
    eventually(lambda: pill(page) == "Live" and "?" not in page.url, 5, "auto")


def pill(page: Page) -> str:
    """What the pill says."""
    return page.locator("[data-role=pill]").inner_text()


def test_a_drag_zooms_all_graphs_and_a_double_click_is_live(visit: Any) -> None:
    """All on the same axis, which stays."""
    page = drawn(visit(HOST))
    box = page.locator("#graph-memory .overlay").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 200, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + 45, steps=4)
    page.mouse.up()
    eventually(lambda: pill(page).startswith("Paused"), 5, "the zoom")
    page.wait_for_timeout(2500)
    axes = page.evaluate("() => tidegauge.page.cards.filter(c => c.visible).map(c => [c.axis.from, c.axis.to])")
    assert len({tuple(axis) for axis in axes}) == 1
    assert axes[0][1] - axes[0][0] == pytest.approx(300_000 * 200 / box["width"], rel=0.05)
    page.mouse.dblclick(box["x"] + 300, box["y"] + 40)
    eventually(lambda: pill(page) == "Live", 5, "live")


def test_the_pointer_shows_one_time_on_all_graphs(visit: Any) -> None:
    """A line on each, a tooltip on one, the time in the heads."""
    page = drawn(visit(HOST))
    page.hover("#graph-cpu .overlay", position={"x": 200, "y": 40})
    page.wait_for_selector(".tooltip:not([hidden]) .tooltip-total")
    assert page.locator(".crosshair:not([hidden])").count() >= 6
    assert {text[:3] for text in page.locator(".card-age").all_inner_texts()[:6]} == {"at "}
    page.mouse.move(5, 5)
    page.wait_for_selector(".tooltip", state="hidden")


def test_a_theme_is_kept(visit: Any) -> None:
    """Dark by the system, light by choice, also after a reload."""
    page = drawn(visit(HOST, color_scheme="dark"))
    ground = "() => getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.click("[data-action=theme]")
    light = page.evaluate(ground)
    assert light != dark
    page.reload()
    drawn(page)
    assert page.evaluate(ground) == light


def test_the_legend_shows_one_alone(visit: Any) -> None:
    """And all again."""
    page = drawn(visit(HOST))
    count = "() => document.querySelectorAll('#graph-memory .js-line').length"
    before = page.evaluate(count)
    page.click("#graph-memory .legend-item >> nth=0")
    eventually(lambda: page.evaluate(count) == 1, 5, "one line")
    page.click("#graph-memory .legend-item >> nth=0")
    eventually(lambda: page.evaluate(count) == before, 5, "all lines")


def test_a_hidden_page_asks_for_nothing_and_is_whole_again_on_return(visit: Any) -> None:
    """On return the whole view comes: no gap where nobody looked."""
    page = drawn(visit(HOST))
    page.evaluate("() => Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(2500)
    held = page.evaluate("() => tidegauge.page.cards[0].store.newest")
    page.wait_for_timeout(1500)
    assert page.evaluate("() => tidegauge.page.cards[0].store.newest") == held
    page.evaluate("() => Object.defineProperty(document, 'hidden', { value: false, configurable: true })")
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    eventually(lambda: page.evaluate("() => tidegauge.page.cards[0].store.newest") > held + 2000, 5, "new rows")
    times = page.evaluate("() => [...tidegauge.page.cards[0].store.series.values()][0].t")
    assert {after - before for before, after in itertools.pairwise(times)} == {1000}
