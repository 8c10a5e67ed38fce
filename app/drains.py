"""How soon collectors will have sent what they hold: from how their queues shrink as this node watches. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from tidegauge.cluster.presence import Verdict

SPAN_MS = 30_000
"""What is looked at: as much of a queue's past."""
SHORTEST_MS = 5_000
"""Of less nothing is concluded."""


class Drains:
    """The lengths of queues over the last SPAN_MS; those without a backlog are not kept. For one thread that notes."""

    def __init__(self) -> None:
        self._lengths: dict[str, list[tuple[float, int]]] = {}

    def note(self, verdicts: Iterable[tuple[str, Verdict | None]], now_ms: float) -> None:
        """Note how long queues are now; now_ms: monotonic. One of a collector that is not heard says nothing."""
        known = self._lengths
        self._lengths = {
            host: [*(one for one in known.get(host, []) if now_ms - one[0] <= SPAN_MS), (now_ms, length)]
            for host, verdict in verdicts
            if verdict is not None and verdict.state == "live" and (length := verdict.seen.queue.count) > 1
        }

    def left_ms(self, host: str) -> int | None:
        """In how long a queue is empty at the pace of late; None: not known, or it does not shrink."""
        lengths = self._lengths.get(host)
        if not lengths:
            return None
        (from_ms, before), (to_ms, after) = lengths[0], lengths[-1]
        if to_ms - from_ms < SHORTEST_MS or after >= before:
            return None
        return round(after * (to_ms - from_ms) / (before - after))
