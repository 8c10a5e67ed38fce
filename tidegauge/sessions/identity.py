"""Who somebody is: a session as its cookie says it, and the identity that routes see. Pure: time is a parameter.

A session ends for good `ABSOLUTE_MS` after its login, and when it was not used for `IDLE_MS`. To know of use without
a write, the cookie is signed anew with another `seen_ms`, at most once in `SLIDE_MS`.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Literal, NamedTuple, cast, get_args

import msgspec

PersonRole = Literal["viewer", "editor", "admin"]
PERSON_ROLES: tuple[PersonRole, ...] = get_args(PersonRole)

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
ABSOLUTE_MS = 30 * DAY_MS
"""A month: who uses the monitor daily signs in twelve times a year."""
IDLE_MS = 7 * DAY_MS
"""A week: a weekend or a short leave ends no session, a forgotten browser does."""
SLIDE_MS = HOUR_MS


class Session(msgspec.Struct, frozen=True):
    """The claims of a cookie. id: secret. generation: which of the account's, counted up by what revokes."""

    user: str
    role: PersonRole
    id: str
    generation: int
    issued_ms: int
    seen_ms: int


class Identity(NamedTuple):
    """Who asks. name: the user's, "" for the local admin. session: its hashed id, "" for local."""

    name: str
    role: PersonRole
    session: str
    issued_ms: int


LOCAL = Identity("", "admin", "", 0)
"""Whoever sits at a machine on which there are no accounts."""


def local(role: str) -> Identity | None:
    """Who sits there, acting in a role; None: that is none of people's."""
    return LOCAL._replace(role=role) if role in PERSON_ROLES else None


def begin(user: str, role: str, generation: int, now_ms: int) -> Session:
    """A new session; every login draws another id."""
    return Session(user, cast(PersonRole, role), secrets.token_urlsafe(24), generation, now_ms, now_ms)


def identity(session: Session) -> Identity:
    """What routes see of a session: the id only as its hash."""
    return Identity(session.user, session.role, hashed(session.id), session.issued_ms)


def hashed(id: str) -> str:
    """An id as it is stored and told."""
    return hashlib.sha256(id.encode()).hexdigest()[:32]


def is_expired(session: Session, now_ms: int, in_use: bool = False) -> bool:
    """Whether a session is over. in_use: a page is open, so that it is not idle. Times of a node whose clock is ahead
    count as now."""
    return now_ms - session.issued_ms > ABSOLUTE_MS or (not in_use and now_ms - session.seen_ms > IDLE_MS)


def slid(session: Session, now_ms: int) -> Session | None:
    """The session as its cookie should be signed anew, if it should."""
    if now_ms - session.seen_ms < SLIDE_MS:
        return None
    return msgspec.structs.replace(session, seen_ms=now_ms)
