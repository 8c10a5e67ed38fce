"""Hot rows into sealed Parquet files of one UTC day, and retention.

A hot table is sealed as a whole: another takes its appends, its rows are written day by day, sorted by
origin and time, and one transaction puts the files' names in the place of the table. A kill before it
leaves files that nothing names (removed when the store opens), a kill after it leaves nothing to do.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import duckdb

from tidegauge.metrics.steps import DAY, HOUR
from tidegauge.storage.embedded.catalog import Catalog
from tidegauge.storage.embedded.columns import ORIGIN, RECEIVED, TIME, column_of, name, text
from tidegauge.storage.embedded.database import Database
from tidegauge.storage.embedded.folder import sync
from tidegauge.storage.embedded.sources import Hot, Sealed

log = logging.getLogger(__name__)

SEAL_VALUES = 20_000_000
"""A hot table with room for this many values (rows × columns) is sealed, whatever the day."""
GRACE_MS = HOUR
"""A day's rows are sealed this long after its end, so that most of the late ones are among them."""
ROW_GROUP = 20_000
"""Rows of a Parquet row group: a query reads whole ones."""
DECIMALS = (0, 2, 4, 6)
"""Digits after the point that a sealed column may have as exact decimals; else it holds doubles."""

COPY = f"""
COPY (
    SELECT o.entity AS _entity, o.kind AS _kind, o.start AS _start, o.period_ms AS _period_ms,
        o.attributes AS _attributes, o.host AS _host, o.incarnation AS _incarnation,
        h.{ORIGIN}, h.{TIME}, h.{RECEIVED}{{columns}}
    FROM {{table}} h JOIN tide.origin o ON o.id = h.{ORIGIN}
    WHERE h.{TIME} >= {{start_ms}} AND h.{TIME} < {{end_ms}}
    ORDER BY h.{ORIGIN}, h.{TIME}
) TO {{path}} (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"""
SPANS = f"""
INSERT INTO tide.span
SELECT {ORIGIN}, min({TIME}), max({TIME}) FROM {{table}} GROUP BY {ORIGIN}, {TIME} // {DAY}"""


