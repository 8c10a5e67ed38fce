"""The embedded Store."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Sequence
from typing import NamedTuple

from tidegauge.metrics.parts import Parts, Series
from tidegauge.metrics.records import Description
from tidegauge.metrics.wire import Outcome
from tidegauge.storage.base import Arrival, Coverage, EntityInfo, Health, StoredEvent, StoreError, Tier
from tidegauge.storage.embedded import events, recovery
from tidegauge.storage.embedded.catalog import Catalog
from tidegauge.storage.embedded.database import Database
from tidegauge.storage.embedded.folder import Folder
from tidegauge.storage.embedded.reader import Reader
from tidegauge.storage.embedded.retention import Retention
from tidegauge.storage.embedded.sealer import Sealer
from tidegauge.storage.embedded.writer import Writer

log = logging.getLogger(__name__)


class _Opened(NamedTuple):
    """A folder's store as it is open."""

    database: Database
    catalog: Catalog
    writer: Writer
    reader: Reader
    sealer: Sealer


class EmbeddedStore:
    """A `Store` in one folder of one process. `retain`, called about once a minute, also seals."""

    writers = 1
    refresh_ms = 0
    commit_ms = 500

    def __init__(self, folder: Folder, *, retention_days: int, summary_days: int, disk_floor_mb: int) -> None:
        """Open it. Raises StoreError: in use by another process, damaged, not writable."""
        self._folder = folder
        self._retention = Retention(retention_days, summary_days)
        self._floor_mb = disk_floor_mb
        self._opening = threading.Lock()
        folder.lock()
        try:
            self._opened = self._open()
        except StoreError:
            folder.unlock()
            raise

    def _open(self) -> _Opened:
        folder = self._folder
        is_new = not folder.database.exists()
        database, catalog = Database(folder), Catalog(folder)
        try:
            if is_new:
                recovery.recover(database, folder)
            catalog.load(database)
        except StoreError:
            database.close()
            raise
        writer = Writer(database, catalog, self._retention, self._floor_mb)
        return _Opened(database, catalog, writer, Reader(database, catalog), Sealer(database, catalog))

    def _store(self) -> _Opened:
        """What is open; opened anew first where a failed write left it unusable. Raises StoreUnavailableError."""
        opened = self._opened
        if opened.database.failed:
            with self._opening:
                if self._opened is opened:
                    self._open_anew()
        self._opened.database.check_open()
        return self._opened

    def _open_anew(self) -> None:
        self._folder.check_floor(self._floor_mb)
        self._opened.database.check_open()
        with contextlib.suppress(StoreError):
            self._opened.database.close()
        self._opened = self._open()
        log.warning("store_opened_again folder=%s", self._folder.path)

    def append(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """See Store."""
        return self._store().writer.append(arrivals)

    def parts(
        self,
        series: Sequence[Series],
        start_ms: int,
        end_ms: int,
        step_ms: int,
        *,
        tier: Tier = "raw",
        ends: bool = False,  # noqa: ARG002 (they cost nothing here)
    ) -> Parts:
        """See Store."""
        return self._store().reader.parts(series, start_ms, end_ms, step_ms, tier)

    def coverage(self, entities: Sequence[str], start_ms: int, end_ms: int, step_ms: int) -> Coverage:
        """See Store."""
        return self._store().reader.coverage(entities, start_ms, end_ms, step_ms)

    def entities(self, start_ms: int, end_ms: int) -> list[EntityInfo]:
        """See Store."""
        return self._store().catalog.origins.entities(start_ms, end_ms)

    def events(self, start_ms: int, end_ms: int, hosts: Sequence[str] | None = None) -> list[StoredEvent]:
        """See Store."""
        with self._store().database.cursor("reading events") as cursor:
            return events.read(cursor, start_ms, end_ms, hosts)

    def metrics(self) -> list[Description]:
        """See Store."""
        described = self._store().catalog.described.copy()
        return sorted(described.values(), key=lambda description: description.name)

    def last_incarnation(self, host: str) -> str | None:
        """See Store."""
        catalog = self._store().catalog
        found = (catalog.origins.last_incarnation(host), catalog.incarnations.get(host))
        return max((incarnation for incarnation in found if incarnation is not None), default=None)

    def retain(self, now_ms: int) -> list[str]:
        """See Store; the names are UTC days, as 2026-01-31, of minute rows as minute-2026-01-31."""
        store = self._store()
        gone = store.sealer.retire(self._retention.ends(now_ms))
        store.sealer.seal(now_ms)
        return gone

    def health(self) -> Health:
        """See Store."""
        size, samples = self._folder.size_bytes(), self._opened.catalog.count_samples()
        try:
            self._folder.check_floor(self._floor_mb)
            with self._store().database.cursor("checking") as cursor:
                cursor.execute("SELECT version FROM tide.version")
        except StoreError as error:
            return Health(False, f"{error}; {error.hint}" if error.hint else str(error), size, samples)
        damaged = self._folder.damaged_files()
        return Health(True, f"set aside as damaged: {', '.join(damaged)}" if damaged else "all is well", size, samples)

    def close(self) -> None:
        """See Store."""
        self._opened.database.close()
        self._folder.unlock()
