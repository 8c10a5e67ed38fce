"""What happened to a host and its containers, as marks of a lane under graphs: shape, name, words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tidegauge.metrics import events
from tidegauge.metrics.events import event_id
from tidegauge.metrics.records import Event

MOST = 1_000
"""How many marks a lane is told at most; where there are more, many stand together."""
COLUMNS = MOST // 4
TEXT = 80
"""How much of a stranger's word is shown."""


class Mark(NamedTuple):
    """An event of a lane. mark: its shape, a key of `URGENCY`. name: its container's, "" where it is not known.

    text: what happened, without time and name.
    """

    id: str
    time_ms: int
    entity: str
    name: str
    mark: str
    text: str


class Stand(NamedTuple):
    """A mark, and for how many events it stands, itself among them."""

    mark: Mark
    total: int


URGENCY = {
    "healthy": 0,
    "starting": 0,
    "collector-started": 1,
    "collector-stopped": 2,
    "started": 3,
    "stopped": 4,
    "unhealthy": 5,
    "oom": 6,
    "crashed": 7,
}
"""Which of several marks is shown where there is room for one: the greatest."""

_STOPS = {
    "exited": ("stopped", "ended"),
    "crashed": ("crashed", "crashed"),
    "killed": ("stopped", "was stopped"),
    "oom": ("oom", "killed by the kernel: out of memory"),
    "gone": ("stopped", "is gone"),
}
_HEALTH = {
    "healthy": ("healthy", "is healthy"),
    "unhealthy": ("unhealthy", "is unhealthy"),
    "starting": ("starting", "health is not known yet"),
}


def marks(happened: Iterable[Event]) -> list[Mark]:
    """The marks of events, in their order; most kinds of events have none."""
    return [mark for event in happened if (mark := _mark(event)) is not None]


def _mark(event: Event) -> Mark | None:
    shape, text = _words(event.kind, event.attributes)
    if not shape:
        return None
    name = event.attributes.get("container.name", "")[:TEXT]
    return Mark(event_id(event), event.time_ns // 1_000_000, event.entity, name, shape, text)


def _words(kind: str, told: dict[str, str]) -> tuple[str, str]:
    """A mark's shape and text; ("", "") for what has none."""
    match kind:
        case events.COLLECTOR_STARTED:
            return "collector-started", "collector started"
        case events.COLLECTOR_STOPPED:
            return "collector-stopped", "collector stopped"
        case events.CONTAINER_STARTED:
            return "started", "started"
        case events.CONTAINER_STOPPED:
            shape, text = _STOPS.get(told.get("reason", ""), ("stopped", "stopped"))
            return shape, f"{text}, {_exit(told.get('exit_code', ''))}"
        case events.CONTAINER_OOM:
            return "oom", f"out of memory: the kernel killed {_counted(told.get('count', ''))}"
        case events.CONTAINER_HEALTH:
            status = told.get("status", "")
            return _HEALTH.get(status, ("starting", f"health: {status[:TEXT]}"))
    return "", ""


def _exit(code: str) -> str:
    return f"exit code {code[:TEXT]}" if code else "exit code not known"


def _counted(count: str) -> str:
    return "a process" if count in ("", "1") else f"{count[:TEXT]} processes"


def stand(found: Sequence[Mark], start_ms: int, end_ms: int) -> list[Stand]:
    """Marks of a range by time, at most about `MOST`: of more than that the most urgent of each kind in each of
    `COLUMNS` columns of time stands for all of its kind there."""
    ordered = sorted(found, key=lambda mark: (mark.time_ms, mark.id))
    if len(ordered) <= MOST:
        return [Stand(mark, 1) for mark in ordered]
    width_ms = max(1, (end_ms - start_ms) // COLUMNS)
    columns: dict[int, dict[str, Stand]] = {}
    for mark in ordered:
        column = columns.setdefault(mark.time_ms // width_ms, {})
        first, total = column.get(mark.mark, (mark, 0))
        column[mark.mark] = Stand(first, total + 1)
    return [one for column in columns.values() for one in _few(column)]


def _few(column: dict[str, Stand]) -> list[Stand]:
    """The three most urgent of a column by time; the last of them stands for those left out, too."""
    ranked = sorted(column.values(), key=lambda one: -URGENCY[one.mark.mark])
    kept, others = ranked[:3], ranked[3:]
    kept[-1] = kept[-1]._replace(total=kept[-1].total + sum(one.total for one in others))
    return sorted(kept, key=lambda one: one.mark.time_ms)
