"""How fast the resend lane drains a backlog, so that new records and other hosts have room (rule 5). Pure."""

from __future__ import annotations

from collections import deque

WINDOW_MS = 30_000
LEAST_MS = 1000


class Pace:
    """At most so many records a second, and as long a rest after each body as its answer took.

    So a lane is idle at least half of the time, and a server that is slow is asked less. `a_second` 0:
    as fast as servers take it.
    """

    def __init__(self, a_second: int = 0) -> None:
        self._a_second = a_second
        self._left = float(a_second)
        self._counted_ms = 0.0
        self._rests_until_ms = 0.0
        self._taken: deque[tuple[float, int]] = deque()
        self._since_ms = 0.0

    def allows(self, now_ms: float, most: int) -> int:
        """How many records may go now, at most `most`."""
        if not self._a_second:
            return most
        passed_ms, self._counted_ms = now_ms - self._counted_ms, now_ms
        self._left = min(float(self._a_second), self._left + self._a_second * passed_ms / 1000)
        return 0 if now_ms < self._rests_until_ms else min(most, int(self._left))

    def sent(self, records: int, now_ms: float) -> None:
        """A body goes."""
        self._left -= records
        if not self._taken:
            self._since_ms = now_ms

    def answered(self, settled: int, took_ms: float, now_ms: float) -> None:
        """It has come to an end after so long, and so many of its records are settled."""
        self._rests_until_ms = now_ms + took_ms
        self._forget(now_ms)
        if settled:
            self._taken.append((now_ms, settled))

    def a_second(self, now_ms: float) -> float:
        """How many records a second were settled of late."""
        self._forget(now_ms)
        since_ms = max(self._since_ms, now_ms - WINDOW_MS)
        return 1000 * sum(records for _, records in self._taken) / max(LEAST_MS, now_ms - since_ms)

    def _forget(self, now_ms: float) -> None:
        while self._taken and self._taken[0][0] < now_ms - WINDOW_MS:
            self._taken.popleft()
