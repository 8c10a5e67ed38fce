"""Windows: the recent rows in memory (rule 7), on both ends of the node stream.

`FrameWindow` is an ingest node's: encoded frames, to be told again to whoever begins to read a
topic. `RowWindow` is a web node's: the rows of what is watched. Ages only, no wall clock.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import NamedTuple

from msgspec.structs import replace

from tidegauge.cluster.frames import Delivery
from tidegauge.metrics.records import Row


class _Held(NamedTuple):
    at_ms: float
    born_ms: float
    frame: bytes


class FrameWindow:
    """Frames by topic, each kept until its oldest row is `span_ms` old. Thread-safe."""

    def __init__(self, span_ms: int) -> None:
        self._span_ms = span_ms
        self._lock = threading.Lock()
        self._topics: dict[str, deque[_Held]] = {}

    def add(self, topic: str, frame: bytes, age_ms: float, now_ms: float) -> None:
        """Keep a frame whose oldest row is `age_ms` old; now_ms: monotonic."""
        with self._lock:
            held = self._topics.setdefault(topic, deque())
            held.append(_Held(now_ms, now_ms - age_ms, frame))
            self._trim(held, now_ms)

    def snapshot(self, topic: str, now_ms: float) -> list[Delivery]:
        """All frames of a topic in the order they came, with how long they were held."""
        with self._lock:
            held = self._topics.get(topic)
            if held is None:
                return []
            self._trim(held, now_ms)
            return [Delivery(topic, 0, round(now_ms - one.at_ms), one.frame) for one in held]

    def trim(self, now_ms: float) -> None:
        """Let go of what is too old in every topic."""
        with self._lock:
            for topic, held in list(self._topics.items()):
                self._trim(held, now_ms)
                if not held:
                    del self._topics[topic]

    def topics(self) -> set[str]:
        """The topics that have frames."""
        with self._lock:
            return set(self._topics)

    def _trim(self, held: deque[_Held], now_ms: float) -> None:
        while held and now_ms - held[0].born_ms > self._span_ms:
            held.popleft()


class RowWindow:
    """Rows by entity, one a key with all values that came of it, each kept until it is `span_ms` old. Thread-safe."""

    def __init__(self, span_ms: int) -> None:
        self.span_ms = span_ms
        self._lock = threading.Lock()
        self._entities: dict[str, dict[tuple[str, int], tuple[float, Row]]] = {}

    def add(self, row: Row, age_ms: float, now_ms: float) -> Row | None:
        """Keep a row that is `age_ms` old; what is new of it: the values that its key had not yet, which come in
        pieces where topics of metrics are read. None if nothing is, or it is too old."""
        if age_ms > self.span_ms:
            return None
        key = (row.incarnation, row.time_ms)
        with self._lock:
            rows = self._entities.setdefault(row.entity.id, {})
            if key not in rows:
                rows[key] = (now_ms - age_ms, row)
                self._trim(rows, now_ms)
                return row
            born_ms, known = rows[key]
            if row.values.keys() <= known.values.keys():
                return None
            new = {name: value for name, value in row.values.items() if name not in known.values}
            rows[key] = (born_ms, replace(known, values=known.values | new))
            return replace(row, values=new)

    def rows(self, entity: str, from_ms: int = 0) -> list[Row]:
        """An entity's rows from a time on (its own clock), by time."""
        with self._lock:
            found = [row for _, row in self._entities.get(entity, {}).values() if row.time_ms >= from_ms]
        return sorted(found, key=lambda row: (row.time_ms, row.incarnation))

    def count(self) -> int:
        """How many rows there are."""
        with self._lock:
            return sum(map(len, self._entities.values()))

    def forget(self, entity: str) -> None:
        """Let go of an entity that nobody watches any more."""
        with self._lock:
            self._entities.pop(entity, None)

    def trim(self, now_ms: float) -> None:
        """Let go of what is too old, also of entities whose rows no longer come."""
        with self._lock:
            for entity, rows in list(self._entities.items()):
                self._trim(rows, now_ms)
                if not rows:
                    del self._entities[entity]

    def erase(self, host: str, from_ms: int, to_ms: int) -> None:
        """Take out a host's rows in [from_ms, to_ms]: they were dropped (rule 11)."""
        with self._lock:
            for rows in self._entities.values():
                gone = [k for k, (_, row) in rows.items() if row.host == host and from_ms <= row.time_ms <= to_ms]
                for key in gone:
                    del rows[key]

    def _trim(self, rows: dict[tuple[str, int], tuple[float, Row]], now_ms: float) -> None:
        while rows:
            key = next(iter(rows))
            if now_ms - rows[key][0] <= self.span_ms:
                return
            del rows[key]
