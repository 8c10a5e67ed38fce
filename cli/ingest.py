"""`tidegauge ingest`: an ingest node of a cluster. It needs no Dash, and so is back soon after it was killed."""

from __future__ import annotations

import click

from cli import address, exits, master, server
from cli.ingest_side import create_ingest_side
from cli.server import Server
from tidegauge.clock import Clock, SystemClock
from tidegauge.settings import Settings, shown
from tidegauge.storage.open import EMBEDDED


def run(told: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM. Ends with a documented exit code if it cannot start."""
    refuse_embedded(told)
    address.check(told, "ingest")
    master.serve(told, create_ingest, lambda: click.echo(_greeting(told)))


def create_ingest(told: Settings, clock: Clock | None = None) -> Server:
    """The server of an ingest node. Raises StoreError."""
    clock = clock or SystemClock()
    store, documents = server.opened(told), server.remembered(told)
    people = server.people(told, documents, clock)
    side = create_ingest_side(told, store, clock, server.window_ms(store), documents)
    return server.wired(told, Server(server.flask(), store, documents, people, side))


def refuse_embedded(told: Settings) -> None:
    """End the program with one clear line where the store is one that a single process has."""
    if told.store.startswith(EMBEDDED):
        line = "embedded storage belongs to one process: use `tidegauge up`, or set TIDEGAUGE_STORE to Elasticsearch"
        exits.leave(exits.BAD_SETTING, line)


def _greeting(told: Settings) -> str:
    return f"Collectors send to http://{told.bind}; rows are kept in {shown(told.store)}. Ctrl-C stops it."
