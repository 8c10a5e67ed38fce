"""Parts and coverage of stored rows: one query a kind of entity, aggregated by DuckDB, mapped by arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import duckdb
import numpy as np

from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import Parts, Series
from tidegauge.storage.base import Coverage, Tier
from tidegauge.storage.embedded.catalog import Catalog
from tidegauge.storage.embedded.columns import ORIGIN, TIME
from tidegauge.storage.embedded.database import Database
from tidegauge.storage.embedded.minutes import SPAN_MS, Metric
from tidegauge.storage.embedded.origins import Origin
from tidegauge.storage.embedded.shapes import Columns, coverage_of, parts_of
from tidegauge.storage.embedded.sources import Sources
from tidegauge.storage.embedded.tiers import tier_of

PARTS = f"""
SELECT {ORIGIN}, s, {{bucket}} AS bucket, min({TIME}) AS first_ms, max({TIME}) AS last_ms, count(*) AS count,
    arg_min(v, {TIME}) AS first, arg_max(v, {TIME}) AS last, min(v) AS minimum, max(v) AS maximum, sum(v) AS total
FROM ({{rows}}) WHERE v IS NOT NULL GROUP BY ALL"""
MINUTES = f"""
SELECT {ORIGIN}, s, {{bucket}} AS bucket, min({TIME}) AS first_ms, max({TIME} + {SPAN_MS}) AS last_ms,
    sum(count) AS count, coalesce(arg_min(first, {TIME}), 'NaN') AS first, arg_max(last, {TIME}) AS last,
    min(minimum) AS minimum, max(maximum) AS maximum, coalesce(sum(total), 'NaN') AS total
FROM ({{rows}}) WHERE count IS NOT NULL GROUP BY ALL"""
ROWS = f"SELECT {ORIGIN}, s, {TIME}, v FROM ({{rows}}) WHERE v IS NOT NULL"
COVERAGE = f"""
SELECT {ORIGIN}, {{bucket}} AS bucket, min({TIME}) AS first_ms, max({TIME}) AS last_ms, count(*) AS rows,
    count(_received) AS late, coalesce(max(_received), 0) AS received_ms
FROM ({{rows}}) GROUP BY ALL"""


class Reader:
    """Reads from any number of threads at once."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog

    def parts(self, series: Sequence[Series], start_ms: int, end_ms: int, step_ms: int, tier: Tier = "raw") -> Parts:
        """What `Store.parts` promises: one query for all entities of a kind that are asked for the same metrics."""
        keys = tuple(sorted(set(series)))
        asked: dict[str, list[int]] = {}
        for place, key in enumerate(keys):
            asked.setdefault(key.entity, []).append(place)
        groups: dict[tuple[str, tuple[Metric, ...]], list[Origin]] = {}
        for origin in self._catalog.origins.of(asked, start_ms, end_ms, tier):
            metrics = tuple(keys[place][1:] for place in asked[origin.entity.id])
            groups.setdefault((origin.kind, metrics), []).append(origin)
        found = [
            parts_of(columns, keys, origins, np.array([asked[origin.entity.id] for origin in origins], np.int64))
            for (kind, metrics), origins in groups.items()
            if (columns := self._values(kind, metrics, origins, start_ms, end_ms, step_ms)) is not None
        ]
        return p.concat(found)

    def coverage(self, entities: Sequence[str], start_ms: int, end_ms: int, step_ms: int) -> Coverage:
        """What `Store.coverage` promises."""
        kinds: dict[str, list[Origin]] = {}
        for origin in self._catalog.origins.of(dict.fromkeys(entities), start_ms, end_ms):
            kinds.setdefault(origin.kind, []).append(origin)
        lines = [
            (origins, columns)
            for kind, origins in kinds.items()
            if (columns := self._rows(kind, origins, start_ms, end_ms, step_ms)) is not None
        ]
        return coverage_of(lines)

    def _values(
        self, kind: str, metrics: Sequence[Metric], origins: Sequence[Origin], start_ms: int, end_ms: int, step_ms: int
    ) -> Columns | None:
        ids = [origin.id for origin in origins]

        def sql(sources: Sources) -> str | None:
            if tier_of(kind) == "minute":
                rows, around = sources.select_minutes(kind, metrics, ids, start_ms, end_ms), MINUTES
            else:
                names = [metric for metric, _ in metrics]
                rows, around = sources.select(kind, names, ids, start_ms, end_ms), PARTS if step_ms else ROWS
            return rows and around.format(rows=rows, bucket=_bucket(step_ms))

        return self._fetch(sql)

    def _rows(self, kind: str, origins: Sequence[Origin], start_ms: int, end_ms: int, step_ms: int) -> Columns | None:
        ids = [origin.id for origin in origins]

        def sql(sources: Sources) -> str | None:
            rows = sources.select_rows(kind, ids, start_ms, end_ms)
            return rows and COVERAGE.format(rows=rows, bucket=_bucket(step_ms))

        return self._fetch(sql)

    def _fetch(self, sql: Callable[[Sources], str | None]) -> Columns | None:
        """The columns of a query; None where there is nothing to ask or nothing was found."""
        with self._database.cursor("reading") as cursor:
            columns = None
            while columns is None:
                sources = self._catalog.sources
                if (statement := sql(sources)) is None:
                    return None
                columns = self._try(cursor, statement, sources)
        return columns if len(columns[ORIGIN]) else None

    def _try(self, cursor: duckdb.DuckDBPyConnection, statement: str, sources: Sources) -> Columns | None:
        """The columns of a statement; None where it has to be asked again, of other sources.

        A statement sees one moment of the tables. If one of them was sealed before it began, it fails.
        """
        try:
            return cast(Columns, cursor.execute(statement).fetchnumpy())
        except duckdb.Error:
            if self._catalog.is_current(sources):
                raise
            return None


def _bucket(step_ms: int) -> str:
    return f"{TIME} - {TIME} % {step_ms}" if step_ms else TIME
