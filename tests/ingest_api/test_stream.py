"""WS /api/v1/stream: the node stream, over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from ingest_api import stream
from tests.e2e.programs import eventually
from tests.rows import NOW, record
from tests.site import Site, close_code, listening
from tidegauge.cluster import frames
from tidegauge.cluster.frames import NODE_TOPIC, Delivery, Frame, Hello, NewEntity, Rows, Seen, entity_topic
from tidegauge.cluster.hub import DEPTH

TOPIC = entity_topic("h1")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with listening(tmp_path_factory.mktemp("stream")) as made:
        made.post([record([NOW], {"gauge": [1.0]}, seq=1)])
        yield made


@contextmanager
def reader(site: Site) -> Iterator[ClientConnection]:
    """A reader that was greeted."""
    with connect(f"ws://{site.host}/api/v1/stream", open_timeout=10, close_timeout=0.1) as ws:
        hello = frames.decode(str(ws.recv(timeout=10)).encode())
        assert hello == Hello(node=site.host, versions=[frames.VERSION], nodes=[site.host], window_ms=10_000)
        yield ws


class Envelope(msgspec.Struct):
    topic: str
    counter: int
    held_ms: int
    frame: msgspec.Raw


def take(ws: ClientConnection, kind: type[Frame]) -> tuple[Envelope, Any]:
    """The next frame of a type, and its envelope."""
    while True:
        envelope = msgspec.json.decode(ws.recv(timeout=10), type=Envelope)
        frame = frames.decode(bytes(envelope.frame))
        if isinstance(frame, kind):
            return envelope, frame


def test_an_envelope_holds_the_frames_own_bytes() -> None:
    """Topic, counter and how long it was held stand beside them."""
    frame = b'{"type":"late","host":"h1"}'
    assert stream.envelope(Delivery("t", 3, 50, frame)) == b'{"topic":"t","counter":3,"held_ms":50,"frame":%s}' % frame


def test_a_reader_begins_with_what_the_node_knows(site: Site) -> None:
    """Hello, then entities and presence."""
    with reader(site) as ws:
        envelope, entity = take(ws, NewEntity)
        assert (envelope.topic, entity.entity.id) == (NODE_TOPIC, "h1")
        assert take(ws, Seen)[1].host == "h1"


def test_a_watched_topic_begins_with_its_window_and_goes_on(site: Site) -> None:
    """Rows of before, marked as held; then each row as it comes, counted; after unwatch none."""
    with reader(site) as ws:
        site.clock.advance(2_000)
        ws.send(msgspec.json.encode({"watch": [TOPIC]}).decode())
        envelope, rows = take(ws, Rows)
        assert (envelope.topic, envelope.held_ms, rows.times) == (TOPIC, 2_000, [NOW])
        for seq in (2, 3):
            site.post([record([site.clock.wall_ms() + seq], {"gauge": [2.0]}, seq=seq)])
        assert [take(ws, Rows)[0].counter for _ in range(2)] == [1, 2]
        ws.send(msgspec.json.encode({"unwatch": [TOPIC]}).decode())
        eventually(lambda: not site.server.hub.wanted(TOPIC), what="the end of the topic")
        site.post([record([site.clock.wall_ms() + 9], {"gauge": [2.0]}, seq=9)])
        assert take(ws, Seen)[1].seq == 9


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


@pytest.mark.parametrize("order", ["", "{", '{"watch":"h1"}', "[" * 100_000])
def test_what_is_no_order_ends_the_stream(site: Site, order: str) -> None:
    """1008, with what an order is."""
    with reader(site) as ws:
        ws.send(order)
        assert close_code(ws) == 1008


def test_a_reader_that_goes_is_forgotten(site: Site) -> None:
    """Its topics go with it."""
    with reader(site) as ws:
        ws.send(msgspec.json.encode({"watch": [TOPIC]}).decode())
        eventually(lambda: site.server.hub.wanted(TOPIC), what="the topic")
    eventually(lambda: not site.server.hub.wanted(TOPIC), what="the end of the topic")


class Socket:
    """A websocket whose reader does not keep up: while the greeting is sent, more comes than may wait."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.code = 0

    def send(self, _text: str) -> None:
        for _ in range(DEPTH + 1):
            self.site.server.hub.publish(NODE_TOPIC, b"{}")

    def receive(self, **_timeout: float) -> None:
        return None

    def close(self, code: int, _reason: str) -> None:
        self.code = code


def test_a_reader_that_lags_is_told_to_come_again(site: Site) -> None:
    """1013: it starts afresh with a snapshot."""
    socket, link = Socket(site), open_link(site)
    stream.serve(socket, link, "n", 10_000)
    link.close()
    assert socket.code == 1013


def open_link(site: Site) -> Any:
    from tidegauge.cluster.mesh import LocalLink
    from tidegauge.cluster.window import FrameWindow

    return LocalLink(site.server.hub, FrameWindow(20_000), lambda: [], site.clock)
