"""What an ingest node pays for each web node that reads it, with a hundred hosts and with a thousand.

Readers are real websockets of another process, which watch ten hosts with all that belongs to them. Hosts send each
second by a clock that is turned by hand, and readers get what waits before the next one does. So the cost of readers is
exact, whatever this machine does beside: the CPU of the threads that serve them, and of the hub. What it costs that
these threads wait for each other (Python runs one at a time) is of the node's load, not of its readers: not measured.
"""

from __future__ import annotations

import asyncio
import json
import logging
import multiprocessing
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import msgspec
from flask import Flask
from websockets.asyncio.client import connect
from werkzeug.serving import make_server

from benchmarks.table import Figure
from collector.builder import Builder
from collector.schedule import Tick
from collector.simulation.simulated import SimulatedHost, simulated_host
from ingest_api import blueprint
from ingest_api.blueprint import IngestNode
from ingest_api.cable import Cable
from ingest_api.publisher import Publisher
from ingest_api.subscribers import Subscribers
from tests.clocks import HandClock
from tests.e2e.programs import eventually
from tidegauge.clock import Clock
from tidegauge.cluster import envelope, frames
from tidegauge.cluster.frames import NODE_TOPIC, Hello, Working
from tidegauge.cluster.hub import Hub
from tidegauge.cluster.mesh import LocalLink
from tidegauge.cluster.window import FrameWindow
from tidegauge.metrics import incarnations
from tidegauge.metrics.records import HOST, Record
from tidegauge.metrics.wire import PostHeader

SIZES = (100, 1_000)
WATCHED, READERS, CONTAINERS = 10, 20, 3
STEPS, SECONDS, ALONE_SECONDS = 10, 61, 10
"""Steps in a second; seconds, in which each entity is named once more."""
SLOW_SECONDS = 10
ROUNDS = 3
"""Few and many hosts in turn, and the median of each: a machine is not as fast at all times."""
PATIENCE_SECONDS = 30
WINDOW_MS = 10_000
TIMES = 1.5
FLEET, METRICS, FLEET_SECONDS = 300, 5, 5


class _Hub(Hub):
    """A hub that knows how long it was busy."""

    spent = 0.0

    def publish_all(self, told: Iterable[tuple[str, bytes]]) -> None:
        began = time.thread_time()
        super().publish_all(told)
        self.spent += time.thread_time() - began


