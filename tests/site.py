"""The real server of `up`, less its processes: HTTP by Flask's test client, or on a real loopback port."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import TestResponse

from cli.server import Server
from cli.up import create_up
from tests.clocks import HandClock
from tests.e2e.programs import eventually, free_port
from tests.ingest_api.posts import header
from tidegauge import settings
from tidegauge.metrics import wire
from tidegauge.metrics.records import Record


class Site:
    """A server over a folder, whose clock is turned by hand; its own threads read and keep time.

    given: other settings, by key. create: which server it is.
    """

    def __init__(self, folder: Path, port: int = 8050, create: Callable[..., Server] = create_up, **given: str) -> None:
        self.port = port
        self.host = f"127.0.0.1:{port}"
        self.clock = HandClock()
        own = {"store": f"embedded:{folder}", "state": f"{folder}/state", "bind": self.host}
        told = settings.read({**own, **given}, {})
        self.server = create(told, self.clock)
        self.node = self.server.node
        self.client = self.server.flask.test_client()

    def get(self, path: str, **headers: str) -> TestResponse:
        """GET as a browser on this machine would."""
        return self.client.get(path, headers={"Host": self.host, **headers}, buffered=True)

    def json(self, path: str) -> Any:
        """The JSON of a GET that must be answered with 200."""
        response = self.get(path)
        assert response.status_code == 200, response.data
        return response.json

    def send(self, body: bytes, **changes: Any) -> TestResponse:
        """POST a body of records as a collector does; changes: of its headers, by name with underscores."""
        headers = {"Host": self.host, wire.HEADER: header(self.clock.wall_ms()), "Content-Type": wire.CONTENT_TYPE}
        headers |= {name.replace("_", "-"): value for name, value in changes.items()}
        return self.client.post("/api/v1/records", data=body, headers=headers)

    def post(self, records: Sequence[Record]) -> None:
        """Post records that are stored, and wait until the web side knows of their entities."""
        response = self.send(b"".join(map(wire.encode, records)))
        assert response.status_code == 200, response.data
        named = {entity.id for one in records for block in one.blocks for entity in block.entities}
        eventually(lambda: all(map(self.node.entities.get, named)), what="the entities")


class _Once(WSGIRequestHandler):
    """One request a connection: a websocket is the application's then."""

    def run_wsgi(self) -> None:
        super().run_wsgi()
        self.close_connection = True


def close_code(ws: ClientConnection) -> int:
    """With which code the server closed a websocket; werkzeug leaves the connection open for a while."""
    return int(eventually(lambda: ws.protocol.close_rcvd, what="the end of the websocket").code)


@contextmanager
def site(folder: Path, port: int = 8050, **given: Any) -> Iterator[Site]:
    """A site that is closed in the end."""
    made = Site(folder, port, **given)
    try:
        yield made
    finally:
        made.server.close()


@contextmanager
def listening(folder: Path, port: int | None = None, **given: Any) -> Iterator[Site]:
    """A site that listens on a port, its own if none is named."""
    with site(folder, port or free_port(), **given) as made:
        server = make_server("127.0.0.1", made.port, made.server.flask, threaded=True, request_handler=_Once)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield made
        finally:
            made.server.close()
            server.shutdown()
            thread.join(10)
            server.server_close()
