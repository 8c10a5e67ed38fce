"""WS /api/v1/stream: the node stream, over real sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from simple_websocket import ConnectionClosed
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

import tidegauge
from ingest_api import stream, subscribers
from tests.e2e.programs import eventually
from tests.rows import NOW, record
from tests.site import Site, close_code, listening
from tidegauge.cluster import envelope, frames
from tidegauge.cluster.frames import (
    NODE_TOPIC,
    PONG_TOPIC,
    Delivery,
    Frame,
    Hello,
    MetricRows,
    NewEntity,
    Pong,
    Rows,
    Subscriber,
    Working,
    entity_topic,
    metric_topic,
)
from tidegauge.cluster.hub import Hub
from tidegauge.cluster.inbox import DEPTH
from tidegauge.cluster.shard_frames import Shard

TOPIC = entity_topic("h1")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with listening(tmp_path_factory.mktemp("stream")) as made:
        made.post([record([NOW], {"gauge": [1.0]}, seq=1)])
        yield made


class Caller:
    """Takes frames one by one, several of which may come in one message."""

    def __init__(self, ws: ClientConnection) -> None:
        self.ws = ws
        self._waiting: list[Delivery] = []

    def take(self, kind: type[Frame]) -> tuple[Delivery, Any]:
        """The next frame of a type, and its delivery."""
        while True:
            while not self._waiting:
                self._waiting = envelope.decode(str(self.ws.recv(timeout=10)).encode())
            delivery = self._waiting.pop(0)
            frame = frames.decode(delivery.frame)
            if isinstance(frame, kind):
                return delivery, frame

    def order(self, **order: object) -> None:
        """Send an order."""
        self.ws.send(msgspec.json.encode(order).decode())


@contextmanager
def reader(site: Site, **headers: str) -> Iterator[Caller]:
    """A reader that was greeted."""
    address = f"ws://{site.host}/api/v1/stream"
    with connect(address, open_timeout=10, close_timeout=0.1, additional_headers=headers) as ws:
        hello = frames.decode(str(ws.recv(timeout=10)).encode())
        assert isinstance(hello, Hello)
        known = hello.node, hello.versions, hello.nodes, hello.window_ms, hello.version
        assert known == (site.host, frames.WRITTEN, [f"http://{site.host}"], 10_000, tidegauge.__version__)
        yield Caller(ws)


def test_a_reader_begins_with_what_the_node_knows(site: Site) -> None:
    """Hello, then entities and presence."""
    with reader(site) as read:
        delivery, entity = read.take(NewEntity)
        assert (delivery.topic, entity.entity.id) == (NODE_TOPIC, "h1")
        assert read.take(Shard)[1].entries[0].host == "h1"
        assert read.take(Working)[1].node == site.host


@pytest.mark.slow
def test_a_watched_topic_begins_with_its_window_and_goes_on(site: Site) -> None:
    """Rows of before, marked as held; then each row as it comes, counted; after unwatch none."""
    with reader(site) as read:
        site.clock.advance(2_000)
        read.order(watch=[TOPIC])
        delivery, rows = read.take(Rows)
        assert (delivery.topic, delivery.held_ms, rows.times) == (TOPIC, 2_000, [NOW])
        for seq in (2, 3):
            site.post([record([site.clock.wall_ms() + seq], {"gauge": [2.0]}, seq=seq)])
        assert [read.take(Rows)[0].counter for _ in range(2)] == [1, 2]
        read.order(unwatch=[TOPIC])
        eventually(lambda: not hub(site).wanted(TOPIC), what="the end of the topic")
        site.post([record([site.clock.wall_ms() + 9], {"gauge": [2.0]}, seq=9)])
        assert read.take(Working)


def test_a_metric_of_the_fleet_begins_with_its_window_and_goes_on(site: Site) -> None:
    """Its values of before, as old as they are; then those that come, counted."""
    with reader(site) as read:
        site.post([record([site.clock.wall_ms()], {"wide": [1.0]}, seq=70)])
        site.clock.advance(1_500)
        read.order(watch=[metric_topic("wide")])
        delivery, frame = read.take(MetricRows)
        (share,) = frame.shares
        assert (delivery.counter, share.now_ms - share.cells[0].time_ms, share.cells[0].value) == (0, 1_500, 1.0)
        for seq in (71, 72):
            site.post([record([site.clock.wall_ms() + seq], {"wide": [2.0]}, seq=seq)])
            assert read.take(MetricRows)[0].counter == seq - 70
        read.order(unwatch=[metric_topic("wide")])
        eventually(lambda: not hub(site).metrics, what="the end of the topic")


def test_a_reader_is_known_by_what_it_says_it_is(site: Site) -> None:
    """Every reader is told of all, once a second and when it comes; who goes is not told of any more."""
    said = Subscriber("w1", "http://w1", "1.0")
    with reader(site) as read, reader(site) as other:
        read.order(reader=said)
        eventually(lambda: other.take(Working)[1].subscribers == [said], what="its name")
    with reader(site) as read:
        eventually(lambda: read.take(Working)[1].subscribers == [], what="its end")


@pytest.mark.slow
def test_what_a_reader_makes_of_hosts_is_passed_on(site: Site) -> None:
    """As it said last; one that says too much says no order."""
    said = Subscriber("w1", "http://w1", "1.0")
    with reader(site) as read, reader(site) as other:
        read.order(reader=said, ping=1, digest="abc")
        eventually(lambda: [one.digest for one in other.take(Working)[1].subscribers] == ["abc"], what="its digest")
        read.order(ping=2)
        assert [one.digest for one in other.take(Working)[1].subscribers] == ["abc"]


def test_a_ping_comes_back(site: Site) -> None:
    """With its number, at once."""
    with reader(site) as read:
        for number in (1, 7):
            read.order(ping=number)
            delivery, pong = read.take(Pong)
            assert (delivery.topic, delivery.counter, pong.number) == (PONG_TOPIC, 0, number)


def test_a_reader_that_pinged_and_says_nothing_is_dead(site: Site) -> None:
    """Its connection ends, whatever it may still take; one of the version before never pings and is left alone."""
    for pings in (False, True):
        ours, theirs = socket.socketpair()
        link, reader, ws = site.server.ingest.open_link(), subscribers.Reader(), Silent(ours)
        reader.pings = pings
        serving = threading.Thread(target=stream.serve, args=(ws, link, HELLO, reader, 0.05))
        serving.start()
        if pings:
            assert theirs.recv(1) == b""
        else:
            eventually(lambda ws=ws: ws.asked > 3, what="its patience")
            assert not link.closed
        link.close()
        serving.join(10)
        assert not serving.is_alive()
        ours.close()
        theirs.close()


HELLO = Hello("n", frames.WRITTEN, [], 10_000)


class Silent:
    """A websocket whose reader takes all and says nothing."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.asked = 0

    def send(self, _text: str) -> None:
        return

    def receive(self, timeout: float) -> None:
        self.asked += 1
        threading.Event().wait(timeout)

    def close(self, _code: int, _reason: str) -> None:
        return


