"""A link to another node, over real sockets to a peer that does what a test says."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from websockets.sync.server import ServerConnection

from tests.e2e.programs import eventually, free_port
from tests.tidegauge.cluster.peers import certified, delivery, flat, listening_http, peer
from tidegauge.clock import SystemClock
from tidegauge.cluster import envelope, frames, remote
from tidegauge.cluster.frames import Delivery, Hello
from tidegauge.cluster.inbox import Inbox, LaggedError
from tidegauge.cluster.remote import RemoteLink


@contextmanager
def link(
    port: int, token: str = "", silent_seconds: float = remote.SILENT_SECONDS
) -> Iterator[tuple[RemoteLink, Inbox]]:
    """A link to whoever listens on a port, and its inbox."""
    inbox = Inbox()
    made = RemoteLink(f"http://127.0.0.1:{port}", token, inbox, SystemClock(), lambda: 0.0, silent_seconds)
    try:
        yield made, inbox
    finally:
        made.close()


def up(made: RemoteLink, inbox: Inbox) -> None:
    """Wait until a link is up, and take its word for it."""
    eventually(lambda: is_interrupted(inbox) and not made.state.failure, what="the link")
    assert made.state.node == "ingest-1"


def is_interrupted(inbox: Inbox) -> bool:
    try:
        inbox.take(0.01)
    except LaggedError:
        return True
    return False


def test_it_shows_its_token_and_the_peers_name_with_the_port() -> None:
    """The peer looks at Host and at the token before the handshake."""
    port = free_port()
    with peer(port) as node, link(port, "s3cret") as (made, inbox):
        up(made, inbox)
        ((path, headers),) = node.headers
        assert (path, headers["Host"]) == ("/api/v1/stream", f"127.0.0.1:{port}")
        assert headers["Authorization"] == "Bearer s3cret"
        assert "Origin" not in headers
        assert "Sec-WebSocket-Extensions" not in headers


def test_what_a_peer_tells_comes_in_order() -> None:
    """Its snapshot, uncounted, then its news."""
    port = free_port()
    with peer(port) as node, link(port) as (made, inbox):
        up(made, inbox)
        told = [delivery(0, frame=b'{"a":1}'), delivery(7), Delivery("entity:e", 1, 40, b'{"b":2}'), delivery(8)]
        node.tell(*told)
        found: list[Delivery] = []
        eventually(lambda: found.extend(inbox.take(0.01)) or len(found) == 4, what="all of it")
        assert found == [one._replace(node="ingest-1") for one in told]


def test_topics_are_ordered_and_ordered_again() -> None:
    """As they are watched, and all of them on a new connection; what was unwatched is not."""
    port = free_port()
    with peer(port) as node, link(port) as (made, inbox):
        made.watch("entity:a")
        up(made, inbox)
        made.watch("entity:b")
        made.watch("entity:c")
        made.unwatch("entity:b")
        eventually(lambda: len(flat(node.orders[0])) == 4, what="the orders")
        assert flat(node.orders[0])[-3:] == [("watch", "entity:b"), ("watch", "entity:c"), ("unwatch", "entity:b")]
        node.connections[0].close_socket()
        up(made, inbox)
        eventually(lambda: len(flat(node.orders[1])) == 2, what="the orders")
        assert sorted(flat(node.orders[1])) == [("watch", "entity:a"), ("watch", "entity:c")]


def test_many_topics_are_ordered_in_pieces() -> None:
    """A peer takes orders of bounded length."""
    port = free_port()
    with link(port) as (made, inbox):
        for n in range(2_500):
            made.watch(f"entity:{n}")
        with peer(port) as node:
            up(made, inbox)
            eventually(lambda: len(flat(node.orders[0])) == 2_500, what="the orders")
            assert [len(order["watch"]) for order in node.orders[0]] == [1_000, 1_000, 500]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ([delivery(5), delivery(7)], "frames of node are missing"),
        ([delivery(1), delivery(1, "entity:e"), delivery(3, "entity:e")], "frames of entity:e are missing"),
    ],
)
def test_a_missing_frame_begins_anew(told: list[Delivery], reason: str, caplog: pytest.LogCaptureFixture) -> None:
    """The link connects again, and its reader is interrupted: there may be late notices it never saw."""
    caplog.set_level(logging.WARNING)
    port = free_port()
    with peer(port) as node, link(port) as (made, inbox):
        up(made, inbox)
        node.tell(*told)
        up(made, inbox)
        assert len(node.connections) == 2
        assert reason in caplog.text


def test_a_count_that_begins_anew_is_no_gap() -> None:
    """Behind a window's frames, and at 1 when nobody had read the topic."""
    port = free_port()
    with peer(port) as node, link(port) as (made, inbox):
        up(made, inbox)
        counters = (4, 5, 0, 9, 10, 1, 2)
        node.tell(*(delivery(counter, "entity:e") for counter in counters))
        found: list[Delivery] = []
        eventually(lambda: found.extend(inbox.take(0.01)) or len(found) == len(counters), what="all of it")
        assert made.state.failure == ""


