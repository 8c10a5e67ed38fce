"""Passwords as argon2id texts. A hash takes 46 MiB and about 50 ms on purpose, so that few are made at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

MEMORY_KIB, PASSES, LANES = 47_104, 1, 1
"""OWASP's first choice for argon2id (Password Storage Cheat Sheet)."""
AT_ONCE = 2
WAITING = 16
"""More who sign in at one moment are told to come again: they would hold the threads that answer requests."""
LEAST, MOST = 8, 1_000
"""Characters of a password that is set; of a longer one the rest is not looked at."""
NOBODYS = "$argon2id$v=19$m=47104,t=1,p=1$gvMM7edhayYKC7+P3cyeUw$bwrLSi/VcfadOWdQAlfeBRo7jy7IRbrmCB6cIY+gy4A"
"""The hash of a password that nobody knows, for users that are not there."""


class BusyError(Exception):
    """Too many passwords are looked at already."""


class Passwords:
    """Makes and checks hashes, few at once. Thread-safe."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(PASSES, MEMORY_KIB, LANES)
        self.hashing = threading.Semaphore(AT_ONCE)
        self.waiting = threading.Semaphore(WAITING)

    def hash(self, password: str) -> str:
        """The text that is stored of a password. Raises BusyError."""
        with self._turn():
            return self._hasher.hash(password)

    def fits(self, stored: str | None, password: str) -> bool:
        """Whether a password is the one that was hashed. None: of nobody, which takes as long. Raises BusyError."""
        with self._turn():
            try:
                fits = self._hasher.verify(stored or NOBODYS, password[:MOST])
            except (Argon2Error, InvalidHashError, UnicodeError):
                return False
        return fits and stored is not None

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.waiting.acquire(blocking=False):
            raise BusyError("too many sign in at this moment")
        try:
            with self.hashing:
                yield
        finally:
            self.waiting.release()
