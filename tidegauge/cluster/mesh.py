"""Links from a web node to ingest nodes. Within one process a link reads the hub directly.

A link gives deliveries: first what the node knows (presence, entities), then what happens; a topic
that is watched begins with the node's window of it. The frames are the same bytes as between nodes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from tidegauge.clock import Clock
from tidegauge.cluster.directory import DEAD_MS
from tidegauge.cluster.frames import NODE_TOPIC, Delivery, Subscriber, topic_metric
from tidegauge.cluster.hub import Hub
from tidegauge.cluster.inbox import Inbox, TooSlowError
from tidegauge.cluster.metric_window import MetricWindow
from tidegauge.cluster.remote import LinkState, RemoteLink
from tidegauge.cluster.roll import Roll
from tidegauge.cluster.window import FrameWindow

Snapshot = Callable[[], Iterable[bytes]]


class Link(Protocol):
    """What a web node reads. `take` and `refresh` are for one thread, the rest for any."""

    def watch(self, topic: str) -> None:
        """Read a topic: its window, then its deltas; of a metric's topic beside them, piece by piece. A row may come
        twice; keys tell."""
        ...

    def has_metrics(self) -> bool:
        """Whether every node that is read has topics of metrics. It changes only where LaggedError is raised too."""
        ...

    def unwatch(self, topic: str) -> None:
        """Read a topic no longer."""
        ...

    def take(self, timeout: float | None) -> list[Delivery]:
        """What waits, in order; waits for something for up to `timeout` seconds.

        Raises LaggedError where something is or may be missing: call `refresh`, and ask the store
        again for all that it was asked for before; where it names topics, for these alone: their windows come.
        """
        ...

    def refresh(self, topics: Iterable[str]) -> None:
        """Start afresh after LaggedError: what the nodes know and the windows of these topics, all
        that are watched, come again."""
        ...

    def renew(self, nodes: Iterable[str], /) -> None:
        """Have these nodes tell again all that they know."""
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
        self._lock = threading.Lock()
        self._metrics: set[str] = set()
        """Of which the window is to be told."""
        self._telling: threading.Thread | None = None
        self._subscription = hub.subscribe([NODE_TOPIC])
        self._tell_all()

    def watch(self, topic: str) -> None:
        self._subscription.add([topic])
        self._tell_window(topic)

    def has_metrics(self) -> bool:
        return True

    def unwatch(self, topic: str) -> None:
        self._subscription.drop([topic])

    def put(self, deliveries: Iterable[Delivery]) -> None:
        """Have deliveries taken in turn, behind what waits."""
        self._subscription.put(deliveries)

    def take(self, timeout: float | None) -> list[Delivery]:
        return self._subscription.take(timeout)

    def refresh(self, topics: Iterable[str]) -> None:
        self._tell_all()
        for topic in topics:
            self._tell_window(topic)

    def renew(self, _nodes: Iterable[str], /) -> None:
        self._tell_all()

    def close(self) -> None:
        self._subscription.close()

    @property
    def closed(self) -> bool:
        return self._subscription.closed

    def _tell_window(self, topic: str) -> None:
        """The window of an entity at once. That of a metric is made of all entities' frames, which takes a thread of
        its own: one for all metrics that were ordered meanwhile."""
        metric = topic_metric(topic)
        if metric is None:
            self._subscription.put(self._window.snapshot(topic, self._clock.monotonic_ms()))
            return
        with self._lock:
            self._metrics.add(metric)
            if self._telling is None or not self._telling.is_alive():
                self._telling = threading.Thread(target=self._tell_metrics, name="metric-window", daemon=True)
                self._telling.start()

    def _tell_metrics(self) -> None:
        """Tell the windows of the metrics that were ordered, with a rest after each piece: others work beside it."""
        while metrics := self._take_metrics():
            spent = time.thread_time()
            for piece in MetricWindow(self._window, metrics, self._clock.monotonic_ms).pieces():
                self._subscription.put(piece)
                if self.closed:
                    return
                time.sleep(time.thread_time() - spent)
                spent = time.thread_time()

    def _take_metrics(self) -> set[str]:
        with self._lock:
            metrics, self._metrics = self._metrics, set()
            if not metrics:
                self._telling = None
            return metrics

    def _tell_all(self) -> None:
        self._subscription.put([Delivery(NODE_TOPIC, 0, 0, frame) for frame in self._snapshot()])


class Links:
    """The links to all ingest nodes of a roll as one: what any of them brings is taken in the order it comes.

    A link is begun for each node that becomes known and ended when the node is forgotten; one that is up is
    left alone. reader: as whom to read.
    """

    def __init__(self, roll: Roll, token: str, clock: Clock, reader: Subscriber | None = None) -> None:
        self._inbox = Inbox(clock=clock)
        self._roll = roll
        self._token = token
        self._clock = clock
        self._reader = reader
        self.digest: Callable[[], str] = str
        """What this reader makes of hosts: said with each ping."""
        self._began_ms = clock.monotonic_ms()
        self._lock = threading.Lock()
        self._topics: set[str] = set()
        self._links: dict[str, RemoteLink] = {}
        self._follow()
        roll.listen(self._follow)

    @property
    def alive(self) -> bool:
        """Whether nodes that become known are linked to. A link that ended tells it itself."""
        return self._roll.alive

    def states(self) -> list[LinkState]:
        """How each link is, in the order in which they were begun, less those to nodes that were stopped."""
        names = {known.url: known.name for known in self._roll.nodes()}
        named = [state._replace(node=state.node or names.get(state.url, "")) for state in self._states()]
        named = [state for state in named if not (state.failure and self._roll.is_stopped(state.url, state.node))]
        return [state._replace(dead=self._is_dead(state)) for state in named]

    def missing(self) -> list[LinkState]:
        """The links that are not up to nodes that are not known to be dead; while no node is known one without URL,
        which says why."""
        states = self.states()
        if not states:
            failure = self._roll.failure
            reason = f"no ingest node is known{failure and ': '}{failure}"
            return [LinkState("", "", reason, self._began_ms)]
        return [state for state in states if state.failure and not state.dead]

    def judged(self) -> list[LinkState]:
        """What verdicts hang on: all links, or the one without URL where no node is known."""
        return self.states() or self.missing()

    def watch(self, topic: str) -> None:
        with self._lock:
            self._topics.add(topic)
            links = list(self._links.values())
        for link in links:
            link.watch(topic)

    def has_metrics(self) -> bool:
        return all(link.has_metrics for link in self._all() if not link.state.failure)

    def unwatch(self, topic: str) -> None:
        with self._lock:
            self._topics.discard(topic)
            links = list(self._links.values())
        for link in links:
            link.unwatch(topic)

    def take(self, timeout: float | None) -> list[Delivery]:
        """As `Link` says. TooSlowError is of this reader alone, whose inbox is one for all links: what was lost may
        be any node's, so each begins anew. Other readers have inboxes and connections of their own."""
        try:
            return self._inbox.take(timeout)
        except TooSlowError:
            for link in self._all():
                link.restart()
            raise

    def refresh(self, topics: Iterable[str]) -> None:
        """Nothing to do: a link that is new has ordered all that is watched, and all that lagged are new."""

    def renew(self, nodes: Iterable[str], /) -> None:
        wanted = set(nodes)
        for link in self._all():
            if link.state.node in wanted:
                link.restart()

    def close(self) -> None:
        self._inbox.close()
        self._roll.close()
        for link in self._all():
            link.end()
        for link in self._all():
            link.close()

    @property
    def closed(self) -> bool:
        return self._inbox.closed

    def _all(self) -> list[RemoteLink]:
        with self._lock:
            return list(self._links.values())

    def _states(self) -> list[LinkState]:
        return [link.state for link in self._all()]

    def _is_dead(self, state: LinkState) -> bool:
        """A node that was read until just now is not dead, whatever its document says: it may only fail to write."""
        down_ms = self._clock.monotonic_ms() - state.since_ms if state.failure else 0.0
        return down_ms >= DEAD_MS and self._roll.is_dead(state.url, state.node)

    def _follow(self) -> None:
        """Begin and end links as nodes come and go."""
        with self._lock:
            if self._inbox.closed:
                return
            up = [link.state for link in self._links.values() if not link.state.failure]
            read_at = {state.life: state.url for state in reversed(up) if state.life}
            """Where each node is read, at the URL first known if it has several."""
            nodes = self._roll.nodes()
            wanted = [known.url for known in nodes if read_at.get(known.life, known.url) == known.url]
            kept = {*wanted, *(state.url for state in up if read_at.get(state.life, state.url) == state.url)}
            gone = [self._links.pop(url) for url in [*self._links] if url not in kept]
            for url in wanted:
                if url not in self._links:
                    self._links[url] = self._begin(url)
        for link in gone:
            link.end()

    def _begin(self, url: str) -> RemoteLink:
        return RemoteLink(
            url,
            self._token,
            self._inbox,
            self._clock,
            reader=self._reader,
            topics=self._topics,
            greeted=lambda hello: self._roll.told(hello.nodes),
            digest=lambda: self.digest(),
        )
