"""A server: a Flask application with one or both sides, the store they share, and what is not ready of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask, request

from cli import guard, secret
from cli.guard import Doorman
from cli.ingest_side import IngestSide
from cli.steady_socket import SteadySocket
from ingest_api.door import MAX_BODY_BYTES
from tidegauge.clock import Clock
from tidegauge.cluster.mesh import Links
from tidegauge.sessions.memory import Memory
from tidegauge.sessions.people import People
from tidegauge.sessions.signing import Signer
from tidegauge.settings import Settings
from tidegauge.storage.base import Documents, Store
from tidegauge.storage.open import Access, open_documents, open_store

if TYPE_CHECKING:
    from app.node import WebNode

log = logging.getLogger(__name__)

WINDOW_MS = 10_000
"""W, unless the store needs more: at least ten times its commit and refresh (rule 7)."""
STREAM = "/api/v1/stream"
SOCKETS = {"ping_interval": 25, "max_message_size": 4 << 20}


@dataclass(frozen=True)
class Server:
    """A server that runs, and what must be closed of it. Either side may not be there; links: of the web side."""

    flask: Flask
    store: Store
    documents: Documents
    people: People
    ingest: IngestSide | None = None
    node: WebNode | None = None
    links: Links | None = None

    def missing(self) -> dict[str, str]:
        """What is not ready, by name, each with a sentence."""
        health = self.store.health()
        missing = {} if health.ok else {"store": health.detail}
        if self.node and health.ok and self.people.accounts.any is None and not self.people.open:
            missing["store"] = "it was not asked yet who has an account"
        parts = {"ingest": self.ingest, "web": self.node, "links": self.links, "sessions": self.people.memory}
        for name, part in parts.items():
            if part is not None and not part.alive:
                missing[name] = "one of its threads ended; restart this process"
        for link in self.links.missing() if self.links else ():
            missing[link.url or "nodes"] = f"no link to this ingest node: {link.failure}" if link.url else link.failure
        return missing

    def close(self) -> None:
        """Stop: pages and streams first, then what waits is committed, then the store."""
        for part in (self.node, self.ingest, self.people.memory, self.documents, self.store):
            if part is not None:
                part.close()


def wired(settings: Settings, server: Server) -> Server:
    """The server with its guard before all routes, and those of its ingest side."""
    server.flask.config.update(MAX_CONTENT_LENGTH=MAX_BODY_BYTES, SOCK_SERVER_OPTIONS=SOCKETS)
    urls = (settings.advertise, *settings.public)
    doorman = Doorman(server.people, settings.bind, urls, settings.node_token)
    guard.install(server.flask, doorman, server.missing)
    server.flask.before_request(_steady)
    if server.ingest:
        server.flask.register_blueprint(server.ingest.blueprint)
    return server


def flask() -> Flask:
    """An application without routes."""
    return Flask("tidegauge", static_folder=None)


def opened(settings: Settings) -> Store:
    """The store that the settings name. Raises StoreError."""
    return open_store(
        settings.store,
        retention_days=settings.retention,
        summary_days=settings.summary_retention,
        disk_floor_mb=settings.disk_floor_mb,
        access=Access(settings.store_ca, settings.store_api_key),
    )


def remembered(settings: Settings) -> Documents:
    """The documents beside that store; they may be opened while it is down. Raises StoreError."""
    return open_documents(settings.store, access=Access(settings.store_ca, settings.store_api_key))


def people(settings: Settings, documents: Documents, clock: Clock) -> People:
    """Accounts and sessions over the documents, read once and from now on every few seconds."""
    if settings.insecure_open:
        log.warning("insecure_open consequence=%r", "whoever reaches this node is its admin")
    made = People(documents, Signer(secret.key_of(settings)), clock, Memory(documents), settings.insecure_open)
    made.memory.start()
    return made


def window_ms(store: Store) -> int:
    """W over a store."""
    return max(WINDOW_MS, 10 * (store.commit_ms + store.refresh_ms))


def name(settings: Settings) -> str:
    """The node's name."""
    return settings.node or settings.bind


def _steady() -> None:
    """Before a node's websocket begins: let it send whole messages only."""
    if request.path == STREAM and (sock := request.environ.get("gunicorn.socket")):
        request.environ["gunicorn.socket"] = SteadySocket(sock)
