"""From the kernel to the screen: a sample taken until its number is painted, in a real Chromium.

The page and the host share this machine's clock, so the painted row's time and the time after the
frame that painted it can be compared; the page's own figure (from stamps alone) stands beside it.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.table import Figure
from tests.e2e.conftest import ARGUMENTS
from tests.e2e.programs import Up, demo, running
from tests.e2e.screen import Screen

CHROMIUM = "/usr/bin/chromium"
SECONDS = 60
BOUNDS = {0: (150.0, 500.0), 200: (None, 1_000.0)}

WATCH = """() => {
  const seen = (globalThis.seen = []);
  const value = document.querySelector("[data-graph] [data-role=value]");
  const card = tidegauge.page.cards[0];
  let last = card.store.newest;
  new MutationObserver(() => {
    const newest = card.store.newest;
    if (newest === last) return;
    last = newest;
    requestAnimationFrame(() => setTimeout(() => seen.push(Date.now() - newest)));
  }).observe(value, { childList: true, characterData: true, subtree: true });
}"""


def rows() -> list[Figure]:
    """One host alone, then with 200 simulated hosts beside it."""
    found: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as up, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for hosts in BOUNDS:
            beside = demo(up, "--hosts", str(hosts)) if hosts else nullcontext()
            with beside:
                found.append(_figure(hosts, _measure(browser, up)))
        browser.close()
    return found


def _measure(browser: Browser, up: Up) -> list[float]:
    page: Page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"http://127.0.0.1:{up.port}/hosts/{up.host()}")
    Screen(page).wait_for_points()
    page.wait_for_timeout(5_000)
    page.evaluate(WATCH)
    page.wait_for_timeout(SECONDS * 1000)
    seen: list[float] = page.evaluate("() => seen")
    page.close()
    return seen


def _figure(hosts: int, seen: Sequence[float]) -> Figure:
    p50, p99 = statistics.median(seen), sorted(seen)[int(0.99 * (len(seen) - 1))]
    most, worst = BOUNDS[hosts]
    holds = len(seen) >= SECONDS / 2 and p99 <= worst and (most is None or p50 <= most)
    bound = f"p99 ≤ {worst:.0f} ms" if most is None else f"p50 ≤ {most:.0f}, p99 ≤ {worst:.0f} ms"
    name = f"sample taken → painted, {hosts} hosts beside" if hosts else "sample taken → painted"
    ours = f"p50 {p50:.0f}, p99 {p99:.0f} ms ({len(seen)} ticks)"
    return Figure(name, ours, bound, holds, "a frame of the screen: 17 ms", f"{p50 / 16.7:.1f} frames")
