"""An entity's open end within a view (rules 7 and 8): what is folded again with every row.

Rows from the boundary on are kept one by one, so that a row that comes twice counts once; what is
older lies sealed in parts. The boundary follows the host's own now at one and a half windows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import Parts, Series, bucket_of
from tidegauge.metrics.records import Row


class Tail:
    """The open end of some series of one entity. Not thread-safe: whoever has its view holds it."""

    def __init__(self, series: Sequence[Series], step_ms: int, lookback_ms: int, boundary_ms: int) -> None:
        self._series = series
        self._step_ms = step_ms
        self._lookback_ms = lookback_ms
        self.boundary_ms = boundary_ms
        self.sealed = p.empty()
        """What lies before the boundary, in parts."""
        self.recent = p.empty()
        """The rows from the boundary on, as parts at step 0."""

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

    def unite(self, rows: Parts) -> None:
        """Take rows (step 0) at or after the boundary, each key once."""
        self.recent = p.union(self.recent, rows)

    def add(self, rows: Iterable[Row]) -> bool:
        """Take live rows; whether any was new and lies at or after the boundary."""
        fresh = p.of_rows([row for row in rows if row.time_ms >= self.boundary_ms], self._series, 0)
        before = len(self.recent)
        self.unite(fresh)
        return len(self.recent) > before

    def advance(self, boundary_ms: int) -> None:
        """Move the boundary on: rows before it are sealed, sealed parts no longer needed go."""
        if boundary_ms <= self.boundary_ms:
            return
        self.boundary_ms = boundary_ms
        old = self.recent.first_ms < boundary_ms
        if old.any():
            self.sealed = p.concat([self.sealed, p.rebucket(p.take(self.recent, old), self._step_ms)])
            self.recent = p.take(self.recent, ~old)
        self.sealed = _trimmed(self.sealed, self.emit_from, self.sealed_from_ms)


def parts_of(tails: Sequence[Tail], step_ms: int) -> Parts:
    """All that is in some tails of one step, by bucket."""
    recent = p.rebucket(p.concat([tail.recent for tail in tails]), step_ms)
    return p.concat([*(tail.sealed for tail in tails), recent])


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
