"""Entities and incarnations: what there is, as queries tell, remembered for a while."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import NamedTuple

from tidegauge.clock import Clock, SystemClock
from tidegauge.metrics.steps import DAY, HOUR, SECOND
from tidegauge.storage.base import EntityInfo
from tidegauge.storage.elastic import bodies, describing
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.layout import Index, named, pattern
from tidegauge.storage.elastic.search import Search, one

FRESH_MS = 250
"""How old an answer may be."""
STALE_MS = 10 * SECOND
"""How old it may be while another thread looks."""
RESTS = 9
"""A look is followed by a rest of so many times as long: where there are very many entities answers are older."""
MARGIN_MS = 30 * SECOND
"""So long after its time a row may be seen first: a clock is slow, a collector late. What an entity says of
itself anew with a clock that is slower still is seen within the hour; that there is an entity, at once."""
WHOLE_MS = HOUR
"""An index is looked through anew."""
KEPT = 40
"""Indices remembered."""


class Shelf(NamedTuple):
    """The entities of an index as a look found them. rows: how many it had. looked_ms: when, by the wall clock.

    since, rest_until: monotonic: since when it is remembered, and until when it does however many rows come.
    """

    infos: dict[str, EntityInfo]
    rows: int
    looked_ms: int
    since: float
    rest_until: float


class Touched(NamedTuple):
    """An index, and of which time it tells: [from_ms, to_ms)."""

    where: Index
    from_ms: int
    to_ms: int


class Listing:
    """Answers any number of threads at once; one of them looks whether there is something new."""

    def __init__(self, connection: Connection, clock: Clock | None = None) -> None:
        self._connection = connection
        self._clock = clock or SystemClock()
        self._looking = threading.Lock()
        self._rows: dict[Index, int] = {}
        self._asked_at = float("-inf")
        self._shelves: dict[Index, Shelf] = {}

    def entities(self, start_ms: int, end_ms: int) -> list[EntityInfo]:
        """What `Store.entities` promises."""
        if start_ms >= end_ms:
            return []
        if not self._is_fresh(start_ms, end_ms):
            self._refresh(start_ms, end_ms)
        found: dict[str, EntityInfo] = {}
        for index, from_ms, to_ms in _touched(self._rows, start_ms, end_ms):
            shelf = self._shelves.get(index)
            _merge(found, shelf.infos.values() if shelf else (), from_ms, to_ms)
        return list(found.values())

    def last_incarnation(self, host: str) -> str | None:
        """What `Store.last_incarnation` promises."""
        everywhere = [pattern(family) for family in ("raw", "minute", "events")]
        hits = one(self._connection, Search(everywhere, bodies.incarnation(host)))["hits"]["hits"]
        return hits[0]["sort"][0] if hits else None

    def forget(self) -> None:
        """Remember nothing."""
        with self._looking:
            self._asked_at, self._shelves = float("-inf"), {}

    def _is_fresh(self, start_ms: int, end_ms: int) -> bool:
        now = self._clock.monotonic_ms()
        return now <= self._asked_at + FRESH_MS and all(
            self._does(index, now) for index, *_ in _touched(self._rows, start_ms, end_ms)
        )

    def _does(self, index: Index, now: float) -> bool:
        """Whether what is remembered of an index will do."""
        shelf = self._shelves.get(index)
        return shelf is not None and (shelf.rows == self._rows[index] or now < shelf.rest_until)

    def _is_stale(self, start_ms: int, end_ms: int) -> bool:
        """Whether what is remembered will not even do while another thread looks."""
        touched = _touched(self._rows, start_ms, end_ms)
        is_old = self._clock.monotonic_ms() > self._asked_at + STALE_MS
        return is_old or any(index not in self._shelves for index, *_ in touched)

    def _refresh(self, start_ms: int, end_ms: int) -> None:
        if not self._looking.acquire(blocking=False):
            if not self._is_stale(start_ms, end_ms):
                return
            self._looking.acquire()
        try:
            if not self._is_fresh(start_ms, end_ms):
                self._look(start_ms, end_ms)
        finally:
            self._looking.release()

    def _look(self, start_ms: int, end_ms: int) -> None:
        asked_at, self._rows = self._clock.monotonic_ms(), self._ask_rows()
        for index, *_ in _touched(self._rows, start_ms, end_ms):
            if not self._does(index, asked_at):
                kept = [(other, shelf) for other, shelf in self._shelves.items() if other in self._rows][-KEPT:]
                self._shelves = {**dict(kept), index: self._looked_at(index)}
        self._asked_at = asked_at

    def _ask_rows(self) -> dict[Index, int]:
        """How many rows there are in each index that has any."""
        found = one(self._connection, Search([pattern("raw"), pattern("minute")], bodies.indices()))
        buckets = found.get("aggregations", {}).get("indices", {}).get("buckets", ())
        indices = {named(bucket["key"]): bucket["doc_count"] for bucket in buckets}
        return {index: rows for index, rows in indices.items() if index is not None}

    def _looked_at(self, index: Index) -> Shelf:
        """An index as it is now."""
        began, now_ms = self._clock.monotonic_ms(), self._clock.wall_ms()
        old = self._shelves.get(index)
        if old is None or self._rows[index] < old.rows or began > old.since + WHOLE_MS:
            old = Shelf({}, 0, now_ms, began, began)
        infos = describing.look(self._connection, index, old.infos, old.looked_ms - MARGIN_MS)
        ended = self._clock.monotonic_ms()
        return Shelf(infos, self._rows[index], now_ms, old.since, ended + RESTS * (ended - began))


def _touched(indices: Iterable[Index], start_ms: int, end_ms: int) -> list[Touched]:
    """The indices that tell of a range, to a day, in the order of time. Before the first index of a day that is
    there still, those of minute rows do."""
    days_ms = min((index.start_ms for index in indices if describing.is_day(index)), default=end_ms)
    from_ms = start_ms - start_ms % DAY
    found = [Touched(index, from_ms, end_ms if describing.is_day(index) else min(end_ms, days_ms)) for index in indices]
    return sorted(one for one in found if max(one.where.start_ms, one.from_ms) < min(one.where.end_ms, one.to_ms))


def _merge(found: dict[str, EntityInfo], infos: Iterable[EntityInfo], from_ms: int, to_ms: int) -> None:
    """Put entities with rows in [from_ms, to_ms) to others; the later description stays."""
    for info in infos:
        if info.first_ms >= to_ms or info.last_ms < from_ms:
            continue
        name = info.entity.id
        if (other := found.get(name)) is None:
            found[name] = info
            continue
        later = max(other, info, key=lambda one: (one.last_ms, one.incarnation))
        first_ms, last_ms = min(other.first_ms, info.first_ms), later.last_ms
        found[name] = later._replace(first_ms=first_ms, last_ms=last_ms)
