"""A link to an ingest node over its WS /api/v1/stream: held for as long as this process runs.

One thread connects, reads, and connects again. What was watched is ordered again each time.
"""

from __future__ import annotations

import logging
import random
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

import msgspec
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from tidegauge.clock import Clock
from tidegauge.cluster import envelope, frames
from tidegauge.cluster.envelope import MAX_MESSAGE_BYTES
from tidegauge.cluster.frames import Delivery, FrameError, Hello
from tidegauge.cluster.inbox import Inbox

log = logging.getLogger(__name__)

PATH = "/api/v1/stream"
OPEN_SECONDS = 3.0
CLOSE_SECONDS = 0.5
SILENT_SECONDS = 4.0
"""A node says how it does once a second: one that says nothing for so long is dead."""
SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 2.0
PAUSES = 20
"""A pause is so small a part of the time that the link is down: what a node that is back takes in is live nearly
at once, and one that stays away is asked seldom."""
LASTING_MS = 10_000
"""A connection that was up for less ends no outage."""
TOPICS = 1_000
"""In one order; a topic has up to some hundred bytes."""


class LinkState(NamedTuple):
    """How a link is. node: the peer's name, once it was heard. failure: why it is not up; "" if it is.
    since_ms: since when it is up or not, monotonic."""

    url: str
    node: str
    failure: str
    since_ms: float


class RemoteLink:
    """A link to one node, which fills an inbox. `watch` and `unwatch` may be called from any thread.

    Whenever it is up, for the first time or again, the inbox's reader is interrupted: what the node
    told meanwhile is missing. Then come what the node knows, and its windows of what is watched.
    """

    def __init__(
        self,
        url: str,
        token: str,
        inbox: Inbox,
        clock: Clock,
        chance: Callable[[], float] = random.random,
        silent_seconds: float = SILENT_SECONDS,
    ) -> None:
        self._url = url
        self._token = token
        self._inbox = inbox
        self._clock = clock
        self._chance = chance
        self._silent_seconds = silent_seconds
        self._lock = threading.Lock()
        self._topics: set[str] = set()
        self._connection: ClientConnection | None = None
        self._counters: dict[str, int] = {}
        self._state = LinkState(url, "", "not connected yet", clock.monotonic_ms())
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)
        self._thread.start()

    @property
    def state(self) -> LinkState:
        """How the link is."""
        return self._state

    def watch(self, topic: str) -> None:
        """Read a topic: its window, then its deltas."""
        with self._lock:
            self._topics.add(topic)
            self._order(watch=[topic])

    def unwatch(self, topic: str) -> None:
        """Read a topic no longer."""
        with self._lock:
            self._topics.discard(topic)
            self._order(unwatch=[topic])

    def restart(self) -> None:
        """Let go of the connection: the next begins with all that the node knows."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()

    def close(self) -> None:
        """End it."""
        self._stop.set()
        self.restart()
        self._thread.join(OPEN_SECONDS + CLOSE_SECONDS)

    def _run(self) -> None:
        down_ms = self._clock.monotonic_ms()
        while not self._stop.is_set():
            self._counters.clear()
            try:
                self._connect()
            except (OSError, WebSocketException, FrameError, EOFError) as error:
                if self._lost(error):
                    down_ms = self._clock.monotonic_ms()
            self._stop.wait(pause_seconds((self._clock.monotonic_ms() - down_ms) / 1000, self._chance()))

    def _connect(self) -> None:
        """Connect, and read until something is wrong."""
        address = self._url.replace("http", "ws", 1) + PATH
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        with connect(
            address,
            additional_headers=headers,
            compression=None,
            proxy=None,
            open_timeout=OPEN_SECONDS,
            close_timeout=CLOSE_SECONDS,
            ping_interval=None,
            max_size=MAX_MESSAGE_BYTES,
        ) as connection:
            _bound(connection.socket)
            hello = frames.decode(self._receive(connection))
            if not isinstance(hello, Hello) or frames.VERSION not in hello.versions:
                raise FrameError("it does not speak our version; upgrade ingest nodes first")
            self._begin(connection, hello)
            while not self._stop.is_set():
                self._take(envelope.decode(self._receive(connection)))

    def _receive(self, connection: ClientConnection) -> bytes:
        return connection.recv(self._silent_seconds, decode=False)

    def _begin(self, connection: ClientConnection, hello: Hello) -> None:
        """The node reads us from now on: order what is watched, and say that something may be missing."""
        with self._lock:
            self._connection = connection
            topics = list(self._topics)
            for begin in range(0, len(topics), TOPICS):
                self._order(watch=topics[begin : begin + TOPICS])
        self._inbox.interrupt(f"the link to {hello.node} is new")
        self._state = LinkState(self._url, hello.node, "", self._clock.monotonic_ms())
        log.info("link_up url=%s node=%s", self._url, hello.node)

    def _take(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            self._count(delivery)
            if delivery.counter:
                self._inbox.offer(delivery)
            else:
                self._inbox.put([delivery])

    def _count(self, delivery: Delivery) -> None:
        """Raise FrameError where a frame is missing. A topic's count begins anew behind its window,
        and at 1 when nobody had read it."""
        topic, counter = delivery.topic, delivery.counter
        if counter > 1 and counter > self._counters.get(topic, counter) + 1:
            raise FrameError(f"frames of {topic[:100]} are missing")
        if counter:
            self._counters[topic] = counter
        else:
            self._counters.pop(topic, None)

    def _order(self, **topics: list[str]) -> None:
        """Send an order if there is a connection; one that fails is noticed where it is read."""
        if self._connection is not None:
            with suppress(OSError, WebSocketException):
                self._connection.send(msgspec.json.encode(topics).decode())

    def _lost(self, error: Exception) -> bool:
        """Note that there is no connection, and why; whether there was one that lasted."""
        with self._lock:
            self._connection = None
        reason = _words(error)
        was_up = not self._state.failure
        if not self._stop.is_set() and (was_up or reason != self._state.failure):
            log.warning("link_down url=%s reason=%s", self._url, reason)
        now, before = self._clock.monotonic_ms(), self._state.since_ms
        self._state = LinkState(self._url, self._state.node, reason, now if was_up else before)
        return was_up and now - before >= LASTING_MS


def pause_seconds(down_seconds: float, chance: float) -> float:
    """How long to wait before the next try of a link that is down for so long. chance: 0 to 1."""
    pause = min(LONGEST_PAUSE_SECONDS, max(SHORTEST_PAUSE_SECONDS, down_seconds / PAUSES))
    return pause * (0.5 + chance / 2)


def _bound(sock: socket.socket) -> None:
    """Sending may not wait longer for a peer that takes nothing: who watches holds locks."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", round(SILENT_SECONDS), 0))


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it says nothing"
    if isinstance(error, InvalidStatus):
        return f"it refuses: HTTP {error.response.status_code}"
    if isinstance(error, ConnectionClosed) and error.rcvd:
        return error.rcvd.reason[:200] or f"it closed with {error.rcvd.code}"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)[:200] or type(error).__name__
