"""A clock that tests turn by hand."""

from __future__ import annotations


class HandClock:
    """Wall and monotonic time that move only when told."""

    def __init__(self, wall_ms: int = 1_700_000_000_000) -> None:
        self._wall_ms = wall_ms
        self._monotonic_ms = 1_000_000.0

    def wall_ms(self) -> int:
        return self._wall_ms

    def monotonic_ms(self) -> float:
        return self._monotonic_ms

    def sleep(self, seconds: float) -> None:
        self.advance(seconds * 1000)

    def advance(self, ms: float) -> None:
        """Let time pass on both."""
        self._wall_ms += round(ms)
        self._monotonic_ms += ms

    def set_wall(self, wall_ms: int) -> None:
        """Set the wall clock, as a person or NTP would."""
        self._wall_ms = wall_ms
