"""A circuit breaker before a store: while it is known to be down, one request a second tries it. Pure."""

from __future__ import annotations

PAUSE_MS = 1_000


class Breaker:
    """Whether the store is known to be down, and why. Times are monotonic ms. Whoever has it holds a lock."""

    def __init__(self) -> None:
        self.failure = ""
        """What is wrong; "" while nothing is."""
        self._try_ms = 0.0

    def admits(self, now_ms: float) -> bool:
        """Whether a request may go to the store; while it is down that request is the one that tries."""
        if self.waits(now_ms):
            return False
        self._try_ms = now_ms + PAUSE_MS
        return True

    def waits(self, now_ms: float) -> bool:
        """Whether none may go to the store yet."""
        return bool(self.failure) and now_ms < self._try_ms

    def failed(self, reason: str, now_ms: float) -> None:
        """The store did not do it."""
        self.failure = reason
        self._try_ms = now_ms + PAUSE_MS

    def worked(self) -> None:
        """The store did it."""
        self.failure = ""
