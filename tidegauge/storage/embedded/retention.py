"""Retention: days before one are given up, whole files at a time; minute rows and events stay longer than raw rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from tidegauge.metrics.steps import DAY
from tidegauge.storage.base import Tier
from tidegauge.storage.embedded.catalog import Catalog
from tidegauge.storage.embedded.columns import TIME
from tidegauge.storage.embedded.database import Database
from tidegauge.storage.embedded.parquet import day_name
from tidegauge.storage.embedded.sources import Hot, Sealed
from tidegauge.storage.embedded.tiers import MINUTES, tier_of

SPANS = """
DELETE FROM tide.span USING tide.origin o
WHERE o.id = span.origin AND span.last_ms < CASE WHEN starts_with(o.kind, $1) THEN $2 ELSE $3 END"""


class Retention(NamedTuple):
    """Whole UTC days that are kept before today: of raw rows, and of minute rows and events."""

    days: int
    summary_days: int

    def ends(self, now_ms: int) -> dict[Tier, int]:
        """Where each tier's retention ends, in ms: the begin of a UTC day. Events are kept as minute rows are."""
        today = now_ms // DAY
        return {"raw": (today - self.days) * DAY, "minute": (today - self.summary_days) * DAY}


def retire(database: Database, catalog: Catalog, oldest_ms: Mapping[Tier, int]) -> list[str]:
    """Give up all that is before the begin of a UTC day, each tier its own; the names of the days that went.

    The transaction comes first: a kill after it leaves files that nothing names, and those are removed
    when the store opens.
    """
    before = {tier: time_ms // DAY for tier, time_ms in oldest_ms.items()}
    with catalog.writing:
        gone = [file for file in catalog.sources.sealed if file.day < before[tier_of(file.kind)]]
        days = {(tier_of(file.kind), file.day) for file in gone}
        old = []
        for hot in catalog.sources.hot:
            tier = tier_of(hot.kind)
            past = {(tier, day) for day in catalog.filled[hot.id] if day < before[tier]}
            days |= past
            old += [hot] if past else []
        if days:
            _delete(database, catalog, old, gone, oldest_ms)
            _unlink(catalog, gone)
    return [day_name(day) if tier == "raw" else f"minute-{day_name(day)}" for tier, day in sorted(days)]


def _delete(
    database: Database, catalog: Catalog, hot: list[Hot], sealed: list[Sealed], oldest_ms: Mapping[Tier, int]
) -> None:
    origins = catalog.origins.forget({tier: time_ms // DAY for tier, time_ms in oldest_ms.items()})
    with database.transaction("retiring") as cursor:
        for one in hot:
            cursor.execute(f"DELETE FROM {one.table} WHERE {TIME} < ?", [oldest_ms[tier_of(one.kind)]])
        paths = [file.path for file in sealed]
        cursor.execute("DELETE FROM tide.sealed WHERE path IN (SELECT unnest(?::VARCHAR[]))", [paths])
        cursor.execute(SPANS, [MINUTES, oldest_ms["minute"], oldest_ms["raw"]])
        cursor.execute("DELETE FROM tide.event WHERE time_ns < ?", [oldest_ms["minute"] * 1_000_000])
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
