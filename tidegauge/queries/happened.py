"""Events of a range, no more than asked for: the store is read piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tidegauge.metrics.steps import HOUR
from tidegauge.storage.base import Reads, StoredEvent

MOST = 10_000
"""How many events one answer holds at most."""


def oldest(
    store: Reads,
    span: tuple[int, int],
    hosts: Sequence[str] | None,
    wanted: Callable[[StoredEvent], bool],
    limit: int = MOST,
) -> list[StoredEvent]:
    """The first `limit` events in [span) of some hosts (None: all) that are wanted, by time. Raises StoreError.

    Pieces grow, so that a long quiet range costs few questions, and a busy one is not read to its end.
    """
    begin_ms, end_ms = span
    found: list[StoredEvent] = []
    width_ms = HOUR
    while begin_ms < end_ms and len(found) < limit:
        until_ms = min(end_ms, begin_ms + width_ms)
        found += filter(wanted, store.events(begin_ms, until_ms, hosts))
        begin_ms, width_ms = until_ms, 2 * width_ms
    return found[:limit]
