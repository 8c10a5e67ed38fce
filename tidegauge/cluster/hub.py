"""The hub: publish and subscribe within a process, bounded per subscriber.

Promises: `publish` never blocks and never fails; each topic's frames reach a subscriber in order
and are counted; one who does not keep up loses its queue, is told (TooSlowError) and starts afresh.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from tidegauge.clock import Clock
from tidegauge.cluster.frames import Delivery, topic_metric
from tidegauge.cluster.inbox import DEPTH, Inbox


class Subscription(Inbox):
    """One reader's inbox and its topics. `take` is for one thread; the rest may be called from any."""

    def __init__(self, hub: Hub, depth: int, clock: Clock | None) -> None:
        super().__init__(depth, clock)
        self._hub = hub

    def add(self, topics: Iterable[str]) -> None:
        """Read these topics too, from now on."""
        self._hub._add(self, topics)

    def drop(self, topics: Iterable[str]) -> None:
        """Read these topics no longer."""
        self._hub._drop(self, topics)

    def close(self) -> None:
        """Read nothing any more; wakes `take`."""
        self._hub._forget(self)
        super().close()


class Hub:
    """Topics and who reads them. Thread-safe. clock: to count how long frames wait for their readers."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._topics: dict[str, list[Subscription]] = {}
        self._counters: dict[str, int] = {}
        self.metrics: frozenset[str] = frozenset()
        """The metrics whose topics anyone reads: others are not put together."""

    def subscribe(self, topics: Iterable[str], depth: int = DEPTH) -> Subscription:
        """A new reader of some topics, from now on; at most `depth` published frames wait for it."""
        subscription = Subscription(self, depth, self._clock)
        self._add(subscription, topics)
        return subscription

    def wanted(self, topic: str) -> bool:
        """Whether anyone reads a topic: what nobody reads need not be encoded."""
        return topic in self._topics

    def publish(self, topic: str, frame: bytes) -> None:
        """Give a frame to all who read its topic."""
        self.publish_all([(topic, frame)])

    def publish_all(self, told: Iterable[tuple[str, bytes]]) -> None:
        """Give frames with their topics to all who read these, in order; each reader is woken once for all."""
        read = [one for one in told if one[0] in self._topics]
        if not read:
            return
        waiting: dict[Subscription, list[Delivery]] = {}
        with self._lock:
            for topic, frame in read:
                delivery = Delivery(topic, self._next(topic), 0, frame)
                for reader in self._topics.get(topic, ()):
                    waiting.setdefault(reader, []).append(delivery)
            for reader, deliveries in waiting.items():
                reader.offer(*deliveries)

    def _next(self, topic: str) -> int:
        """The counter of a topic's next frame; of one that nobody reads any more it is not kept."""
        counter = self._counters.get(topic, 0) + 1
        if topic in self._topics:
            self._counters[topic] = counter
        return counter

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
                if (metric := topic_metric(topic)) is not None:
                    self.metrics |= {metric}

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
            self.metrics -= {topic_metric(topic)}
