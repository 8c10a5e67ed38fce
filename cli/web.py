"""`tidegauge web`: a web node of a cluster."""

from __future__ import annotations

import click

from cli import address, exits, master
from cli.ingest import refuse_embedded
from cli.server import create_web
from tidegauge.settings import Settings


def run(told: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM. Ends with a documented exit code if it cannot start."""
    refuse_embedded(told)
    if not told.peers:
        exits.leave(exits.BAD_SETTING, "set TIDEGAUGE_PEERS to the ingest nodes' URLs")
    address.check(told, "web")
    master.serve(told, create_web, lambda: click.echo(_greeting(told)))


def _greeting(told: Settings) -> str:
    return f"Tidegauge's pages: http://{told.bind}; live rows come from {', '.join(told.peers)}. Ctrl-C stops it."
