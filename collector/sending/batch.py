"""How many records a resend holds, and which wait aside so that one bad record never blocks the rest. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from collector.spool import Key

MOST_RECORDS = 512
BODY_BYTES = 1_000_000
ASIDE_MS = 30_000
FEW_RECORDS = 25
"""A server that says "not now" is asked for no fewer: its store is behind with what all hosts sent, not with these."""
TRIES = 10
"""So often a record may fail alone, while others pass, until it is given up as a dead letter."""
MOST_TRIED = 1000
SLOW_MS = 1000
"""A body that keeps a server busy for longer is halved, so that live records of all hosts need not wait for it,"""
SMALL_RECORDS = 100
"""but not below this: where each commit takes its time small bodies are no quicker, and ones of a few records would
never drain a backlog. They grow up to it, however long their answers take."""


class Batch:
    """Halved when a server does not take a body, doubled again when it takes one.

    A record that fails alone is set aside for half a minute, and the drain goes on behind it.
    """

    def __init__(self) -> None:
        self.records = MOST_RECORDS
        self._aside: dict[Key, float] = {}
        self._tries: dict[Key, tuple[int, int]] = {}
        self._passed = 0

    def took(self, kept: Iterable[Key], now_ms: float, took_ms: float = 0) -> None:
        """A body was answered record by record, after so long; those `kept` have to wait."""
        self.passed()
        if took_ms <= SLOW_MS:
            self.records = min(MOST_RECORDS, self.records * 2)
        elif self.records < SMALL_RECORDS:
            self.records = min(SMALL_RECORDS, self.records * 2)
        else:
            self.records = max(SMALL_RECORDS, self.records // 2)
        self._put_aside(kept, now_ms)

    def refused(self, keys: list[Key], now_ms: float, to_blame: bool = True) -> bool:
        """A body came back as a whole. Returns whether the only record in it is hopeless: it always fails while
        others pass, and may be to blame."""
        self.missed(len(keys))
        if len(keys) > 1:
            return False
        self._put_aside(keys, now_ms)
        return to_blame and self._tried(keys[0]) >= TRIES

    def passed(self) -> None:
        """A server took something."""
        self._passed += 1

    def forget(self, key: Key) -> None:
        """A record was given up."""
        self._tries.pop(key, None)

    def missed(self, records: int, is_busy: bool = False) -> None:
        """A server that answers late, not at all or "not now" (is_busy) is asked for half as many."""
        least = min(self.records, FEW_RECORDS) if is_busy else 1
        self.records = max(least, min(self.records, records) // 2)

    def aside(self, now_ms: float) -> set[Key]:
        """The records that wait aside now."""
        self._aside = {key: until for key, until in self._aside.items() if until > now_ms}
        return set(self._aside)

    def _tried(self, key: Key) -> int:
        """How often a record failed alone, not counted again until something else has passed."""
        if len(self._tries) >= MOST_TRIED:
            self._tries.clear()
        tries, passed = self._tries.get(key, (0, -1))
        self._tries[key] = tries + (passed != self._passed), self._passed
        return self._tries[key][0]

    def _put_aside(self, keys: Iterable[Key], now_ms: float) -> None:
        self._aside.update(dict.fromkeys(keys, now_ms + ASIDE_MS))
