"""Origins: who rows are from. Each is one small integer in every row; here it has its meaning.

An origin is an entity as it was described, the host whose collector measured it, the collector's
incarnation, and the tier of the rows: a change of any makes another origin. Origins with the same key
(tier, entity, incarnation) share a lane; what is new in a lane is judged by the lane's newest time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tidegauge.metrics.parts import Ints
from tidegauge.metrics.records import Entity
from tidegauge.metrics.steps import DAY
from tidegauge.storage.base import EntityInfo, Tier
from tidegauge.storage.embedded import tiers

NEVER = -(2**62)


class Origin(NamedTuple):
    """A row of the dictionary."""

    id: int
    entity: Entity
    host: str
    incarnation: str
    lane: int
    tier: Tier = "raw"

    @property
    def kind(self) -> str:
        """The kind of the tables that hold its rows."""
        return tiers.table_kind(self.entity.kind, self.tier)


Key = tuple[Tier, str, str]
"""Tier, entity and incarnation."""
Span = tuple[int, int]
"""Times of the first and the last row, ms."""


class Origins:
    """All origins with rows within retention, and when, by UTC day. Readers and one writer at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next_id = 1
        self._by_id: dict[int, Origin] = {}
        self._by_entity: dict[tuple[Tier, str], list[Origin]] = {}
        self._lanes: dict[Key, int] = {}
        self._in_lane: list[list[Origin]] = []
        self._latest: dict[Key, Origin] = {}
        self._newest: Ints = np.full(1024, NEVER, np.int64)
        self._days: dict[int, dict[int, Span]] = {}
        self.unsaved: list[Origin] = []
        """Origins that no transaction has kept yet; the writer's."""

    def place(self, entity: Entity, host: str, incarnation: str, tier: Tier = "raw") -> Origin:
        """The origin of these, a new one if need be. The writer's."""
        key = tier, entity.id, incarnation
        origin = self._latest.get(key)
        if origin is not None and origin.entity == entity and origin.host == host:
            return origin
        for origin in self._by_entity.get((tier, entity.id), ()):
            if origin.incarnation == incarnation and origin.entity == entity and origin.host == host:
                self._latest[key] = origin
                return origin
        origin = self.add(self._next_id, entity, host, incarnation, tier)
        self.unsaved.append(origin)
        return origin

    def add(self, id: int, entity: Entity, host: str, incarnation: str, tier: Tier = "raw") -> Origin:
        """Take in an origin that has its number."""
        key = tier, entity.id, incarnation
        with self._lock:
            lane = self._lane(key)
            origin = Origin(id, entity, host, incarnation, lane, tier)
            self._next_id = max(self._next_id, id + 1)
            self._by_id[id] = origin
            self._by_entity.setdefault((tier, entity.id), []).append(origin)
            self._in_lane[lane].append(origin)
            self._latest[key] = origin
        return origin

    def _lane(self, key: Key) -> int:
        lane = self._lanes.setdefault(key, len(self._in_lane))
        if lane == len(self._in_lane):
            self._in_lane.append([])
            if lane == len(self._newest):
                self._newest = np.concatenate([self._newest, np.full(lane, NEVER, np.int64)])
        return lane

    def saw(self, origin: Ints | NDArray[np.int32], first_ms: Ints, last_ms: Ints) -> None:
        """Note when rows were taken: for each line an origin, and a first and last time in one UTC day."""
        lines = zip(origin.tolist(), first_ms.tolist(), last_ms.tolist(), strict=True)
        with self._lock:
            for number, first, last in lines:
                if (known := self._by_id.get(number)) is None:
                    continue
                spans = self._days.setdefault(first // DAY, {})
                before = spans.get(number, (first, last))
                spans[number] = (min(first, before[0]), max(last, before[1]))
                if last > self._newest[known.lane]:
                    self._newest[known.lane] = last

    def newest(self, lanes: Ints) -> Ints:
        """The time of the newest row of each lane."""
        return self._newest[lanes]

    def in_lanes(self, lanes: Iterable[int]) -> list[Origin]:
        """All origins of some lanes."""
        return [origin for lane in lanes for origin in self._in_lane[lane]]

    def of(self, entities: Iterable[str], start_ms: int, end_ms: int, tier: Tier = "raw") -> list[Origin]:
        """The origins of some entities that may have rows of a tier in [start_ms, end_ms)."""
        with self._lock:
            days = self._touched(start_ms, end_ms)
            return [
                origin
                for entity in entities
                for origin in self._by_entity.get((tier, entity), ())
                if any(_meets(spans.get(origin.id), start_ms, end_ms) for spans in days)
            ]

    def entities(self, start_ms: int, end_ms: int) -> list[EntityInfo]:
        """What `Store.entities` promises, of the rows of both tiers; the latest is that of the latest day touched."""
        found: dict[str, tuple[Span, Origin]] = {}
        with self._lock:
            lines = (line for spans in self._touched(start_ms, end_ms) for line in spans.items())
            for number, span in lines:
                if _meets(span, start_ms, end_ms):
                    _widen(found, self._by_id[number], span)
        return [EntityInfo(origin.entity, origin.host, origin.incarnation, *span) for span, origin in found.values()]

    def _touched(self, start_ms: int, end_ms: int) -> list[dict[int, Span]]:
        return [self._days[day] for day in sorted(self._days) if start_ms // DAY <= day <= (end_ms - 1) // DAY]

    def last_incarnation(self, host: str) -> str | None:
        """The greatest incarnation of a host's collector that has rows here."""
        with self._lock:
            seen = set().union(*self._days.values())
            return max((o.incarnation for o in map(self._by_id.__getitem__, seen) if o.host == host), default=None)

    def forget(self, before_day: Mapping[Tier, int]) -> list[int]:
        """Give up the days of each tier before one, and the origins that have no rows left; their numbers."""
        with self._lock:
            for day in [day for day in self._days if day < max(before_day.values())]:
                spans = {n: span for n, span in self._days[day].items() if day >= before_day[self._by_id[n].tier]}
                self._days[day] = spans
                if not spans:
                    del self._days[day]
            left = set().union(*self._days.values())
            gone = [origin for origin in self._by_id.values() if origin.id not in left]
            for origin in gone:
                self._remove(origin)
            self.unsaved.clear()
        return [origin.id for origin in gone]

    def _remove(self, origin: Origin) -> None:
        owner, key = (origin.tier, origin.entity.id), (origin.tier, origin.entity.id, origin.incarnation)
        del self._by_id[origin.id]
        for table in (self._by_entity[owner], self._in_lane[origin.lane]):
            table.remove(origin)
        if not self._by_entity[owner]:
            del self._by_entity[owner]
        if not self._in_lane[origin.lane]:
            self._lanes.pop(key, None)
            self._newest[origin.lane] = NEVER
        if self._latest.get(key) == origin:
            del self._latest[key]


def _meets(span: Span | None, start_ms: int, end_ms: int) -> bool:
    return span is not None and span[0] < end_ms and span[1] >= start_ms


def _widen(found: dict[str, tuple[Span, Origin]], origin: Origin, span: Span) -> None:
    """Put an origin's span to its entity's; the later origin stays."""
    entity = origin.entity.id
    if entity not in found:
        found[entity] = span, origin
        return
    (first, last), latest = found[entity]
    later = (span[1], origin.incarnation) >= (last, latest.incarnation)
    found[entity] = (min(first, span[0]), max(last, span[1])), origin if later else latest
