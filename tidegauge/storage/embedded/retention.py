"""Retention: days before one are given up, whole files at a time."""

from __future__ import annotations

from dataclasses import replace

from tidegauge.metrics.steps import DAY
from tidegauge.storage.embedded.catalog import Catalog
from tidegauge.storage.embedded.columns import TIME
from tidegauge.storage.embedded.database import Database
from tidegauge.storage.embedded.parquet import day_name
from tidegauge.storage.embedded.sources import Hot, Sealed


def retire(database: Database, catalog: Catalog, oldest_ms: int) -> list[str]:
    """Give up all that is before `oldest_ms`, the begin of a UTC day; the names of the days that went.

    The transaction comes first: a kill after it leaves files that nothing names, and those are removed
    when the store opens.
    """
    before = oldest_ms // DAY
    with catalog.writing:
        gone = [file for file in catalog.sources.sealed if file.day < before]
        old = [hot for hot in catalog.sources.hot if any(day < before for day in catalog.filled[hot.id])]
        days = {file.day for file in gone} | {day for hot in old for day in catalog.filled[hot.id] if day < before}
        if days:
            _delete(database, catalog, old, oldest_ms)
            _unlink(catalog, gone)
    return [day_name(day) for day in sorted(days)]


def _delete(database: Database, catalog: Catalog, hot: list[Hot], oldest_ms: int) -> None:
    origins = catalog.origins.forget(oldest_ms // DAY)
    with database.transaction("retiring") as cursor:
        for table in [one.table for one in hot]:
            cursor.execute(f"DELETE FROM {table} WHERE {TIME} < ?", [oldest_ms])
        for table in ("sealed", "span"):
            cursor.execute(f"DELETE FROM tide.{table} WHERE last_ms < ?", [oldest_ms])
        cursor.execute("DELETE FROM tide.event WHERE time_ns < ?", [oldest_ms * 1_000_000])
        cursor.execute("DELETE FROM tide.origin WHERE id IN (SELECT unnest(?::INTEGER[]))", [origins])
    with database.cursor("counting") as cursor:
        for one in hot:
            catalog.count(cursor, one)


def _unlink(catalog: Catalog, gone: list[Sealed]) -> None:
    catalog.sources = replace(catalog.sources, sealed=tuple(f for f in catalog.sources.sealed if f not in gone))
    paths = [catalog.folder.path / file.path for file in gone]
    for path in paths:
        path.unlink(missing_ok=True)
    for folder in {path.parent for path in paths}:
        if not any(folder.iterdir()):
            folder.rmdir()
