"""The Store in Elasticsearch."""

from __future__ import annotations

from collections.abc import Sequence

from tidegauge.metrics.parts import Parts, Series
from tidegauge.metrics.records import Description
from tidegauge.metrics.wire import Outcome
from tidegauge.storage.base import Arrival, Coverage, EntityInfo, Health, StoredEvent, Tier
from tidegauge.storage.elastic import events
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.descriptions import Descriptions
from tidegauge.storage.elastic.health import Watch
from tidegauge.storage.elastic.indices import Indices
from tidegauge.storage.elastic.layout import EVERYTHING
from tidegauge.storage.elastic.reader import Reader
from tidegauge.storage.elastic.retention import retire
from tidegauge.storage.elastic.setup import Setup
from tidegauge.storage.elastic.writer import Writer


class ElasticStore:
    """A `Store` in a cluster, which other nodes may use at the same time."""

    writers = 4
    refresh_ms = 1000
    commit_ms = 500

    def __init__(self, url: str, ca: str, api_key: str, *, retention_days: int, summary_days: int) -> None:
        """Open it. Raises StoreError for what trying again cannot help; a server that is down is no reason."""
        self._connection = connection = Connection(url, ca, api_key)
        self._setup = Setup(connection)
        self._indices = Indices(connection)
        self._descriptions = Descriptions(connection, self._setup)
        self._writer = Writer(connection, self._indices, self._descriptions, retention_days, summary_days)
        self._reader = Reader(connection)
        self._watch = Watch(connection, self._setup, self._indices)
        self._setup.begin()

    def append(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """See Store."""
        self._setup.ensure()
        return self._writer.append(arrivals)

    def parts(
        self,
        series: Sequence[Series],
        start_ms: int,
        end_ms: int,
        step_ms: int,
        *,
        tier: Tier = "raw",
        ends: bool = False,
    ) -> Parts:
        """See Store."""
        return self._reader.parts(series, start_ms, end_ms, step_ms, tier=tier, ends=ends)

    def coverage(self, entities: Sequence[str], start_ms: int, end_ms: int, step_ms: int) -> Coverage:
        """See Store."""
        return self._reader.coverage(entities, start_ms, end_ms, step_ms)

    def entities(self, start_ms: int, end_ms: int) -> list[EntityInfo]:
        """See Store."""
        return self._reader.entities(start_ms, end_ms)

    def events(self, start_ms: int, end_ms: int, hosts: Sequence[str] | None = None) -> list[StoredEvent]:
        """See Store."""
        return events.read(self._connection, start_ms, end_ms, hosts)

    def metrics(self) -> list[Description]:
        """See Store."""
        return self._descriptions.all()

    def last_incarnation(self, host: str) -> str | None:
        """See Store."""
        return self._reader.last_incarnation(host)

    def retain(self, now_ms: int) -> list[str]:
        """See Store; the names are those of indices."""
        self._setup.renew()
        self._indices.forget_all()
        self._descriptions.forget()
        gone = retire(self._connection, self._writer.oldest(now_ms))
        self._indices.create_ahead(now_ms)
        return gone

    def refresh(self) -> None:
        """Make all that was answered visible to queries now: for tests and tools."""
        self._connection.call("POST", f"/{EVERYTHING}/_refresh")
        self._reader.forget()

    def health(self) -> Health:
        """See Store."""
        return self._watch.health()

    def close(self) -> None:
        """See Store."""
        self._connection.close()
