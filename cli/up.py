"""`tidegauge up`: server and collector on this machine, one command, nothing left behind."""

from __future__ import annotations

import webbrowser

import click

from app.factory import create_app
from app.node import WebNode
from cli import address, exits, master, secret, server
from cli.collector_child import CollectorChild, command, environment
from cli.ingest_side import create_ingest_side
from cli.server import Server
from collector import checks
from collector.identity import this_host
from collector.readings import roots
from collector.state import StateError, StateFolder
from tidegauge import settings
from tidegauge.clock import Clock, SystemClock
from tidegauge.sessions import tokens
from tidegauge.sessions.access import is_loopback
from tidegauge.sessions.signing import Signer
from tidegauge.settings import Settings, SettingsError, shown
from tidegauge.storage.base import StoreError

SAMPLES_A_SECOND = 200
BYTES_A_SAMPLE = 2


def run(told: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM. Ends with a documented exit code if it cannot start."""
    address.check(told, "up")
    page = _page(told)
    collector = CollectorChild(command(told), environment(told) | _shown(told), SystemClock())

    def begun() -> None:
        if settings.has_display():
            webbrowser.open(page)

    _check_collector(told)
    master.serve(told, create_up, lambda: click.echo(_greeting(told, page)), begun, collector)


def create_up(told: Settings, clock: Clock | None = None) -> Server:
    """Everything of `tidegauge up` but the collector: the web side reads the ingest side's hub. Raises StoreError."""
    clock, name = clock or SystemClock(), server.name(told)
    store, documents = server.opened(told), server.remembered(told)
    people = server.people(told, documents, clock)
    side = create_ingest_side(told, store, clock, server.window_ms(store))
    node = WebNode(store, side.open_link(), clock, server.window_ms(store), name, kept_ms=told.kept_ms)
    made = server.wired(told, Server(server.flask(), store, documents, people, side, node))
    create_app(made.flask, node, name, told.store, people, browsers=told.browsers)
    node.presence.retired.follow(people.memory, documents)
    node.start()
    return made


def _check_collector(told: Settings) -> None:
    try:
        checks.check(told)
        StateFolder(told.state).close()
    except SettingsError as error:
        exits.leave(exits.BAD_SETTING, str(error))
    except StateError as error:
        exits.leave(exits.COLLECTOR, f"{error}; give another --state")


def _page(told: Settings) -> str:
    """The page of this machine, the only host at first; of all hosts where it has no id of its own."""
    host = _host(told)
    return f"{told.public[0] if told.public else f'http://{told.bind}'}/{f'hosts/{host}' if host else ''}"


def _shown(told: Settings) -> dict[str, str]:
    """The token of its own collector, which needs one as any other where the node is not on loopback alone."""
    if is_loopback(told.bind) or told.insecure_open or told.token:
        return {}
    host = _host(told)
    if not host:
        exits.leave(exits.BAD_SETTING, "this machine has no /etc/machine-id: name it with TIDEGAUGE_HOST_ID")
    token = tokens.begin(host, SystemClock().wall_ms())
    try:
        return {"TIDEGAUGE_TOKEN": Signer(secret.key_of(told)).sign(tokens.COLLECTOR, token)}
    except StoreError as error:
        exits.leave_for(error)


def _host(told: Settings) -> str:
    """The id of this machine, "" where it has none of its own."""
    return this_host(roots(told.host_root), told.fleet, told.labels, lambda: "", told.host_id).id


def _greeting(told: Settings, url: str) -> str:
    megabytes = SAMPLES_A_SECOND * 86_400 * BYTES_A_SAMPLE * 1000 / told.interval_ms / 1e6
    return (
        f"Tidegauge watches this machine: {url}\n"
        f"It keeps {told.retention} days of every sample, about {megabytes:.0f} MB a day, "
        f"in {shown(told.store.removeprefix('embedded:'))}. Ctrl-C stops it."
    )
