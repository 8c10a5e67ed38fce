"""The two clocks, as values that are passed in: nothing pure reads a clock by itself."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Where a program reads time; tests pass one that they turn by hand."""

    def wall_ms(self) -> int:
        """Milliseconds since the epoch by this machine's wall clock, which may jump."""
        ...

    def monotonic_ms(self) -> float:
        """Milliseconds by a clock that never jumps; only differences mean anything."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait; returns at once for a value that is not positive."""
        ...


_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux's CLOCK_BOOTTIME goes on while a machine is asleep; CLOCK_MONOTONIC does not."""


class SystemClock:
    """The machine's clocks."""

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> float:
        return time.clock_gettime_ns(_STEADY) / 1e6

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)


class OffsetClock:
    """Another clock whose wall time is moved by a fixed offset, as of a host that is set wrong."""

    def __init__(self, clock: Clock, offset_ms: int) -> None:
        self._clock = clock
        self._offset_ms = offset_ms

    def wall_ms(self) -> int:
        return self._clock.wall_ms() + self._offset_ms

    def monotonic_ms(self) -> float:
        return self._clock.monotonic_ms()

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)
