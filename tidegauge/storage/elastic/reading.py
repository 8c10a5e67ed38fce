"""The indices as those may read them who have rights on rows and events alone; nothing is ever written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tidegauge.metrics.catalogue import catalogue, describe
from tidegauge.metrics.parts import Parts, Series
from tidegauge.metrics.records import Description, Kind
from tidegauge.storage.base import Coverage, EntityInfo, StoredEvent, Tier
from tidegauge.storage.elastic import events
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.layout import pattern
from tidegauge.storage.elastic.reader import Reader

_PREFIX, _SUFFIX = "metrics.", ".last"
"""What stands around a metric's name in a field of minute rows that every metric has."""


class ElasticReading:
    """The reading half of `Store`. It makes no template and no index, and asks for no right but `read`."""

    def __init__(self, url: str, ca: str = "", api_key: str = "") -> None:
        """Open it; nothing is sent. Raises StoreError."""
        self._connection = Connection(url, ca, api_key)
        self._reader = Reader(self._connection)
        self.name = self._connection.name
        """Where it is, without secrets."""

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
        """Every metric that the indices have a field for, by name. Descriptions of collectors are not for
        analysts: what the catalogue lacks has its kind alone. Raises StoreError."""
        kinds = {**self._kinds("minute", _SUFFIX), **self._kinds("raw", "")}
        described = {one.name: one for one in describe(catalogue())}
        return [described.get(name) or Description(name, kind, "", "") for name, kind in sorted(kinds.items())]

    def close(self) -> None:
        """See Store."""
        self._connection.close()

    def _kinds(self, family: str, suffix: str) -> dict[str, Kind]:
        """The kinds of the metrics that rows of a family have fields for."""
        params = {"fields": f"{_PREFIX}*{suffix}", "filter_path": "fields.*.*.time_series_metric"}
        path = f"/{pattern(family)}/_field_caps"  # type: ignore[arg-type]  # both are families
        found = self._connection.call("GET", path, params=params)[1].get("fields", {})
        return {field[len(_PREFIX) : len(field) - len(suffix)]: _kind(types.values()) for field, types in found.items()}


def _kind(types: Iterable[dict[str, Kind]]) -> Kind:
    """What a field is in the indices that have it; in two kinds at once nobody knows."""
    kinds = {one["time_series_metric"] for one in types}
    return "counter" if kinds == {"counter"} else "gauge"
