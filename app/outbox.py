"""What waits to be sent to one browser: bounded, in order; one that does not keep up is dropped."""

from __future__ import annotations

import threading
from collections import deque

DEPTH = 2_000
LENGTH = 64 << 20
"""Characters; one message may be longer if it is the only one."""


class Outbox:
    """A queue of messages for one websocket. `put` never blocks; `take` is for the sending thread."""

    def __init__(self, depth: int = DEPTH, length: int = LENGTH) -> None:
        self._depth = depth
        self._length = length
        self._messages: deque[str] = deque()
        self._waiting = 0
        self._ready = threading.Condition()
        self.closed = False
        self.overflowed = False
        """Whether it closed because the browser did not keep up."""
        self.ended = ""
        """Why it closed, if the browser may stay no longer."""

    def put(self, message: str) -> None:
        """Queue a message; where too much waits the outbox closes: the browser comes again and gets all."""
        with self._ready:
            if len(self._messages) >= self._depth or 0 < self._waiting > self._length - len(message):
                self.closed = self.overflowed = True
            if not self.closed:
                self._messages.append(message)
                self._waiting += len(message)
            self._ready.notify()

    def take(self, timeout: float) -> list[str]:
        """What waits, after at most `timeout` seconds; nothing once closed."""
        with self._ready:
            self._ready.wait_for(lambda: self._messages or self.closed, timeout)
            taken = list(self._messages)
            self._messages.clear()
            self._waiting = 0
            return taken

    def end(self, why: str) -> None:
        """Close, for the browser may stay no longer."""
        self.ended = why
        self.close()

    def close(self) -> None:
        """Take nothing more; wakes `take`."""
        with self._ready:
            self.closed = True
            self._ready.notify()
