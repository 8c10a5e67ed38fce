"""What the collector owes an explanation for: items given up by the spool, as events (rule 11). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from collector.schedule import LATEST
from collector.spool import Item
from tidegauge.metrics import events
from tidegauge.metrics.records import Event


class Run(NamedTuple):
    """Records that followed each other: the span of their raw rows, and how many had any."""

    from_ms: int
    to_ms: int
    records: int


def runs(items: Iterable[Item]) -> list[Run]:
    """Items in their order as runs of consecutive records; those without raw rows are in no run's way."""
    found: list[Run] = []
    after: tuple[str, int] | None = None
    for item in items:
        follows, after = item.key == after, (item.incarnation, item.seq + 1)
        if follows and item.ticks:
            last = found.pop()
            found.append(Run(last.from_ms, max(last.to_ms, item.to_ms), last.records + 1))
        elif item.ticks:
            found.append(Run(item.from_ms, item.to_ms, 1))
        elif not follows:
            after = None
    return found


def dropped(run: Run, host: str, period_ms: int, now_ms: int) -> Event:
    """The claim for a run that will never be sent: as wide as it can be without its neighbours' rows."""
    margin = int((1 - LATEST) * period_ms) - 1
    return events.gap(host, "dropped", run.from_ms - margin, run.to_ms + margin, run.records, now_ms)


def owed(lost: Sequence[Item], host: str, period_ms: int, now_ms: int) -> list[Event]:
    """What is owed for items given up: a claim for each run, and again the events that were in them."""
    carried = [event for item in lost if (record := item.record()) for event in record.events]
    return [*carried, *(dropped(run, host, period_ms, now_ms) for run in runs(lost))]


def merged(pending: Sequence[Event], host: str, now_ms: int) -> list[Event]:
    """The same claims with fewer events: dropped spans that overlap become one."""
    spans = sorted(_span(event) for event in pending if _is_dropped(event))
    joined: list[Run] = []
    for span in spans:
        if joined and span.from_ms <= joined[-1].to_ms:
            last = joined.pop()
            span = Run(last.from_ms, max(last.to_ms, span.to_ms), last.records + span.records)
        joined.append(span)
    others = [event for event in pending if not _is_dropped(event)]
    return [*others, *(events.gap(host, "dropped", *span, now_ms) for span in joined)]


def _is_dropped(event: Event) -> bool:
    return event.kind == events.GAP and event.attributes["reason"] == "dropped"


def _span(event: Event) -> Run:
    return Run(*(int(event.attributes[name]) for name in ("from_ms", "to_ms", "count")))
