"""A real Chromium before the real programs."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Collection

import pytest

from tests.e2e.conftest import Open
from tests.e2e.programs import Up, demo, eventually, signal_process
from tests.e2e.screen import Screen
from tests.rows import host, record
from tidegauge.metrics import incarnations, wire
from tidegauge.metrics.records import Record
from tidegauge.metrics.wire import PostHeader

pytestmark = [pytest.mark.browser, pytest.mark.processes]

SETTLED_MS = 20_000
RANGES = {"now-5m": 0, "now-15m": 2_000, "now-1h": 10_000, "now-6h": 60_000}
"""And how wide their buckets are, in ms."""
HOUR_LATER = """{
  const Real = Date;
  const now = () => Real.now() + 3600e3;
  globalThis.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(now()); }
    static now() { return now(); }
  };
}"""


def test_points_move_and_a_reload_changes_none(up: Up, open_page: Open) -> None:
    """At every range: newer points come, and those settled before and after a reload are equal."""
    this = up.host()
    screens = {start: Screen(open_page(f"/hosts/{this}?from={start}")) for start in RANGES}
    for screen in screens.values():
        screen.wait_for_points()
    first = {start: screen.newest() for start, screen in screens.items()}
    begun = min(screen.now() for screen in screens.values())
    eventually(lambda: screens["now-5m"].newest() > begun + SETTLED_MS + 5_000, 40, "settled points")
    assert screens["now-5m"].newest() > first["now-5m"]
    for start, screen in screens.items():
        width = RANGES[start]
        screen.page.bring_to_front()
        eventually(lambda screen=screen: screen.now() - screen.newest() < 90_000, 10, "a view that is awake")
        before = screen.points()
        screen.page.reload()
        queries = {key[0] for key in before}
        eventually(
            lambda screen=screen, queries=queries: queries <= {key[0] for key in screen.points()}, 10, "all graphs"
        )
        after = screen.points()
        settled = screen.now() - SETTLED_MS - 5_000 - width
        common = [key for key in before if key in after and key[3] < settled]
        assert len(common) > (100 if start == "now-5m" else 0) or width >= SETTLED_MS
        assert {key: before[key] for key in common} == {key: after[key] for key in common}
        lost = [key for key in before if key[3] < settled and key not in after and key[3] > screen.now() - 200_000]
        assert [key for key in lost if not is_outranked(key, after)] == []


def is_outranked(key: tuple[str, str, str, int], after: Collection[tuple[str, str, str, int]]) -> bool:
    """Whether a point's line is not drawn because as many others as its query keeps are."""
    top = re.search(r"top=(\d+)", key[0])
    lines = {other[1:3] for other in after if other[0] == key[0]}
    return top is not None and key[1:3] not in lines and len(lines) == int(top[1])


def test_the_newest_value_ticks_and_nothing_jumps(up: Up, open_page: Open) -> None:
    """The age is told every second, at least six graphs are there, and the layout shifts by at most 0.02."""
    page = open_page(f"/hosts/{up.host()}")
    screen = Screen(page)
    screen.wait_for_points()
    assert page.locator("[data-graph]").count() >= 6
    seen = {screen.newest()}
    eventually(lambda: seen.add(screen.newest()) or len(seen) > 3, 10, "three newer points")
    assert screen.age() < 2_500
    eventually(lambda: "ms from kernel to your screen" in screen.text("[data-role=status]"), 5, "the latency")
    shift = page.evaluate(
        "() => new Promise(r => new PerformanceObserver(l => r(l.getEntries().reduce((s, e) => s + e.value, 0)))"
        ".observe({type: 'layout-shift', buffered: true}) || setTimeout(() => r(0), 500))"
    )
    assert shift <= 0.02


