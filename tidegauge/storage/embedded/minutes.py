"""Minute rows as rows like others: a column a number of a metric, and the SQL that reads them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import cast

from tidegauge.metrics.minutes import STATS
from tidegauge.metrics.records import Block, Column, Kind, MinuteBlock, Record
from tidegauge.storage.embedded.columns import column_of, name
from tidegauge.storage.embedded.tiers import table_kind

Metric = tuple[str, Kind]

ROWS, SPAN_MS = "rows", "span_ms"
"""Of how many raw rows a minute row is made, and how long after the first of them the last was taken. The
columns of metrics have a dot before the name of the number."""

UNKNOWN = (None,) * 5

PARTS: dict[str, dict[Kind, str]] = {
    "count": {"counter": ROWS, "gauge": "count"},
    "first": {"counter": "first"},
    "last": {"counter": "last", "gauge": "last"},
    "minimum": {"counter": "first", "gauge": "min"},
    "maximum": {"counter": "last", "gauge": "max"},
    "total": {"gauge": "sum"},
}
"""Which number a column of a part is made of; a counter never falls within its row."""


def kept(kind: Kind) -> tuple[str, ...]:
    """The numbers of a metric that have a column: all but a counter's first, as its count is that of the row."""
    return STATS[kind][1:] if kind == "counter" else STATS[kind]


def column(metric: str, stat: str) -> str:
    """What a number of a metric is called among the metrics of its table."""
    return f"{metric}.{stat}"


def columns(metrics: Sequence[Metric]) -> list[str]:
    """All that is read for the parts of some metrics."""
    return [ROWS, SPAN_MS, *(column(metric, stat) for metric, kind in metrics for stat in kept(kind))]


def flat(record: Record) -> list[Block]:
    """All blocks of a record, those of minute rows as blocks of the kind of their tables."""
    minutes = [_flat(block) for block in record.minutes if block.times]
    return [*record.blocks, *minutes] if minutes else record.blocks


def _flat(block: MinuteBlock) -> Block:
    found = [Column(ROWS, "gauge"), Column(SPAN_MS, "gauge")]
    spans = [end_ms - time_ms for time_ms, end_ms in zip(block.times, block.ends, strict=True)]
    values: list[Sequence[float | None]] = [block.rows, spans]
    for of, numbers in zip(block.columns, block.values, strict=True):
        of_metric = _columns_of(of.name, of.kind)
        found += of_metric
        values += list(zip(*[five or UNKNOWN for five in numbers], strict=True))[-len(of_metric) :]
    as_lists = cast("list[list[float | None]]", values)  # they are only read
    return Block(table_kind(block.kind, "minute"), block.entities, found, block.entity, block.times, as_lists)


@lru_cache(4096)
def _columns_of(metric: str, kind: Kind) -> tuple[Column, ...]:
    return tuple(Column(column(metric, stat), "gauge") for stat in kept(kind))


def select(metrics: Sequence[Metric], have: frozenset[str]) -> str:
    """SQL for the numbers of those of some metrics that a source has; "" if it has none of them.

    A line a metric of a row: span_ms, s (its place in `metrics`), and the columns of `PARTS`: DOUBLE, or
    NULL where there is none.
    """
    there = [s for s, (metric, kind) in enumerate(metrics) if column(metric, PARTS["minimum"][kind]) in have]
    if not there:
        return ""
    lists = [f"unnest([{', '.join(map(str, there))}]) AS s"]
    for part, stats in PARTS.items():
        numbers = ", ".join(_number(*metrics[s], stats) for s in there)
        lists.append(f"unnest([{numbers}]) AS {part}")
    return f"{SPAN_MS}::BIGINT AS {SPAN_MS}, {', '.join(lists)}"


def _number(metric: str, kind: Kind, stats: dict[Kind, str]) -> str:
    stat = stats.get(kind)
    if stat is None:
        return "NULL::DOUBLE"
    if stat == ROWS:
        return f"CASE WHEN {_sql(metric, 'first')} IS NOT NULL THEN {ROWS}::DOUBLE END"
    return f"{_sql(metric, stat)}::DOUBLE"


def _sql(metric: str, stat: str) -> str:
    return name(column_of(column(metric, stat)))
