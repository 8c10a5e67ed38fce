"""How many records a resend holds, and which wait aside so that one bad record never blocks the rest. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from collector.spool import Key

MOST_RECORDS = 512
BODY_BYTES = 1_000_000
ASIDE_MS = 30_000


class Batch:
    """Halved when a server does not take a body, doubled again when it takes one.

    A record that fails alone is set aside for half a minute, and the drain goes on behind it.
    """

    def __init__(self) -> None:
        self.records = MOST_RECORDS
        self._aside: dict[Key, float] = {}

    def took(self, kept: Iterable[Key], now_ms: float) -> None:
        """A body was answered record by record; those `kept` have to wait."""
        self.records = min(MOST_RECORDS, self.records * 2)
        self._put_aside(kept, now_ms)

    def refused(self, keys: list[Key], now_ms: float) -> None:
        """A body came back as a whole, with a page or a status that settles nothing."""
        self.missed(len(keys))
        if len(keys) == 1:
            self._put_aside(keys, now_ms)

    def missed(self, records: int) -> None:
        """A server that answers late, not at all or "not now" is asked less."""
        self.records = max(1, min(self.records, records) // 2)

    def aside(self, now_ms: float) -> set[Key]:
        """The records that wait aside now."""
        self._aside = {key: until for key, until in self._aside.items() if until > now_ms}
        return set(self._aside)

    def _put_aside(self, keys: Iterable[Key], now_ms: float) -> None:
        self._aside.update(dict.fromkeys(keys, now_ms + ASIDE_MS))
