"""Events in the DuckDB file, each once by its id (rule 12)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import duckdb
import msgspec

from tidegauge.metrics.events import event_id
from tidegauge.metrics.records import Event
from tidegauge.storage.base import Arrival, StoredEvent

_decode = msgspec.json.Decoder(dict[str, str]).decode


class NewEvent(NamedTuple):
    """An event to insert, with whose it is; arrival: index of its record."""

    id: str
    host: str
    incarnation: str
    event: Event
    arrival: int


def gather(arrivals: Iterable[Arrival]) -> list[NewEvent]:
    """The events of records, each id once: the first."""
    found: dict[str, NewEvent] = {}
    for index, arrival in enumerate(arrivals):
        for event in arrival.record.events:
            new = NewEvent(event_id(event), arrival.record.host, arrival.record.incarnation, event, index)
            found.setdefault(new.id, new)
    return list(found.values())


def unseen(cursor: duckdb.DuckDBPyConnection, events: Sequence[NewEvent]) -> list[NewEvent]:
    """Those whose id is not stored."""
    if not events:
        return []
    times = [new.event.time_ns for new in events]
    known = cursor.execute(
        "SELECT id FROM tide.event WHERE time_ns BETWEEN ? AND ? AND id IN (SELECT unnest(?::VARCHAR[]))",
        [min(times), max(times), [new.id for new in events]],
    ).fetchall()
    stored = {row[0] for row in known}
    return [new for new in events if new.id not in stored]


def read(
    cursor: duckdb.DuckDBPyConnection, start_ms: int, end_ms: int, hosts: Sequence[str] | None
) -> list[StoredEvent]:
    """What `Store.events` promises."""
    rows = cursor.execute(
        "SELECT id, host, entity, time_ns, kind, attributes FROM tide.event"
        " WHERE time_ns >= $1 AND time_ns < $2 AND ($3 IS NULL OR host IN (SELECT unnest($3::VARCHAR[])))"
        " ORDER BY time_ns, id",
        [start_ms * 1_000_000, end_ms * 1_000_000, None if hosts is None else list(hosts)],
    ).fetchall()
    return [
        StoredEvent(name, host, Event(entity, time_ns, kind, _decode(attributes)))
        for name, host, entity, time_ns, kind, attributes in rows
    ]
