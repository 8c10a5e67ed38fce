"""An inbox: what waits for one reader, in order and bounded; whoever puts something in never waits."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

from tidegauge.clock import Clock
from tidegauge.cluster.frames import Delivery

DEPTH = 10_000


class LaggedError(Exception):
    """Something is missing, the message says why: the reader needs a fresh snapshot.

    topics: those of which frames are missing, which come again by themselves; empty: anything may be missing.
    """

    def __init__(self, reason: str, topics: Iterable[str] = ()) -> None:
        super().__init__(reason)
        self.topics = frozenset(topics)


class TooSlowError(LaggedError):
    """The reader was too slow: what waited for it is gone."""


class Inbox:
    """A queue of deliveries. `take` is for one thread, the rest for any.

    depth: how many of those that were published may wait; one more, and all are gone. With a clock,
    `held_ms` of what is taken counts the time it waited here.
    """

    def __init__(self, depth: int = DEPTH, clock: Clock | None = None) -> None:
        self._depth = depth
        self._clock = clock
        self._queue: deque[tuple[float, Delivery]] = deque()
        self._published = 0
        self._ready = threading.Condition()
        self._lag: LaggedError | None = None
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def offer(self, *deliveries: Delivery) -> None:
        """Queue what was published, unless the reader is too slow: then it has to learn that first."""
        with self._ready:
            if self._closed or isinstance(self._lag, TooSlowError):
                return
            if self._published + len(deliveries) > self._depth:
                self._clear()
                self._lag = TooSlowError(f"over {self._depth} frames wait")
            else:
                now = self._now()
                self._queue.extend((now, delivery) for delivery in deliveries)
                self._published += len(deliveries)
            self._ready.notify_all()

    def put(self, deliveries: Iterable[Delivery]) -> None:
        """Queue what this reader asked for, such as a window's snapshot: it does not count as lag."""
        with self._ready:
            if not self._closed:
                now = self._now()
                self._queue.extend((now, delivery) for delivery in deliveries)
                self._ready.notify_all()

    def interrupt(self, reason: str, topic: str = "") -> None:
        """Have the next `take` raise LaggedError; what waits stays. topic: of which alone something is missing."""
        with self._ready:
            if self._lag is None:
                self._lag = LaggedError(reason, [topic] if topic else [])
            elif self._lag.topics:
                self._lag = LaggedError(reason, {*self._lag.topics, topic} if topic else [])
            self._ready.notify_all()

    def take(self, timeout: float | None = None) -> list[Delivery]:
        """All that waits, in order; waits for something for up to `timeout` seconds.

        An empty list after the time-out or `close`. Raises LaggedError once after `interrupt`,
        TooSlowError once when too much waited.
        """
        with self._ready:
            self._ready.wait_for(lambda: self._queue or self._lag or self._closed, timeout)
            if lag := self._lag:
                self._lag = None
                raise lag
            now = self._now()
            taken = [_waited(delivery, round(now - at_ms)) for at_ms, delivery in self._queue]
            self._clear()
            return taken

    def close(self) -> None:
        """Take nothing in any more; wakes `take`."""
        with self._ready:
            self._closed = True
            self._clear()
            self._ready.notify_all()

    def _clear(self) -> None:
        self._queue.clear()
        self._published = 0

    def _now(self) -> float:
        return self._clock.monotonic_ms() if self._clock else 0.0


def _waited(delivery: Delivery, ms: int) -> Delivery:
    return delivery._replace(held_ms=delivery.held_ms + ms) if ms > 0 else delivery
