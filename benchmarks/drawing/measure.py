"""What drawing costs the browser's main thread: 12 graphs × 4 series × 3,600 points at 1 Hz.

Beside it, in the same run and at the same sizes, Plotly alone with `extendTraces` on every graph each
second. Times are the browser's own sum of task durations on the main thread, read once a tick.
"""

from __future__ import annotations

import itertools
import shutil
import statistics
import time
from pathlib import Path
from typing import Any

import assets
from benchmarks.drawing.server import start
from benchmarks.drawing.stream import World
from benchmarks.table import Figure

PORT = 28761
SECONDS = 60
SETTLE_SECONDS = 8
BASE_SECONDS = 20
MEAN_MS, WORST_MS = 60.0, 150.0
VIEWPORT: Any = {"width": 1440, "height": 1560}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic"]

EXTEND_ALL = """
async () => {
  const charts = [];
  const begin = Date.now() - 3600e3;
  for (let i = 0; i < 12; i += 1) {
    const gd = document.createElement("div");
    gd.style.cssText = "width:690px;height:152px;display:inline-block";
    document.body.append(gd);
    const data = [0, 1, 2, 3].map(() => ({
      type: "scatter", mode: "lines", line: { width: 1.5 },
      x: Array.from({ length: 3600 }, (_, k) => begin + k * 1000),
      y: Array.from({ length: 3600 }, () => Math.random()),
    }));
    const layout = { margin: { l: 62, r: 14, t: 8, b: 22 }, showlegend: false, xaxis: { type: "date" } };
    await Plotly.newPlot(gd, data, layout, { displayModeBar: false });
    charts.push(gd);
  }
  setInterval(() => {
    const now = Date.now();
    for (const gd of charts) {
      const x = [0, 1, 2, 3].map(() => [now]);
      const y = [0, 1, 2, 3].map(() => [Math.random()]);
      Plotly.extendTraces(gd, { x, y }, [0, 1, 2, 3], 3600);
    }
  }, 1000);
}
"""


def rows() -> list[Figure]:
    """Mean and worst main-thread time a tick over a minute; nothing without a Chromium."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        return []
    server = start(PORT, World(2 * 3_600_000))
    try:
        ours, beside = _measure(chromium)
    finally:
        server.shutdown()
    mean, worst, base = statistics.fmean(ours), max(ours), statistics.fmean(beside)
    return [
        Figure(
            "drawing 12 × 4 × 3,600 at 1 Hz, mean a tick",
            f"{mean:.0f} ms",
            f"{MEAN_MS:.0f} ms",
            mean <= MEAN_MS,
            f"extendTraces on all: {base:.0f} ms",
            f"{mean / base:.2f}",
        ),
        Figure(
            "drawing 12 × 4 × 3,600 at 1 Hz, worst tick",
            f"{worst:.0f} ms",
            f"{WORST_MS:.0f} ms",
            worst <= WORST_MS,
            f"extendTraces on all: {max(beside):.0f} ms",
            f"{worst / max(beside):.2f}",
        ),
    ]


def _measure(chromium: str) -> tuple[list[float], list[float]]:
    """Task ms of each tick: of our page, and of Plotly alone."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport=VIEWPORT)
        page.goto(f"http://127.0.0.1:{PORT}/hosts/bench?from=now-1h")
        page.wait_for_selector("#graph-bench-11 path.js-line")
        ours = _ticks(page, SECONDS)
        page.close()
        page = browser.new_page(viewport=VIEWPORT)
        page.add_script_tag(path=str(Path(assets.__file__).parent / "vendor" / "plotly-basic.min.js"))
        page.evaluate(EXTEND_ALL)
        beside = _ticks(page, BASE_SECONDS)
        browser.close()
    return ours, beside


def _ticks(page: Any, seconds: int) -> list[float]:
    """Main-thread task time in ms of each of so many seconds, once the page has settled."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    time.sleep(SETTLE_SECONDS)
    spent = [_task_ms(session)]
    begun = time.monotonic()
    for second in range(1, seconds + 1):
        time.sleep(max(0.0, begun + second - time.monotonic()))
        spent.append(_task_ms(session))
    return [after - before for before, after in itertools.pairwise(spent)]


def _task_ms(session: Any) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")) * 1000.0


if __name__ == "__main__":
    import sys

    from benchmarks.table import lines

    sys.stdout.write("\n".join([*lines(rows()), ""]))
