"""Entities and incarnations: what there is, as queries tell, remembered for a while."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from operator import is_
from typing import NamedTuple

from tidegauge.clock import Clock, SystemClock
from tidegauge.metrics.steps import DAY, HOUR, MINUTE, SECOND
from tidegauge.storage.base import EntityInfo, Tier
from tidegauge.storage.elastic import bodies, describing
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.describing import Known, Place
from tidegauge.storage.elastic.layout import Index, named, pattern
from tidegauge.storage.elastic.search import Search, one

FRESH_MS = 250
"""How old an answer may be."""
STALE_MS = 10 * SECOND
"""How old it may be while another thread looks."""
RESTS = 9
"""A look is followed by a rest of so many times as long: where there are very many entities answers are older."""
MINUTE_REST_MS = MINUTE
"""And by one as long as this where rows come once a minute; raw rows tell of everybody before."""
MARGIN_MS: dict[Tier, int] = {"raw": 30 * SECOND, "minute": 10 * MINUTE}
"""So long after its time a row may be seen first: a clock is slow, a collector late. What an entity says of
itself anew with a clock that is slower still is seen within the hour; that there is an entity, at once."""
WHOLE_MS = HOUR
"""So often everything is looked for anew."""
KEPT, ANSWERS = 40, 8
"""Places and answers remembered."""


class Shelf(NamedTuple):
    """What is known of a place. rows: how many its index had. looked_ms: when that was, by the wall clock.

    since, rest_until: monotonic: since when it is remembered, and until when it does however many rows come.
    """

    known: Known
    rows: int
    looked_ms: int
    since: float
    rest_until: float


class Listing:
    """Answers any number of threads at once; one of them looks whether there is something new."""

    def __init__(self, connection: Connection, clock: Clock | None = None) -> None:
        self._connection = connection
        self._clock = clock or SystemClock()
        self._looking = threading.Lock()
        self._rows: dict[str, int] = {}
        self._asked_at = float("-inf")
        self._shelves: dict[Place, Shelf] = {}
        self._answers: dict[tuple[Place, ...], tuple[Sequence[Shelf], Sequence[EntityInfo]]] = {}

    def entities(self, start_ms: int, end_ms: int) -> list[EntityInfo]:
        """What `Store.entities` promises."""
        if start_ms >= end_ms:
            return []
        if not self._is_fresh(start_ms, end_ms):
            self._refresh(start_ms, end_ms)
        places = tuple(self._places(start_ms, end_ms))
        return self._merged(places, [shelf for place in places if (shelf := self._shelves.get(place))])

    def last_incarnation(self, host: str) -> str | None:
        """What `Store.last_incarnation` promises."""
        everywhere = [pattern(family) for family in ("raw", "minute", "events")]
        hits = one(self._connection, Search(everywhere, bodies.incarnation(host))).hits["hits"]
        return hits[0]["sort"][0] if hits else None

    def forget(self) -> None:
        """Remember nothing."""
        with self._looking:
            self._asked_at, self._shelves, self._answers = float("-inf"), {}, {}

    def _merged(self, places: tuple[Place, ...], shelves: list[Shelf]) -> list[EntityInfo]:
        """The entities of some places, put together once as long as none of these is looked at again."""
        before, found = self._answers.get(places, ((), ()))
        if len(before) != len(shelves) or not all(map(is_, before, shelves)):
            found = _merge([shelf.known.infos for shelf in shelves])
            others = [answer for answer in self._answers.items() if answer[0] != places]
            self._answers = {**dict(others[1 - ANSWERS :]), places: (shelves, found)}
        return list(found)

    def _places(self, start_ms: int, end_ms: int) -> list[Place]:
        """What tells of a range, to a day."""
        indices = (named(name) for name in self._rows)
        return [place for index in indices if index and (place := _place(index, start_ms, end_ms))]

    def _is_fresh(self, start_ms: int, end_ms: int) -> bool:
        now = self._clock.monotonic_ms()
        is_recent = now <= self._asked_at + FRESH_MS
        return is_recent and all(self._does(place, now) for place in self._places(start_ms, end_ms))

    def _does(self, place: Place, now: float) -> bool:
        """Whether what is known of a place will do."""
        shelf = self._shelves.get(place)
        return shelf is not None and (shelf.rows == self._rows.get(place.name) or now < shelf.rest_until)

    def _is_stale(self, start_ms: int, end_ms: int) -> bool:
        """Whether what is known will not even do while another thread looks."""
        is_old = self._clock.monotonic_ms() > self._asked_at + STALE_MS
        return is_old or any(place not in self._shelves for place in self._places(start_ms, end_ms))

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
        for place in self._places(start_ms, end_ms):
            if not self._does(place, asked_at):
                others = [one for one in self._shelves.items() if one[0].name in self._rows and one[0] != place]
                self._shelves = {**dict(others[1 - KEPT :]), place: self._looked_at(place)}
        self._asked_at = asked_at

    def _ask_rows(self) -> dict[str, int]:
        """How many rows there are in each index that has any."""
        found = one(self._connection, Search([pattern("raw"), pattern("minute")], bodies.indices()))
        buckets = found.aggregations["indices"]["buckets"] if found.aggregations else ()
        return {bucket["key"]: bucket["doc_count"] for bucket in buckets}

    def _looked_at(self, place: Place) -> Shelf:
        """A place as it is now."""
        began, now_ms, rows = self._clock.monotonic_ms(), self._clock.wall_ms(), self._rows[place.name]
        old = self._shelves.get(place)
        if old is None or rows < old.rows or began > old.since + WHOLE_MS:
            old = Shelf(Known({}), 0, now_ms, began, began)
        since_ms = min(old.looked_ms, place.end_ms) - MARGIN_MS[place.tier]
        known = describing.look(self._connection, place, old.known, since_ms)
        ended = self._clock.monotonic_ms()
        rest = max(RESTS * (ended - began), MINUTE_REST_MS if place.tier == "minute" else 0)
        return Shelf(known, rows, now_ms, old.since, ended + rest)


def _place(index: Index, start_ms: int, end_ms: int) -> Place | None:
    """What an index tells of a range, to a day; nothing if that is outside."""
    begin, end = start_ms - start_ms % DAY, end_ms + -end_ms % DAY
    if index.end_ms <= begin or index.start_ms >= end:
        return None
    if index.end_ms - index.start_ms == DAY:
        return Place(index.name, index.start_ms, index.end_ms, "raw")
    return Place(index.name, max(index.start_ms, begin), min(index.end_ms, end), "minute")


def _merge(many: Iterable[dict[str, EntityInfo]]) -> list[EntityInfo]:
    """Each entity once, as its latest row describes it, with the span of all."""
    found: dict[str, EntityInfo] = {}
    for infos in many:
        for name, info in infos.items():
            found[name] = _latest(found[name], info) if name in found else info
    return list(found.values())


def _latest(one: EntityInfo, other: EntityInfo) -> EntityInfo:
    later = max(one, other, key=lambda info: (info.last_ms, info.incarnation))
    return later._replace(first_ms=min(one.first_ms, other.first_ms))
