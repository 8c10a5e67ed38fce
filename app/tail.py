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
    """The open end of some series of one entity. Not thread-safe: its view's lock holds it."""

    def __init__(self, series: Sequence[Series], step_ms: int, lookback_ms: int, boundary_ms: int) -> None:
        self._series = series
        self._step_ms = step_ms
        self._lookback_ms = lookback_ms
        self.boundary_ms = boundary_ms
        self._sealed = p.empty()
        self._recent = p.empty()

    @property
    def emit_from(self) -> int:
        """The first bucket that rows can still change; all of it is here, and its edge."""
        return bucket_of(self.boundary_ms, self._step_ms)

    @property
    def sealed_from_ms(self) -> int:
        """Where sealed parts must begin for the first open bucket's edge."""
        return self.emit_from - self._lookback_ms

    @property
    def recent(self) -> Parts:
        """The rows from the boundary on, as parts at step 0."""
        return self._recent

    def seal(self, sealed: Parts) -> None:
        """Replace what lies before the boundary by the store's word."""
        self._sealed = sealed

    def unite(self, rows: Parts) -> None:
        """Take rows (step 0) at or after the boundary, each key once."""
        self._recent = p.union(self._recent, rows)

    def add(self, rows: Iterable[Row]) -> bool:
        """Take live rows; whether any was new and lies at or after the boundary."""
        fresh = p.of_rows([row for row in rows if row.time_ms >= self.boundary_ms], self._series, 0)
        before = len(self._recent)
        self.unite(fresh)
        return len(self._recent) > before

    def advance(self, boundary_ms: int) -> None:
        """Move the boundary on: rows before it are sealed, sealed parts no longer needed go."""
        if boundary_ms <= self.boundary_ms:
            return
        self.boundary_ms = boundary_ms
        old = self._recent.first_ms < boundary_ms
        if old.any():
            self._sealed = p.concat([self._sealed, p.rebucket(p.take(self._recent, old), self._step_ms)])
            self._recent = p.take(self._recent, ~old)
        self._sealed = _trimmed(self._sealed, self.sealed_from_ms)

    def erase(self, from_ms: int, to_ms: int) -> None:
        """Take out rows in [from_ms, to_ms]: their collector dropped them."""
        gone = (self._recent.first_ms >= from_ms) & (self._recent.first_ms <= to_ms)
        self._recent = p.take(self._recent, ~gone)

    def parts(self) -> Parts:
        """All that is here, by bucket."""
        return p.concat([self._sealed, p.rebucket(self._recent, self._step_ms)])


def _trimmed(sealed: Parts, from_ms: int) -> Parts:
    """Parts from a bucket on, and each series' last: an edge may begin there, however wide."""
    if len(sealed) == 0 or bool((sealed.bucket >= from_ms).all()):
        return sealed
    last = np.ones(len(sealed), bool)
    last[:-1] = sealed.series[1:] != sealed.series[:-1]
    return p.take(sealed, last | (sealed.bucket >= from_ms))
