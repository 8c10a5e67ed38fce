"""The hub: publish and subscribe within a process, bounded per subscriber.

Promises: `publish` never blocks and never fails; each topic's frames reach a subscriber in order
and are counted; one who does not keep up loses its queue, is told (`Lagged`) and starts afresh.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

from tidegauge.cluster.frames import Delivery

DEPTH = 10_000


class LaggedError(Exception):
    """The subscriber was too slow: its queue is gone, it needs a fresh snapshot."""


class Subscription:
    """One reader's queue. `take` is for one thread; the rest may be called from any."""

    def __init__(self, hub: Hub, depth: int) -> None:
        self._hub = hub
        self._depth = depth
        self._queue: deque[Delivery] = deque()
        self._published = 0
        self._ready = threading.Condition()
        self._lagged = False
        self._closed = False

    def add(self, topics: Iterable[str]) -> None:
        """Read these topics too, from now on."""
        self._hub._add(self, topics)

    def drop(self, topics: Iterable[str]) -> None:
        """Read these topics no longer."""
        self._hub._drop(self, topics)

    def take(self, timeout: float | None = None) -> list[Delivery]:
        """All that waits, in order; waits for something for up to `timeout` seconds.

        An empty list after the time-out or `close`. Raises LaggedError once after an overflow.
        """
        with self._ready:
            self._ready.wait_for(lambda: self._queue or self._lagged or self._closed, timeout)
            if self._lagged:
                self._lagged = False
                raise LaggedError
            taken = list(self._queue)
            self._queue.clear()
            self._published = 0
            return taken

    def put(self, deliveries: Iterable[Delivery]) -> None:
        """Queue what this reader asked for, such as a window's snapshot: it does not count as lag."""
        with self._ready:
            if not self._closed:
                self._queue.extend(deliveries)
                self._ready.notify_all()

    def close(self) -> None:
        """Read nothing any more; wakes `take`."""
        self._hub._forget(self)
        with self._ready:
            self._closed = True
            self._queue.clear()
            self._ready.notify_all()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def _put(self, delivery: Delivery) -> None:
        with self._ready:
            if self._closed or self._lagged:
                return
            if self._published >= self._depth:
                self._queue.clear()
                self._published = 0
                self._lagged = True
            else:
                self._queue.append(delivery)
                self._published += 1
            self._ready.notify_all()


class Hub:
    """Topics and who reads them. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._topics: dict[str, list[Subscription]] = {}
        self._counters: dict[str, int] = {}

    def subscribe(self, topics: Iterable[str], depth: int = DEPTH) -> Subscription:
        """A new reader of some topics, from now on; at most `depth` published frames wait for it."""
        subscription = Subscription(self, depth)
        self._add(subscription, topics)
        return subscription

    def wanted(self, topic: str) -> bool:
        """Whether anyone reads a topic: what nobody reads need not be encoded."""
        return topic in self._topics

    def publish(self, topic: str, frame: bytes) -> None:
        """Give a frame to all who read its topic."""
        with self._lock:
            readers = self._topics.get(topic)
            if not readers:
                return
            counter = self._counters[topic] = self._counters.get(topic, 0) + 1
            delivery = Delivery(topic, counter, 0, frame)
            for reader in readers:
                reader._put(delivery)

    def close(self) -> None:
        """Close every subscription: nothing will be published any more."""
        with self._lock:
            readers = {reader for readers in self._topics.values() for reader in readers}
        for reader in readers:
            reader.close()

    def readers(self) -> int:
        """How many subscriptions there are."""
        with self._lock:
            return len({id(reader) for readers in self._topics.values() for reader in readers})

    def _add(self, subscription: Subscription, topics: Iterable[str]) -> None:
        with self._lock:
            for topic in topics:
                readers = self._topics.setdefault(topic, [])
                if subscription not in readers:
                    readers.append(subscription)

    def _drop(self, subscription: Subscription, topics: Iterable[str]) -> None:
        with self._lock:
            for topic in topics:
                self._remove(subscription, topic)

    def _forget(self, subscription: Subscription) -> None:
        with self._lock:
            for topic in list(self._topics):
                self._remove(subscription, topic)

    def _remove(self, subscription: Subscription, topic: str) -> None:
        readers = self._topics.get(topic, [])
        if subscription in readers:
            readers.remove(subscription)
        if not readers:
            self._topics.pop(topic, None)
            self._counters.pop(topic, None)
