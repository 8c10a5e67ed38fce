"""The hosts that a person has retired: off the lists until their collector sends again; their history stays."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import msgspec

from tidegauge.sessions.memory import Memory
from tidegauge.storage.base import Document, Documents

log = logging.getLogger(__name__)

COLLECTION = "retired"
"""Of the documents; the id of each is a host's. `tidegauge host` writes them."""
BACK_MS = 2_000.0
"""A collector that was heard so long after its host was known to be retired has sent after it: what was heard before
is told within a second."""


class Retired:
    """Which hosts are retired, as this node knows it. Thread-safe; no wall clock has a part in it."""

    def __init__(self, heard_ms: Callable[[str], float | None], monotonic_ms: Callable[[], float]) -> None:
        """heard_ms: when a host's collector was heard last, monotonic; None: never."""
        self._heard_ms = heard_ms
        self._monotonic_ms = monotonic_ms
        self._since: dict[str, tuple[Document, float]] = {}
        """By host its document, and since when that is known here."""
        self._delete: Callable[[str, str], bool] | None = None

    def follow(self, memory: Memory, documents: Documents) -> None:
        """Have what the documents hold taken over, from now on."""
        self._delete = documents.delete
        memory.follow(COLLECTION, self.take)

    def take(self, found: Sequence[Document]) -> None:
        """What the store holds now; hosts that came back are retired no longer. Raises StoreError."""
        now_ms = self._monotonic_ms()
        known = self._since
        self._since = {
            one.id: known[one.id] if one.id in known and known[one.id][0] == one else (one, now_ms) for one in found
        }
        for host in [host for host in self._since if not self.hides(host)]:
            if self._delete:
                self._delete(COLLECTION, host)
                log.info("host_back host=%s", host)

    def hides(self, host: str) -> bool:
        """Whether a host is off the lists."""
        known = self._since.get(host)
        if known is None:
            return False
        heard_ms = self._heard_ms(host)
        return heard_ms is None or heard_ms <= known[1] + BACK_MS

    def hidden(self) -> list[str]:
        """All that are off the lists."""
        return sorted(filter(self.hides, self._since))


def document(now_ms: int) -> bytes:
    """The document that retires a host; when, by the clock of who wrote it, is for people."""
    return msgspec.json.encode({"at_ms": now_ms})
