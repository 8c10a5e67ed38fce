"""One web node and its browsers, each on the page of another host, whose rows come once a second.

The ingest node is this process: the publisher and the stream as they are, without POSTs and store, so that rows go out
as steadily as this machine lets them. A point's age is counted from its own stamp to its arrival at the browser. Beside
it: the CPU that it takes to send the same bytes over a socket and nothing else.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks.fanout import SLOW_SECONDS, Node, bare_ms, hosts_of, post
from benchmarks.table import Figure
from layouts.host import HostInfo, layout
from tests.e2e.clusters import own_nodes
from tests.e2e.programs import Program
from tidegauge.clock import SystemClock

CROWDS = (250, 500, 750, 1_000)
PROMISED = 500
IN_VIEW = 8
"""Queries of a page that a screen shows at once: those out of sight are not subscribed."""
P99_MS, CORE = 250, 0.60
REST_SECONDS, SECONDS = 10, 20


class _Feed:
    """Hosts that post once a second, each at its own moment of it, and all that they read each ten seconds."""

    def __init__(self, count: int) -> None:
        self.node = Node(SystemClock())
        self.hosts, self._slow = hosts_of(count)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._tell)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it is read."""
        return f"http://127.0.0.1:{self.node.server.server_port}"

    def close(self) -> None:
        """Tell nothing more."""
        self._stop.set()
        self._thread.join(10)
        self.node.close()

    def _tell(self) -> None:
        began, seq = time.monotonic(), 0
        while not self._stop.is_set():
            for place, pair in enumerate(zip(self.hosts, self._slow, strict=True)):
                early = began + seq + place / len(self.hosts) - time.monotonic()
                if early > 0:
                    self._stop.wait(early)
                post(self.node, pair[(seq + place) % SLOW_SECONDS == 0], seq)
            self.node.publisher.beat()
            seq += 1


def rows() -> list[Figure]:
    """What is promised, and where it breaks."""
    found = measure(CROWDS)
    one = found[PROMISED]
    bare = bare_ms(one["sizes"]) / one["seconds"]
    good = [count for count, other in found.items() if _holds(count, other)]
    bad = [f"{count}: {_words(other)}" for count, other in found.items() if not _holds(count, other)]
    return [
        Figure(
            f"one web node, {PROMISED} browsers on the pages of {PROMISED} hosts at 1 Hz",
            f"{_words(one)}; holds to {max(good, default=0)}{'; ' + bad[0] if bad else ''}",
            f"p99 ≤ {P99_MS} ms, ≤ {CORE:.0%} of a core",
            PROMISED in good,
            f"bare send of the same {sum(one['sizes']) / one['seconds'] / 1000:.0f} kB/s: {bare:.0f} ms/s",
            f"{one['cpu_ms'] / bare:.1f}",
        )
    ]


def _words(one: dict[str, Any]) -> str:
    return f"p99 {one['p99_ms']:.0f} ms, {one['cpu_ms'] / 10:.0f} % of a core"


def _holds(count: int, one: dict[str, Any]) -> bool:
    every = one["inside"] == count and one["points"] >= 0.95 * count
    return bool(every and one["p99_ms"] <= P99_MS and one["cpu_ms"] <= 1000 * CORE)


def measure(crowds: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What each crowd saw and cost: as many hosts as browsers, for what feeds them works on this machine too."""
    found = {}
    with tempfile.TemporaryDirectory() as folder, own_nodes() as (store,):
        for count in crowds:
            with _web(Path(folder), store.url, count) as (web, hosts):
                found[count] = _crowd(web, hosts)
    return found


@contextmanager
def _web(folder: Path, store: str, hosts: int) -> Iterator[tuple[Program, list[str]]]:
    feed = _Feed(hosts)
    web = Program("web", folder, "--store", store, "--peers", feed.url)
    try:
        web.start()
        yield web, [record.host for record in feed.hosts]
    finally:
        web.close()
        feed.close()


def _crowd(web: Program, hosts: Sequence[str]) -> dict[str, Any]:
    told = {
        "port": web.port,
        "pid": web.worker(),
        "pages": {host: _queries(host) for host in hosts},
        "rest": REST_SECONDS,
        "seconds": SECONDS,
    }
    command = [sys.executable, "-m", "benchmarks.crowd"]
    done = subprocess.run(command, input=json.dumps(told), stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _queries(host: str) -> list[str]:
    """What the page of a host subscribes to as it opens."""
    page = json.dumps(layout(HostInfo("HOST", "", "")).to_plotly_json(), default=lambda part: part.to_plotly_json())
    found = dict.fromkeys(re.findall(r'metrics=[^"\\]*', page))
    return [query.replace("HOST", quote(host)) for query in [*found][:IN_VIEW]]
