"""Links from a web node to ingest nodes. Within one process a link reads the hub directly.

A link gives deliveries: first what the node knows (presence, entities), then what happens; a topic
that is watched begins with the node's window of it. The frames are the same bytes as between nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from tidegauge.clock import Clock
from tidegauge.cluster.frames import NODE_TOPIC, Delivery
from tidegauge.cluster.hub import Hub
from tidegauge.cluster.inbox import Inbox, TooSlowError
from tidegauge.cluster.remote import LinkState, RemoteLink
from tidegauge.cluster.window import FrameWindow

Snapshot = Callable[[], Iterable[bytes]]


class Link(Protocol):
    """What a web node reads. `take` and `refresh` are for one thread, the rest for any."""

    def watch(self, topic: str) -> None:
        """Read a topic: its window, then its deltas. A row may come twice; keys tell."""
        ...

    def unwatch(self, topic: str) -> None:
        """Read a topic no longer."""
        ...

    def take(self, timeout: float | None) -> list[Delivery]:
        """What waits, in order; waits for something for up to `timeout` seconds.

        Raises LaggedError where something is or may be missing: call `refresh`, and ask the store
        again for all that it was asked for before.
        """
        ...

    def refresh(self, topics: Iterable[str]) -> None:
        """Start afresh after LaggedError: what the nodes know and the windows of these topics, all
        that are watched, come again."""
        ...

    def close(self) -> None:
        """Read nothing any more; wakes `take`."""
        ...

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        ...


class LocalLink:
    """A link to the ingest node of the same process."""

    def __init__(self, hub: Hub, window: FrameWindow, snapshot: Snapshot, clock: Clock) -> None:
        self._window = window
        self._clock = clock
        self._snapshot = snapshot
        self._subscription = hub.subscribe([NODE_TOPIC])
        self._tell_all()

    def watch(self, topic: str) -> None:
        self._subscription.add([topic])
        self._subscription.put(self._window.snapshot(topic, self._clock.monotonic_ms()))

    def unwatch(self, topic: str) -> None:
        self._subscription.drop([topic])

    def take(self, timeout: float | None) -> list[Delivery]:
        return self._subscription.take(timeout)

    def refresh(self, topics: Iterable[str]) -> None:
        self._tell_all()
        for topic in topics:
            self._subscription.put(self._window.snapshot(topic, self._clock.monotonic_ms()))

    def close(self) -> None:
        self._subscription.close()

    @property
    def closed(self) -> bool:
        return self._subscription.closed

    def _tell_all(self) -> None:
        self._subscription.put([Delivery(NODE_TOPIC, 0, 0, frame) for frame in self._snapshot()])


class Links:
    """The links to several ingest nodes as one: what any of them brings is taken in the order it comes."""

    def __init__(self, urls: Sequence[str], token: str, clock: Clock) -> None:
        self._inbox = Inbox(clock=clock)
        self._links = [RemoteLink(url, token, self._inbox, clock) for url in urls]

    def states(self) -> list[LinkState]:
        """How each link is, in the order of the URLs."""
        return [link.state for link in self._links]

    def watch(self, topic: str) -> None:
        for link in self._links:
            link.watch(topic)

    def unwatch(self, topic: str) -> None:
        for link in self._links:
            link.unwatch(topic)

    def take(self, timeout: float | None) -> list[Delivery]:
        try:
            return self._inbox.take(timeout)
        except TooSlowError:
            for link in self._links:
                link.restart()
            raise

    def refresh(self, topics: Iterable[str]) -> None:
        """Nothing to do: a link that is new has ordered all that is watched, and all that lagged are new."""

    def close(self) -> None:
        self._inbox.close()
        for link in self._links:
            link.close()

    @property
    def closed(self) -> bool:
        return self._inbox.closed
