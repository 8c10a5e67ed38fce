"""Gaps (rule 11): every hole in an entity's rows gets a state and a sentence. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from tidegauge.metrics import events, runs
from tidegauge.metrics.records import Event
from tidegauge.metrics.runs import Run
from tidegauge.metrics.wire import Queue

State = Literal["waiting", "late", "not_measured", "dropped", "unknown"]

UNKNOWN = "not known until the host answers"


class Gap(NamedTuple):
    """A span of time and why it is not as it should be; `late` spans have rows, the others none."""

    from_ms: int
    to_ms: int
    state: State
    text: str


class Claim(NamedTuple):
    """A hole that the collector says it made itself."""

    from_ms: int
    to_ms: int
    reason: str
    ticks: str


class Holder(NamedTuple):
    """What the host's collector is like now.

    now_ms: the host's now. state: presence's word, or "unknown". incarnation: the one that speaks.
    """

    state: str
    now_ms: int
    incarnation: str
    queue: Queue
    period_ms: int


def claims(happened: Iterable[Event]) -> list[Claim]:
    """The claims among events; those that cannot be read are none."""
    found = []
    for event in happened:
        text = event.attributes
        if event.kind == events.GAP and text.get("from_ms", "").isdigit() and text.get("to_ms", "").isdigit():
            span = int(text["from_ms"]), int(text["to_ms"])
            found.append(Claim(*span, text.get("reason", ""), text.get("count", "")))
    return found


def find(rows: Sequence[Run], claimed: Sequence[Claim], holder: Holder, from_ms: int) -> list[Gap]:
    """All gaps of a host from `from_ms` to its now, by time: late spans, holes, and the open end."""
    found = [
        Gap(run.first_ms, run.last_ms, "late", f"arrived late, by {_clock(run.received_ms)}")
        for run in rows
        if run.received_ms
    ]
    found += [_explain(before, after, claimed, holder) for before, after in runs.holes(list(rows))]
    if rows and (gap := _open_end(max(rows, key=lambda run: run.last_ms), claimed, holder)):
        found.append(gap)
    return sorted(gap for gap in found if gap.to_ms >= from_ms)


def _explain(before: Run, after: Run, claimed: Sequence[Claim], holder: Holder) -> Gap:
    span = before.last_ms, after.first_ms
    if gap := _by_claim(*span, claimed) or _by_queue(*span, holder):
        return gap
    if after.incarnation > before.incarnation:
        return Gap(*span, "not_measured", "not measured: the collector restarted")
    return Gap(*span, "unknown", "not known: no row came and the collector holds none" if _empty(holder) else UNKNOWN)


def _open_end(last: Run, claimed: Sequence[Claim], holder: Holder) -> Gap | None:
    if holder.now_ms - last.last_ms <= (runs.HOLE_PERIODS + 1) * last.period_ms:
        return None
    span = last.last_ms, holder.now_ms
    if holder.state == "stopped":
        return Gap(*span, "not_measured", "not measured: the collector is stopped")
    return _by_claim(*span, claimed) or _by_queue(*span, holder) or Gap(*span, "unknown", UNKNOWN)


def _by_claim(from_ms: int, to_ms: int, claimed: Sequence[Claim]) -> Gap | None:
    """The claim that covers most of a hole, if any covers half of it."""
    cover, claim = max(((_common(from_ms, to_ms, c.from_ms, c.to_ms), c) for c in claimed), default=(0, None))
    if claim is None or 2 * cover < to_ms - from_ms:
        return None
    if claim.reason == "dropped":
        return Gap(from_ms, to_ms, "dropped", f"dropped: {claim.ticks} ticks were taken and given up")
    return Gap(from_ms, to_ms, "not_measured", f"not measured: {_REASONS.get(claim.reason, claim.reason[:80])}")


_REASONS = {
    "stopped": "the collector did not run",
    "skipped": "the host was too busy",
    "clock": "the host's clock was set",
}


def _by_queue(from_ms: int, to_ms: int, holder: Holder) -> Gap | None:
    queue = holder.queue
    if queue.from_ms is None or queue.to_ms is None or holder.state not in ("live", "silent"):
        return None
    if queue.count == 0 or _common(from_ms, to_ms, queue.from_ms, queue.to_ms + 1) == 0:
        return None
    return Gap(from_ms, to_ms, "waiting", f"waiting, {queue.count} in its queue")


def _empty(holder: Holder) -> bool:
    return holder.state == "live" and holder.queue.count == 0


def _common(a_from: int, a_to: int, b_from: int, b_to: int) -> int:
    return max(0, min(a_to, b_to) - max(a_from, b_from))


def _clock(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%H:%M:%S UTC")
