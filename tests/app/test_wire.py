"""One browser's websocket over a real socket, its other end the library's client."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, Pong, Request, TextMessage
from wsproto.extensions import PerMessageDeflate

from app import wire
from app.wire import GoneError, TakenOver, Wire


class Client:
    """The browser's end."""

    def __init__(self, sock: socket.socket, *, packs: bool) -> None:
        self.sock = sock
        self.packs = packs
        self._ws = WSConnection(ConnectionType.CLIENT)
        extensions = [PerMessageDeflate()] if packs else []
        self.greeting = self._ws.send(Request(host="h", target="/live", extensions=extensions))
        sock.settimeout(10)

    def environ(self, server: socket.socket) -> dict[str, Any]:
        """The handshake as a server gives it to an application."""
        lines = self.greeting.decode().split("\r\n")[1:]
        pairs = (line.split(": ", 1) for line in lines if line)
        return {"werkzeug.socket": server, **{f"HTTP_{k.upper().replace('-', '_')}": v for k, v in pairs}}

    def say(self, event: Any) -> None:
        """Send something."""
        self.sock.sendall(self._ws.send(event))

    def hear(self, kind: type[Any]) -> Any:
        """The next event of a kind, text put together."""
        text = ""
        while True:
            for event in self._ws.events():
                if isinstance(event, TextMessage):
                    text += event.data
                    if event.message_finished and kind is TextMessage:
                        return text
                elif isinstance(event, kind):
                    return event
            self._ws.receive_data(self.sock.recv(1 << 20))


@contextmanager
def connected(*, packs: bool) -> Iterator[tuple[Wire, Client]]:
    """A wire after its handshake, and its browser."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        far = socket.create_connection(listening.getsockname())
        near, _ = listening.accept()
    with far:
        client = Client(far, packs=packs)
        made = wire.handshake(client.environ(near))
        with made.sock:
            client.hear(AcceptConnection)
            yield made, client


@pytest.fixture(params=[False, True], ids=["plain", "packed"])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[Wire, Client]]:
    with connected(packs=request.param) as made:
        yield made


def heard(made: Wire, count: int = 1) -> list[str]:
    """So many messages as they come."""
    found: list[str] = []
    while len(found) < count:
        found += made.receive()
    return found


def test_messages_go_both_ways_whatever_their_length(pair: tuple[Wire, Client]) -> None:
    """Short, long and very long ones, also in letters of several bytes, many at once."""
    made, client = pair
    texts = ["", "a", "é" * 62, "x" * 126, "y" * 65_535, "z" * 65_536, "é" * wire.LONG]
    made.send(texts[:4])
    made.send(texts[4:5])
    assert [client.hear(TextMessage) for _ in texts[:5]] == texts[:5]
    for text in texts[5:]:
        made.send([text])
        assert client.hear(TextMessage) == text
    for text in texts:
        client.say(TextMessage(data=text))
        assert heard(made) == [text]


def test_a_message_in_pieces_comes_whole(pair: tuple[Wire, Client]) -> None:
    """Fragments are one message, of text or of bytes, and a ping is answered."""
    made, client = pair
    client.say(Ping(payload=b"1"))
    client.say(TextMessage(data="a", message_finished=False))
    client.say(TextMessage(data="b"))
    client.say(BytesMessage(data=b"c"))
    assert heard(made, 2) == ["ab", "c"]
    assert client.hear(Pong).payload == b"1"


def test_what_a_browser_does_not_read_waits_and_is_not_lost(pair: tuple[Wire, Client]) -> None:
    """Sending never blocks; what the kernel did not take goes out as the browser reads."""
    made, client = pair
    texts = [str(n % 10) * 3_000 for n in range(1_000)]
    for text in texts:
        made.send([text])
    assert made.waiting > 0
    for text in texts:
        made.flush()
        assert client.hear(TextMessage) == text
    assert made.waiting == 0


def test_a_goodbye_ends_it(pair: tuple[Wire, Client]) -> None:
    """The browser's is answered; ours has its code and sentence."""
    made, client = pair
    client.say(CloseConnection(1000))
    with pytest.raises(GoneError, match="goodbye"):
        heard(made)
    assert client.hear(CloseConnection).code == 1000


def test_ours_has_a_code_and_a_sentence(pair: tuple[Wire, Client]) -> None:
    """Said once; a ping before it is answered."""
    made, client = pair
    made.ping()
    client.hear(Ping)
    made.close(4401, "signed out")
    made.close(1001, "again")
    closed = client.hear(CloseConnection)
    assert (closed.code, closed.reason, made.is_closing) == (4401, "signed out", True)


@pytest.mark.parametrize(
    ("data", "code"), [(b"\x81\x01a", 1002), (b"\x83\x80abcd", 1002), (b"\x81\xff" + (1 << 40).to_bytes(8), 1002)]
)
def test_bad_frames_end_it(pair: tuple[Wire, Client], data: bytes, code: int) -> None:
    """Unmasked, of no known kind, cut off: refused, or waited for without taking memory."""
    made, client = pair
    client.sock.sendall(data)
    client.sock.shutdown(socket.SHUT_WR)
    with pytest.raises(GoneError):
        heard(made)
    if data[1] != 0xFF:
        assert client.hear(CloseConnection).code == code


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_messages_or_the_end(data: bytes) -> None:
    """Nothing but GoneError is raised, whatever comes after the handshake."""
    near, far = socket.socketpair()
    with near, far:
        made = Wire(near, _greeted(), 0)
        far.sendall(data)
        far.shutdown(socket.SHUT_WR)
        with pytest.raises(GoneError):
            heard(made, 1_000)


def _greeted() -> WSConnection:
    """A server's side after its handshake."""
    server, client = WSConnection(ConnectionType.SERVER), WSConnection(ConnectionType.CLIENT)
    server.receive_data(client.send(Request(host="h", target="/")))
    next(server.events())
    server.send(AcceptConnection())
    return server


@pytest.mark.parametrize("missing", ["HTTP_SEC_WEBSOCKET_KEY", "HTTP_UPGRADE", "HTTP_HOST"])
def test_what_is_no_handshake_keeps_its_socket(missing: str) -> None:
    """The server answers it then."""
    near, far = socket.socketpair()
    with near, far:
        environ = Client(far, packs=False).environ(near)
        del environ[missing]
        with pytest.raises(GoneError):
            wire.handshake(environ)
        assert near.fileno() >= 0


def test_a_connection_that_was_taken_is_left_alone_by_its_server() -> None:
    """As one that broke: nothing is written into it."""
    with pytest.raises(ConnectionResetError):
        TakenOver()({}, suppress)
