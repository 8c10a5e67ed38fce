"""Connections that stay open."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from collector.sending.transport import PATH, REPLY_BYTES, Connections, TransportError
from tests.collector.scripted_server import (
    Reaction,
    ScriptedServer,
    altered,
    cut,
    dripping,
    hang_up,
    hold,
    of_length,
    page,
    raw,
)
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
    before = set(threading.enumerate())
    for _ in range(5):
        connections.post(server.url, BODY, HEADERS, 5)
    assert len(set(threading.enumerate()) - before) == 1


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


CUT_CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}{}{}"


@pytest.mark.parametrize("reaction", [cut, of_length(1), raw(CUT_CHUNKS)])
def test_cut_reply(server: ScriptedServer, connections: Connections, reaction: Reaction) -> None:
    """A reply that is cut short comes without a body, and the next post goes over a new connection."""
    server.script.append(reaction)
    short = connections.post(server.url, BODY, HEADERS, 5)
    whole = connections.post(server.url, BODY, HEADERS, 5)
    assert (short.status, short.body, whole.status, whole.body != b"") == (200, b"", 200, True)


def test_a_reply_that_is_longer_than_it_says(server: ScriptedServer, connections: Connections) -> None:
    """What is too much is no answer to the next post."""
    server.script.append(of_length(-5))
    assert connections.post(server.url, BODY, HEADERS, 5).body
    assert wire.decode_answer(connections.post(server.url, BODY, HEADERS, 5).body).outcomes[0].outcome == "stored"


def test_huge_reply(server: ScriptedServer, connections: Connections) -> None:
    """So much is read and no more."""
    server.script.append(altered(lambda body: body + b" " * (REPLY_BYTES + 1)))
    assert connections.post(server.url, BODY, HEADERS, 5).body == b""
    assert connections.post(server.url, BODY, HEADERS, 5).body


def test_a_connection_that_the_server_does_not_keep(server: ScriptedServer, connections: Connections) -> None:
    """The next post opens another."""
    server.script.extend([page(200, b"x", Connection="close")] * 2)
    assert [connections.post(server.url, BODY, HEADERS, 5).body for _ in range(2)] == [b"x", b"x"]


def test_slow_reply(server: ScriptedServer, connections: Connections) -> None:
    """A reply that comes byte by byte has to be here in time as a whole."""
    server.script.append(dripping)
    begun = time.monotonic()
    with pytest.raises(TransportError, match="in time"):
        connections.post(server.url, BODY, HEADERS, 0.5)
    assert time.monotonic() - begun < 2


def test_a_body_that_is_refused_before_it_is_read(connections: Connections) -> None:
    """What a server says before it hangs up is heard, though the body cannot be sent any more."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(1000)
                peer.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=refuse)
        thread.start()
        reply = connections.post(f"http://127.0.0.1:{listener.getsockname()[1]}", bytes(32 << 20), HEADERS, 5)
        thread.join()
    assert reply.status == 413


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
