"""Hot rows into sealed files of one UTC day.

Another table takes the appends, the rows of the first are written day by day, sorted by origin and
time, and one transaction puts the files' names in the place of the table. A kill before it leaves
files that nothing names (removed when the store opens), a kill after it leaves nothing to do.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace

import duckdb

from tidegauge.metrics.steps import DAY, HOUR
from tidegauge.storage.base import Tier
from tidegauge.storage.embedded import parquet
from tidegauge.storage.embedded.catalog import Catalog
from tidegauge.storage.embedded.columns import ORIGIN, TIME, column_of
from tidegauge.storage.embedded.database import Database
from tidegauge.storage.embedded.retention import retire
from tidegauge.storage.embedded.sources import Hot, Sealed

log = logging.getLogger(__name__)

SEAL_VALUES = 20_000_000
"""A hot table with room for this many values (rows × columns) is sealed, whatever the day."""
GRACE_MS = HOUR
"""A day's rows are sealed this long after its end, so that most of the late ones are among them."""
FOREVER = 10**8
"""A day that no row reaches."""
SPANS = f"""
INSERT INTO tide.span
SELECT {ORIGIN}, min({TIME}), max({TIME}) FROM {{table}} WHERE {TIME} < {{end_ms}}
GROUP BY {ORIGIN}, {TIME} // {DAY}"""
MOVE = f"INSERT INTO {{active}} BY NAME SELECT * FROM {{table}} WHERE {TIME} >= {{end_ms}}"


class Sealer:
    """Seals; one caller at a time gets in, appends and reads go on meanwhile."""

    def __init__(self, database: Database, catalog: Catalog, seal_values: int = SEAL_VALUES) -> None:
        self._seal_values = seal_values
        self._database = database
        self._catalog = catalog
        self._busy = threading.Lock()

    def seal(self, now_ms: int) -> None:
        """Seal the hot tables that are full, and of others the days that have ended."""
        with self._busy:
            for hot, before in self._rotate(now_ms):
                self._seal(hot, before)

    def retire(self, oldest_ms: Mapping[Tier, int]) -> list[str]:
        """Give up what is past retention, while nothing is sealed; the names of the days that went."""
        with self._busy:
            return retire(self._database, self._catalog, oldest_ms)

    def _rotate(self, now_ms: int) -> list[tuple[Hot, int]]:
        """The tables to seal, none of which takes appends any more, each with the day before which to seal."""
        catalog, ended = self._catalog, (now_ms - GRACE_MS) // DAY
        with catalog.writing:
            due = [(hot, before) for hot in catalog.sources.hot if (before := self._due_before(hot, ended)) is not None]
            for hot, _ in due:
                if hot == catalog.sources.active(hot.kind):
                    catalog.create_hot(self._database, hot.kind, hot.metrics)
        return due

    def _due_before(self, hot: Hot, ended: int) -> int | None:
        """The day before which rows of a table are to be sealed now, if any."""
        days = self._catalog.filled[hot.id]
        is_replaced = hot != self._catalog.sources.active(hot.kind)  # sealing was cut short
        if is_replaced or days.total() * len(hot.metrics) >= self._seal_values:
            return FOREVER
        sealed = {file.day for file in self._catalog.sources.sealed if file.kind == hot.kind}
        return ended if any(day < ended and day not in sealed for day in days) else None

    def _seal(self, hot: Hot, before: int) -> None:
        """Write the rows of the days before one, a file each; then one transaction puts the files in the table's place.

        Rows of later days move to the table that takes the appends.
        """
        catalog = self._catalog
        days = sorted(day for day in catalog.filled[hot.id] if day < before)
        with self._database.cursor("sealing") as cursor:
            files = [parquet.write(cursor, catalog.folder, hot, day) for day in days]
        with catalog.writing:
            active = catalog.sources.active(hot.kind)
            assert active is not None
            with self._database.transaction("sealing") as cursor:
                _replace_on_disk(cursor, hot, active, files, before * DAY)
            self._replace_in_memory(hot, active, files)
        log.info("sealed kind=%s files=%d bytes=%d", hot.kind, len(files), sum(file.bytes for file in files))

    def _replace_in_memory(self, hot: Hot, active: Hot, files: list[Sealed]) -> None:
        catalog = self._catalog
        left = tuple(other for other in catalog.sources.hot if other.id != hot.id)
        catalog.sources = replace(catalog.sources, hot=left, sealed=(*catalog.sources.sealed, *files))
        written = {file.day for file in files}
        moved = {day: rows for day, rows in catalog.filled.pop(hot.id).items() if day not in written}
        catalog.filled[active.id].update(moved)
        catalog.samples[active.id] += catalog.samples.pop(hot.id) - sum(file.samples for file in files)


def _replace_on_disk(
    cursor: duckdb.DuckDBPyConnection, hot: Hot, active: Hot, files: list[Sealed], end_ms: int
) -> None:
    """Files in the place of a table's rows before a time, the active table in the place of the rest."""
    cursor.execute(SPANS.format(table=hot.table, end_ms=end_ms))
    cursor.execute(MOVE.format(table=hot.table, active=active.table, end_ms=end_ms))
    for file in files:
        columns = {column_of(metric): kind for metric, kind in file.types.items()}
        cursor.execute(
            "INSERT INTO tide.sealed VALUES (?, ?, ?, ?, ?, ?, MAP(?::VARCHAR[], ?::VARCHAR[]))",
            [*file[:-1], list(columns), list(columns.values())],
        )
    cursor.execute("DELETE FROM tide.hot WHERE id = ?", [hot.id])
    cursor.execute(f"DROP TABLE {hot.table}")