class Sealer:
    """Seals and retires; one caller at a time gets in, appends and reads go on meanwhile."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog
        self._busy = threading.Lock()

    def seal(self, now_ms: int) -> None:
        """Seal the hot tables that are full or hold a day that has ended."""
        with self._busy:
            for hot in self._rotate(now_ms):
                self._seal(hot)

    def _rotate(self, now_ms: int) -> list[Hot]:
        """The tables to seal, none of which takes appends any more."""
        catalog = self._catalog
        with catalog.writing:
            due = [hot for hot in catalog.sources.hot if self._is_due(hot, now_ms)]
            for hot in due:
                if hot == catalog.sources.active(hot.kind):
                    catalog.create_hot(self._database, hot.kind, hot.metrics)
        return due

    def _is_due(self, hot: Hot, now_ms: int) -> bool:
        days = self._catalog.filled[hot.id]
        if hot != self._catalog.sources.active(hot.kind):
            return True  # another has its place already: sealing was cut short
        if days.total() * len(hot.metrics) >= SEAL_VALUES:
            return True
        sealed = {file.day for file in self._catalog.sources.sealed if file.kind == hot.kind}
        ended = (now_ms - GRACE_MS) // DAY
        return any(day < ended and day not in sealed for day in days)

    def _seal(self, hot: Hot) -> None:
        """Write the rows, a file a day; then one transaction puts the files in the table's place."""
        catalog = self._catalog
        files = [self._write(hot, day) for day in sorted(catalog.filled[hot.id])]
        with catalog.writing:
            with self._database.transaction("sealing") as cursor:
                cursor.execute(SPANS.format(table=hot.table))
                insert_sealed(cursor, files)
                cursor.execute("DELETE FROM tide.hot WHERE id = ?", [hot.id])
                cursor.execute(f"DROP TABLE {hot.table}")
            left = tuple(other for other in catalog.sources.hot if other.id != hot.id)
            catalog.sources = replace(catalog.sources, hot=left, sealed=(*catalog.sources.sealed, *files))
            rows = catalog.filled.pop(hot.id).total()
            del catalog.samples[hot.id]
        log.info("sealed kind=%s rows=%d files=%d bytes=%d", hot.kind, rows, len(files), sum(f.bytes for f in files))

    def _write(self, hot: Hot, day: int) -> Sealed:
        """One day's rows of a table as a file, durable when this returns."""
        path = self._catalog.folder.sealed / day_name(day) / f"{hot.kind}-{hot.id}.parquet"
        draft = path.with_suffix(".new")
        with self._database.cursor("sealing") as cursor:
            path.parent.mkdir(exist_ok=True)
            where = f"{TIME} >= {day * DAY} AND {TIME} < {(day + 1) * DAY}"
            first_ms, last_ms, samples, types = _types(cursor, hot, where)
            columns = "".join(f", h.{name(column)}::{kind} AS {name(column)}" for column, kind in types.items())
            cursor.execute(
                COPY.format(
                    columns=columns,
                    table=hot.table,
                    start_ms=day * DAY,
                    end_ms=(day + 1) * DAY,
                    path=text(str(draft)),
                )
            )
            sync(draft)
            draft.rename(path)
            sync(path.parent)
            sync(path.parent.parent)
        relative = str(path.relative_to(self._catalog.folder.path))
        metrics = frozenset(metric for metric in hot.metrics if column_of(metric) in types)
        return Sealed(relative, hot.kind, first_ms, last_ms, path.stat().st_size, samples, metrics)

    def retire(self, oldest_ms: int) -> list[str]:
        """Give up all that is before `oldest_ms`, the begin of a UTC day; the names of the days that went.

        The transaction comes first: a kill after it leaves files that nothing names.
        """
        catalog, before = self._catalog, oldest_ms // DAY
        with self._busy, catalog.writing:
            gone = [file for file in catalog.sources.sealed if file.day < before]
            old = [hot for hot in catalog.sources.hot if any(day < before for day in catalog.filled[hot.id])]
            days = {file.day for file in gone} | {d for hot in old for d in catalog.filled[hot.id] if d < before}
            if days:
                self._delete(old, oldest_ms, catalog.origins.forget(before))
                self._forget(gone, old, before)
        return [day_name(day) for day in sorted(days)]

    def _delete(self, hot: list[Hot], oldest_ms: int, origins: list[int]) -> None:
        with self._database.transaction("retiring") as cursor:
            for table in [one.table for one in hot]:
                cursor.execute(f"DELETE FROM {table} WHERE {TIME} < ?", [oldest_ms])
            for table in ("sealed", "span"):
                cursor.execute(f"DELETE FROM tide.{table} WHERE last_ms < ?", [oldest_ms])
            cursor.execute("DELETE FROM tide.event WHERE time_ns < ?", [oldest_ms * 1_000_000])
            cursor.execute("DELETE FROM tide.origin WHERE id IN (SELECT unnest(?::INTEGER[]))", [origins])

    def _forget(self, gone: list[Sealed], old: list[Hot], before: int) -> None:
        catalog = self._catalog
        catalog.sources = replace(catalog.sources, sealed=tuple(f for f in catalog.sources.sealed if f not in gone))
        for hot in old:
            for day in [day for day in catalog.filled[hot.id] if day < before]:
                del catalog.filled[hot.id][day]
        for file in gone:
            (catalog.folder.path / file.path).unlink(missing_ok=True)
        for folder in {(catalog.folder.path / file.path).parent for file in gone}:
            if not any(folder.iterdir()):
                folder.rmdir()


def insert_sealed(cursor: duckdb.DuckDBPyConnection, files: Iterable[Sealed]) -> None:
    """Name sealed files in the dictionary."""
    for file in files:
        columns = [column_of(metric) for metric in sorted(file.metrics)]
        cursor.execute("INSERT INTO tide.sealed VALUES (?, ?, ?, ?, ?, ?, ?)", [*file[:-1], columns])


def day_name(day: int) -> str:
    """A UTC day, counted from the epoch, as 2026-01-31."""
    return datetime.fromtimestamp(day * DAY / 1000, UTC).date().isoformat()


def _types(cursor: duckdb.DuckDBPyConnection, hot: Hot, where: str) -> tuple[int, int, int, dict[str, str]]:
    """For a table's rows: first and last time, how many values, and the SQL type of each column with any.

    Exact decimals are kept as whole numbers: their differences are small, and Parquet codes those.
    """
    columns = [column_of(metric) for metric in sorted(hot.metrics)]
    tests = [
        f"count({name(column)}), " + ", ".join(_is_decimal(name(column), digits) for digits in DECIMALS)
        for column in columns
    ]
    sql = f"SELECT {', '.join([f'min({TIME}), max({TIME})', *tests])} FROM {hot.table} WHERE {where}"
    first_ms, last_ms, *found = cursor.execute(sql).fetchall()[0]
    width = 1 + len(DECIMALS)
    counts = found[::width]
    types = {}
    for i, column in enumerate(columns):
        holds = found[i * width + 1 : (i + 1) * width]
        if counts[i]:
            types[column] = f"DECIMAL(18, {DECIMALS[holds.index(True)]})" if True in holds else "DOUBLE"
    return first_ms, last_ms, sum(counts), types


def _is_decimal(column: str, digits: int) -> str:
    """SQL: whether all of a column's values are decimals of so many digits that come back as they were."""
    scale = 10**digits
    return f"bool_and(round({column} * {scale}) / {scale} = {column} AND abs({column}) * {scale} < 9e15)"
