"""`tidegauge ingest`: an ingest node of a cluster."""

from __future__ import annotations

import click

from cli import address, exits, master
from cli.server import create_ingest
from tidegauge.settings import Settings, shown
from tidegauge.storage.open import EMBEDDED


def run(told: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM. Ends with a documented exit code if it cannot start."""
    refuse_embedded(told)
    address.check(told, "ingest")
    master.serve(told, create_ingest, lambda: click.echo(_greeting(told)))


def refuse_embedded(told: Settings) -> None:
    """End the program with one clear line where the store is one that a single process has."""
    if told.store.startswith(EMBEDDED):
        line = "embedded storage belongs to one process: use `tidegauge up`, or set TIDEGAUGE_STORE to Elasticsearch"
        exits.leave(exits.BAD_SETTING, line)


def _greeting(told: Settings) -> str:
    return f"Collectors send to http://{told.bind}; rows are kept in {shown(told.store)}. Ctrl-C stops it."
