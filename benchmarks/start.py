"""From `tidegauge up` to the first live point painted in a browser that waits for it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.latency import CHROMIUM
from benchmarks.table import Figure
from tests.e2e.conftest import ARGUMENTS
from tests.e2e.programs import Up
from tests.e2e.screen import Screen

BOUND_SECONDS = 10


def rows() -> list[Figure]:
    """Beside it: how long Python takes to import what the server is made of."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        up = Up(Path(folder))
        began = time.monotonic()
        up.start()
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{up.port}/hosts/{up.host()}")
        Screen(page).wait_for_points()
        took = time.monotonic() - began
        browser.close()
        up.close()
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import dash, duckdb, numpy, plotly"], check=True)
    imports = time.monotonic() - began
    ours, bound = f"{took:.1f} s", f"≤ {BOUND_SECONDS} s"
    beside = f"import of Dash, DuckDB, numpy, Plotly: {imports:.1f} s"
    return [
        Figure("up → first live point painted", ours, bound, took <= BOUND_SECONDS, beside, f"{took / imports:.1f}")
    ]
