"""A link to an ingest node over its WS /api/v1/stream: held for as long as this process runs.

One thread connects, reads, and connects again. What was watched is ordered again each time.
"""

from __future__ import annotations

import logging
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NamedTuple

import msgspec
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from tidegauge.clock import Clock
from tidegauge.cluster import envelope, frames
from tidegauge.cluster.envelope import MAX_MESSAGE_BYTES
from tidegauge.cluster.frames import METRIC_TOPICS, PONG_TOPIC, Delivery, FrameError, Hello, Pong, Subscriber
from tidegauge.cluster.heartbeat import SILENT_SECONDS, Heartbeat
from tidegauge.cluster.inbox import Inbox
from tidegauge.settings import shown

log = logging.getLogger(__name__)
_quiet = logging.getLogger(f"{__name__}.websocket")
_quiet.setLevel(logging.CRITICAL)
"""What the library says of each connection that fails is ours to say, once."""

PATH = "/api/v1/stream"
OPEN_SECONDS = 3.0
CLOSE_SECONDS = 0.5
SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 2.0
PAUSES = 20
"""A pause is so small a part of the time that the link is down: what a node that is back takes in is live nearly
at once, and one that stays away is asked seldom."""
LASTING_MS = 10_000
"""A connection that was up for less ends no outage."""
_FAILURES = (OSError, WebSocketException, ValueError, EOFError, AssertionError)
"""What a peer can cause. ValueError: a URL that is none, and FrameError. AssertionError: websockets 17.4 raises it
where another program speaks and hangs up before it is asked."""
TOPICS = 1_000
"""In one order; a topic has up to some hundred bytes."""
MOST_TOPICS = 200_000
MAX_NAME = 200
NOT_YET = "not connected yet"
ENDED = "its thread ended; restart this process"
REASONS = 8
"""So many are logged of one outage, each once."""


