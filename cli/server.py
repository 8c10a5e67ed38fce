"""The server of `tidegauge up`: ingest and web in one process over the embedded store."""

from __future__ import annotations

import functools
import logging
import threading
from dataclasses import dataclass

from flask import Flask, request

from app.factory import create_app
from app.node import WebNode
from cli import guard
from cli.steady_socket import SteadySocket
from ingest_api import blueprint
from ingest_api.blueprint import IngestNode
from ingest_api.cable import Cable
from ingest_api.committer import Committer
from ingest_api.door import MAX_BODY_BYTES, Door
from ingest_api.publisher import Publisher
from tidegauge.clock import Clock, SystemClock
from tidegauge.cluster.hub import Hub
from tidegauge.cluster.mesh import LocalLink
from tidegauge.cluster.window import FrameWindow
from tidegauge.settings import Settings
from tidegauge.storage.base import Store, StoreError
from tidegauge.storage.open import open_store

log = logging.getLogger(__name__)

WINDOW_MS = 10_000
"""W, unless the store needs more: at least ten times its commit and refresh (rule 7)."""
TIDY_SECONDS = 60
WEBSOCKETS = ("/live", "/api/v1/stream")


@dataclass(frozen=True)
class Server:
    """A server that runs: what must be closed, in this order, and its Flask application."""

    flask: Flask
    node: WebNode
    hub: Hub
    committer: Committer
    store: Store
    stop: threading.Event

    def close(self) -> None:
        """Stop: pages and streams first, then what waits is committed, then the store."""
        self.stop.set()
        self.node.close()
        self.hub.close()
        self.committer.close()
        self.store.close()


def create_server(settings: Settings, clock: Clock | None = None) -> Server:
    """Everything of `tidegauge up` but the collector.

    1. The store. 2. The ingest side: hub, window, door. 3. The web side, fed by a local link.
    4. The routes of both behind one guard. Raises StoreError.
    """
    clock = clock or SystemClock()
    store = open_store(settings.store, retention_days=settings.retention, disk_floor_mb=settings.disk_floor_mb)
    window_ms = max(WINDOW_MS, 10 * (store.commit_ms + store.refresh_ms))
    hub, window = Hub(), FrameWindow(2 * window_ms)
    publisher = Publisher(hub, window, clock, window_ms)
    committer = Committer(store)
    door = Door(committer, publisher, clock, settings.retention)
    open_link = functools.partial(LocalLink, hub, window, publisher.snapshot, clock)
    node = WebNode(store, open_link(), clock, window_ms)
    flask = Flask("tidegauge", static_folder=None)
    flask.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    name = settings.node or settings.bind
    guard.install(flask, settings.bind, functools.partial(_missing, store, committer, node))
    flask.before_request(_steady)
    flask.register_blueprint(blueprint.create_blueprint(IngestNode(door, Cable(), clock, name, window_ms, open_link)))
    create_app(flask, node, name)
    node.start()
    server = Server(flask, node, hub, committer, store, threading.Event())
    threading.Thread(target=_tidy, args=(server, publisher, window, clock), name="tidy", daemon=True).start()
    return server


def _steady() -> None:
    """Before a websocket begins: let it send whole messages only."""
    if request.path in WEBSOCKETS and (sock := request.environ.get("gunicorn.socket")):
        request.environ["gunicorn.socket"] = SteadySocket(sock)


def _missing(store: Store, committer: Committer, node: WebNode) -> dict[str, str]:
    health = store.health()
    missing = {} if health.ok else {"store": health.detail}
    for name, alive in (("ingest", committer.alive), ("web", node.alive)):
        if not alive:
            missing[name] = "one of its threads ended; restart this process"
    return missing


def _tidy(server: Server, publisher: Publisher, window: FrameWindow, clock: Clock) -> None:
    """Once a minute: give up what is past retention, let go of old frames and of who is not heard."""
    while True:
        publisher.forget()
        window.trim(clock.monotonic_ms())
        try:
            for gone in server.store.retain(clock.wall_ms()):
                log.info("retention_removed what=%s", gone)
        except StoreError as error:
            log.warning("retention_failed error=%s", error)
        if server.stop.wait(TIDY_SECONDS):
            return
