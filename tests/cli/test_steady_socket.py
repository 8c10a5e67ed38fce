"""A socket that sends whole messages or none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from cli.steady_socket import SteadySocket

Pair = tuple[SteadySocket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """A steady socket and its peer, over TCP."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        peer = socket.create_connection(listening.getsockname())
        own, _ = listening.accept()
    with peer, own:
        yield SteadySocket(own), peer


def read(peer: socket.socket, length: int) -> bytes:
    """So many bytes of a socket."""
    peer.settimeout(10)
    found = b""
    while len(found) < length:
        found += peer.recv(1 << 20)
    return found


def test_a_message_goes_out_whole(pair: Pair) -> None:
    """Though it is many times what the kernel takes at once."""
    steady, peer = pair
    message = bytes(range(256)) * 40_000
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(read(peer, len(message))))
    reader.start()
    assert steady.send(message) == len(message)
    reader.join(10)
    assert got == [message]


def test_messages_of_several_threads_do_not_mix(pair: Pair) -> None:
    """Each is sent in one piece."""
    steady, peer = pair
    messages = [bytes([i]) * 300_000 for i in range(8)]
    senders = [threading.Thread(target=steady.send, args=(message,)) for message in messages]
    for sender in senders:
        sender.start()
    got = read(peer, 8 * 300_000)
    for sender in senders:
        sender.join(10)
    assert sorted(got[i : i + 300_000] for i in range(0, len(got), 300_000)) == messages


def test_a_peer_that_reads_nothing_holds_a_thread_for_seconds_only(pair: Pair) -> None:
    """Then sending fails, also for those who waited behind it."""
    own, _ = pair
    steady, errors = SteadySocket(own._sock, seconds=0.1), []

    def send() -> None:
        try:
            steady.send(b"x" * (64 << 20))
        except OSError as error:
            errors.append(error)

    senders = [threading.Thread(target=send) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(10)
    assert len(errors) == 2


def test_a_peer_that_is_gone_is_an_error(pair: Pair) -> None:
    """As with any socket."""
    steady, peer = pair
    peer.close()
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        steady.send(b"x" * (64 << 20))


def test_all_else_is_the_sockets(pair: Pair) -> None:
    """Whoever has it may use it as one."""
    steady, peer = pair
    peer.sendall(b"hello")
    assert steady.recv(5) == b"hello"
    assert steady.fileno() > 0