class LinkState(NamedTuple):
    """How a link is. node, life, version: the peer's, once it was heard. failure: why it is not up; "" if it is.
    since_ms: since when it is up or not, monotonic. latency_ms: from a ping to its answer, the last one; None: none
    came yet. dead: whether the peer is known to be dead."""

    url: str
    node: str
    failure: str
    since_ms: float
    life: str = ""
    version: str = ""
    latency_ms: float | None = None
    dead: bool = False


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
        reader: Subscriber | None = None,
        topics: Iterable[str] = (),
        greeted: Callable[[Hello], None] = lambda _hello: None,
        digest: Callable[[], str] = str,
    ) -> None:
        """reader: as whom to read. topics: what to read from the start. greeted: is told each greeting. digest: what is
        said with each ping."""
        self._url = url
        self._token = token
        self._inbox = inbox
        self._clock = clock
        self._chance = chance
        self._silent_seconds = silent_seconds
        self._reader = reader
        self._greeted = greeted
        self._digest = digest
        self._lock = threading.Lock()
        self._topics = {*topics}
        self._connection: ClientConnection | None = None
        self._counters: dict[str, int] = {}
        self._asked: set[str] = set()
        """Topics that were ordered again because a frame of them is missing, until their window comes."""
        self.has_metrics = True
        """Whether the node that greeted last has topics of metrics."""
        self._state = LinkState(url, "", NOT_YET, clock.monotonic_ms())
        self._said: set[str] = set()
        """Reasons that were logged since the link was up for long."""
        self._is_repeat = False
        """Whether the link went down last for one of them: that it is up again is not worth a line, then."""
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
            self._asked.discard(topic)
            self._order(unwatch=[topic])

    def restart(self) -> None:
        """Let go of the connection: the next begins with all that the node knows."""
        with self._lock:
            connection = self._connection
        if connection is not None:
            connection.close()

    def end(self) -> None:
        """Have it end, soon."""
        self._stop.set()
        self.restart()

    def close(self) -> None:
        """End it."""
        self.end()
        self._thread.join(OPEN_SECONDS + CLOSE_SECONDS)

    def _run(self) -> None:
        try:
            self._hold()
        finally:
            if not self._stop.is_set():
                self._lost(RuntimeError(ENDED))

    def _hold(self) -> None:
        """Connect, again and again."""
        down_ms = self._clock.monotonic_ms()
        while not self._stop.is_set():
            self._counters.clear()
            self._asked.clear()
            try:
                self._connect()
            except _FAILURES as error:
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
            logger=_quiet,
        ) as connection:
            _bound(connection.socket)
            version = self._greet(connection)
            heartbeat = Heartbeat(time.monotonic(), self._silent_seconds)
            while not self._stop.is_set():
                if version > 1 and (number := heartbeat.ping(time.monotonic())):
                    self._order(ping=number, digest=self._digest())
                self._read(connection, heartbeat)

    def _greet(self, connection: ClientConnection) -> int:
        """Hear who the peer is, and begin; the version to speak."""
        try:
            hello = frames.decode(connection.recv(self._silent_seconds, decode=False))
        except FrameError as error:
            raise FrameError(f"it greets as no ingest node: {error}") from error
        if not isinstance(hello, Hello):
            raise FrameError("it greets as no ingest node")
        version = frames.common(hello.versions)
        if version is None:
            raise FrameError(_strangers(hello.versions))
        self.has_metrics = version >= METRIC_TOPICS
        self._begin(connection, hello)
        self._greeted(hello)
        return version

    def _read(self, connection: ClientConnection, heartbeat: Heartbeat) -> None:
        """Take what comes until there is something else to do. Raises TimeoutError where the peer is silent."""
        try:
            message = connection.recv(heartbeat.wait(time.monotonic()), decode=False)
        except TimeoutError:
            if heartbeat.is_silent(time.monotonic()):
                raise
            return
        heartbeat.hear(time.monotonic())
        deliveries = envelope.decode(message, self._state.node)
        self._note_pongs(deliveries, heartbeat)
        self._take([one for one in deliveries if one.topic != PONG_TOPIC])

    def _note_pongs(self, deliveries: list[Delivery], heartbeat: Heartbeat) -> None:
        for delivery in deliveries:
            if delivery.topic == PONG_TOPIC and isinstance(pong := frames.decode(delivery.frame), Pong):
                latency_ms = heartbeat.answer(pong.number, time.monotonic())
                if latency_ms is not None:
                    self._state = self._state._replace(latency_ms=latency_ms)

    def _begin(self, connection: ClientConnection, hello: Hello) -> None:
        """The node reads us from now on: say who we are, order what is watched, and say that something may be
        missing."""
        with self._lock:
            self._connection = connection
            if self._reader:
                self._order(reader=self._reader)
            topics = list(self._topics)
            for begin in range(0, len(topics), TOPICS):
                self._order(watch=topics[begin : begin + TOPICS])
        name, now_ms = hello.node[:MAX_NAME], self._clock.monotonic_ms()
        self._state = LinkState(self._url, name, "", now_ms, hello.life[:MAX_NAME], hello.version[:MAX_NAME])
        self._inbox.interrupt(f"the link to {name} is new")
        if not self._is_repeat:
            log.info("link_up url=%s node=%s", shown(self._url), name)

    def _take(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            self._count(delivery)
            if delivery.counter:
                self._inbox.offer(delivery)
            else:
                self._inbox.put([delivery])

    def _count(self, delivery: Delivery) -> None:
        """Notice where a frame is missing. A topic's count begins anew behind its window, and at 1 when nobody
        had read it."""
        topic, counter = delivery.topic, delivery.counter
        if counter > 1 and counter > self._counters.get(topic, counter) + 1:
            self._ask_again(topic, f"frames of {topic[:100]} are missing")
        if counter:
            self._counters[topic] = counter
            if len(self._counters) > MOST_TOPICS:
                raise FrameError("it tells of more topics than there can be")
        else:
            self._counters.pop(topic, None)
            self._asked.discard(topic)

    def _ask_again(self, topic: str, reason: str) -> None:
        """Order a watched topic again, once until its window comes, and have the reader ask the store: a row that
        is missing may have left the window by now. Raises FrameError for any other: the link has to begin anew."""
        with self._lock:
            if topic not in self._topics or topic in self._asked:
                raise FrameError(reason)
            self._asked.add(topic)
            self._order(watch=[topic])
        self._inbox.interrupt(reason, topic)

    def _order(self, **order: object) -> None:
        """Send an order if there is a connection; one that fails is noticed where it is read."""
        connection = self._connection
        if connection is not None:
            with suppress(OSError, WebSocketException):
                connection.send(msgspec.json.encode(order).decode())

    def _lost(self, error: Exception) -> bool:
        """Note that there is no connection, and why, and that something may be missing from now on; whether
        there was one that lasted."""
        with self._lock:
            self._connection = None
        reason, state, now_ms = _words(error), self._state, self._clock.monotonic_ms()
        was_up = not state.failure
        has_lasted = was_up and now_ms - state.since_ms >= LASTING_MS
        self._log(reason, was_up, has_lasted)
        since_ms = now_ms if was_up else state.since_ms
        self._state = state._replace(failure=reason, since_ms=since_ms, latency_ms=None)
        if was_up and not self._stop.is_set():
            self._inbox.interrupt(f"the link to {state.node} is down")
        return has_lasted

    def _log(self, reason: str, was_up: bool, has_lasted: bool) -> None:
        """A line for each reason, once an outage."""
        if has_lasted:
            self._said.clear()
        is_new = reason not in self._said and len(self._said) < REASONS
        if is_new and not self._stop.is_set():
            self._said.add(reason)
            log.warning("link_down url=%s reason=%s", shown(self._url), reason)
        if was_up:
            self._is_repeat = not is_new


def pause_seconds(down_seconds: float, chance: float) -> float:
    """How long to wait before the next try of a link that is down for so long. chance: 0 to 1."""
    pause = min(LONGEST_PAUSE_SECONDS, max(SHORTEST_PAUSE_SECONDS, down_seconds / PAUSES))
    return pause * (0.5 + chance / 2)


def _bound(sock: socket.socket) -> None:
    """Sending may not wait longer for a peer that takes nothing: who watches holds locks."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", round(SILENT_SECONDS), 0))


def _strangers(versions: list[int]) -> str:
    """Why two nodes without a common version do not read each other."""
    theirs = ", ".join(map(str, versions[:8])) or "none"
    is_newer = bool(versions) and min(versions) > max(frames.VERSIONS)
    advice = "upgrade this node" if is_newer else "upgrade that node"
    return f"it speaks version {theirs}, this node {', '.join(map(str, frames.VERSIONS))}: {advice}"


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it says nothing"
    if isinstance(error, InvalidStatus):
        return _REFUSALS.get(error.response.status_code, "it refuses: HTTP {}").format(error.response.status_code)
    if isinstance(error, ConnectionClosed) and error.rcvd:
        return error.rcvd.reason[:200] or f"it closed with {error.rcvd.code}"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)[:200] or type(error).__name__


_REFUSALS = {
    200: "it is no ingest node: HTTP {}",
    401: "it does not take our TIDEGAUGE_NODE_TOKEN: HTTP {}",
    404: "it is no ingest node: HTTP {}",
}
