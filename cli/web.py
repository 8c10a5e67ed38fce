"""`tidegauge web`: a web node of a cluster."""

from __future__ import annotations

from pathlib import Path

import click

import tidegauge
from app.factory import create_app
from app.node import WebNode
from cli import address, master, server
from cli.ingest import refuse_embedded
from cli.last_known import LastKnown
from cli.node_documents import NodeDocuments
from cli.server import Server
from tidegauge.clock import Clock, SystemClock
from tidegauge.cluster.frames import Subscriber
from tidegauge.cluster.mesh import Links
from tidegauge.cluster.roll import Roll
from tidegauge.settings import Settings, shown


def run(told: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM. Ends with a documented exit code if it cannot start."""
    refuse_embedded(told)
    address.check(told, "web")
    master.serve(told, create_web, lambda: click.echo(_greeting(told)))


def create_web(told: Settings, clock: Clock | None = None) -> Server:
    """The server of a web node, with a link to each ingest node. Raises StoreError."""
    clock, name = clock or SystemClock(), server.name(told)
    store, documents = server.opened(told), server.remembered(told)
    people = server.people(told, documents, clock)
    roll = Roll(told.peers, clock, NodeDocuments(documents))
    reader = Subscriber(name, told.advertise or f"http://{told.bind}", tidegauge.__version__)
    links = Links(roll, told.node_token, clock, reader)
    last = LastKnown(Path(told.state), shown(told.store))
    roll.told(last.read())
    roll.listen(lambda: last.keep({known.url for known in roll.nodes()}.difference(told.peers)))
    roll.start()
    node = WebNode(store, links, clock, server.window_ms(store), name, links.judged, told.kept_ms)
    links.digest = lambda: node.observed.agreement.digest
    made = server.wired(told, Server(server.flask(), store, documents, people, node=node, links=links))
    create_app(made.flask, node, name, told.store, people, links.states, told.browsers)
    node.presence.retired.follow(people.memory, documents)
    node.start()
    return made


def _greeting(told: Settings) -> str:
    whence = ", ".join(map(shown, told.peers)) or "the ingest nodes that the store names"
    return f"Tidegauge's pages: http://{told.bind}; live rows come from {whence}. Ctrl-C stops it."
