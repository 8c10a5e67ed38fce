"""WS /live over synthetic series: the browser protocol, strictly, with a cable that can be pulled."""

from __future__ import annotations

import threading
import time
from typing import Any

import msgspec
from simple_websocket import ConnectionClosed

from benchmarks.drawing.synthetic import CONTAINERS, FLEET, HOST, PERIOD_MS, Line, Source, happened, step_of
from tidegauge.metrics import query as queries
from tidegauge.metrics import ranges
from tidegauge.metrics.query import Query, QueryError

BENCH_POINTS = 3600
SILENT_PERIODS = 4
DRAIN_MS = 3000
"""How long a hole is waiting before what was queued arrives late."""


class World:
    """What all browsers see: the series, and whether the collector's cable is pulled."""

    def __init__(self, history_ms: int) -> None:
        self.source = Source(now_ms() - history_ms)
        self._lock = threading.Lock()
        self._pulled: tuple[int, int] | None = None
        self._lates: list[tuple[int, int]] = []

    def pull_cable(self, seconds: int) -> None:
        """From now on and for so long no row arrives; what was measured then comes late."""
        begin = now_ms() // PERIOD_MS * PERIOD_MS + PERIOD_MS
        with self._lock:
            self._pulled = (begin, begin + seconds * 1000)
            self.source.holes.append(self._pulled)

    def add_hole(self, begin_ms: int, end_ms: int) -> None:
        """A hole for good."""
        self.source.holes.append((begin_ms, end_ms))

    def newest_ms(self, now: int) -> int:
        """The time of the newest row that has arrived."""
        newest = now // PERIOD_MS * PERIOD_MS
        pulled = self._pulled
        return pulled[0] - PERIOD_MS if pulled and pulled[0] <= newest < pulled[1] else newest

    def follows(self, time_ms: int) -> bool:
        """Whether there is a row just before a time."""
        return not any(
            begin < time_ms <= end + PERIOD_MS and time_ms - begin > 3 * PERIOD_MS for begin, end in self.source.holes
        )

    def settle(self, now: int) -> tuple[int, int] | None:
        """A hole that has just been filled, once."""
        with self._lock:
            pulled = self._pulled
            if pulled is None or now < pulled[1] + DRAIN_MS:
                return None
            self._pulled = None
            self.source.holes.remove(pulled)
            self._lates.append(pulled)
            return pulled

    def gaps(self, now: int) -> list[dict[str, object]]:
        """Named holes, as the gaps message has them."""
        found = [
            _gap(begin, end, "not_measured", "not measured: the collector restarted")
            for begin, end in self.source.holes
        ]
        found += [_gap(begin, end, "late", "arrived late") for begin, end in self._lates]
        if (pulled := self._pulled) and now >= pulled[0] + SILENT_PERIODS * PERIOD_MS:
            found = [gap for gap in found if gap["from_ms"] != pulled[0]]
            count = (pulled[1] - pulled[0]) // PERIOD_MS
            back = now >= pulled[1]
            text = f"waiting, {count} in its queue" if back else "not known until the host answers"
            found.append(_gap(pulled[0], min(now, pulled[1]), "waiting" if back else "unknown", text))
        return found


def _gap(begin: int, end: int, state: str, text: str) -> dict[str, object]:
    return {"from_ms": begin, "to_ms": end, "state": state, "text": text}


def now_ms() -> int:
    """The demo host's clock."""
    return time.time_ns() // 1_000_000


