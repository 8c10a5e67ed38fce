"""How long somebody waits after wrong passwords: by user and address, and by each alone. Time is a parameter.

An attempt counts when it begins and is taken back if it succeeds, so that many at once gain nothing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import NamedTuple

FREE = {"both": 4, "user": 30, "address": 30}
"""Attempts without a wait, by what is counted. One person at one place gets few; many people share an address, and
whoever guesses at a user from everywhere is not to lock that user out soon."""
FIRST_MS, LONGEST_MS = 1_000, 60_000
FORGET_MS = 15 * 60_000
KEPT = 20_000

Key = tuple[str, ...]


class _Count(NamedTuple):
    failures: int
    last_ms: float


class Throttle:
    """Counts attempts, in bounded memory. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: OrderedDict[Key, _Count] = OrderedDict()

    def begin(self, user: str, address: str, now_ms: float) -> float:
        """0: the attempt may be made, and counts. Else how many ms to wait before another."""
        with self._lock:
            wait_ms = max(self._wait(key, now_ms) for key in _keys(user, address))
            if wait_ms <= 0:
                for key in _keys(user, address):
                    self._put(key, self._get(key, now_ms).failures + 1, now_ms)
            return max(0.0, wait_ms)

    def succeeded(self, user: str, address: str, now_ms: float) -> None:
        """The attempt that began was right: it does not count, and the person begins anew at this address."""
        with self._lock:
            both, *others = _keys(user, address)
            self._counts.pop(both, None)
            for key in others:
                self._put(key, max(0, self._get(key, now_ms).failures - 1), now_ms)

    def undo(self, user: str, address: str, now_ms: float) -> None:
        """The attempt that began could not be made: it does not count."""
        with self._lock:
            for key in _keys(user, address):
                self._put(key, max(0, self._get(key, now_ms).failures - 1), now_ms)

    def _wait(self, key: Key, now_ms: float) -> float:
        count = self._get(key, now_ms)
        over = count.failures - FREE[key[0]]
        if over < 0:
            return 0.0
        return count.last_ms + min(LONGEST_MS, FIRST_MS * 2.0 ** min(over, 10)) - now_ms

    def _get(self, key: Key, now_ms: float) -> _Count:
        count = self._counts.get(key)
        return count if count and now_ms - count.last_ms <= FORGET_MS else _Count(0, now_ms)

    def _put(self, key: Key, failures: int, now_ms: float) -> None:
        self._counts[key] = _Count(failures, now_ms)
        self._counts.move_to_end(key)
        if len(self._counts) > KEPT:
            self._counts.popitem(last=False)


def _keys(user: str, address: str) -> tuple[Key, Key, Key]:
    return ("both", user, address), ("user", user), ("address", address)