def hub(site: Site) -> Hub:
    """The hub that readers read."""
    return site.server.ingest.hub


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}], ids=str
)
def test_a_foreign_page_opens_no_stream(site: Site, headers: dict[str, str]) -> None:
    """Host and Origin are looked at before the handshake; the refusal has our shape."""
    with (
        pytest.raises(InvalidStatus) as caught,
        connect(f"ws://{site.host}/api/v1/stream", additional_headers=headers, close_timeout=0.1),
    ):
        pass
    assert caught.value.response.status_code == 403
    assert set(msgspec.json.decode(caught.value.response.body)) == {"error", "reason", "hint"}


@pytest.mark.parametrize(
    "order",
    [
        "",
        "{",
        '{"watch":"h1"}',
        "[" * 100_000,
        '{"ping":"x"}',
        '{"reader":{"name":"%s","url":"","version":""}}' % ("x" * 999),
    ],
)
def test_what_is_no_order_ends_the_stream(site: Site, order: str) -> None:
    """1008, with what an order is."""
    with reader(site) as read:
        read.ws.send(order)
        assert close_code(read.ws) == 1008


def test_a_reader_that_goes_is_forgotten(site: Site) -> None:
    """Its topics go with it."""
    with reader(site) as read:
        read.order(watch=[TOPIC])
        eventually(lambda: hub(site).wanted(TOPIC), what="the topic")
    eventually(lambda: not hub(site).wanted(TOPIC), what="the end of the topic")


def test_where_nodes_have_a_token_only_who_shows_it_reads(tmp_path: Path) -> None:
    """401 before the handshake; records are taken as before."""
    with listening(tmp_path, node_token="s3cret") as site:
        for shown in (
            {},
            {"Authorization": "Bearer s3cre"},
            {"Authorization": "s3cret"},
            {"Authorization": "Bearer é"},
        ):
            with pytest.raises(InvalidStatus) as caught, reader(site, **shown):
                pass
            assert caught.value.response.status_code == 401
            assert msgspec.json.decode(caught.value.response.body)["error"] == "token"
        site.post([record([NOW], {"gauge": [1.0]}, seq=1)])
        with reader(site, Authorization="Bearer s3cret") as read:
            assert read.take(Shard)[1].entries[0].host == "h1"


class Socket:
    """A websocket whose reader does not keep up: while the greeting is sent, more comes than may wait."""

    def __init__(self, site: Site, topic: str = NODE_TOPIC) -> None:
        self.site = site
        self.topic = topic
        self.code = 0
        self.gone = threading.Event()

    def send(self, _text: str) -> None:
        for _ in range(DEPTH + 1):
            hub(self.site).publish(self.topic, b"{}")

    def receive(self, timeout: float) -> None:
        assert timeout > 0
        self.gone.wait(10)
        raise ConnectionClosed

    def close(self, code: int, _reason: str) -> None:
        self.code = code
        self.gone.set()


def test_a_reader_that_lags_is_told_to_come_again(site: Site) -> None:
    """1013: it starts afresh with a snapshot."""
    socket, link = Socket(site), site.server.ingest.open_link()
    stream.serve(socket, link, HELLO, subscribers.Reader())
    link.close()
    assert socket.code == 1013


def test_a_reader_that_lags_is_nobody_elses_business(site: Site) -> None:
    """Another reader of the same node goes on on its connection, with every frame."""
    with reader(site) as other:
        other.order(watch=[TOPIC])
        other.take(Rows)
        slow, link = Socket(site, "entity:much"), site.server.ingest.open_link()
        link.watch(slow.topic)
        stream.serve(slow, link, HELLO, subscribers.Reader())
        link.close()
        assert slow.code == 1013
        site.post([record([NOW + 5_000], {"gauge": [5.0]}, seq=5)])
        assert eventually(lambda: other.take(Rows)[1].seq == 5, what="its row")
