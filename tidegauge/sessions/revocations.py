"""Which sessions are void before they expire: one by its hashed id, or all of a user below a generation; and tokens.

A revocation lives as long as the longest cookie, that of a token as long as the token would. It counts here at once,
on every other node when that reads the store next. A user's sessions carry the generation that was current at their
login; what ends them all begins the next one, which is greater whatever clocks say.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

import msgspec

from tidegauge.clock import Clock
from tidegauge.sessions import identity
from tidegauge.sessions.identity import Session
from tidegauge.storage.base import Document, Documents, StoreError

log = logging.getLogger(__name__)

COLLECTION = "revocations"
KEPT_MS = identity.ABSOLUTE_MS + identity.DAY_MS
"""A day more than the longest cookie: clocks of nodes differ."""
SESSION, USER, TOKEN = "session:", "user:", "token:"


class Revocation(msgspec.Struct, frozen=True):
    """A document. below: sessions of the user with a lesser generation are void; of a single session it is 0.
    until_ms: when the token that it voids would end."""

    at_ms: int
    below: int = 0
    until_ms: int = 0


class Revocations:
    """What is known of revocations. Thread-safe; asking reads memory alone."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, Revocation] = {}
        self._unwritten: dict[str, Revocation] = {}
        """What the store could not take yet."""

    def is_revoked(self, session: Session) -> bool:
        """Whether a session is void."""
        return self.is_void(session.user, session.generation, identity.hashed(session.id))

    def is_void(self, user: str, generation: int, hashed: str) -> bool:
        """The same, of a session whose id is known as its hash."""
        with self._lock:
            return SESSION + hashed in self._known or generation < self._below(user)

    def is_void_token(self, hashed: str) -> bool:
        """Whether a collector's token, by the hash of its id, is void."""
        with self._lock:
            return TOKEN + hashed in self._known

    def tokens(self) -> int:
        """How many tokens of collectors are void that would count else."""
        with self._lock:
            return sum(name.startswith(TOKEN) for name in self._known)

    def generation(self, user: str) -> int:
        """The generation of a session that begins now, asked of the store. Raises StoreError."""
        found = self._documents.get(COLLECTION, USER + user)
        with self._lock:
            return max(_read(found).below if found else 0, self._below(user))

    def end_session(self, hashed: str) -> bool:
        """Void one session; whether other nodes will know within seconds (else: once the store is back)."""
        return self._add(SESSION + hashed, Revocation(self._clock.wall_ms()))

    def end_user(self, user: str) -> bool:
        """Void all sessions that a user has; the same answer. What is void stays so where the store is not read."""
        now_ms = self._clock.wall_ms()
        try:
            latest = self.generation(user)
        except StoreError:
            latest = self._below(user)
        return self._add(USER + user, Revocation(now_ms, max(now_ms, latest + 1)))

    def end_token(self, hashed: str, until_ms: int) -> bool:
        """Void a collector's token, which would end at a time; the same answer."""
        return self._add(TOKEN + hashed, Revocation(self._clock.wall_ms(), until_ms=until_ms))

    def take(self, found: Sequence[Document]) -> None:
        """What the store holds now; write what waits, let go of what is too old. Raises StoreError, and what is void
        is known then all the same."""
        oldest_ms = self._clock.wall_ms() - KEPT_MS
        read = {one.id: _read(one) for one in found}
        with self._lock:
            merged = {**self._known, **{name: _later(one, self._known.get(name)) for name, one in read.items()}}
            self._known = {name: one for name, one in merged.items() if _counts_until(one) >= oldest_ms}
            waiting = dict(self._unwritten)
        for name, revocation in waiting.items():
            self._write(name, revocation)
        for name in [name for name, one in read.items() if _counts_until(one) < oldest_ms]:
            self._documents.delete(COLLECTION, name)

    def _add(self, name: str, revocation: Revocation) -> bool:
        with self._lock:
            self._known[name] = self._unwritten[name] = revocation
        try:
            self._write(name, revocation)
        except StoreError as error:
            log.warning("revocation_waits error=%s", error)
            return False
        return True

    def _write(self, name: str, revocation: Revocation) -> None:
        self._documents.put(COLLECTION, name, msgspec.json.encode(revocation))
        with self._lock:
            if self._unwritten.get(name) == revocation:
                del self._unwritten[name]

    def _below(self, user: str) -> int:
        one = self._known.get(USER + user)
        return one.below if one else 0


def _read(document: Document) -> Revocation:
    """A document; what cannot be read voids nothing and goes with its age."""
    try:
        return msgspec.json.decode(document.body, type=Revocation)
    except msgspec.DecodeError:
        log.warning("revocation_unreadable id=%r", document.id[:80])
        return Revocation(0)


def _counts_until(one: Revocation) -> int:
    return max(one.at_ms, one.until_ms)


def _later(one: Revocation, other: Revocation | None) -> Revocation:
    return other if other and other.below > one.below else one
