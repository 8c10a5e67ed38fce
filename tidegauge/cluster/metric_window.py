"""A metric's window: made of the frames that an ingest node keeps of each entity, when somebody begins to read it.

Keeping those values a second time would double the memory, for topics that few read. Of each frame only what is wanted
is decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import islice

import msgspec

from tidegauge.cluster import frames
from tidegauge.cluster.frames import Cell, Delivery, MetricRows, Share, metric_topic
from tidegauge.cluster.window import FrameWindow
from tidegauge.metrics.records import Column

TOPICS = 50
"""Of so many entities at a time: a piece costs some milliseconds."""


class _Entity(msgspec.Struct):
    id: str
    kind: str
    start: str
    period_ms: int


class _Rows(msgspec.Struct):
    """`frames.Rows`, its columns undecoded."""

    host: str
    incarnation: str
    seq: int
    now_ms: int
    entity: _Entity
    columns: msgspec.Raw
    times: list[int]
    values: list[msgspec.Raw]
    received_ms: int | None = None


_rows = msgspec.json.Decoder(_Rows)
_columns = msgspec.json.Decoder(list[Column])
_numbers = msgspec.json.Decoder(list[float | None])


class MetricWindow:
    """The recent values of some metrics, as their topics tell them. For one thread. monotonic_ms: a clock."""

    def __init__(self, window: FrameWindow, metrics: Collection[str], monotonic_ms: Callable[[], float]) -> None:
        self._window = window
        self._monotonic_ms = monotonic_ms
        self._metrics = metrics
        self._names = [msgspec.json.encode(name) for name in metrics]
        self._places: dict[bytes, list[tuple[int, Column]]] = {}
        """Where the metrics are, by the bytes of a frame's columns, of which there are few."""

    def pieces(self) -> Iterator[list[Delivery]]:
        """All that there is, piece by piece."""
        topics = iter(self._window.topics())
        while some := list(islice(topics, TOPICS)):
            found: dict[Column, list[Share]] = {}
            for topic in some:
                for delivery in self._window.snapshot(topic, self._monotonic_ms()):
                    self._take(delivery, found)
            yield [
                Delivery(metric_topic(column.name), 0, 0, frames.encode(MetricRows(column, shares)))
                for column, shares in found.items()
            ]

    def _take(self, delivery: Delivery, found: dict[Column, list[Share]]) -> None:
        """Take what is wanted of an entity's frame."""
        if not any(name in delivery.frame for name in self._names):
            return
        rows = _rows.decode(delivery.frame)
        for place, column in self._places_in(bytes(rows.columns)):
            of = rows.entity
            cells = [
                Cell(of.id, of.kind, of.start, of.period_ms, time_ms, value)
                for time_ms, value in zip(rows.times, _numbers.decode(rows.values[place]), strict=True)
                if value is not None
            ]
            now_ms = rows.now_ms + delivery.held_ms
            share = Share(rows.host, rows.incarnation, rows.seq, now_ms, cells, rows.received_ms)
            found.setdefault(column, []).append(share)

    def _places_in(self, columns: bytes) -> list[tuple[int, Column]]:
        """At which places the metrics are."""
        if columns not in self._places:
            named = enumerate(_columns.decode(columns))
            self._places[columns] = [(place, column) for place, column in named if column.name in self._metrics]
        return self._places[columns]
