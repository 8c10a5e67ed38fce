"""The gaps beside an answer: of every host of a plan, those that touch its range."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tidegauge.metrics.gaps import Gap, Holder
from tidegauge.queries.histories import AHEAD_MS, Histories
from tidegauge.queries.plan import Plan
from tidegauge.queries.timeline import Timeline, load_all


def explained(histories: Histories, made: Plan, holder: Callable[[str], Holder]) -> dict[str, list[Gap]]:
    """Gaps by host. holder: what a host's collector is like now. Raises StoreError."""
    holders = {host: holder(host) for host in sorted({known.host for known in made.entities.values()})}
    timelines = [Timeline(host, made.start_ms) for host in holders]
    _load(histories, timelines, made, {host: one.now_ms for host, one in holders.items()})
    found = {timeline.host: timeline.gaps(holders[timeline.host]) for timeline in timelines}
    return {host: [gap for gap in gaps if gap.from_ms < made.end_ms] for host, gaps in found.items()}


def _load(histories: Histories, timelines: Sequence[Timeline], made: Plan, nows: dict[str, int]) -> None:
    """Read a little beyond the range, and all to now of hosts whose rows did not go on by then."""
    now_ms, beyond_ms = max(nows.values(), default=0), made.end_ms + AHEAD_MS
    if timelines:
        load_all(histories, timelines, made.start_ms, beyond_ms, nows)
    ended = [timeline for timeline in timelines if beyond_ms < now_ms and not timeline.reaches(made.end_ms)]
    if ended:
        load_all(histories, ended, made.start_ms, now_ms + AHEAD_MS, nows)
