"""`tidegauge web`: a web node of a cluster."""

from __future__ import annotations

import click

from app.factory import create_app
from app.node import WebNode
from cli import address, exits, master, server
from cli.ingest import refuse_embedded
from cli.server import Server
from tidegauge.clock import Clock, SystemClock
from tidegauge.cluster.mesh import Links
from tidegauge.settings import Settings


def run(told: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM. Ends with a documented exit code if it cannot start."""
    refuse_embedded(told)
    if not told.peers:
        exits.leave(exits.BAD_SETTING, "set TIDEGAUGE_PEERS to the ingest nodes' URLs")
    address.check(told, "web")
    master.serve(told, create_web, lambda: click.echo(_greeting(told)))


def create_web(told: Settings, clock: Clock | None = None) -> Server:
    """The server of a web node, with a link to each ingest node. Raises StoreError."""
    clock, name = clock or SystemClock(), server.name(told)
    store, documents = server.opened(told), server.remembered(told)
    people = server.people(told, documents, clock)
    links = Links(told.peers, told.node_token, clock)
    node = WebNode(store, links, clock, server.window_ms(store), name)
    made = server.wired(told, Server(server.flask(), store, documents, people, node=node, links=links))
    create_app(made.flask, node, name, told.store, people, links.states)
    node.start()
    return made


def _greeting(told: Settings) -> str:
    return f"Tidegauge's pages: http://{told.bind}; live rows come from {', '.join(told.peers)}. Ctrl-C stops it."
