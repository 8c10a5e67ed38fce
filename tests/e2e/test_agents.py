"""The agent of docs/agents.md: the very text of the page, run as a process against a real server."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

import tidegauge
from tests.collector.scripted_server import ScriptedServer, cut, hang_up, outcomes, page
from tests.e2e.conftest import Open
from tests.e2e.programs import Program, Up, eventually, running

PAGE = Path(__file__).parents[2] / "docs/agents.md"
HOST = "shop-checkout"
ORDERS_A_ROW = 2
MOST_LINES = 40


def agent_of_the_page() -> str:
    """The first block of Python of the page."""
    found = re.search(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


@contextmanager
def agent(url: str, folder: Path) -> Iterator[None]:
    """The page's agent as a process that sends to a server; it is killed in the end, as it keeps nothing on disk."""
    file = folder / "agent.py"
    file.write_text(agent_of_the_page(), encoding="utf-8")
    with (folder / "agent.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, str(file), urlsplit(url).netloc], stdout=log, stderr=log)
        try:
            yield
            assert process.poll() is None, (folder / "agent.log").read_text()
        finally:
            process.kill()
            process.wait(10)


def asked(server: Program, metric: str, **pairs: object) -> dict[str, Any]:
    """The answer to a query for a metric of the agent."""
    found: dict[str, Any] = server.get(
        "/api/v1/query", **{"metrics": metric, "filter": f"host={HOST}", "from": "now-5m", **pairs}
    )
    return found


def values(server: Program, metric: str, **pairs: object) -> list[float]:
    """The known values of the agent's one series of a metric."""
    series = asked(server, metric, **pairs).get("series", [])
    return [value for one in series for value in one["value"] if value is not None]


def enough(server: Program, count: int, metric: str = "shop.orders", **pairs: object) -> list[float]:
    """The values of a metric once there are so many."""

    def look() -> list[float] | None:
        found = values(server, metric, **pairs)
        return found if len(found) >= count else None

    return eventually(look, 30, f"{count} values of {metric}")


def test_the_agent_is_short() -> None:
    """It stays a page's worth of the standard library."""
    lines = [line for line in agent_of_the_page().splitlines() if line.strip()]
    assert len(lines) <= MOST_LINES
    modules = re.findall(r"^import (.*)$", agent_of_the_page(), re.MULTILINE)[0].split(", ")
    assert {name.partition(".")[0] for name in modules} <= sys.stdlib_module_names


@pytest.mark.processes
def test_an_agent_is_a_host_with_metrics_of_its_own(tmp_path: Path) -> None:
    """Counter, rate, gauge, descriptions, presence and a long range; then a restart, without a negative spike."""
    with running(tmp_path) as up:
        with agent(up.url, up.folder):
            rates = enough(up, 5)
            assert all(0.5 * ORDERS_A_ROW < rate < 5 * ORDERS_A_ROW for rate in rates)
            totals = enough(up, 5, rate="none")
            assert totals == [ORDERS_A_ROW * (n + 1) for n in range(len(totals))]
            sizes = enough(up, 5, "shop.basket.size")
            assert sizes == [n % 7 for n in range(len(sizes))]
            _is_described(up)
            _has_long_ranges(up)
            assert len(tidegauge.connect(up.url).query("shop.orders", host="Checkout", start="now-5m")) >= 5
        began_ms = time.time() * 1000
        with agent(up.url, up.folder):
            eventually(lambda: _rows(up, began_ms) >= 4, 30, "rows of the second life")
            assert min(values(up, "shop.orders")) >= 0
            assert any(b < a for a, b in pairwise(values(up, "shop.orders", rate="none")))
            growth = sum(values(up, "shop.orders", rate="increase"))
            last_ones = _last_of_each_life(values(up, "shop.orders", rate="none"))
            assert growth >= sum(last_ones) - 2 * ORDERS_A_ROW


def _is_described(up: Up) -> None:
    known = {one["metric"]: one for one in up.get("/api/v1/metrics")}
    assert known["shop.orders"] == {
        "metric": "shop.orders",
        "unit": "{order}",
        "kind": "counter",
        "help": "Orders that were paid.",
        "formula": "counted by the checkout since it began",
    }
    assert (known["shop.basket.size"]["unit"], known["shop.basket.size"]["kind"]) == ("{item}", "gauge")
    (entity,) = up.get("/api/v1/entities", filter=f"entity={HOST}")
    assert (entity["kind"], entity["host"], entity["attributes"]["host.name"]) == ("host", HOST, "Checkout")


def _has_long_ranges(up: Up) -> None:
    """A day at steps of minutes comes from raw rows, as the agent sends no others, and says so."""
    answer = asked(up, "shop.orders", **{"from": "now-1d"})
    assert answer["source"] == "raw"
    assert answer["step_ms"] >= 60_000
    assert answer["series"][0]["value"][-1] > 0


def _rows(up: Up, from_ms: float, to_ms: float = float("inf")) -> int:
    series = asked(up, "shop.basket.size").get("series", [])
    return sum(from_ms <= time_ms < to_ms for one in series for time_ms in one["time_ms"])


def _last_of_each_life(totals: list[float]) -> list[float]:
    return [a for a, b in pairwise([*totals, -1.0]) if b < a]


@pytest.mark.processes
def test_an_agent_keeps_what_a_server_did_not_take(tmp_path: Path) -> None:
    """A server that was away has every row afterwards, once, those of that time too."""
    with running(tmp_path) as up, agent(up.url, up.folder):
        enough(up, 2, rate="none")
        up.stop()
        stopped_ms = time.time() * 1000
        up.start()
        ready_ms = time.time() * 1000
        eventually(lambda: _rows(up, ready_ms), 30, "rows after the start")
        assert _rows(up, stopped_ms, ready_ms) >= 1
        totals = values(up, "shop.orders", rate="none")
        assert totals == [ORDERS_A_ROW * (n + 1) for n in range(len(totals))]


NO_ANSWERS = (
    page(200),
    page(502),
    page(302, Location="http://127.0.0.1:9/"),
    page(200, b'["not", "ours"]'),
    page(200, b'{"outcomes": [{"seq": 0, "outcome": "stored"}]}'),
    page(200, b'{"tidegauge": 1, "outcomes": [{"outcome": "stored"}]}'),
    cut,
    hang_up,
    outcomes("retry", status=503),
)


@pytest.mark.processes
def test_only_an_answer_settles_a_record(tmp_path: Path) -> None:
    """Rule 4: whatever else comes back, all is kept and sent again, what is newest first; what is settled is not."""
    with ScriptedServer() as server, agent(server.url, tmp_path):
        server.script.extend([*NO_ANSWERS, outcomes("stored", "retry", "refused")])
        last = len(NO_ANSWERS)
        posts = server.wait_for(lambda posts: len(posts) >= last + 3)
    everything = [last, *range(last)]
    assert [post.seqs for post in posts[: last + 3]] == [
        *([n, *range(n)] for n in range(last)),
        everything,
        [last + 1, everything[1]],
        [last + 2],
    ]


@pytest.mark.browser
@pytest.mark.processes
def test_an_agents_page_shows_its_metrics(up: Up, open_page: Open) -> None:
    """Its graphs, with unit, help and formula, live; and no empty ones of a system that it does not measure."""
    with agent(up.url, up.folder):
        enough(up, 2)
        page = open_page(f"/hosts/{HOST}")
        orders = page.locator("[id='graph-metric-host-shop.orders']")
        expect(orders.locator(".card-value")).to_contain_text("/s")
        expect(orders.locator(".card-unit")).to_have_text("order a second")
        orders.locator("summary").click()
        expect(orders.locator(".about-text")).to_contain_text("counted by the checkout since it began")
        expect(page.locator("h1")).to_have_text("Checkout")
        expect(page.locator("[data-graph]")).to_have_count(2)
        expect(page.locator(".title [data-role=state]")).to_contain_text("live")