def test_pull_the_cable(up: Up, open_page: Open) -> None:
    """Silent, a hole that nobody knows; back at once, waiting, then filled and marked as late."""
    page = open_page(f"/hosts/{up.host()}")
    screen = Screen(page)
    screen.wait_for_points()
    page.get_by_role("button", name="Pull the cable").click()
    eventually(lambda: screen.view("view.presence?.state") == "silent", 8, "silence")
    eventually(lambda: "unknown" in screen.gap_states(), 5, "the hole")
    hole = next(gap for gap in screen.view("view.gaps") if gap["state"] == "unknown")
    assert hole["text"] == "not known until the host answers"
    texts: set[str] = set()

    def back() -> bool:
        texts.update(gap["text"] for gap in screen.view("view.gaps"))
        return screen.view("view.presence?.state") == "live" and "late" in screen.gap_states()

    eventually(back, 15, "the host and its late rows")
    assert any(text.startswith("waiting, ") and text.endswith(" in its queue") for text in texts)

    def filled() -> list[int]:
        times = {t for _, _, m, t in screen.points() if m == "system.cpu.utilization.user"}
        inside = [t for t in times if hole["from_ms"] < t < hole["from_ms"] + 10_500]
        return inside if len(inside) >= 9 else []

    inside = eventually(filled, 5, "all late rows")
    before = screen.points()
    page.reload()
    screen.wait_for_points()
    eventually(lambda: "late" in screen.gap_states(), 5, "the mark of late rows after a reload")
    after = screen.points()
    # which ten a "top" graph shows is chosen anew: of the past a line may be missing where ten others are there
    lines = Counter(chart for chart, _ in {(chart, entity) for chart, entity, _, _ in after})
    full = {chart for chart, count in lines.items() if "top=10" in chart and count >= 10}
    kept = [key for key in before if key[3] in inside and (key[0] not in full or key in after)]
    assert {key: (before[key], after.get(key)) for key in kept if after.get(key) != before[key]} == {}


def test_stop_and_start_the_collector(up: Up, open_page: Open) -> None:
    """Stopped within five seconds and since when; started again the graphs go on, the gap stays a gap."""
    screen = Screen(open_page(f"/hosts/{up.host()}"))
    screen.wait_for_points()
    began = time.monotonic()
    signal_process(up.collector(), signal.SIGTERM)
    eventually(lambda: screen.view("view.presence?.state") == "stopped", 5, "the stop")
    eventually(lambda: "stopped" in screen.text(".title"), 5, "the stop in the title")
    assert time.monotonic() - began <= 5
    eventually(lambda: screen.view("view.presence?.for_ms") > 5_000, 10, "a hole")
    last = screen.newest()
    command = [sys.executable, "-m", "collector", "run", "--ingest", f"http://127.0.0.1:{up.port}"]
    with (up.folder / "collector.log").open("ab") as log:
        collector = subprocess.Popen([*command, "--state", f"{up.folder}/collector"], stdout=log, stderr=log)
        try:
            eventually(lambda: screen.view("view.presence?.state") == "live", 10, "the start")
            eventually(lambda: screen.newest() > last + 5_000, 10, "newer points")
            eventually(lambda: "not_measured" in screen.gap_states(), 5, "the gap")
            cpu = "system.cpu.utilization.user"
            after = eventually(lambda: [t for _, _, m, t in screen.points() if m == cpu and t > last], 5, "CPU")
            assert min(after) - last > 5_000
        finally:
            collector.send_signal(signal.SIGTERM)
            collector.wait(10)


def test_the_page_of_a_host_that_is_not_known_opens_when_it_is(up: Up, open_page: Open) -> None:
    """Whoever follows a link before the collector is heard has to do nothing more."""
    page = open_page("/hosts/demo-003")
    page.get_by_text("No such host").wait_for()
    eventually(lambda: Screen(page).view("view.hosts.map(host => host.state)") == ["unknown"], 10, "word of the host")
    with demo(up, "--hosts", "3"):
        page.locator("[data-graph]").first.wait_for(timeout=20_000)
        Screen(page).wait_for_points()


