"""What a web node observes as time goes on, once a second: how queues shrink, whether other web nodes agree with it."""

from __future__ import annotations

from collections.abc import Callable

from app.agreement import Agreement
from app.drains import Drains
from app.presence import Presence
from app.status import Nodes

EVERY_MS = 1_000


class Observed:
    """Looks at presence, and at what ingest nodes say of other web nodes. `look` is for one thread. name: this
    node's."""

    def __init__(self, presence: Presence, nodes: Nodes, name: str, monotonic_ms: Callable[[], float]) -> None:
        self._presence = presence
        self._nodes = nodes
        self._name = name
        self._monotonic_ms = monotonic_ms
        self._looked_ms = float("-inf")
        self.agreement = Agreement()
        self.drains = Drains()

    def look(self) -> None:
        """Observe, if it is time."""
        now_ms = self._monotonic_ms()
        if now_ms - self._looked_ms < EVERY_MS:
            return
        self._looked_ms = now_ms
        verdicts = self._presence.verdicts()
        self.drains.note(verdicts, now_ms)
        self.agreement.note(verdicts, now_ms)
        self.agreement.compare(self._nodes.digests(self._name), now_ms)
