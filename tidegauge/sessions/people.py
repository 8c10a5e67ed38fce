"""People and their sessions on one node: who a cookie is, from memory alone."""

from __future__ import annotations

from tidegauge.clock import Clock
from tidegauge.sessions import accounts, identity, preferences, revocations
from tidegauge.sessions.accounts import Accounts
from tidegauge.sessions.identity import Session
from tidegauge.sessions.memory import Memory
from tidegauge.sessions.preferences import Preferences
from tidegauge.sessions.revocations import Revocations
from tidegauge.sessions.signing import SESSION, SignatureError, Signer
from tidegauge.storage.base import Documents


class People:
    """Accounts, revocations and the signer, over the node's documents. Thread-safe."""

    def __init__(self, documents: Documents, signer: Signer, clock: Clock, memory: Memory) -> None:
        self.signer = signer
        self.memory = memory
        self.revocations = Revocations(documents, clock)
        self.accounts = Accounts(documents, self.revocations)
        self.preferences = Preferences(documents)
        self._clock = clock
        memory.follow(revocations.COLLECTION, self.revocations.take)
        memory.follow(accounts.COLLECTION, self.accounts.take)
        memory.follow(preferences.COLLECTION, self.preferences.take)

    def session(self, cookie: str) -> Session | None:
        """The session of a cookie that is neither forged, nor expired, nor void."""
        try:
            session = self.signer.read(SESSION, cookie, Session)
        except SignatureError:
            return None
        if identity.is_expired(session, self._clock.wall_ms()) or self.revocations.is_revoked(session):
            return None
        return session