def test_a_zoom_stays_while_data_flows(up: Up, open_page: Open) -> None:
    """A drag makes the range absolute; ten updates later it is the same, double-click is live again."""
    with demo(up, "--hosts", "1"):
        page = open_page("/hosts/demo-001")
        screen = Screen(page)
        page.locator("[data-graph]").first.wait_for(timeout=20_000)
        screen.wait_for_points()
        eventually(lambda: len({t for _, _, _, t in screen.points()}) > 8, 20, "some points")
        plot = page.locator(".js-plotly-plot").first.bounding_box()
        assert plot is not None
        x, y = plot["x"] + plot["width"] * 0.6, plot["y"] + plot["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + plot["width"] * 0.25, y, steps=5)
        page.mouse.up()
        zoomed = eventually(lambda: not screen.view("view.live") and screen.view("view.range"), 5, "the zoom")
        axis = "() => tidegauge.page.cards[0].axis"
        drawn = eventually(
            lambda: (a := page.evaluate(axis)) and str(a["from"]) == zoomed["from"] and a, 5, "the zoom drawn"
        )
        other = Screen(open_page("/hosts/demo-001"))
        other.wait_for_points()
        begun = other.newest()
        eventually(lambda: other.newest() >= begun + 10_000, 20, "ten updates")
        assert screen.view("view.range") == zoomed
        assert page.evaluate(axis) == drawn
        page.mouse.dblclick(x, y)
        eventually(lambda: screen.view("view.live"), 5, "live again")


def test_a_browser_an_hour_ahead_tells_the_right_age(up: Up, open_page: Open) -> None:
    """No wall clock of a browser is trusted."""
    with demo(up, "--hosts", "1"):
        eventually(lambda: up.get("/api/v1/entities", filter="entity=demo-001"), 10, "the host")
        screen = Screen(open_page("/hosts/demo-001", script=HOUR_LATER))
        screen.wait_for_points()
        eventually(lambda: screen.view("view.presence?.state") == "live", 5, "life")
        eventually(lambda: screen.age() < 2_000, 5, "the age")


def test_a_host_an_hour_behind_is_live_and_its_offset_named(up: Up, open_page: Open) -> None:
    """A host's clock that is set wrong changes no age; the page says how wrong it is."""
    with demo(up, "--hosts", "2", "--seed", "5", "--clock-offset", "-1h"):
        eventually(lambda: up.get("/api/v1/entities", filter="entity=demo-002"), 10, "the host")
        page = open_page("/hosts/demo-002")
        screen = Screen(page)
        screen.wait_for_points()
        eventually(lambda: screen.view("view.presence?.state") == "live", 5, "life")
        eventually(lambda: screen.age() < 2_000, 5, "the age")
        assert abs(screen.view("view.presence.offset_ms") + 3_600_000) < 1_000
        eventually(lambda: "behind the server's" in screen.text("[data-role=notice]"), 5, "the offset")


def post(up: Up, name: str, records: list[Record]) -> None:
    """Post records of a host as its collector would."""
    now = int(time.time() * 1000)
    incarnation = records[0].incarnation
    head = PostHeader(host=records[0].host, now_ms=now, incarnation=incarnation, period_ms=1000, name=name)
    connection = http.client.HTTPConnection("127.0.0.1", up.port, timeout=5)
    headers = {"Content-Type": wire.CONTENT_TYPE, wire.HEADER: wire.encode_header(head)}
    connection.request("POST", "/api/v1/records", b"".join(map(wire.encode, records)), headers)
    outcomes = wire.decode_answer(connection.getresponse().read()).outcomes
    connection.close()
    assert {one.outcome for one in outcomes} <= {"stored", "duplicate"}


def test_late_rows_land_where_they_belong(up: Up, open_page: Open) -> None:
    """Rows older than the window fill their hole on an open page, and are marked as late."""
    now, cpu = int(time.time() * 1000), "system.cpu.utilization.user"
    incarnation = incarnations.new(now)
    edges = [now - 120_000, *range(now - 4_000, now, 1_000)]
    late = list(range(now - 119_000, now - 4_000, 1_000))
    post(up, "late", [record([t], {cpu: [0.5]}, n, host("late"), incarnation) for n, t in enumerate(edges)])
    screen = Screen(open_page("/hosts/late?from=now-5m"))
    screen.wait_for_points()
    assert not {t for _, _, _, t in screen.points()} & set(late)
    post(up, "late", [record(late, {cpu: [0.25] * len(late)}, len(edges), host("late"), incarnation)])
    eventually(lambda: set(late) <= {t for _, _, m, t in screen.points() if m == cpu}, 5, "the late rows")
    eventually(lambda: "late" in screen.gap_states(), 5, "their mark")


def test_html_in_a_host_name_is_text(up: Up, open_page: Open) -> None:
    """A hostile name is shown as it is, on every page, and runs nothing."""
    name = "<img src=x onerror=alert(1)>"
    now = int(time.time() * 1000)
    hostile = host("evil", **{"host.name": name})
    post(up, name, [record([now], {"system.cpu.utilization": [0.5]}, 0, hostile, incarnations.new(now))])
    for path in ("/", "/hosts/evil"):
        page = open_page(path)
        page.get_by_text(name).first.wait_for(timeout=10_000)
        assert page.locator("img[src=x]").count() == 0
