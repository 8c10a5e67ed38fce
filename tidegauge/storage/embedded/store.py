"""The embedded Store."""

from __future__ import annotations

from collections.abc import Sequence

from tidegauge.metrics.parts import Parts, Series
from tidegauge.metrics.records import Description
from tidegauge.metrics.wire import Outcome
from tidegauge.storage.base import Arrival, Coverage, EntityInfo, Health, StoredEvent, StoreError
from tidegauge.storage.embedded import events, recovery
from tidegauge.storage.embedded.catalog import Catalog
from tidegauge.storage.embedded.database import Database
from tidegauge.storage.embedded.folder import Folder
from tidegauge.storage.embedded.reader import Reader
from tidegauge.storage.embedded.sealer import Sealer
from tidegauge.storage.embedded.writer import Writer


class EmbeddedStore:
    """A `Store` in one folder of one process. `retain`, called about once a minute, also seals."""

    refresh_ms = 0
    commit_ms = 500

    def __init__(self, folder: Folder, *, retention_days: int, disk_floor_mb: int) -> None:
        """Open it. Raises StoreError: in use by another process, damaged, not writable."""
        folder.lock()
        self._folder = folder
        self._floor_mb = disk_floor_mb
        try:
            is_new = not folder.database.exists()
            self._database = Database(folder)
            self._catalog = Catalog(folder)
            if is_new:
                recovery.recover(self._database, folder)
            self._catalog.load(self._database)
        except StoreError:
            folder.unlock()
            raise
        self._writer = Writer(self._database, self._catalog, retention_days, disk_floor_mb)
        self._reader = Reader(self._database, self._catalog)
        self._sealer = Sealer(self._database, self._catalog)

    def append(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """See Store."""
        self._database.check_open()
        return self._writer.append(arrivals)

    def parts(self, series: Sequence[Series], start_ms: int, end_ms: int, step_ms: int) -> Parts:
        """See Store."""
        self._database.check_open()
        return self._reader.parts(series, start_ms, end_ms, step_ms)

    def coverage(self, entities: Sequence[str], start_ms: int, end_ms: int, step_ms: int) -> Coverage:
        """See Store."""
        self._database.check_open()
        return self._reader.coverage(entities, start_ms, end_ms, step_ms)

    def entities(self, start_ms: int, end_ms: int) -> list[EntityInfo]:
        """See Store."""
        self._database.check_open()
        return self._catalog.origins.entities(start_ms, end_ms)

    def events(self, start_ms: int, end_ms: int, hosts: Sequence[str] | None = None) -> list[StoredEvent]:
        """See Store."""
        with self._database.cursor("reading events") as cursor:
            return events.read(cursor, start_ms, end_ms, hosts)

    def metrics(self) -> list[Description]:
        """See Store."""
        self._database.check_open()
        return sorted(self._catalog.described.copy().values(), key=lambda description: description.name)

    def last_incarnation(self, host: str) -> str | None:
        """See Store."""
        self._database.check_open()
        found = (self._catalog.origins.last_incarnation(host), self._catalog.incarnations.get(host))
        return max((incarnation for incarnation in found if incarnation is not None), default=None)

    def retain(self, now_ms: int) -> list[str]:
        """See Store; the names are UTC days, as 2026-01-31."""
        self._database.check_open()
        gone = self._sealer.retire(self._writer.oldest_ms(now_ms))
        self._sealer.seal(now_ms)
        return gone

    def health(self) -> Health:
        """See Store."""
        samples = sum(file.samples for file in self._catalog.sources.sealed) + sum(list(self._catalog.samples.values()))
        try:
            self._folder.check_floor(self._floor_mb)
            with self._database.cursor("checking") as cursor:
                cursor.execute("SELECT 1")
        except StoreError as error:
            return Health(False, f"{error}; {error.hint}", self._folder.size_bytes(), samples)
        damaged = self._folder.damaged_files()
        detail = f"set aside as damaged: {', '.join(damaged)}" if damaged else "all is well"
        return Health(True, detail, self._folder.size_bytes(), samples)

    def close(self) -> None:
        """See Store."""
        self._database.close()
        self._folder.unlock()
