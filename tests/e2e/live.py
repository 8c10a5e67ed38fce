"""A browser's websocket, without the browser: which points came, and how old each was then."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.e2e.programs import eventually

SWITCH_SECONDS = 0.001


class Point(NamedTuple):
    """A row as a browser saw it. age_ms: when it came, less its time; both by this machine's clock.
    drawn: it came with a whole view."""

    entity: str
    time_ms: int
    value: float | None
    age_ms: float
    drawn: bool = False


class Told(NamedTuple):
    """A host as a web node told it. at_ms: this machine's clock. suspended: why the node does not judge, else ""."""

    at_ms: float
    host: str
    state: str
    suspended: str


class Live:
    """One subscription, on a thread that reads until it is closed; it comes again as a browser does.

    query: one whose step gives rows. Rows from before the first view do not count.
    """

    def __init__(self, port: int, query: str, cookie: str = "") -> None:
        self._address = f"ws://127.0.0.1:{port}/live"
        self._headers = {"Cookie": cookie} if cookie else {}
        self._query = query
        self._lock = threading.Lock()
        self._points: dict[tuple[str, int], Point] = {}
        self._names: dict[str, str] = {}
        self._joined_ms = time.time() * 1000
        self.window_ms = 0
        self.states: dict[str, str] = {}
        self.told: list[Told] = []
        """Each host that was said not to be live."""
        self.errors: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def points(self, from_ms: float = 0, to_ms: float = 1e15) -> list[Point]:
        """The points that came, with times in a range."""
        with self._lock:
            return [point for point in self._points.values() if from_ms <= point.time_ms < to_ms]

    def wait(self, count: int, seconds: float = 30.0) -> None:
        """Wait until rows of so many entities come."""
        eventually(lambda: len({p.entity for p in self.points()}) >= count, seconds, f"rows of {count} entities")

    def close(self) -> None:
        """Leave."""
        self._stop.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._stop.is_set():
            with (
                suppress(OSError, WebSocketException),
                connect(self._address, max_size=None, proxy=None, additional_headers=self._headers) as ws,
            ):
                ws.send(json.dumps({"op": "watch", "host": None}))
                ws.send(json.dumps({"op": "subscribe", "id": 1, "query": self._query}))
                self._read(ws)
            self._stop.wait(0.2)

    def _read(self, ws) -> None:  # type: ignore[no-untyped-def]
        while not self._stop.is_set():
            with suppress(TimeoutError):
                self._take(json.loads(ws.recv(timeout=0.2)), time.time() * 1000)

    def _take(self, message: dict, now_ms: float) -> None:  # type: ignore[type-arg]
        if message["type"] == "hello":
            self.window_ms = message["w_ms"]
        if message["type"] == "presence":
            self.states = {host["id"]: host["state"] for host in message["hosts"]}
            self.told += [
                Told(now_ms, host["id"], host["state"], host.get("suspended", ""))
                for host in message["hosts"]
                if host["state"] != "live"
            ]
        if message["type"] == "view" and message.get("error"):
            self.errors.append(message["error"])
        self._names.update({series["key"]: series["entity"] for series in message.get("series", ())})
        for key, columns in message.get("columns", {}).items():
            self._note(key, columns["t"], columns["v"], now_ms, drawn=True)
        for key, time_ms, value, _ in message.get("points", ()):
            self._note(key, [time_ms], [value], now_ms)

    def _note(self, key: str, times: list[int], values: list[float | None], now_ms: float, drawn: bool = False) -> None:
        entity = self._names[key]
        with self._lock:
            for time_ms, value in zip(times, values, strict=True):
                if time_ms >= self._joined_ms:
                    point = Point(entity, time_ms, value, now_ms - time_ms, drawn)
                    self._points.setdefault((entity, time_ms), point)


@contextmanager
def live(port: int, query: str, cookie: str = "") -> Iterator[Live]:
    """A subscription that is left in the end. Its thread waits less for those of hosts in the same process. cookie:
    of who is signed in.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    made = Live(port, query, cookie)
    try:
        yield made
    finally:
        made.close()
        sys.setswitchinterval(before)


def percentile(points: list[Point], share: float) -> float:
    """The age in ms that so great a share of some points is below."""
    ages = sorted(point.age_ms for point in points)
    return ages[min(len(ages) - 1, int(share * len(ages)))]
