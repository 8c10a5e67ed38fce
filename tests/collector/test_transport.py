"""Connections that stay open."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from collector.transport import PATH, Connections, TransportError
from tests.collector.scripted_server import ScriptedServer, cut, hang_up, hold, page
from tests.rows import INCARNATION, NOW, record
from tidegauge.metrics import wire
from tidegauge.metrics.wire import PostHeader

BODY = wire.encode(record([NOW], {"gauge": [1]}))
HEADERS = {
    wire.HEADER: wire.encode_header(PostHeader(host="h1", now_ms=NOW, incarnation=INCARNATION, period_ms=1000)),
    "Content-Type": wire.CONTENT_TYPE,
}


@pytest.fixture
def connections() -> Iterator[Connections]:
    """The connections of one thread."""
    made = Connections()
    yield made
    made.close()


def test_post(server: ScriptedServer, connections: Connections) -> None:
    """A record goes to the ingest path and its reply comes back whole."""
    server.script.append(page(503, b"busy", Retry_After="7"))
    reply = connections.post(server.url, BODY, HEADERS, 5)
    assert (reply.status, reply.retry_after, reply.body) == (503, "7", b"busy")
    assert (server.posts[0].path, server.posts[0].seqs) == (PATH, [0])


def test_path_below_a_prefix(server: ScriptedServer, connections: Connections) -> None:
    """An ingest URL may have a path of its own."""
    connections.post(server.url + "/monitor", BODY, HEADERS, 5)
    assert server.posts[0].path == "/monitor" + PATH


def test_connection_is_kept(server: ScriptedServer, connections: Connections) -> None:
    """Several posts go over one connection."""
    before = threading.active_count()
    for _ in range(5):
        connections.post(server.url, BODY, HEADERS, 5)
    assert threading.active_count() == before + 1


def test_kept_connection_that_was_closed(server: ScriptedServer, connections: Connections) -> None:
    """One that the server has closed meanwhile is tried once more, afresh."""
    connections.post(server.url, BODY, HEADERS, 5)
    server.script.append(hang_up)
    assert connections.post(server.url, BODY, HEADERS, 5).status == 200
    assert len(server.posts) == 3


def test_closed_unanswered(server: ScriptedServer, connections: Connections) -> None:
    """A fresh connection that is closed unanswered is a failure."""
    server.script.append(hang_up)
    with pytest.raises(TransportError, match="closed without an answer"):
        connections.post(server.url, BODY, HEADERS, 5)


def test_cut_reply(server: ScriptedServer, connections: Connections) -> None:
    """A reply that is cut short comes back short, and the next post goes over a new connection."""
    server.script.append(cut)
    short = connections.post(server.url, BODY, HEADERS, 5)
    whole = connections.post(server.url, BODY, HEADERS, 5)
    assert (short.status, len(short.body) < len(whole.body)) == (200, True)


def test_time_out(server: ScriptedServer, connections: Connections) -> None:
    """A server that does not answer in time is a failure."""
    release = threading.Event()
    server.script.append(hold(release))
    with pytest.raises(TransportError, match="in time"):
        connections.post(server.url, BODY, HEADERS, 0.1)
    release.set()


@pytest.mark.parametrize(
    "url", ["http://nowhere.invalid:80", "http://ho..st", "https://127.0.0.1:{}", "http://127.0.0.1:{}"]
)
def test_no_server(connections: Connections, url: str) -> None:
    """Refused, unknown and impossible addresses are failures of one kind."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(TransportError):
            connections.post(url.format(taken.getsockname()[1]), BODY, HEADERS, 5)


def test_tls_is_checked(server: ScriptedServer, connections: Connections) -> None:
    """Over https a server that cannot show a certificate is refused."""
    with pytest.raises(TransportError, match=r"SSL|TLS|closed"):
        connections.post(server.url.replace("http://", "https://"), BODY, HEADERS, 5)
    assert server.posts == []


def test_no_http(connections: Connections) -> None:
    """Bytes that are no HTTP are a failure."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def babble() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(100)
                peer.sendall(b"SSH-2.0-OpenSSH\r\n\r\n")

        thread = threading.Thread(target=babble)
        thread.start()
        with pytest.raises(TransportError):
            connections.post(f"http://127.0.0.1:{listener.getsockname()[1]}", BODY, HEADERS, 5)
        thread.join()
