"""The lane of metrics: values of the metrics that anybody reads, told of the whole fleet together.

What comes of all hosts within a moment is one frame a metric: so what a reader costs hangs on how many values there
are, not on how many hosts send them, and no POST waits for it. A metric that nobody reads costs nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from tidegauge.clock import Clock
from tidegauge.cluster import frames
from tidegauge.cluster.frames import Cell, MetricRows, Share, metric_topic
from tidegauge.cluster.hub import Hub
from tidegauge.metrics.records import Block, Column, Record

SECONDS = 0.05
"""How often what was gathered is told."""
MOST_CELLS = 20_000
"""In one frame, about: 2 MB."""


class _Gathered(NamedTuple):
    """A record's share of a metric, and when it came (monotonic)."""

    column: Column
    share: Share
    at_ms: float


class MetricLane:
    """Gathers, and tells with `flush`. Thread-safe."""

    def __init__(self, hub: Hub, clock: Clock) -> None:
        self._hub = hub
        self._clock = clock
        self._lock = threading.Lock()
        self._telling = threading.Lock()
        """Held while values are told: in the order in which they came, and before what is told after `flush`."""
        self._gathered: list[_Gathered] = []

    def take(
        self, now_ms: int, record: Record, block: Block, rows: Sequence[int], received_ms: int | None = None
    ) -> None:
        """Some rows of a block came; now_ms: the sender's clock."""
        read = self._hub.metrics
        if not read or not rows:
            return
        at_ms = self._clock.monotonic_ms()
        for column, values in zip(block.columns, block.values, strict=True):
            if column.name in read and (cells := _cells(block, values, rows)):
                share = Share(record.host, record.incarnation, record.seq, now_ms, cells, received_ms)
                with self._lock:
                    self._gathered.append(_Gathered(column, share, at_ms))

    def flush(self) -> None:
        """Tell all that was gathered."""
        with self._telling:
            with self._lock:
                gathered, self._gathered = self._gathered, []
            for column, shares in self._by_column(gathered).items():
                topic = metric_topic(column.name)
                told = (MetricRows(column, some) for some in _pieces(shares) if self._hub.wanted(topic))
                self._hub.publish_all([(topic, frames.encode(frame)) for frame in told])

    def _by_column(self, gathered: Iterable[_Gathered]) -> dict[Column, list[Share]]:
        """The shares of each metric, aged by what they waited."""
        found: dict[Column, list[Share]] = {}
        now_ms = self._clock.monotonic_ms()
        for column, share, at_ms in gathered:
            aged = msgspec.structs.replace(share, now_ms=share.now_ms + round(now_ms - at_ms))
            found.setdefault(column, []).append(aged)
        return found


def _cells(block: Block, values: Sequence[float | None], rows: Iterable[int]) -> list[Cell]:
    """A column's values that are known in some rows."""
    return [
        Cell(of.id, of.kind, of.start, of.period_ms, block.times[r], value)
        for r in rows
        if (value := values[r]) is not None
        for of in (block.entities[block.entity[r]],)
    ]


def _pieces(shares: Iterable[Share]) -> Iterator[list[Share]]:
    """The shares in lists of about MOST_CELLS at most."""
    piece: list[Share] = []
    size = 0
    for share in shares:
        piece.append(share)
        size += len(share.cells)
        if size >= MOST_CELLS:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece
