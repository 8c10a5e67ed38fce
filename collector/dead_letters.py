"""Records that a server will never take, wholly or in part: counted, and the last ones kept to be shown."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Iterable

import msgspec

from tidegauge.metrics.wire import Outcome

log = logging.getLogger(__name__)

KEPT = 100


class DeadLetter(msgspec.Struct, frozen=True):
    """What was not taken, and why. items: the rows, of a partial one; at most 20."""

    incarnation: str
    seq: int
    outcome: str
    reason: str
    items: list[str]


class DeadLetters:
    """Counts of all outcomes, and the last refusals."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.last: deque[DeadLetter] = deque(maxlen=KEPT)

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """Count what a server settled; keep and log what it did not take."""
        for found in outcomes:
            self.counts[found.outcome] += 1
            if found.outcome in ("partial", "refused"):
                letter = DeadLetter(found.incarnation, found.seq, found.outcome, found.reason, found.items[:20])
                self.last.append(letter)
                log.warning(
                    "record_%s seq=%d reason=%r items=%d",
                    found.outcome,
                    found.seq,
                    found.reason[:200],
                    len(found.items),
                )