def test_a_link_is_tried_soon_at_first_and_seldom_later() -> None:
    """A node that is killed is back in about a second: its first rows wait a tenth of one for the link, at most."""
    assert [remote.pause_seconds(down, 1) for down in (0, 1, 10, 20, 86_400)] == [0.1, 0.1, 0.5, 1, 2]
    assert remote.pause_seconds(10, 0) == 0.25


GARBAGE: dict[str, Callable[[ServerConnection], None]] = {
    "no envelope": lambda ws: ws.send("{"),
    "deep": lambda ws: ws.send("[" * 100_000),
    "bytes": lambda ws: ws.send(b"\xff\x00"),
    "too long": lambda ws: ws.send("x" * (envelope.MAX_MESSAGE_BYTES + 1)),
    "no websocket": lambda ws: ws.socket.sendall(b"\xff" * 100),
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_one_line_and_a_new_connection(
    garbage: Callable[[ServerConnection], None], caplog: pytest.LogCaptureFixture
) -> None:
    """Never the end of the link."""
    port = free_port()
    with peer(port) as node, link(port) as (made, inbox):
        up(made, inbox)
        caplog.set_level(logging.INFO)
        garbage(node.connections[0])

        def told() -> list[str]:
            return [r.msg.split()[0] for r in caplog.records if r.name == remote.__name__]

        eventually(lambda: len(told()) > 1, what="the end of the link and a new one")
        up(made, inbox)
        assert told() == ["link_down", "link_up"]


@pytest.mark.parametrize(
    ("hello", "reason"),
    [
        ("{}", "it greets as no ingest node: Object missing required field `type`"),
        (
            frames.encode(Hello("n", [4, 3], [], 1)).decode(),
            "it speaks version 4, 3, this node 2, 1: upgrade this",
        ),
        (frames.encode(Hello("n", [0], [], 1)).decode(), "it speaks version 0, this node 2, 1: upgrade that node"),
        ('{"type":"late","host":"h","entities":[],"tier":"raw","from_ms":1,"to_ms":2}', "it greets as no ingest node"),
    ],
)
def test_a_peer_that_does_not_greet_is_no_node(hello: str, reason: str) -> None:
    """The state says why; the reader is told nothing."""
    port = free_port()
    with peer(port, hello=hello), link(port) as (made, inbox):
        eventually(lambda: reason in made.state.failure, what="the reason")
        assert not is_interrupted(inbox)


def test_a_peer_that_is_not_there_is_asked_again_ever_less_often(caplog: pytest.LogCaptureFixture) -> None:
    """One line however often; it is up soon after the peer is."""
    caplog.set_level(logging.WARNING)
    port = free_port()
    with link(port) as (made, inbox):
        eventually(lambda: made.state.failure == "Connection refused", what="the reason")
        with peer(port):
            up(made, inbox)
            assert [record.getMessage() for record in caplog.records if record.name == remote.__name__] == [
                f"link_down url=http://127.0.0.1:{port} reason=Connection refused"
            ]


def test_a_peer_that_says_nothing_is_dead() -> None:
    """It is noticed though its connection stands, within five seconds; so it is with one that never greets."""
    assert remote.SILENT_SECONDS + remote.CLOSE_SECONDS < 5
    port = free_port()
    with peer(port, hello=None), link(port, silent_seconds=0.2) as (made, _):
        eventually(lambda: made.state.failure == "it says nothing", 5, "the reason")
    port = free_port()
    with peer(port) as node, link(port, silent_seconds=0.2) as (made, inbox):
        up(made, inbox)
        eventually(lambda: made.state.failure == "it says nothing", 5, "the reason")
        up(made, inbox)
        assert len(node.connections) == 2


def test_a_peer_that_refuses_is_named_with_its_status() -> None:
    """Such as one with another token."""
    port = free_port()
    with listening_http(port), link(port) as (made, _):
        eventually(
            lambda: made.state.failure == "it does not take our TIDEGAUGE_NODE_TOKEN: HTTP 401", what="the reason"
        )


def test_restarting_connects_again() -> None:
    """As after a reader that was too slow."""
    port = free_port()
    with peer(port) as node, link(port) as (made, inbox):
        up(made, inbox)
        made.restart()
        up(made, inbox)
        assert len(node.connections) == 2


def test_closing_ends_its_thread() -> None:
    """Whether it is up or not."""
    before = set(threading.enumerate())
    port = free_port()
    with link(port):
        pass
    with peer(port), link(port) as (made, inbox):
        up(made, inbox)
    eventually(lambda: before.issuperset(threading.enumerate()), what="the end of its thread")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_link_whose_thread_ended_says_so() -> None:
    """It is never taken for one that is up, and the reader learns that something may be missing."""

    def fails(_hello: Hello) -> None:
        raise RuntimeError("can't start new thread")

    port, inbox = free_port(), Inbox()
    with peer(port):
        made = RemoteLink(f"http://127.0.0.1:{port}", "", inbox, SystemClock(), greeted=fails)
        eventually(lambda: made.state.failure == remote.ENDED, what="the end of its thread")
        with pytest.raises(LaggedError):
            inbox.take(1)
        made.close()


def test_the_latency_of_a_link_is_measured() -> None:
    """From a ping to its answer; unknown while it is down, and with a peer of the version before, which is not
    pinged."""
    port = free_port()
    with link(port) as (made, inbox):
        with peer(port) as node:
            up(made, inbox)
            latency_ms = eventually(lambda: made.state.latency_ms, what="the latency")
            assert 0 < latency_ms < 5_000
            assert (made.state.version, made.state.life) == ("1.0", "life-1")
            assert (node.pings[0][0], node.digests[0]) == (1, "")
        eventually(lambda: made.state.failure, what="its end")
        assert made.state.latency_ms is None
    port = free_port()
    with peer(port, hello=frames.encode(Hello("ingest-1", [1], [], 1)).decode()) as node, link(port) as (made, inbox):
        up(made, inbox)
        node.tell(delivery(1))
        eventually(lambda: inbox.take(0.01), what="its news")
        assert (node.pings[0], made.state.latency_ms) == ([], None)


def test_a_peer_that_ends_each_connection_is_two_lines(caplog: pytest.LogCaptureFixture) -> None:
    """However often; a reason of another kind is a third."""
    caplog.set_level(logging.INFO)
    port = free_port()
    with peer(port) as node, link(port) as (made, inbox):
        for count in range(1, 5):
            eventually(lambda count=count: len(node.connections) == count, what="a connection")
            up(made, inbox)
            node.connections[-1].send("{")
        eventually(lambda: len(node.connections) == 5, what="a connection")
        told = [r.getMessage() for r in caplog.records if r.name == remote.__name__]
        assert [line.split()[0] for line in told] == ["link_up", "link_down", "link_up"]


def test_how_many_reasons_are_told_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    """A peer that thinks of another each time fills no log."""
    port = free_port()
    with peer(port) as node, link(port) as (made, inbox):
        for count in range(1, remote.REASONS + 4):
            eventually(lambda count=count: len(node.connections) == count, what="a connection")
            up(made, inbox)
            node.connections[-1].close(1008, f"reason {count}")
        assert sum(r.msg.startswith("link_down") for r in caplog.records) == remote.REASONS


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://no-such-host.invalid:1", "Name or service not known"),
        ("http://127.0.0.1:1", "Connection refused"),
        ("https://127.0.0.1:1", "Connection refused"),
        ("http://[", "Invalid IPv6 URL"),
    ],
)
def test_a_dead_url_is_one_line_and_a_reason(url: str, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is wrong with it."""
    made = RemoteLink(url, "", Inbox(), SystemClock(), lambda: 0.0)
    eventually(lambda: made.state.failure != remote.NOT_YET, what="the reason")
    made.close()
    assert "known" in made.state.failure or "resolution" in made.state.failure or made.state.failure == reason
    assert len(caplog.records) == 1


def test_another_program_is_no_node(caplog: pytest.LogCaptureFixture) -> None:
    """One that speaks no HTTP, one whose greeting is something else: a reason, and one line each."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        heard: list[int] = []
        shouting = threading.Thread(target=shout, args=(listener, heard), daemon=True)
        shouting.start()
        with link(port) as (made, _):
            eventually(lambda: made.state.failure not in ("", remote.NOT_YET), what="the reason")
            eventually(lambda: len(heard) > 3, what="more tries")
        listener.shutdown(socket.SHUT_RDWR)
        shouting.join(10)
    told = [record.getMessage() for record in caplog.records]
    assert 0 < len(told) == len({*told}) < 4


def shout(listener: socket.socket, heard: list[int]) -> None:
    """Answer each connection as no web server does, until the listener is closed."""
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            heard.append(1)
            with connection:
                connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")
                connection.recv(10_000)


def test_more_topics_than_there_can_be_end_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer that makes them up fills no memory."""
    monkeypatch.setattr(remote, "MOST_TOPICS", 3)
    port = free_port()
    with peer(port) as node, link(port) as (made, inbox):
        up(made, inbox)
        node.tell(*(delivery(1, f"entity:{n}") for n in range(5)))
        eventually(lambda: len(node.connections) == 2, what="the end of the first")


def test_over_tls_the_peer_shows_a_certificate_that_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """By the system, or by the file that SSL_CERT_FILE names, as for every program that uses OpenSSL."""
    certificate, key = certified(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    port, inbox = free_port(), Inbox()
    with peer(port, ssl=context):
        made = RemoteLink(f"https://localhost:{port}", "s3cret", inbox, SystemClock())
        eventually(lambda: "self-signed certificate" in made.state.failure, what="the reason")
        made.close()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        made = RemoteLink(f"https://localhost:{port}", "s3cret", inbox, SystemClock())
        up(made, inbox)
        made.close()
    assert len(caplog.records) == 1
