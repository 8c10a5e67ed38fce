"""The `tidegauge` command."""

from __future__ import annotations

from typing import Any

import click

import tidegauge
from cli import options


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(tidegauge.__version__)
def main() -> None:
    """Live metrics of hosts and containers, from the kernel to the screen."""


@main.command()
@options.flags("up", "collector")
def up(**given: str | None) -> None:
    """Watch this machine: a server (ingest and web, embedded store) and a collector."""
    from cli.up import run

    run(options.read(given))


@main.command()
@options.flags("ingest")
def ingest(**given: str | None) -> None:
    """An ingest node: takes records, tells them to web nodes, keeps them in Elasticsearch."""
    from cli.ingest import run

    run(options.read(given, "ingest"))


@main.command()
@options.flags("web")
def web(**given: str | None) -> None:
    """A web node: pages, JSON API and live graphs, fed by the ingest nodes and Elasticsearch."""
    from cli.web import run

    run(options.read(given, "web"))


@main.command()
@click.option("--hosts", default=10, show_default=True, type=click.IntRange(1, 5000), help="simulated hosts")
@click.option("--containers", default=3, show_default=True, type=click.IntRange(0, 200), help="containers on each")
@click.option("--url", default="http://127.0.0.1:8050", show_default=True, help="ingest URL")
@click.option("--seed", default=1, show_default=True, help="the same seed gives the same hosts")
@click.option("--clock-offset", default="0s", show_default=True, help="clocks set wrong by so much: -1h, +90s")
@options.flags("demo")
def demo(hosts: int, containers: int, url: str, seed: int, clock_offset: str, **given: str | None) -> None:
    """Simulated hosts through the collector's real queue and sender."""
    from cli.demo import run

    run(hosts, containers, url, seed, clock_offset, options.read(given))


@main.group()
def token() -> None:
    """Tokens that collectors of other machines show: create, list, revoke."""


@token.command("create")
@click.option("--host", required=True, help="id of the host that it is for, as `tidegauge-collector once` shows it")
@click.option("--days", type=click.IntRange(1, 36_500), help="days until it ends; default: when it is revoked")
@options.flags("token")
def token_create(host: str, days: int | None, **given: str | None) -> None:
    """Print a new token of a host."""
    from cli.token import create

    create(host, days, options.read(given, "token"))


@token.command("list")
@options.flags("token")
def token_list(**given: str | None) -> None:
    """List the tokens that were made."""
    from cli.token import show

    show(options.read(given, "token"))


@token.command("revoke")
@click.argument("id")
@options.flags("token")
def token_revoke(id: str, **given: str | None) -> None:
    """Have all nodes refuse a token, within seconds."""
    from cli.token import revoke

    revoke(id, options.read(given, "token"))


@main.group()
def host() -> None:
    """Hosts: list them, retire those that are no more, restore them."""


@host.command("list")
@options.flags("host")
def host_list(**given: str | None) -> None:
    """List the hosts that have rows, and those that are retired."""
    from cli.host import show

    show(options.read(given, "host"))


@host.command("retire")
@click.argument("id")
@options.flags("host")
def host_retire(id: str, **given: str | None) -> None:
    """Take a host off all lists; its history stays."""
    from cli.host import retire

    retire(id, options.read(given, "host"))


@host.command("restore")
@click.argument("id")
@options.flags("host")
def host_restore(id: str, **given: str | None) -> None:
    """Put a retired host back on the lists."""
    from cli.host import restore

    restore(id, options.read(given, "host"))


ROLES = click.Choice(["viewer", "editor", "admin"])
PASSWORD = click.option(
    "--password-file", default=None, help="file with the password; default: a prompt, or standard input"
)


@main.group()
def user() -> None:
    """Accounts of people: add, list, role, password, remove."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=ROLES, default="viewer", show_default=True)
@PASSWORD
@options.flags("user")
def user_add(name: str, role: Any, password_file: str | None, **given: str | None) -> None:
    """A new account. With the first one everybody signs in, on loopback too."""
    from cli.user import add

    add(name, role, password_file, options.read(given, "user"))


@user.command("list")
@options.flags("user")
def user_list(**given: str | None) -> None:
    """List names and roles."""
    from cli.user import show

    show(options.read(given, "user"))


@user.command("role")
@click.argument("name")
@click.argument("role", type=ROLES)
@options.flags("user")
def user_role(name: str, role: Any, **given: str | None) -> None:
    """Another role; open sessions end."""
    from cli.user import role as change

    change(name, role, options.read(given, "user"))


@user.command("password")
@click.argument("name")
@PASSWORD
@options.flags("user")
def user_password(name: str, password_file: str | None, **given: str | None) -> None:
    """Another password; open sessions end."""
    from cli.user import password

    password(name, password_file, options.read(given, "user"))


@user.command("remove")
@click.argument("name")
@options.flags("user")
def user_remove(name: str, **given: str | None) -> None:
    """Remove an account; its sessions end."""
    from cli.user import remove

    remove(name, options.read(given, "user"))
