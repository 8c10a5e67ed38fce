"""The servers: `up` is ingest and web in one process, `ingest` and `web` are each one of the two."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, request

from app.factory import create_app
from app.node import WebNode
from cli import guard
from cli.ingest_side import IngestSide, create_ingest_side
from cli.steady_socket import SteadySocket
from ingest_api.door import MAX_BODY_BYTES
from tidegauge.clock import Clock, SystemClock
from tidegauge.cluster.mesh import Links
from tidegauge.settings import Settings
from tidegauge.storage.base import Store
from tidegauge.storage.open import Access, open_store

WINDOW_MS = 10_000
"""W, unless the store needs more: at least ten times its commit and refresh (rule 7)."""
WEBSOCKETS = ("/live", "/api/v1/stream")
SOCKETS = {"ping_interval": 25, "max_message_size": 4 << 20}


@dataclass(frozen=True)
class Server:
    """A server that runs: its Flask application, and what must be closed. Either side may not be there."""

    flask: Flask
    store: Store
    ingest: IngestSide | None = None
    node: WebNode | None = None
    links: Links | None = None

    def missing(self) -> dict[str, str]:
        """What is not ready, by name, each with a sentence."""
        health = self.store.health()
        missing = {} if health.ok else {"store": health.detail}
        for name, side in (("ingest", self.ingest), ("web", self.node)):
            if side is not None and not side.alive:
                missing[name] = "one of its threads ended; restart this process"
        for link in self.links.states() if self.links else ():
            if link.failure:
                missing[link.url] = f"no link to this ingest node: {link.failure}"
        return missing

    def close(self) -> None:
        """Stop: pages and streams first, then what waits is committed, then the store."""
        for part in (self.node, self.ingest, self.store):
            if part is not None:
                part.close()


def create_server(settings: Settings, clock: Clock | None = None) -> Server:
    """Everything of `tidegauge up` but the collector: the web side reads the ingest side's hub.

    Raises StoreError.
    """
    clock = clock or SystemClock()
    store = opened(settings)
    window_ms = _window_ms(store)
    ingest = create_ingest_side(settings, store, clock, window_ms)
    node = WebNode(store, ingest.open_link(), clock, window_ms, _name(settings))
    return _wired(settings, Server(_flask(), store, ingest, node))


def create_ingest(settings: Settings, clock: Clock | None = None) -> Server:
    """An ingest node. Raises StoreError."""
    store = opened(settings)
    ingest = create_ingest_side(settings, store, clock or SystemClock(), _window_ms(store))
    return _wired(settings, Server(_flask(), store, ingest))


def create_web(settings: Settings, clock: Clock | None = None) -> Server:
    """A web node, with a link to each ingest node. Raises StoreError."""
    clock = clock or SystemClock()
    store = opened(settings)
    links = Links(settings.peers, settings.node_token, clock)
    node = WebNode(store, links, clock, _window_ms(store), _name(settings))
    return _wired(settings, Server(_flask(), store, node=node, links=links))


def opened(settings: Settings) -> Store:
    """The store that the settings name. Raises StoreError."""
    return open_store(
        settings.store,
        retention_days=settings.retention,
        summary_days=settings.summary_retention,
        disk_floor_mb=settings.disk_floor_mb,
        access=Access(settings.store_ca, settings.store_api_key),
    )


def _name(settings: Settings) -> str:
    return settings.node or settings.bind


def _window_ms(store: Store) -> int:
    return max(WINDOW_MS, 10 * (store.commit_ms + store.refresh_ms))


def _flask() -> Flask:
    flask = Flask("tidegauge", static_folder=None)
    flask.config.update(MAX_CONTENT_LENGTH=MAX_BODY_BYTES, SOCK_SERVER_OPTIONS=SOCKETS)
    return flask


def _wired(settings: Settings, server: Server) -> Server:
    """The server with the routes of its sides behind one guard."""
    guard.install(server.flask, settings.bind, server.missing, settings.advertise)
    server.flask.before_request(_steady)
    if server.ingest:
        server.flask.register_blueprint(server.ingest.blueprint)
    if server.node:
        links = server.links.states if server.links else tuple
        create_app(server.flask, server.node, _name(settings), settings.store, links)
        server.node.start()
    return server


def _steady() -> None:
    """Before a websocket begins: let it send whole messages only."""
    if request.path in WEBSOCKETS and (sock := request.environ.get("gunicorn.socket")):
        request.environ["gunicorn.socket"] = SteadySocket(sock)