class Node:
    """An ingest node without collectors and store: hub, window, publisher, and its stream on a port."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.hub, self._window = _Hub(clock), FrameWindow(2 * WINDOW_MS)
        self.publisher = Publisher(self.hub, self._window, self.clock, WINDOW_MS, "n")
        self.links: list[tuple[LocalLink, int]] = []
        """Of each reader its link, and the thread that serves it."""
        hello = Hello("n", frames.WRITTEN, [], WINDOW_MS)
        node = IngestNode(None, Cable(), self.clock, lambda: hello, self._open, Subscribers())  # type: ignore[arg-type]
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        app = Flask(__name__)
        app.register_blueprint(blueprint.create_blueprint(node))
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def link(self) -> LocalLink:
        """A reader of this process."""
        return LocalLink(self.hub, self._window, self.publisher.snapshot, self.clock)

    def _open(self) -> LocalLink:
        link = self.link()
        self.links.append((link, threading.get_ident()))
        return link

    def close(self) -> None:
        """End its stream."""
        self.server.shutdown()
        for link, _ in self.links:
            link.close()

    def spent(self) -> float:
        """CPU seconds that were spent for readers."""
        clocks = [time.pthread_getcpuclockid(thread) for _, thread in self.links]
        return self.hub.spent + sum(map(time.clock_gettime, clocks))


class _ByHand(Node):
    """One whose clock is turned by hand."""

    def __init__(self) -> None:
        self.hand = HandClock()
        super().__init__(self.hand)


def rows() -> list[Figure]:
    """What readers of ten hosts cost, and readers of all."""
    return [_watching_few(), _watching_all()]


def _watching_few() -> Figure:
    taken = [[_cost(count, _entities, SECONDS) for count in SIZES] for _ in range(ROUNDS)]
    few, many = (statistics.median(cost for cost, _ in of_size) for of_size in zip(*taken, strict=True))
    few_sizes, many_sizes = (sizes for _, sizes in taken[0])
    ratio = max(few, many) / min(few, many)
    bare = [bare_ms(sizes) / SECONDS for sizes in (few_sizes, many_sizes)]
    kilobytes = [sum(sizes) / SECONDS / 1000 for sizes in (few_sizes, many_sizes)]
    return Figure(
        f"ingest node, cost of a web node that reads, {SIZES[0]:,} and {SIZES[1]:,} hosts, {WATCHED} watched",
        f"{few:.2f} and {many:.2f} ms/s ({ratio:.2f} ×)",
        f"within {TIMES} × of each other",
        ratio <= TIMES,
        f"bare send of the same {kilobytes[0]:.0f} and {kilobytes[1]:.0f} kB/s: {bare[0]:.2f}, {bare[1]:.2f} ms/s",
        f"{few / bare[0]:.1f} and {many / bare[1]:.1f}",
    )


def _watching_all() -> Figure:
    """A page of all hosts: its metrics as topics, beside whole rows of each host. Without a bound."""
    ours, sizes = _cost(FLEET, _metrics, FLEET_SECONDS)
    rows_of_each, theirs = _cost(FLEET, _hosts, FLEET_SECONDS)
    kilobytes, whole = (sum(one) / FLEET_SECONDS / 1000 for one in (sizes, theirs))
    return Figure(
        f"ingest node, cost of a web node that shows {METRICS} metrics of {FLEET} hosts",
        f"{ours:.2f} ms/s, {kilobytes:.0f} kB/s",
        "-",
        True,
        f"topics of hosts {rows_of_each:.2f} ms/s, {whole:.0f} kB/s",
        f"{ours / rows_of_each:.2f}, {kilobytes / whole:.2f}",
    )


def _entities(records: Sequence[Record]) -> list[str]:
    """All that belongs to the hosts that are watched."""
    return [frames.entity_topic(one.id) for record in records[:WATCHED] for b in record.blocks for one in b.entities]


def _hosts(records: Sequence[Record]) -> list[str]:
    """Each host itself."""
    return [frames.entity_topic(record.host) for record in records]


def _metrics(records: Sequence[Record]) -> list[str]:
    """Some metrics of hosts."""
    columns = next(block.columns for block in records[0].blocks if block.kind == HOST)
    return [frames.metric_topic(column.name) for column in columns[:METRICS]]


def _cost(count: int, topics_of: Callable[[Sequence[Record]], list[str]], seconds: int) -> tuple[float, list[int]]:
    """CPU for each reader in ms a second, and the sizes of the messages that one gets."""
    node = _ByHand()
    fast, slow = hosts_of(count)
    topics = topics_of(slow)
    _second(node, slow, 0, lambda: None)
    alone = _spent(node, fast, slow, range(1, 1 + ALONE_SECONDS), lambda: None)
    with _reading(node, topics), _bare_reader(node, topics) as own:
        sizes: list[int] = []

        def drained() -> None:
            until = time.monotonic() + PATIENCE_SECONDS
            while any(link._subscription._queue for link, _ in node.links):
                assert time.monotonic() < until, "readers take nothing"
                time.sleep(0.001)
            sizes.extend(len(message) for message in envelope.messages(own.take(0)))

        drained()
        sizes.clear()
        took = _spent(node, fast, slow, range(100, 100 + seconds), drained)
    node.close()
    return (took - alone) * 1000 / READERS, sizes


def _spent(
    node: _ByHand, fast: Sequence[Record], slow: Sequence[Record], seconds: range, drained: Callable[[], None]
) -> float:
    """CPU seconds for readers, a second."""
    began = node.spent()
    for second in seconds:
        _second(node, fast if second % SLOW_SECONDS else slow, second, drained)
    return (node.spent() - began) / len(seconds)


def _second(node: _ByHand, records: Sequence[Record], seq: int, drained: Callable[[], None]) -> None:
    """A second of all hosts: each in its tenth of it, two beats, one pulse."""
    for step in range(STEPS):
        node.hand.advance(1000 // STEPS)
        for record in records[step::STEPS]:
            post(node, record, seq)
            drained()
        node.publisher.metrics.flush()
        if step % (STEPS // 2) == 0:
            node.publisher.beat()
        drained()
    node.hub.publish(NODE_TOPIC, frames.encode(Working("n", "1", seq * 1000, "", 5, 0, 0, seq, 0, READERS)))


def post(node: Node, record: Record, seq: int) -> None:
    """A host's POST of a record whose rows were taken 40 ms ago."""
    now_ms = node.clock.wall_ms()
    blocks = [msgspec.structs.replace(block, times=[now_ms - 40] * len(block.times)) for block in record.blocks]
    header = PostHeader(host=record.host, now_ms=now_ms, incarnation=record.incarnation, period_ms=1000)
    found = [msgspec.structs.replace(record, seq=seq, blocks=blocks)]
    node.publisher.seen(header, now_ms, found)
    node.publisher.publish(header, now_ms, found)


