"""What waits to be sent to one browser: bounded, in order; one that does not keep up is dropped."""

from __future__ import annotations

import threading
from collections import deque

DEPTH = 2_000


class Outbox:
    """A queue of messages for one websocket. `put` never blocks; `take` is for the sending thread."""

    def __init__(self, depth: int = DEPTH) -> None:
        self._depth = depth
        self._messages: deque[str] = deque()
        self._ready = threading.Condition()
        self.closed = False
        self.overflowed = False
        """Whether it closed because the browser did not keep up."""

    def put(self, message: str) -> None:
        """Queue a message; past the depth the outbox closes: the browser comes again and gets all."""
        with self._ready:
            if len(self._messages) >= self._depth:
                self.closed = self.overflowed = True
            if not self.closed:
                self._messages.append(message)
            self._ready.notify()

    def take(self, timeout: float) -> list[str]:
        """What waits, after at most `timeout` seconds; nothing once closed."""
        with self._ready:
            self._ready.wait_for(lambda: self._messages or self.closed, timeout)
            taken = list(self._messages)
            self._messages.clear()
            return taken

    def close(self) -> None:
        """Take nothing more; wakes `take`."""
        with self._ready:
            self.closed = True
            self._ready.notify()
