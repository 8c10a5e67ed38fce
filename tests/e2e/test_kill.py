"""kill -9 of the server at random moments under load: nothing answered is lost, nothing is doubled."""

from __future__ import annotations

import http.client
import random
import signal
import threading
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from tests.e2e.programs import Up, demo, eventually, running, signal_process
from tests.rows import host, record
from tidegauge.metrics import incarnations, wire
from tidegauge.metrics.parts import Series
from tidegauge.metrics.wire import PostHeader, WireError
from tidegauge.storage.open import open_store

KILLS = 20
START_SECONDS = 3.0
ROWS = 3


@pytest.mark.processes
def test_a_server_outage_leaves_no_hole(tmp_path: Path) -> None:
    """Simulated hosts keep what a killed server did not take, and bring it afterwards."""
    with running(tmp_path) as up, demo(up, "--hosts", "3", "--containers", "1"):
        begun = eventually(lambda: _times(up, "demo-002"), 20, "the first rows")[0]
        worker = up.worker()
        signal_process(worker, signal.SIGKILL)
        eventually(lambda: up.worker() != worker and up.is_ready(), 10, "the server")
        killed = eventually(lambda: _times(up, "demo-002"), 10, "rows after the kill")[-1]
        times = eventually(lambda: (t := _times(up, "demo-002")) and t[-1] > killed + 3_000 and t, 15, "newer rows")
        eventually(lambda: _widest(_times(up, "demo-002")) < 1_500, 15, "rows without a hole")
        assert times[0] == begun


def _times(up: Up, host: str) -> list[int]:
    """The times of a host's rows of the last five minutes."""
    pairs = {"metrics": "system.uptime", "filter": f"entity={host}", "from": "now-5m"}
    series = up.get("/api/v1/query", **pairs).get("series", [])
    return list(series[0]["time_ms"]) if series else []


def _widest(times: list[int]) -> int:
    return max(b - a for a, b in pairwise(times))


class Client(threading.Thread):
    """A host that posts record after record, each until an answer settles it."""

    def __init__(self, up: Up, name: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.settled: list[int] = []
        self.host = name
        self._up = up
        self._stop_event = stop
        self._incarnation = incarnations.new(int(time.time() * 1000))

    def run(self) -> None:
        seq, begin = 0, int(time.time() * 1000) - 3_600_000
        while not self._stop_event.is_set():
            times = [begin + (seq * ROWS + i) * 100 for i in range(ROWS)]
            if self._post(seq, times):
                self.settled.extend(times)
                seq += 1

    def _post(self, seq: int, times: list[int]) -> bool:
        one = record(times, {"gauge": [float(t) for t in times]}, seq, host(self.host), self._incarnation)
        head = PostHeader(
            host=self.host,
            now_ms=int(time.time() * 1000),
            incarnation=self._incarnation,
            period_ms=1000,
            name=self.host,
        )
        headers = {"Content-Type": wire.CONTENT_TYPE, wire.HEADER: wire.encode_header(head)}
        connection = http.client.HTTPConnection("127.0.0.1", self._up.port, timeout=5)
        try:
            connection.request("POST", "/api/v1/records", wire.encode(one), headers)
            answer = wire.decode_answer(connection.getresponse().read())
        except (OSError, http.client.HTTPException, WireError):
            return False
        finally:
            connection.close()
        return answer.outcomes[0].outcome in ("stored", "duplicate")


@pytest.mark.processes
def test_what_was_answered_is_there_once(tmp_path: Path) -> None:
    """Twenty kills of the worker under load: each settled row is stored once; it is back within 3 s."""
    chance, stop = random.Random(7), threading.Event()
    with running(tmp_path) as up:
        clients = [Client(up, f"load-{n}", stop) for n in range(4)]
        for client in clients:
            client.start()
        for _ in range(KILLS):
            stop.wait(chance.uniform(0.05, 0.6))
            began, worker = time.monotonic(), up.worker()
            signal_process(worker, signal.SIGKILL)
            eventually(lambda worker=worker: up.worker() != worker and up.is_ready(), 10, "the server")
            assert time.monotonic() - began <= START_SECONDS
        stop.set()
        for client in clients:
            client.join(10)
    store = open_store(f"embedded:{tmp_path}/var", retention_days=3)
    for client in clients:
        parts = store.parts([Series(client.host, "gauge", "gauge")], 0, 1 << 50, 0)
        stored = Counter(parts.bucket.tolist())
        assert len(client.settled) > 100
        assert set(client.settled) <= set(stored)
        assert set(stored.values()) == {1}
        assert set(parts.count.tolist()) == {1}
    store.close()
