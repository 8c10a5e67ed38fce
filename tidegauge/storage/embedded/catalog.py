"""What is in memory of all that is on disk, and how it is loaded when the store opens."""

from __future__ import annotations

import logging
import sys
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import duckdb
import msgspec
import numpy as np

from tidegauge.metrics.records import Description, Entity
from tidegauge.metrics.steps import DAY
from tidegauge.storage.embedded.columns import ORIGIN, OWN, TIME, column_of, count_values, metric_of, name, text
from tidegauge.storage.embedded.database import Database
from tidegauge.storage.embedded.folder import Folder, set_aside
from tidegauge.storage.embedded.origins import Origins
from tidegauge.storage.embedded.sources import Hot, Sealed, Sources
from tidegauge.storage.embedded.tiers import entity_kind, tier_of

log = logging.getLogger(__name__)

_attributes = msgspec.json.Decoder(dict[str, str]).decode


class Catalog:
    """Shared by writer, reader and sealer. Who changes it, or the tables behind it, holds `writing`.

    sources: replaced as a whole, so a reader keeps the one it began with. described: the latest
    description of each metric. incarnations: the greatest with events of each host. filled: rows of
    each hot table (by id) in each UTC day. samples: values in each hot table that are not NULL.
    Kinds are those of tables (`tiers`).
    """

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.writing = threading.RLock()
        self.origins = Origins()
        self.sources = Sources(folder.path)
        self.described: dict[str, Description] = {}
        self.incarnations: dict[str, str] = {}
        self.filled: dict[int, Counter[int]] = {}
        self.samples: dict[int, int] = {}
        self.next_table = 1

    def load(self, database: Database) -> None:
        """Read all of it; set aside sealed files that are damaged, remove those that nothing names."""
        with database.transaction("loading") as cursor:
            self._load_origins(cursor)
            self._load_sealed(cursor)
            for number, kind in cursor.execute("SELECT id, kind FROM tide.hot ORDER BY id").fetchall():
                self._load_hot(cursor, number, kind)
            self._load_events(cursor)
            for row in cursor.execute("SELECT * FROM tide.metric").fetchall():
                self.described[row[0]] = Description(*row)
            self.next_table = 1 + max([*self.filled, *(sealed.table for sealed in self.sources.sealed)], default=0)

    def is_current(self, sources: Sources) -> bool:
        """Whether rows are still read from these."""
        with self.writing:
            return self.sources is sources

    def count_samples(self) -> int:
        """How many values of raw rows are stored."""
        raw = {hot.id for hot in self.sources.hot if tier_of(hot.kind) == "raw"}
        hot = sum(count for table, count in list(self.samples.items()) if table in raw)
        return hot + sum(file.samples for file in self.sources.sealed if tier_of(file.kind) == "raw")

    def count(self, cursor: duckdb.DuckDBPyConnection, hot: Hot) -> None:
        """Count a hot table's rows and values."""
        days = cursor.execute(f"SELECT {TIME} // {DAY}, count(*) FROM {hot.table} GROUP BY ALL").fetchall()
        self.filled[hot.id] = Counter(dict(days))
        values = count_values(map(column_of, hot.metrics))
        self.samples[hot.id] = cursor.execute(f"SELECT {values} FROM {hot.table}").fetchall()[0][0]

    def create_hot(self, database: Database, kind: str, metrics: Iterable[str]) -> Hot:
        """A new table for the appends of a kind."""
        hot = Hot(self.next_table, kind, frozenset(metrics))
        columns = "".join(f", {name(column_of(metric))} DOUBLE" for metric in sorted(hot.metrics))
        with database.transaction("creating a table") as cursor:
            cursor.execute(f"CREATE TABLE {hot.table} ({ORIGIN} INTEGER, {TIME} BIGINT, _received BIGINT{columns})")
            cursor.execute(f"INSERT INTO tide.hot VALUES ({hot.id}, {text(kind)})")
        self.next_table += 1
        self.filled[hot.id], self.samples[hot.id] = Counter(), 0
        self.sources = self.sources.with_hot(hot)
        return hot

    def add_columns(self, database: Database, hot: Hot, metrics: Iterable[str]) -> Hot:
        """A table with columns for more metrics."""
        with database.transaction("adding columns") as cursor:
            for metric in sorted(metrics):
                cursor.execute(f"ALTER TABLE {hot.table} ADD COLUMN {name(column_of(metric))} DOUBLE")
        hot = hot._replace(metrics=hot.metrics | frozenset(metrics))
        self.sources = self.sources.with_hot(hot)
        return hot

    def _load_origins(self, cursor: duckdb.DuckDBPyConnection) -> None:
        shared: dict[str, dict[str, str]] = {}
        rows = cursor.execute(
            "SELECT id, entity, kind, start, period_ms, attributes, host, incarnation FROM tide.origin ORDER BY id"
        ).fetchall()
        for number, entity, kind, start, period_ms, attributes, host, incarnation in rows:
            if attributes not in shared:
                shared[attributes] = _attributes(attributes)
            described = Entity(entity, entity_kind(kind), start, period_ms, shared[attributes])
            self.origins.add(number, described, host, incarnation, tier_of(kind))
        self._saw(cursor, "SELECT origin, first_ms, last_ms FROM tide.span")

    def _saw(self, cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
        columns = cursor.execute(sql).fetchnumpy().values()
        self.origins.saw(*(np.asarray(column, np.int64) for column in columns))

    def _load_sealed(self, cursor: duckdb.DuckDBPyConnection) -> None:
        rows = cursor.execute("SELECT * FROM tide.sealed").fetchall()
        listed = [Sealed._make((*row[:-1], _by_metric(row[-1]))) for row in rows]
        whole = [sealed for sealed in listed if self._is_whole(sealed)]
        self.sources = replace(self.sources, sealed=tuple(whole))
        known = [sealed.path for sealed in whole]
        cursor.execute("DELETE FROM tide.sealed WHERE path NOT IN (SELECT unnest(?::VARCHAR[]))", [known])
        for file in set(self.folder.sealed_files()).difference(self.folder.path / path for path in known):
            file.unlink()

    def _is_whole(self, sealed: Sealed) -> bool:
        """Whether a sealed file is there in full; one that is not is renamed `.damaged`."""
        path = self.folder.path / sealed.path
        found = path.stat().st_size if path.exists() else 0
        if found == sealed.bytes:
            return True
        log.error("sealed_file_damaged file=%s bytes=%d expected=%d", path, found, sealed.bytes)
        if path.exists():
            set_aside(path)
        return False

    def _load_hot(self, cursor: duckdb.DuckDBPyConnection, id: int, kind: str) -> None:
        table = f"tide.hot_{id}"
        columns = [row[0] for row in cursor.execute(f"DESCRIBE {table}").fetchall() if row[0] not in OWN]
        hot = Hot(id, kind, frozenset(map(metric_of, columns)))
        self.sources = self.sources.with_hot(hot)
        self.count(cursor, hot)
        self._saw(cursor, f"SELECT {ORIGIN}, min({TIME}), max({TIME}) FROM {table} GROUP BY {ORIGIN}, {TIME} // {DAY}")

    def _load_events(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self.incarnations.update(
            dict(cursor.execute("SELECT host, max(incarnation) FROM tide.event GROUP BY host").fetchall())
        )


def _by_metric(columns: dict[str, str]) -> dict[str, str]:
    return {metric_of(column): sys.intern(kind) for column, kind in columns.items()}
