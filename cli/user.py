"""`tidegauge user`: accounts of people, beside servers that run; every node knows within seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from cli import documents, exits
from tidegauge.clock import SystemClock
from tidegauge.sessions.accounts import AccountError
from tidegauge.sessions.identity import PersonRole
from tidegauge.sessions.memory import Memory
from tidegauge.sessions.people import People
from tidegauge.sessions.signing import Signer, new_key
from tidegauge.settings import Settings

T = TypeVar("T")
UNSURE = "that is done, but the store did not take it that open sessions end; run it again"


def add(name: str, role: PersonRole, file: str | None, told: Settings) -> None:
    """A new account; its password from a file, a prompt, or standard input."""
    password = _password(file)
    _with(told, "there is no new user", lambda people: people.add(name, role, password))
    click.echo(f"{name} may sign in as {role}, at every node within 5 s.")


def show(told: Settings) -> None:
    """List names and roles."""
    found = _with(told, "users cannot be listed", lambda people: people.accounts.list())
    for name, role in found:
        click.echo(f"{role:<6}  {name}")


def role(name: str, role: PersonRole, told: Settings) -> None:
    """Another role; who is signed in signs in anew."""
    _sure(_with(told, "the role is what it was", lambda people: people.change(name, role, None)))
    click.echo(f"{name} is {role}; open sessions end within 5 s.")


def password(name: str, file: str | None, told: Settings) -> None:
    """Another password; who is signed in signs in anew."""
    fresh = _password(file)
    _sure(_with(told, "the password is what it was", lambda people: people.change(name, None, fresh)))
    click.echo(f"{name} has a new password; open sessions end within 5 s.")


def remove(name: str, told: Settings) -> None:
    """Remove an account."""

    def gone(people: People) -> tuple[bool, bool]:
        return people.accounts.remove(name), bool(people.accounts.list())

    sure, others = _with(told, "the user is still there", gone)
    _sure(sure)
    click.echo(f"{name} is removed; open sessions end within 5 s.")
    if not others:
        click.echo(
            "Nobody has an account now: a node on loopback takes everybody on its machine for its admin.", err=True
        )


def _with(told: Settings, failure: str, work: Callable[[People], T]) -> T:
    """Do something with the accounts of the store; what cannot be done ends the program with one clear line."""
    with documents.opened(told, failure) as opened:
        people = People(opened, Signer(new_key()), SystemClock(), Memory(opened))
        try:
            return work(people)
        except AccountError as error:
            exits.leave(exits.BAD_SETTING, str(error))


def _sure(known: bool) -> None:
    if not known:
        exits.leave(exits.STORE, UNSURE)


def _password(file: str | None) -> str:
    """A password: the first line of a file or of standard input, or what a person types twice."""
    if file is None and sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt="Once more")
        return typed
    try:
        text = Path(file).read_text(encoding="utf-8") if file else sys.stdin.read()
    except (OSError, UnicodeError) as error:
        exits.leave(exits.BAD_SETTING, f"the password cannot be read: {error}")
    return text.partition("\n")[0].rstrip("\r")
