"""The accounts: people with a name, a role and a password, as documents. Names are known from memory, passwords are
asked of the store when somebody signs in."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from tidegauge.sessions import preferences
from tidegauge.sessions.identity import PersonRole
from tidegauge.sessions.revocations import Revocations
from tidegauge.storage.base import Document, Documents, StoreUnavailableError

COLLECTION = "users"
NAME = re.compile(r"[a-z0-9][a-z0-9_.@+-]{0,63}")


class AccountError(Exception):
    """What cannot be done with an account; one clear line for a person."""


class Account(msgspec.Struct, frozen=True):
    """A document, its id is the name. password: argon2's own text."""

    role: PersonRole
    password: str


class Accounts:
    """The accounts of a store. Thread-safe."""

    def __init__(self, documents: Documents, revocations: Revocations) -> None:
        self._documents = documents
        self._revocations = revocations
        self._count: int | None = None

    @property
    def any(self) -> bool | None:
        """Whether there is an account, from memory; None: the store was never read."""
        return None if self._count is None else self._count > 0

    def take(self, found: Sequence[Document]) -> None:
        """What the store holds now."""
        self._count = len(found)

    def get(self, name: str) -> Account | None:
        """An account, asked of the store. Raises StoreError."""
        found = self._documents.get(COLLECTION, name) if NAME.fullmatch(name) else None
        return _read(found) if found else None

    def list(self) -> list[tuple[str, PersonRole]]:
        """Names and roles. Raises StoreError."""
        return [(one.id, _read(one).role) for one in self._documents.list(COLLECTION)]

    def add(self, name: str, role: PersonRole, password: str) -> None:
        """A new account; sessions of one that had this name before stay void. Raises AccountError, StoreError."""
        if not NAME.fullmatch(name):
            raise AccountError(f"{name[:80]!r} is no name: 1 to 64 of a-z 0-9 _ . @ + -, the first a letter or digit")
        if self._documents.get(COLLECTION, name):
            raise AccountError(f"there is a user {name} already")
        self._documents.put(COLLECTION, name, msgspec.json.encode(Account(role, password)), expected=0)
        self._count = (self._count or 0) + 1

    def change(self, name: str, role: PersonRole | None = None, password: str | None = None) -> bool:
        """Another role or password; all sessions of the user end: whether other nodes know that within seconds.
        Raises AccountError, StoreError."""
        document = self._known(name)
        account = _read(document)
        changed = Account(role or account.role, password or account.password)
        self._documents.put(COLLECTION, name, msgspec.json.encode(changed), expected=document.version)
        return self._revocations.end_user(name)

    def remove(self, name: str) -> bool:
        """Remove an account and all that it set; its sessions end, as above. Raises AccountError, StoreError."""
        self._known(name)
        if not self._revocations.end_user(name):
            raise StoreUnavailableError("the store did not take it that the user's sessions end")
        self._documents.delete(COLLECTION, name)
        self._documents.delete(preferences.COLLECTION, name)
        return self._revocations.end_user(name)  # of who signed in between

    def _known(self, name: str) -> Document:
        found = self._documents.get(COLLECTION, name) if NAME.fullmatch(name) else None
        if found is None:
            raise AccountError(f"there is no user {name[:80]!r}")
        return found


def _read(document: Document) -> Account:
    try:
        return msgspec.json.decode(document.body, type=Account)
    except msgspec.DecodeError as error:
        raise AccountError(f"the account {document.id[:80]!r} cannot be read: {error}; remove it and add it") from error
