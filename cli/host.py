"""`tidegauge host`: which hosts there are, and which of them are retired."""

from __future__ import annotations

import click

from app import retired
from cli import documents, exits
from tidegauge.clock import SystemClock
from tidegauge.metrics import limits
from tidegauge.metrics.records import HOST
from tidegauge.metrics.steps import DAY
from tidegauge.settings import Settings
from tidegauge.storage.base import StoreError
from tidegauge.storage.open import EMBEDDED, Access, open_store

HELD = "the store of `up` is open in that process alone: its hosts are on its first page, here are the retired ones"


def show(told: Settings) -> None:
    """List the hosts that have rows, and those that are retired."""
    with documents.opened(told, "hosts cannot be listed") as opened:
        gone = {one.id for one in opened.list(retired.COLLECTION)}
    names = dict.fromkeys(gone, "") | _known(told)
    for host, name in sorted(names.items(), key=lambda one: (one[1], one[0])):
        click.echo(f"{host}  {'retired' if host in gone else 'shown':<7}  {name}".rstrip())


def retire(host: str, told: Settings) -> None:
    """Take a host off the lists of all web nodes; its history stays."""
    _check(host)
    with documents.opened(told, "the host was not retired") as opened:
        opened.put(retired.COLLECTION, host, retired.document(SystemClock().wall_ms()))
    click.echo(f"{host} leaves the lists within 5 s; its history stays at /hosts/{host}.")
    click.echo("Stop its collector: one that sends brings the host back.", err=True)


def restore(host: str, told: Settings) -> None:
    """Put a retired host back on the lists."""
    _check(host)
    with documents.opened(told, "the host was not restored") as opened:
        if not opened.delete(retired.COLLECTION, host):
            exits.leave(exits.BAD_SETTING, f"{host} is not retired; `tidegauge host list` lists those that are")
    click.echo(f"{host} is back on the lists within 5 s.")


def _check(host: str) -> None:
    if not limits.is_host(host):
        exits.leave(exits.BAD_SETTING, f"{host[:80]!r} is no id of a host; `tidegauge host list` lists them")


def _known(told: Settings) -> dict[str, str]:
    """Names of the hosts in the store by id."""
    if told.store.startswith(EMBEDDED):
        click.echo(HELD, err=True)
        return {}
    try:
        store = open_store(told.store, retention_days=told.retention, access=Access(told.store_ca, told.store_api_key))
        try:
            found = store.entities(0, SystemClock().wall_ms() + DAY)
        finally:
            store.close()
    except StoreError as error:
        exits.leave(exits.STORE, f"hosts cannot be listed: {error}")
    hosts = [one.entity for one in found if one.entity.kind == HOST]
    return {one.id: one.attributes.get("host.name", one.id) for one in hosts}
