"""From the kernel to the screen through a cluster: two ingest nodes, two web nodes, nginx, 50 collectors.

The page is on one web node, its host's POSTs go to each ingest node in turn; then the same with Elasticsearch ended.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.latency import CHROMIUM, SECONDS, WATCH
from benchmarks.table import Figure
from tests.e2e import keys
from tests.e2e.clusters import balanced, own_nodes
from tests.e2e.conftest import ARGUMENTS
from tests.e2e.programs import demo
from tests.e2e.screen import Screen

HOSTS, CONTAINERS = 50, 3
P50_MS, P99_MS = 200, 600
REST_MS = 10_000


def rows() -> list[Figure]:
    """With Elasticsearch, and with Elasticsearch ended."""
    simulated = ("--hosts", str(HOSTS), "--containers", str(CONTAINERS))
    with (
        tempfile.TemporaryDirectory() as folder,
        own_nodes() as (store,),
        balanced(Path(folder), store.url) as (_, balancer),
        demo(balancer, *simulated, **keys.ENVIRONMENT),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = _page(browser, balancer.url)
        found = [_figure("Elasticsearch up", _measure(page))]
        store.kill()
        found.append(_figure("Elasticsearch ended", _measure(page)))
        browser.close()
    return found


def _page(browser: Browser, url: str) -> Screen:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.request.post(f"{url}/api/v1/login", data={"user": keys.USER, "password": keys.PASSWORD})
    screen = Screen(context.new_page())
    screen.page.goto(f"{url}/hosts/demo-001")
    screen.wait_for_points(60)
    return screen


def _measure(screen: Screen) -> list[float]:
    screen.page.wait_for_timeout(REST_MS)
    screen.page.evaluate(WATCH)
    screen.page.wait_for_timeout(SECONDS * 1000)
    seen: list[float] = screen.page.evaluate("() => seen")
    return seen


def _figure(what: str, seen: Sequence[float]) -> Figure:
    p50, p99 = statistics.median(seen), sorted(seen)[int(0.99 * (len(seen) - 1))]
    holds = len(seen) >= SECONDS / 2 and p50 <= P50_MS and p99 <= P99_MS
    name = f"sample taken → painted, through nginx, 2 + 2 nodes, {HOSTS} collectors, {what}"
    ours = f"p50 {p50:.0f}, p99 {p99:.0f} ms ({len(seen)} ticks)"
    bound = f"p50 ≤ {P50_MS}, p99 ≤ {P99_MS} ms"
    return Figure(name, ours, bound, holds, "a frame of the screen: 17 ms", f"{p50 / 16.7:.1f} frames")
