"""When a host is read: at a fixed phase of the period, by the monotonic clock, never bunched. Pure.

A tick that cannot begin within `LATEST` of a period after its due time is missed: skipped, counted
and claimed. So two rows are never closer than 1 − LATEST of a period.
"""

from __future__ import annotations

import hashlib
from math import ceil
from typing import NamedTuple

LATEST = 0.4
HOLE_PERIODS = 1.5
ASLEEP_PERIODS = 5
SLOW_TICKS = 10
"""Devices that change slowly are read at every tenth tick."""


class Hole(NamedTuple):
    """No row lies between the stamps `from_ms` and `to_ms`, where `ticks` ticks were due."""

    reason: str
    from_ms: int
    to_ms: int
    ticks: int


class Tick(NamedTuple):
    """One reading of the host.

    stamp_ms: the wall clock's time of all its rows. slow: slow devices are read too. hole: what
    lies between the row before and this one. restamped: the stamp is not later than the last one.
    late_ms: how long after its due time it began.
    """

    stamp_ms: int
    slow: bool = True
    hole: Hole | None = None
    restamped: bool = False
    late_ms: float = 0


class Schedule:
    """The due times of one collector. `last_ms` is the stamp of the last row of its life before."""

    def __init__(self, period_ms: int, phase_ms: int, wall_ms: int, mono_ms: float, last_ms: int | None) -> None:
        self.period_ms = period_ms
        self.due_ms = mono_ms + (phase_ms - wall_ms) % period_ms
        self.missed = 0
        self._index = 0
        self._slow_index = 0
        self.last_ms = last_ms
        self._last_mono_ms: float | None = None

    def take(self, wall_ms: int, mono_ms: float, overslept_ms: float = 0) -> Tick | None:
        """The tick that is due now, if one is.

        overslept_ms: how much too late the program woke before this, as it was not running.
        """
        self._skip(mono_ms)
        if mono_ms < self.due_ms:
            return None
        tick = Tick(
            wall_ms,
            slow=self._index >= self._slow_index,
            hole=self._hole(wall_ms, mono_ms, overslept_ms),
            restamped=self.last_ms is not None and wall_ms <= self.last_ms,
            late_ms=mono_ms - self.due_ms,
        )
        if tick.slow:
            self._slow_index = (self._index // SLOW_TICKS + 1) * SLOW_TICKS
        self.last_ms, self._last_mono_ms = wall_ms, mono_ms
        self._step(1)
        return tick

    def _skip(self, mono_ms: float) -> None:
        missed = ceil((mono_ms - self.due_ms) / self.period_ms - LATEST)
        if missed > 0:
            self.missed += missed
            self._step(missed)

    def _step(self, ticks: int) -> None:
        self._index += ticks
        self.due_ms += ticks * self.period_ms

    def _hole(self, wall_ms: int, mono_ms: float, overslept_ms: float) -> Hole | None:
        if self.last_ms is None or wall_ms - self.last_ms <= HOLE_PERIODS * self.period_ms:
            return None
        ticks = round((wall_ms - self.last_ms) / self.period_ms) - 1
        return Hole(self._reason(wall_ms, mono_ms, overslept_ms), self.last_ms, wall_ms, ticks)

    def _reason(self, wall_ms: int, mono_ms: float, overslept_ms: float) -> str:
        if self.last_ms is None or self._last_mono_ms is None:
            return "stopped"
        elapsed_ms = mono_ms - self._last_mono_ms
        if elapsed_ms < (wall_ms - self.last_ms) / 2:
            return "clock"
        return "stopped" if overslept_ms > ASLEEP_PERIODS * self.period_ms else "skipped"


def phase_ms(host: str, period_ms: int) -> int:
    """A host's own phase of the period, so that a fleet does not post in one instant."""
    digest = hashlib.blake2b(host.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % period_ms
