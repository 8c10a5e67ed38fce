"""Minute rows (rule 13): what their numbers are called, and single ones out of a record. Pure; no numpy."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tidegauge.metrics.records import Entity, Kind, Record
from tidegauge.metrics.steps import MINUTE

STATS: dict[Kind, tuple[str, ...]] = {
    "counter": ("count", "first", "last", "min_rate", "max_rate"),
    "gauge": ("count", "min", "max", "sum", "last"),
}
"""The five numbers of a metric in a minute row, by the metric's kind, in the order of the wire."""

LATE_MS = 3 * MINUTE
"""A minute row that comes later than this after its minute ended is late (rule 7)."""


class MinuteRow(msgspec.Struct, frozen=True):
    """What an entity showed within a minute of the epoch. Key: (entity.id, incarnation, time_ms).

    time_ms, end_ms: when the first and the last of its `rows` raw rows were taken. values: the
    numbers of each metric that it knows, as `STATS` names them.
    """

    entity: Entity
    host: str
    incarnation: str
    time_ms: int
    end_ms: int
    rows: int
    values: dict[str, list[float]]


def rows(record: Record) -> Iterator[MinuteRow]:
    """The minute rows of a record, block by block, unknown metrics left out."""
    for block in record.minutes:
        names = [column.name for column in block.columns]
        for r, (e, time_ms, end_ms, count) in enumerate(
            zip(block.entity, block.times, block.ends, block.rows, strict=True)
        ):
            values = {
                name: numbers
                for name, column in zip(names, block.values, strict=True)
                if (numbers := column[r]) is not None
            }
            yield MinuteRow(block.entities[e], record.host, record.incarnation, time_ms, end_ms, count, values)


def minute_of(time_ms: int) -> int:
    """The first ms of the minute that a time lies in."""
    return time_ms - time_ms % MINUTE