def hosts_of(count: int) -> tuple[list[Record], list[Record]]:
    """A record of each of so many hosts, and the same with what is read each ten seconds."""
    now_ms = int(time.time() * 1000)
    incarnation = incarnations.new(now_ms)
    fast, slow = list[Record](), list[Record]()
    for number in range(1, count + 1):
        host = simulated_host(number, count)
        simulated, builder = SimulatedHost(host.name, CONTAINERS, count), Builder(host, 1000)
        for made, is_slow in ((fast, False), (slow, True)):
            readings = list(simulated.read(Tick(now_ms, slow=is_slow)))
            made.append(builder.record(readings, now_ms, (incarnation, 0), [], []))
    return fast, slow


@contextmanager
def _bare_reader(node: Node, topics: Sequence[str]) -> Iterator[LocalLink]:
    """One more reader, whose deliveries are looked at."""
    link = node.link()
    for topic in topics:
        link.watch(topic)
    yield link
    link.close()


@contextmanager
def _reading(node: Node, topics: Sequence[str]) -> Iterator[None]:
    """Readers of another process, all of whom watch by now."""
    child = multiprocessing.get_context("spawn").Process(
        target=_read_all, args=(node.server.server_port, topics), daemon=True
    )
    child.start()
    eventually(lambda: len(node.hub._topics.get(topics[-1], ())) == READERS, 60, "the readers")
    yield
    child.terminate()
    child.join(10)


def _read_all(port: int, topics: Sequence[str]) -> None:
    async def read() -> None:
        await asyncio.gather(*(_read(port, topics) for _ in range(READERS)))

    asyncio.run(read())


async def _read(port: int, topics: Sequence[str]) -> None:
    """One web node: it watches, and reads all that comes. A real one pings too, once a second."""
    address = f"ws://127.0.0.1:{port}/api/v1/stream"
    async with connect(address, compression=None, max_size=None, ping_interval=None, proxy=None) as ws:
        await ws.send(json.dumps({"watch": topics}))
        async for _ in ws:
            pass


def bare_ms(sizes: Sequence[int]) -> float:
    """CPU in ms to send messages of these sizes over a socket, and nothing else."""
    ours, theirs = socket.socketpair()
    reading = threading.Thread(target=_drain, args=(theirs,))
    reading.start()
    data = bytes(max(sizes, default=0))
    began = time.thread_time()
    for size in sizes:
        ours.sendall(data[:size])
    took_ms = (time.thread_time() - began) * 1000
    ours.close()
    reading.join()
    theirs.close()
    return took_ms


def _drain(sock: socket.socket) -> None:
    while sock.recv(1 << 20):
        pass
