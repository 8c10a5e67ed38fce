"""Verdicts on hosts, made by hand."""

from __future__ import annotations

from tidegauge.cluster.frames import Seen
from tidegauge.cluster.presence import State, Verdict
from tidegauge.metrics.wire import Queue


def verdict(
    host: str, state: State = "live", *, count: int = 0, incarnation: str = "1-a", for_ms: float = 200.0
) -> Verdict:
    """A host whose collector holds so many records."""
    queue = Queue(count=count, from_ms=1_000, to_ms=9_000) if count else Queue()
    return Verdict(state, for_ms, 10_200, Seen(host, host, incarnation, 1, 1_000, 10_000, 0, queue, False), False)
