"""What one append inserts, each within the transaction of a cursor: columns at a time, never row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb
import msgspec
import numpy as np

from tidegauge.metrics.parts import Ints
from tidegauge.metrics.records import Description
from tidegauge.storage.base import Arrival
from tidegauge.storage.embedded.batch import Rows
from tidegauge.storage.embedded.columns import ORIGIN, RECEIVED, TIME, column_of
from tidegauge.storage.embedded.events import NewEvent
from tidegauge.storage.embedded.origins import Origin
from tidegauge.storage.embedded.sources import Hot
from tidegauge.storage.embedded.tiers import tier_of

EVENT_TYPES = ("VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "BIGINT", "VARCHAR", "VARCHAR")
ORIGIN_TYPES = ("INTEGER", "VARCHAR", "VARCHAR", "VARCHAR", "BIGINT", "VARCHAR", "VARCHAR", "VARCHAR")
METRIC_TYPES = ("VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "INTEGER")


def rows(cursor: duckdb.DuckDBPyConnection, hot: Hot, new: Rows, arrivals: Sequence[Arrival], owner: Ints) -> None:
    """Rows into a hot table, NaN as NULL. owner: the index of each row's record. Minute rows are never marked late."""
    late_before = np.array([arrival.late_before_ms for arrival in arrivals], np.int64)
    received = np.array([arrival.received_ms for arrival in arrivals], np.int64)
    on_time = (new.time >= late_before[owner]) | (tier_of(new.kind) == "minute")
    arrived = {ORIGIN: new.origin, TIME: new.time, RECEIVED: np.ma.masked_array(received[owner], mask=on_time)}
    arrived |= {column_of(metric): values for metric, values in zip(new.metrics, new.values, strict=True)}
    cursor.execute(f"INSERT INTO {hot.table} BY NAME SELECT * FROM arrived")  # DuckDB reads the local variable


def origins(cursor: duckdb.DuckDBPyConnection, new: Iterable[Origin]) -> None:
    """Origins into the dictionary."""
    lines = [
        (o.id, o.entity.id, o.kind, o.entity.start, o.entity.period_ms, _json(o.entity.attributes), *o[2:4])
        for o in new
    ]
    _insert(cursor, "origin", ORIGIN_TYPES, lines)


def events(cursor: duckdb.DuckDBPyConnection, new: Iterable[NewEvent]) -> None:
    """Events that are not stored yet."""
    lines = [
        (n.id, n.host, n.incarnation, n.event.entity, n.event.time_ns, n.event.kind, _json(n.event.attributes))
        for n in new
    ]
    _insert(cursor, "event", EVENT_TYPES, lines)


def metrics(cursor: duckdb.DuckDBPyConnection, described: Iterable[Description]) -> None:
    """Descriptions in the place of those of the same names."""
    lines = [msgspec.structs.astuple(description) for description in described]
    if lines:
        names = [line[0] for line in lines]
        cursor.execute("DELETE FROM tide.metric WHERE name IN (SELECT unnest(?::VARCHAR[]))", [names])
    _insert(cursor, "metric", METRIC_TYPES, lines)


def _insert(
    cursor: duckdb.DuckDBPyConnection, table: str, types: Sequence[str], lines: Sequence[Sequence[object]]
) -> None:
    if not lines:
        return
    values = ", ".join(f"unnest(?::{kind}[])" for kind in types)
    columns = [list(column) for column in zip(*lines, strict=True)]
    cursor.execute(f"INSERT INTO tide.{table} SELECT {values}", columns)


def _json(attributes: dict[str, str]) -> str:
    return msgspec.json.encode(attributes).decode()
