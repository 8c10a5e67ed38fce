"""What waits to be sent to one browser: bounded, in order; one that does not keep up is dropped."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

DEPTH = 2_000
LENGTH = 64 << 20
"""Characters; one message may be longer if it is the only one."""


def _nobody() -> None:
    """Nobody sends what waits: it is taken now and then."""


class Outbox:
    """A queue of messages for one websocket. `put` never blocks; `take` is for who sends. ready: called when there is
    something to take, or it closed; by whatever thread, and it may hold a lock."""

    def __init__(self, depth: int = DEPTH, length: int = LENGTH, ready: Callable[[], None] = _nobody) -> None:
        self._depth = depth
        self._length = length
        self._messages: deque[str] = deque()
        self._waiting = 0
        self._lock = threading.Lock()
        self._ready = ready
        self.closed = False
        self.overflowed = False
        """Whether it closed because the browser did not keep up."""
        self.ended = ""
        """Why it closed, if the browser may stay no longer."""

    def put(self, message: str) -> None:
        """Queue a message; where too much waits the outbox closes: the browser comes again and gets all."""
        with self._lock:
            if len(self._messages) >= self._depth or 0 < self._waiting > self._length - len(message):
                self.closed = self.overflowed = True
            if not self.closed:
                self._messages.append(message)
                self._waiting += len(message)
        self._ready()

    def take(self) -> list[str]:
        """What waits, in order."""
        with self._lock:
            taken = list(self._messages)
            self._messages.clear()
            self._waiting = 0
            return taken

    def end(self, why: str) -> None:
        """Close, for the browser may stay no longer."""
        self.ended = why
        self.close()

    def close(self) -> None:
        """Take nothing more."""
        self.closed = True
        self._ready()
