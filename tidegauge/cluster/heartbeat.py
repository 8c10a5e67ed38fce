"""Heartbeats of one connection: when a ping is due, how long its answer took, and silence. Pure.

The peer says something at least once a second by itself; pings tell it that this side lives, too.
"""

from __future__ import annotations

PING_SECONDS = 1.0
SILENT_SECONDS = 4.0
"""Who says nothing for so long is dead."""


class Heartbeat:
    """Times are monotonic seconds. begun: when the connection was made."""

    def __init__(self, begun: float, silent_seconds: float = SILENT_SECONDS) -> None:
        self._silent_seconds = silent_seconds
        self._heard = begun
        self._number = 0
        self._pinged = begun - PING_SECONDS
        self._answered = True

    def ping(self, now: float) -> int | None:
        """The number of the ping to send now; None: none is due."""
        if now - self._pinged < PING_SECONDS:
            return None
        self._number += 1
        self._pinged = now
        self._answered = False
        return self._number

    def answer(self, number: int, now: float) -> float | None:
        """How many milliseconds the last ping took, if this is its answer."""
        if self._answered or number != self._number:
            return None
        self._answered = True
        return (now - self._pinged) * 1000

    def hear(self, now: float) -> None:
        """The peer said something."""
        self._heard = now

    def is_silent(self, now: float) -> bool:
        """Whether the peer is dead."""
        return now - self._heard >= self._silent_seconds

    def wait(self, now: float) -> float:
        """For how many seconds there is nothing to do unless the peer says something."""
        return max(0.0, min(self._pinged + PING_SECONDS, self._heard + self._silent_seconds) - now)
