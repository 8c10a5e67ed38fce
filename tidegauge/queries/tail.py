"""An entity's open end within a view (rules 7 and 8): what is folded again with every row.

Rows from the boundary on are kept one by one, so that a row that comes twice counts once; what is
older lies sealed in parts. The boundary follows the host's own now at one and a half windows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import Parts, Series, bucket_of
from tidegauge.metrics.records import Row


class End(NamedTuple):
    """The last row of a series: its time and value, and of which incarnation and start it is."""

    point: tuple[int, float]
    life: tuple[str, str]


class Step(NamedTuple):
    """A row (time, value) of a series that goes on after another."""

    series: Series
    before: tuple[int, float]
    row: tuple[int, float]
    period_ms: int


class Tail:
    """The open end of some series of one entity. Not thread-safe: whoever has its view holds it."""

    def __init__(self, series: Sequence[Series], step_ms: int, lookback_ms: int, boundary_ms: int) -> None:
        self._series = series
        self._step_ms = step_ms
        self._lookback_ms = lookback_ms
        self.boundary_ms = boundary_ms
        self.sealed = p.empty()
        """What lies before the boundary, in parts."""
        self._recent = p.empty()
        self._waiting: list[Row] = []
        """Rows that go on after all others, not yet among the parts."""
        self._ends: dict[str, End] | None = None
        """The last row of each metric; None: to be found."""

    @property
    def recent(self) -> Parts:
        """The rows from the boundary on, as parts at step 0."""
        if self._waiting:
            self._recent = p.union(self._recent, p.of_rows(self._waiting, self._series, 0))
            self._waiting = []
        return self._recent

    @property
    def emit_from(self) -> int:
        """The first bucket that rows can still change; all of it is here, and its edge."""
        return bucket_of(self.boundary_ms, self._step_ms)

    @property
    def sealed_from_ms(self) -> int:
        """Where sealed parts must begin for the first open bucket's edge."""
        return self.emit_from - self._lookback_ms

    def seal(self, sealed: Parts) -> None:
        """Replace what lies before the boundary by the store's word, which may begin earlier than is needed."""
        self.sealed = _trimmed(sealed, self.emit_from, self.sealed_from_ms)
        self._ends = None

    def unite(self, rows: Parts) -> None:
        """Take rows (step 0) at or after the boundary, each key once."""
        self._recent = p.union(self.recent, rows)
        self._ends = None

    def add(self, rows: Iterable[Row]) -> bool:
        """Take live rows; whether any was new and lies at or after the boundary."""
        fresh = p.of_rows([row for row in rows if row.time_ms >= self.boundary_ms], self._series, 0)
        before = len(self.recent)
        self.unite(fresh)
        return len(self.recent) > before

    def go_on(self, rows: Sequence[Row], from_ms: int, until_ms: int) -> list[Step] | None:
        """Take live rows of [from_ms, until_ms) that go on: at step 0, each later than all others of its series, and of
        the same incarnation and start as the last of them. So no other point than theirs changes. None, and none is
        taken, if some are others: those are for `add`.
        """
        if self._step_ms:
            return None
        ends, found = dict(self._known_ends()), list[Step]()
        for row in rows:
            if not from_ms <= row.time_ms < until_ms:
                return None
            life = (row.incarnation, row.entity.start)
            for series in self._series:
                if (value := row.values.get(series.metric)) is None:
                    continue
                end, point = ends.get(series.metric), (row.time_ms, value)
                if end is None or end.life != life or end.point[0] >= row.time_ms or not math.isfinite(value):
                    return None
                found.append(Step(series, end.point, point, row.entity.period_ms))
                ends[series.metric] = End(point, life)
        self._ends = ends
        self._waiting += rows
        return found

    def _known_ends(self) -> dict[str, End]:
        if self._ends is None:
            self._ends = {**_ends(self.sealed), **_ends(self.recent)}
        return self._ends

    def advance(self, boundary_ms: int) -> None:
        """Move the boundary on: rows before it are sealed, sealed parts no longer needed go."""
        if boundary_ms <= self.boundary_ms:
            return
        self.boundary_ms = boundary_ms
        old = self.recent.first_ms < boundary_ms
        if old.any():
            self.sealed = p.concat([self.sealed, p.rebucket(p.take(self.recent, old), self._step_ms)])
            self._recent = p.take(self.recent, ~old)
        self.sealed = _trimmed(self.sealed, self.emit_from, self.sealed_from_ms)


def parts_of(tails: Sequence[Tail], step_ms: int) -> Parts:
    """All that is in some tails of one step, by bucket."""
    recent = p.rebucket(p.concat([tail.recent for tail in tails]), step_ms)
    return p.concat([*(tail.sealed for tail in tails), recent])


def _ends(rows: Parts) -> dict[str, End]:
    """The last of each metric's rows, of one entity, at step 0."""
    places = np.searchsorted(rows.series, np.arange(len(rows.keys)), side="right") - 1
    return {
        series.metric: End(
            (int(rows.last_ms[at]), float(rows.last[at])),
            (rows.incarnations[rows.incarnation[at]], rows.starts[rows.start[at]]),
        )
        for place, (series, at) in enumerate(zip(rows.keys, places.tolist(), strict=True))
        if at >= 0 and rows.series[at] == place
    }


def _trimmed(sealed: Parts, emit_from: int, from_ms: int) -> Parts:
    """Parts that reach beyond a time, and of each series those of the last bucket before the open ones: an edge
    may begin there, however wide."""
    needed = sealed.last_ms >= from_ms
    if bool(needed.all()):
        return sealed
    before = np.flatnonzero(sealed.bucket < emit_from)
    last = np.full(len(sealed.keys), -1, sealed.bucket.dtype)
    np.maximum.at(last, sealed.series[before], sealed.bucket[before])
    return p.take(sealed, needed | (sealed.bucket == last[sealed.series]))
