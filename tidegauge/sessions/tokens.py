"""Tokens of collectors: signed, bound to one host, good for sending its records and for nothing else.

Every node with the same secret key believes a token without asking the store; what the store holds is a note of
each, for people, and revocations.
"""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from tidegauge.clock import Clock
from tidegauge.sessions import identity
from tidegauge.sessions.revocations import Revocations
from tidegauge.sessions.signing import MAX_TEXT, SignatureError, Signer

COLLECTOR = "collector"
"""The purpose of these tokens: a cookie is none, and they are no cookie."""
COLLECTION = "tokens"
NEVER_MS = 1 << 53
"""When a token ends that was given no days."""
KNOWN = 8_192
"""How many tokens a node knows again by their text."""
_TEXT = re.compile(rf"[A-Za-z0-9_.-]{{1,{MAX_TEXT}}}")
"""Characters of which a signed text consists: base64 is decoded whatever else is between them."""


class Token(msgspec.Struct, frozen=True):
    """The claims. id: secret, stored as its hash."""

    id: str
    host: str
    issued_ms: int
    ends_ms: int = NEVER_MS


class Note(msgspec.Struct, frozen=True):
    """What is stored of a token; the document's id is the hash of its id."""

    host: str
    issued_ms: int
    ends_ms: int


class TokenError(Exception):
    """A text that is no token which counts now; one sentence why."""


class _Known(NamedTuple):
    hashed: str
    host: str
    ends_ms: int


class Tokens:
    """Tells which host a token is of. Thread-safe; reads memory alone."""

    def __init__(self, signer: Signer, revocations: Revocations, clock: Clock) -> None:
        self._signer = signer
        self._revocations = revocations
        self._clock = clock
        self._known: dict[str, _Known] = {}

    def host(self, text: str) -> str:
        """The host whose records the bearer may send. Raises TokenError."""
        token = self._known.get(text) or self._read(text)
        if self._clock.wall_ms() >= token.ends_ms:
            raise TokenError(f"this token of {token.host} ended {day(token.ends_ms)}")
        if self._revocations.is_void_token(token.hashed):
            raise TokenError(f"this token of {token.host} was revoked")
        return token.host

    def _read(self, text: str) -> _Known:
        if not text:
            raise TokenError("a collector that is not on this machine shows a token, and this one shows none")
        try:
            found = self._signer.read(COLLECTOR, text, Token) if _TEXT.fullmatch(text) else None
        except SignatureError:
            found = None
        if found is None:
            raise TokenError(
                "what is shown is no collector's token that was signed with this node's TIDEGAUGE_SECRET_KEY"
            )
        if len(self._known) >= KNOWN:
            self._known.clear()
        known = self._known[text] = _Known(identity.hashed(found.id), found.host, found.ends_ms)
        return known


def begin(host: str, now_ms: int, days: int | None = None) -> Token:
    """A new token of a host, for so many days, or until it is revoked."""
    ends_ms = NEVER_MS if days is None else now_ms + days * identity.DAY_MS
    return Token(secrets.token_urlsafe(16), host, now_ms, ends_ms)


def note(token: Token) -> tuple[str, bytes]:
    """Id and body of the document about a token."""
    return identity.hashed(token.id), msgspec.json.encode(Note(token.host, token.issued_ms, token.ends_ms))


def read_note(body: bytes) -> Note | None:
    """A document about a token; None for what is none."""
    try:
        return msgspec.json.decode(body, type=Note)
    except (msgspec.DecodeError, UnicodeError):
        return None


def day(time_ms: int) -> str:
    """A time as people read it, to the minute in UTC."""
    if time_ms >= NEVER_MS:
        return "never"
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
