"""A peer for tests of links: an ingest node's stream that does what a test says."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import SSLContext
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from tidegauge.cluster import envelope, frames
from tidegauge.cluster.frames import NODE_TOPIC, PONG_TOPIC, Delivery, Hello, Pong

HELLO = Hello("ingest-1", frames.VERSIONS, [], 10_000, "life-1", "1.0")


class Peer:
    """An ingest node's stream. `hello` is what it says first; orders are kept by connection, pings are answered
    and their digests kept."""

    def __init__(
        self, port: int, hello: str | None = frames.encode(HELLO).decode(), ssl: SSLContext | None = None
    ) -> None:
        self.hello = hello
        self.pings: list[list[int]] = []
        self.digests: list[str] = []
        self.orders: list[list[Any]] = []
        self.headers: list[Any] = []
        self.connections: list[ServerConnection] = []
        self._server = serve(self._handle, "127.0.0.1", port, compression=None, max_size=None, ssl=ssl)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def _handle(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        self.headers.append((connection.request.path, connection.request.headers))
        orders: list[Any] = []
        self.orders.append(orders)
        pings: list[int] = []
        self.pings.append(pings)
        self.connections.append(connection)
        if self.hello is not None:
            connection.send(self.hello)
        try:
            for text in connection:
                order = json.loads(text)
                if "ping" in order:
                    pings.append(order["ping"])
                    self.digests.append(order["digest"])
                    self.tell(Delivery(PONG_TOPIC, 0, 0, frames.encode(Pong(order["ping"]))), to=connection)
                else:
                    orders.append(order)
        except ConnectionClosed:
            return

    def tell(self, *deliveries: Delivery, to: ServerConnection | None = None) -> None:
        """Send deliveries over a connection, the newest if none is named."""
        for message in envelope.messages(deliveries):
            (to or self.connections[-1]).send(message)

    def close(self) -> None:
        """End it; once more is no error."""
        self._server.shutdown()
        for connection in self.connections:
            connection.close_socket()
        self._thread.join(10)


@contextmanager
def peer(port: int, **options: Any) -> Iterator[Peer]:
    made = Peer(port, **options)
    try:
        yield made
    finally:
        made.close()


def delivery(counter: int, topic: str = NODE_TOPIC, frame: bytes = b"{}") -> Delivery:
    return Delivery(topic, counter, 0, frame)


def flat(orders: list[dict[str, list[str]]]) -> list[tuple[str, str]]:
    return [(what, topic) for order in orders for what, topics in order.items() for topic in topics]


@contextmanager
def listening_http(port: int) -> Iterator[None]:
    """A server that answers every request with 401."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_error(401)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield
    server.shutdown()
    thread.join(5)
    server.server_close()


def certified(folder: Path) -> tuple[Path, Path]:
    """A certificate of localhost that signs itself, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"]
    subprocess.run([*made, *named, "-keyout", key, "-out", certificate], check=True, capture_output=True, timeout=30)
    return certificate, key