class Session:
    """One browser: its subscriptions and what it watches."""

    def __init__(self, world: World, ws: Any) -> None:
        self.world = world
        self.ws = ws
        self.views: dict[int, tuple[Query, int, list[Line], bool]] = {}
        self.watched: str | None = None
        self.container = ""
        self.sent_gaps: list[dict[str, object]] | None = None

    def serve(self) -> None:
        """Until the browser goes: orders as they come, changes once a period."""
        try:
            self._send({"type": "hello", "node": "127.0.0.1:28760", "w_ms": 10_000, "version": "0.1.0"})
            tick = now_ms() // PERIOD_MS * PERIOD_MS + PERIOD_MS
            while True:
                text = self.ws.receive(timeout=max(0.0, (tick + 30 - now_ms()) / 1000))
                if text is not None:
                    self._obey(msgspec.json.decode(text))
                elif now_ms() >= tick + 30:
                    self._tick(tick)
                    tick += PERIOD_MS
        except ConnectionClosed:
            return

    def _send(self, message: dict[str, object]) -> None:
        self.ws.send(msgspec.json.encode(message).decode())

    def _obey(self, order: dict[str, Any]) -> None:
        if order["op"] == "subscribe":
            self._subscribe(order["id"], order["query"])
        elif order["op"] == "unsubscribe":
            self.views.pop(order["id"], None)
        elif order["op"] == "watch":
            self.watched = order["host"]
            self.container = order.get("container", "")
            self.sent_gaps = None
            self._presence()
            if self.watched == HOST:
                self._lane(ranges.resolve(order["from"], now_ms()), now_ms(), whole=True)

    def _lane(self, begin: int, end: int, *, whole: bool) -> None:
        about: dict[str, object] = {"host": self.watched, "container": self.container}
        found = happened(begin, end, self.container)
        if found or whole:
            self._send({"type": "events", **about, "whole": whole, "events": found})
        if whole:
            mine = [one for one in CONTAINERS if self.container in ("", one["id"])]
            self._send({"type": "containers", **about, "containers": mine})

    def _subscribe(self, id: int, text: str) -> None:
        try:
            query = queries.from_url(text)
            now = now_ms()
            begin, end = query.span(now)
        except (QueryError, ranges.RangeError) as error:
            self._send({"type": "error", "id": id, "error": "query", "reason": str(error), "hint": "now-5m"})
            return
        if query.metrics[0].startswith("bench"):
            query = msgspec.structs.replace(query, points=BENCH_POINTS)
        step = step_of(query, now)
        lines = self.world.source.lines(query)
        live = ranges.is_relative(query.end)
        self.views[id] = (query, step, lines, live)
        self._send(self._view(id, query, lines, (begin, min(end, self.world.newest_ms(now) + 1)), step, now, live))

    def _view(
        self, id: int, query: Query, lines: list[Line], span: tuple[int, int], step: int, now: int, live: bool
    ) -> dict[str, object]:
        begin, end = query.span(now)
        columns = {}
        for key, line in enumerate(lines):
            found = self.world.source.points(line, *span, step)
            columns[str(key)] = {
                "t": [t for t, _, _ in found],
                "v": [v for _, v, _ in found],
                "j": [j for _, _, j in found],
            }
        return {
            "type": "view",
            "id": id,
            "step_ms": step,
            "from_ms": begin,
            "to_ms": end,
            "now_ms": now,
            "live": live,
            "period_ms": PERIOD_MS,
            "series": [_info(key, line, query) for key, line in enumerate(lines)],
            "columns": columns,
            "error": None,
        }

    def _tick(self, tick: int) -> None:
        now = now_ms()
        filled = self.world.settle(now)
        newest = self.world.newest_ms(now)
        for key, (_, step, lines, live) in self.views.items():
            begin = filled[0] if filled else newest // (step or PERIOD_MS) * (step or PERIOD_MS)
            if live and newest >= tick - PERIOD_MS:
                self._points(key, lines, (begin, newest + 1), step, now)
        self._presence()
        if self.watched == HOST:
            self._lane(tick - PERIOD_MS, tick, whole=False)

    def _points(self, id: int, lines: list[Line], span: tuple[int, int], step: int, now: int) -> None:
        points = [
            [str(key), t, v, j if t > span[0] else int(self.world.follows(t))]
            for key, line in enumerate(lines)
            for t, v, j in self.world.source.points(line, span[0], span[1], step)
        ]
        self._send({"type": "points", "id": id, "now_ms": now, "series": [], "points": points, "remove": []})

    def _presence(self) -> None:
        now = now_ms()
        age = now - self.world.newest_ms(now)
        state = "live" if age < SILENT_PERIODS * PERIOD_MS else "silent"
        names = [(HOST, "web-1.example")] if self.watched else [(name, name) for name in FLEET]
        queue = {"count": 0 if state == "live" else age // PERIOD_MS, "from_ms": None, "to_ms": None}
        hosts = [
            {"id": self.watched or host, "name": name, "fleet": "demo", "state": state, "for_ms": age, "age_ms": age,
             "offset_ms": 12, "now_ms": now, "period_ms": PERIOD_MS, "queue": queue, "note": ""}
            for host, name in names
        ]  # fmt: skip
        if not self.watched:
            hosts[3] |= {"state": "down", "for_ms": 95_000}
            hosts[7] |= {"state": "silent", "for_ms": 6_200}
            hosts[11] |= {"state": "stopped", "for_ms": 600_000}
        self._send({"type": "presence", "hosts": hosts})
        gaps = self.world.gaps(now)
        if self.watched and gaps != self.sent_gaps:
            self.sent_gaps = gaps
            self._send({"type": "gaps", "host": self.watched, "gaps": gaps})


def _info(key: int, line: Line, query: Query) -> dict[str, str]:
    return {
        "key": str(key),
        "entity": "" if query.by else line.entity,
        "metric": line.metric,
        "label": line.label,
        "unit": "1",
    }
