"""Links from a web node to ingest nodes. Within one process a link reads the hub directly.

A link gives deliveries: first what the node knows (presence, entities), then what happens; a topic
that is watched begins with the node's window of it. The frames are the same bytes as between nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tidegauge.clock import Clock
from tidegauge.cluster.frames import NODE_TOPIC, Delivery
from tidegauge.cluster.hub import Hub, Subscription
from tidegauge.cluster.window import FrameWindow

Snapshot = Callable[[], Iterable[bytes]]


class LocalLink:
    """A link to the ingest node of the same process. `take` is for one thread, the rest for any."""

    def __init__(self, hub: Hub, window: FrameWindow, snapshot: Snapshot, clock: Clock) -> None:
        self._window = window
        self._clock = clock
        self._snapshot = snapshot
        self._subscription: Subscription = hub.subscribe([NODE_TOPIC])
        self._tell_all()

    def watch(self, topic: str) -> None:
        """Read a topic: its window, then its deltas. A row may come twice; keys tell."""
        self._subscription.add([topic])
        self._subscription.put(self._window.snapshot(topic, self._clock.monotonic_ms()))

    def unwatch(self, topic: str) -> None:
        """Read a topic no longer."""
        self._subscription.drop([topic])

    def take(self, timeout: float | None) -> list[Delivery]:
        """What waits, in order; see `Subscription.take`. Raises LaggedError: call `refresh`."""
        return self._subscription.take(timeout)

    def refresh(self, topics: Iterable[str]) -> None:
        """Start afresh after LaggedError: what the node knows and the window of each topic."""
        self._tell_all()
        for topic in topics:
            self._subscription.put(self._window.snapshot(topic, self._clock.monotonic_ms()))

    def close(self) -> None:
        """Read nothing any more."""
        self._subscription.close()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._subscription.closed

    def _tell_all(self) -> None:
        self._subscription.put([Delivery(NODE_TOPIC, 0, 0, frame) for frame in self._snapshot()])
