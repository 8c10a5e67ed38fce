"""People and their sessions on one node: who a cookie is, from memory alone; signing in and out."""

from __future__ import annotations

import logging

from tidegauge.clock import Clock
from tidegauge.sessions import accounts, identity, passwords, preferences, revocations
from tidegauge.sessions.accounts import AccountError, Accounts
from tidegauge.sessions.identity import Identity, Session
from tidegauge.sessions.memory import Memory
from tidegauge.sessions.passwords import BusyError, Passwords
from tidegauge.sessions.preferences import Preferences
from tidegauge.sessions.revocations import Revocations
from tidegauge.sessions.signing import SESSION, SignatureError, Signer
from tidegauge.sessions.throttle import Throttle
from tidegauge.sessions.tokens import Tokens
from tidegauge.storage.base import Documents, StoreError

log = logging.getLogger(__name__)

BUSY_MS = 1_000


class LoginError(Exception):
    """Nobody is signed in: HTTP status, keyword, a sentence, what to do; wait_ms: before another attempt."""

    def __init__(self, status: int, keyword: str, reason: str, hint: str, wait_ms: float = 0.0) -> None:
        super().__init__(reason)
        self.status = status
        self.keyword = keyword
        self.hint = hint
        self.wait_ms = wait_ms


class People:
    """Accounts, revocations and the signer, over the node's documents. Thread-safe."""

    def __init__(self, documents: Documents, signer: Signer, clock: Clock, memory: Memory, open: bool = False) -> None:
        """open: whoever reaches this node is its admin."""
        self.open = open
        self.signer = signer
        self.memory = memory
        self.revocations = Revocations(documents, clock)
        self.accounts = Accounts(documents, self.revocations)
        self.preferences = Preferences(documents)
        self.tokens = Tokens(signer, self.revocations, clock)
        self.cookie = f"tidegauge_{signer.fingerprint}"
        """The cookie's name, one a key: a browser may be signed in at two clusters of one machine's ports."""
        self._passwords = Passwords()
        self._throttle = Throttle()
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
        return session if self.stands(session) else None

    def stands(self, session: Session, in_use: bool = False) -> bool:
        """Whether a session goes on: it is neither expired nor void. in_use: a page of it is open."""
        expired = identity.is_expired(session, self._clock.wall_ms(), in_use)
        return not (expired or self.revocations.is_revoked(session))

    def needs_none(self, local: bool) -> bool:
        """Whether people come in without a session: to a node that is open, and, local, where nobody has an account
        that is known of."""
        return self.open or (local and not self.accounts.any)

    def signed(self, session: Session) -> tuple[str, int]:
        """The cookie of a session, and for how many seconds a browser is to keep it."""
        left_ms = session.issued_ms + identity.ABSOLUTE_MS - self._clock.wall_ms()
        return self.signer.sign(SESSION, session), max(0, left_ms // 1000)

    def slid(self, session: Session) -> Session | None:
        """The session with its use noted, if its cookie should be signed anew."""
        return identity.slid(session, self._clock.wall_ms())

    def login(self, user: str, password: str, address: str, before: Session | None = None) -> Session:
        """A new session for who knows the password; the one `before` it in the same browser ends. Raises LoginError.

        1. Who failed often waits, whether there is such a user or not.
        2. The generation is read before the account: a password that changes meanwhile voids the session.
        3. A user that is not there takes as long as one that is. What is no name at all is refused at once: it costs
           neither the store a question, nor a hash, nor memory.
        """
        if not accounts.NAME.fullmatch(user):
            raise _wrong(user, address)
        now_ms = self._clock.monotonic_ms()
        if wait_ms := self._throttle.begin(user, address, now_ms):
            raise LoginError(429, "throttled", "too many wrong passwords", "try again", wait_ms)
        try:
            generation = self.revocations.generation(user)
            account = self.accounts.get(user)
            fits = self._passwords.fits(account.password if account else None, password)
        except (StoreError, BusyError, AccountError) as error:
            self._throttle.undo(user, address, now_ms)
            raise _cannot(error) from error
        if account is None or not fits:
            raise _wrong(user, address)
        self._throttle.succeeded(user, address, now_ms)
        if before:
            self.revocations.end_session(identity.hashed(before.id))
        log.info("login user=%s address=%s", user, address)
        return identity.begin(user, account.role, generation, self._clock.wall_ms())

    def logout(self, who: Identity, everywhere: bool) -> bool:
        """End a session, or all of its user; whether every node knows within seconds (else: once the store is back)."""
        if not who.session:
            return True
        log.info("logout user=%s everywhere=%s", who.name, everywhere)
        return self.revocations.end_user(who.name) if everywhere else self.revocations.end_session(who.session)

    def add(self, user: str, role: identity.PersonRole, password: str) -> None:
        """A new account. Raises AccountError, StoreError."""
        self.accounts.add(user, role, self._hash(password))

    def change(self, user: str, role: identity.PersonRole | None, password: str | None) -> bool:
        """Another role or password, see Accounts.change. Raises AccountError, StoreError."""
        return self.accounts.change(user, role, None if password is None else self._hash(password))

    def _hash(self, password: str) -> str:
        if not passwords.LEAST <= len(password) <= passwords.MOST:
            raise AccountError(f"a password has {passwords.LEAST} to {passwords.MOST} characters")
        return self._passwords.hash(password)


def _wrong(user: str, address: str) -> LoginError:
    log.info("login_failed user=%r address=%s", user[:80], address)
    return LoginError(401, "password", "user or password is wrong", "try again, or ask an admin")


def _cannot(error: StoreError | BusyError | AccountError) -> LoginError:
    """Why a password could not be looked at."""
    if isinstance(error, BusyError):
        return LoginError(429, "busy", str(error), "try again", BUSY_MS)
    if isinstance(error, AccountError):
        return LoginError(503, "account", str(error), "ask an admin")
    why = "nobody can sign in while the store does not answer; who is signed in stays so"
    return LoginError(503, "store", why, "try again when it is back")
