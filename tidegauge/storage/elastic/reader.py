"""The reading half of the store: parts, coverage, and what there is."""

from __future__ import annotations

from collections.abc import Sequence

from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import Parts, Series
from tidegauge.metrics.steps import MINUTE
from tidegauge.storage.base import Coverage, EntityInfo, Tier
from tidegauge.storage.elastic import aggregated, shapes
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.listing import Listing
from tidegauge.storage.elastic.paging import Paging
from tidegauge.storage.elastic.slices import Range


class Reader:
    """Reads from any number of threads at once."""

    def __init__(self, connection: Connection) -> None:
        self._paging = Paging(connection)
        self._listing = Listing(connection)

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
        """What `Store.parts` promises."""
        keys = tuple(sorted(set(series)))
        if not keys or start_ms >= end_ms:
            return p.empty()
        if tier == "raw" and step_ms == 0:
            return aggregated.parts(self._paging, keys, Range("rows", start_ms, end_ms, 1))
        found = aggregated.parts(self._paging, keys, Range(tier, start_ms, end_ms, step_ms or MINUTE))
        if not ends or not len(found):
            return found
        return aggregated.with_ends(self._paging, found, "rows" if tier == "raw" else "lasts")

    def coverage(self, entities: Sequence[str], start_ms: int, end_ms: int, step_ms: int) -> Coverage:
        """What `Store.coverage` promises."""
        names = sorted(set(entities))
        if not names or start_ms >= end_ms:
            return shapes.Covering().coverage()
        return aggregated.coverage(self._paging, names, Range("coverage", start_ms, end_ms, step_ms or 1))

    def entities(self, start_ms: int, end_ms: int) -> list[EntityInfo]:
        """What `Store.entities` promises; what is known may be a few seconds old where there are very many."""
        return self._listing.entities(start_ms, end_ms)

    def last_incarnation(self, host: str) -> str | None:
        """What `Store.last_incarnation` promises."""
        return self._listing.last_incarnation(host)

    def forget(self) -> None:
        """Let go of what is remembered of entities: the next call asks."""
        self._listing.forget()
