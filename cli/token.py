"""`tidegauge token`: what collectors of other machines show, made, listed and revoked."""

from __future__ import annotations

from pathlib import Path

import click

from cli import documents, exits, secret
from tidegauge.clock import SystemClock
from tidegauge.metrics import limits
from tidegauge.sessions import revocations, tokens
from tidegauge.sessions.revocations import Revocations
from tidegauge.sessions.signing import Signer
from tidegauge.sessions.tokens import Note
from tidegauge.settings import Settings
from tidegauge.storage.base import Documents, StoreError
from tidegauge.storage.open import EMBEDDED

NO_KEY = "TIDEGAUGE_SECRET_KEY is not set: nodes take only tokens that are signed with the key that they have"
NOT_NOTED = "the token could not be noted in the store, so none was made; try again when it answers"
TO_DO = (
    "The token of {host}; it ends: {ends}. Nobody can show it again; its id, to revoke it, is {id}.\n"
    "Write it to a file that the collector alone can read, and name that: token_file in collector.toml, or\n"
    "TIDEGAUGE_TOKEN_FILE. A collector that runs reads a new one within half a minute."
)


def create(host: str, days: int | None, told: Settings) -> None:
    """Print a new token of a host, that alone on standard output, once the store has a note of it."""
    if not limits.is_host(host):
        exits.leave(exits.BAD_SETTING, f"--host: {host[:80]!r} is no id of a host; `tidegauge-collector once` shows it")
    signer = Signer(_key(told))
    token = tokens.begin(host, SystemClock().wall_ms(), days)
    name, body = tokens.note(token)
    with documents.opened(told, NOT_NOTED) as opened:
        opened.put(tokens.COLLECTION, name, body)
    click.echo(signer.sign(tokens.COLLECTOR, token))
    click.echo(TO_DO.format(host=host, ends=tokens.day(token.ends_ms), id=name), err=True)


def show(told: Settings) -> None:
    """List the tokens that were made, the oldest first."""
    with documents.opened(told, "tokens cannot be listed") as opened:
        found = _notes(opened)
        revoked = {one.id for one in opened.list(revocations.COLLECTION)}
    now_ms = SystemClock().wall_ms()
    for name, note in sorted(found.items(), key=lambda one: one[1].issued_ms):
        state = "revoked" if revocations.TOKEN + name in revoked else "ended" if note.ends_ms <= now_ms else "valid"
        made, ends = tokens.day(note.issued_ms), tokens.day(note.ends_ms)
        click.echo(f"{name}  {state:<7}  made {made}  ends {ends:<20}  {note.host}")


def revoke(id: str, told: Settings) -> None:
    """Have all nodes refuse a token, named by its id or so much of it as no other has."""
    with documents.opened(told, "the token was not revoked") as opened:
        found = {known: note for known, note in _notes(opened).items() if known.startswith(id)}
        if len(found) != 1:
            which = f"{len(found)} tokens" if found else "no token"
            exits.leave(exits.BAD_SETTING, f"{which} with the id {id[:80]!r}; `tidegauge token list` lists them")
        (whole, note), *_ = found.items()
        if not Revocations(opened, SystemClock()).end_token(whole, note.ends_ms):
            exits.leave(exits.STORE, "the token was not revoked; try again when the store answers")
    click.echo(f"The token of {note.host} is revoked: each node that reads the store refuses it within 5 s.")


def _key(told: Settings) -> str:
    """The key that nodes have: what was set, or what `up` keeps beside its store."""
    kept = Path(told.store.removeprefix(EMBEDDED)) / secret.NAME
    if not told.secret_key and not (told.store.startswith(EMBEDDED) and kept.exists()):
        exits.leave(exits.BAD_SETTING, f"{NO_KEY}; nor does {kept} hold one, as it does where `up` has run")
    try:
        return secret.key_of(told)
    except StoreError as error:
        exits.leave_for(error)


def _notes(opened: Documents) -> dict[str, Note]:
    found = {one.id: tokens.read_note(one.body) for one in opened.list(tokens.COLLECTION)}
    return {name: note for name, note in found.items() if note}
