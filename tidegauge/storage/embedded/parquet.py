"""A sealed file: one UTC day's rows of a hot table, sorted by origin and time, in Parquet.

Each row says by itself whose it is (columns _entity, _host, …, which cost next to nothing), so that a
file can be read without the dictionary it was sealed with. Exact decimals are kept as whole numbers:
neighbours differ little, and Parquet codes differences.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from tidegauge.metrics.steps import DAY
from tidegauge.storage.embedded.columns import ORIGIN, RECEIVED, TIME, column_of, metric_of, name, text
from tidegauge.storage.embedded.folder import Folder, sync
from tidegauge.storage.embedded.sources import Hot, Sealed

ROW_GROUP = 20_000
"""Rows that a query reads at once; also what one dictionary of values is for."""
DECIMALS = (0, 2, 4, 6)
"""Digits after the point that a column may have as exact decimals; else it holds doubles."""

COPY = f"""
COPY (
    SELECT o.entity AS _entity, o.kind AS _kind, o.start AS _start, o.period_ms AS _period_ms,
        o.attributes AS _attributes, o.host AS _host, o.incarnation AS _incarnation,
        h.{ORIGIN}, h.{TIME}, h.{RECEIVED}{{columns}}
    FROM (FROM {{table}} WHERE {{day}}) h JOIN tide.origin o ON o.id = h.{ORIGIN}
    ORDER BY h.{ORIGIN}, h.{TIME}
) TO {{path}} (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"""


class _Found(NamedTuple):
    """What a day's rows are like. types: the SQL type of each column that has values."""

    first_ms: int
    last_ms: int
    samples: int
    types: dict[str, str]


def write(cursor: duckdb.DuckDBPyConnection, folder: Folder, hot: Hot, day: int) -> Sealed:
    """Write a day's rows of a table, of which there is one at least; durable when this returns."""
    path = folder.sealed / day_name(day) / f"{hot.kind}-{hot.id}.parquet"
    path.parent.mkdir(exist_ok=True)
    rows = f"{TIME} >= {day * DAY} AND {TIME} < {(day + 1) * DAY}"
    found = _look(cursor, hot, rows)
    _copy(cursor, hot, rows, found.types, path)
    types = {metric_of(column): kind for column, kind in found.types.items()}
    relative = str(path.relative_to(folder.path))
    return Sealed(relative, hot.kind, found.first_ms, found.last_ms, path.stat().st_size, found.samples, types)


def _copy(cursor: duckdb.DuckDBPyConnection, hot: Hot, rows: str, types: dict[str, str], path: Path) -> None:
    draft = path.with_suffix(".new")
    columns = "".join(f", h.{name(column)}::{kind} AS {name(column)}" for column, kind in types.items())
    cursor.execute(COPY.format(columns=columns, table=hot.table, day=rows, path=text(str(draft))))
    sync(draft)
    draft.rename(path)
    sync(path.parent)
    sync(path.parent.parent)


def _look(cursor: duckdb.DuckDBPyConnection, hot: Hot, rows: str) -> _Found:
    columns = [column_of(metric) for metric in sorted(hot.metrics)]
    looks = [f"min({TIME}), max({TIME})"]
    for column in map(name, columns):
        looks += [f"count({column})", *(_is_decimal(column, digits) for digits in DECIMALS)]
    first_ms, last_ms, *found = cursor.execute(f"SELECT {', '.join(looks)} FROM {hot.table} WHERE {rows}").fetchall()[0]
    width = 1 + len(DECIMALS)
    counts = found[::width]
    types = {}
    for i, column in enumerate(columns):
        exact = found[i * width + 1 : (i + 1) * width]
        if counts[i]:
            types[column] = f"DECIMAL(18,{DECIMALS[exact.index(True)]})" if True in exact else "DOUBLE"
    return _Found(first_ms, last_ms, sum(counts), types)


def _is_decimal(column: str, digits: int) -> str:
    """SQL: whether all of a column's values are decimals of so many digits that come back as they were."""
    scale = 10**digits
    return f"bool_and(round({column} * {scale}) / {scale} = {column} AND abs({column}) * {scale} < 9e15)"


def day_name(day: int) -> str:
    """A UTC day, counted from the epoch, as 2026-01-31."""
    return datetime.fromtimestamp(day * DAY / 1000, UTC).date().isoformat()
