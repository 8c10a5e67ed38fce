"""A view: one live query as all who look at it share it (rules 7 and 8).

Opening, waking and moving to another node are one thing: the whole view from the store and the
window. After that each row folds the open buckets again with the query's own function, and what
came out differently than before is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from app import combine
from app.combine import Line
from app.plan import Plan
from app.tail import Tail, parts_of
from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import Parts, Series, bucket_of
from tidegauge.metrics.records import Row
from tidegauge.storage.base import Store

BOUNDARY_WINDOWS = 1.5
AHEAD_MS = 3_600_000

Drawn = tuple[float, bool]
"""A point: its value, and whether a line may be drawn to the point before."""


class Change(NamedTuple):
    """What a view tells: new lines, points to replace by (line, bucket), points that are gone."""

    lines: list[Line]
    points: list[tuple[str, int, float, bool]]
    removed: list[tuple[str, int]]


class View:
    """The open ends of a plan's entities and what was told of them. Not thread-safe.

    host_now: the host's own now in ms. Entities that the query puts together share a boundary, the
    earliest of their hosts', so that all of an open bucket is here. Boundaries lie on half windows:
    entities of hosts whose clocks agree are asked for together.
    """

    def __init__(self, plan: Plan, store: Store, window_ms: int, host_now: Callable[[str], int]) -> None:
        self.plan = plan
        self.overtaken = False
        """Whether a host's clock was set back behind a boundary: the view has to be opened anew."""
        self._store = store
        self._window_ms = window_ms
        self._host_now = host_now
        self._series: dict[str, list[Series]] = {}
        for one in plan.series:
            self._series.setdefault(one.entity, []).append(one)
        self._groups: dict[str, list[str]] = {}
        for entity in self._series:
            self._groups.setdefault(self._group(entity), []).append(entity)
        self._tails = {
            entity: Tail(self._series[entity], plan.step_ms, plan.edge_ms, boundary_ms)
            for group, entities in self._groups.items()
            for boundary_ms in [self._boundary(group)]
            for entity in entities
        }
        self._drawn: dict[str, dict[int, Drawn]] = {}

    @property
    def live(self) -> bool:
        """Whether rows to come can still fall into the range."""
        return any(self.plan.until_ms > tail.boundary_ms for tail in self._tails.values()) or not self._tails

    def whole(self, plan: Plan, *, stored: bool = True) -> list[Line]:
        """Everything in the range of `plan` (the same query and entities, now), from the store and
        the open ends; not `stored`: from the open ends alone. Raises StoreError.
        """
        self.plan = plan
        self._advance(self._groups)
        old: list[Parts] = []
        if stored:
            self._load(self._tails)
            old = [
                self._store.parts(series, plan.asked_from_ms, min(end_ms, plan.until_ms), plan.step_ms)
                for end_ms, series in self._by_boundary(self._tails)
            ]
        recent = p.rebucket(p.concat([tail.recent for tail in self._tails.values()]), plan.step_ms)
        found = combine.top(plan, combine.lines(plan, p.concat([*old, recent])))
        if plan.query.top is not None and stored:
            self._keep({line.group for line in found})
        return found

    def settle(self, lines: Sequence[Line]) -> Change:
        """Take the lines of `whole` as told; how their open ends differ from what was told before."""
        change = Change([], [], [])
        for line in lines:
            self._compare(line, change)
        return change

    def add(self, rows: Mapping[str, Sequence[Row]]) -> Change | None:
        """Fold live rows, by entity; what changed, if anything."""
        fresh = {
            self._group(entity) for entity, own in rows.items() if (tail := self._tails.get(entity)) and tail.add(own)
        }
        self.overtaken = self.overtaken or any(map(self._is_overtaken, rows))
        if not fresh:
            return None
        self._advance(fresh)
        return self._difference(fresh)

    def refresh(self, entities: Iterable[str], from_ms: int, to_ms: int) -> Change | None:
        """Ask the store again for what a late notice names. Raises StoreError.

        Its buckets, those behind that have an edge into it, and the open buckets' stored half.
        """
        touched = {entity: self._tails[entity] for entity in entities if entity in self._tails}
        if not touched:
            return None
        groups = {self._group(entity) for entity in touched}
        self._advance(groups)
        self._load(touched)
        change = self._difference(groups)
        return self._with_old(change, groups, from_ms, to_ms)

    def _with_old(self, change: Change, groups: Iterable[str], from_ms: int, to_ms: int) -> Change:
        """The change, and the points of closed buckets that lie in a span or just behind."""
        step_ms, plan = self.plan.step_ms, self.plan
        first = max(bucket_of(from_ms, step_ms), plan.first_bucket)
        last = bucket_of(to_ms + plan.edge_ms, step_ms) + max(step_ms, 1)
        tails = {entity: self._tails[entity] for group in groups for entity in self._groups[group]}
        old = [
            self._store.parts(series, first - plan.edge_ms, min(end_ms, last), step_ms)
            for end_ms, series in self._by_boundary(tails)
        ]
        found = combine.lines(plan, p.concat(old), first)
        for line in found:
            self._introduce(line, change)
        closed = [point for line in found for point in _points(line) if point[1] < self._emit_from(line.group)]
        return Change(change.lines, [*closed, *change.points], change.removed)

    def _group(self, entity: str) -> str:
        return combine.group_of(self.plan.query, self.plan.entities[entity])

    def _boundary(self, group: str) -> int:
        """Where the single rows of a group begin: one and a half windows before its hosts' now."""
        hosts = {self.plan.entities[entity].host for entity in self._groups[group]}
        back = min(map(self._host_now, hosts)) - round(BOUNDARY_WINDOWS * self._window_ms)
        return back - back % (self._window_ms // 2)

    def _is_overtaken(self, entity: str) -> bool:
        tail = self._tails.get(entity)
        if tail is None:
            return False
        now = self._host_now(self.plan.entities[entity].host)
        return now < tail.boundary_ms + self._window_ms

    def _advance(self, groups: Iterable[str]) -> None:
        for group in groups:
            boundary_ms = self._boundary(group)
            for entity in self._groups[group]:
                self._tails[entity].advance(boundary_ms)

    def _emit_from(self, group: str) -> int:
        """The first bucket of a group that rows can still change."""
        return max(self._tails[self._groups[group][0]].emit_from, self.plan.first_bucket)

    def _load(self, tails: Mapping[str, Tail]) -> None:
        """Fill open ends from the store: what lies sealed, and the rows from the boundary on."""
        if not self.live:
            return
        for boundary_ms, series in self._by_boundary(tails):
            start_ms = min(tails[one.entity].sealed_from_ms for one in series)
            sealed = p.by_entity(self._store.parts(series, start_ms, boundary_ms, self.plan.step_ms))
            recent = p.by_entity(self._store.parts(series, boundary_ms, boundary_ms + AHEAD_MS, 0))
            for entity in {one.entity for one in series}:
                tails[entity].seal(sealed.get(entity, p.empty()))
                tails[entity].unite(recent.get(entity, p.empty()))

    def _by_boundary(self, tails: Mapping[str, Tail]) -> list[tuple[int, list[Series]]]:
        """The series of some entities, together where their boundaries are the same: fewer questions."""
        found: dict[int, list[Series]] = {}
        for entity, tail in tails.items():
            found.setdefault(tail.boundary_ms, []).extend(self._series[entity])
        return list(found.items())

    def _keep(self, groups: set[str]) -> None:
        self._groups = {group: entities for group, entities in self._groups.items() if group in groups}
        kept = {entity for entities in self._groups.values() for entity in entities}
        self._tails = {entity: tail for entity, tail in self._tails.items() if entity in kept}

    def _difference(self, groups: Iterable[str]) -> Change:
        """Fold the open ends of some groups, and compare."""
        tails = [self._tails[entity] for group in groups for entity in self._groups[group]]
        emit_from = min(map(self._emit_from, groups))
        change = Change([], [], [])
        for line in combine.lines(self.plan, parts_of(tails, self.plan.step_ms), emit_from):
            self._compare(line, change)
        return change

    def _compare(self, line: Line, change: Change) -> None:
        """Put into a change how the open end of a line differs from what was told of it."""
        self._introduce(line, change)
        emit_from = self._emit_from(line.group)
        before = self._drawn[line.key]
        now = {bucket: (value, joined) for _, bucket, value, joined in _points(line, emit_from)}
        change.points.extend((line.key, at, *drawn) for at, drawn in now.items() if not _same(before.get(at), drawn))
        change.removed.extend((line.key, bucket) for bucket in before if bucket >= emit_from and bucket not in now)
        self._drawn[line.key] = now

    def _introduce(self, line: Line, change: Change) -> None:
        if line.key not in self._drawn:
            self._drawn[line.key] = {}
            change.lines.append(line)


def _points(line: Line, from_bucket: int = 0) -> Iterable[tuple[str, int, float, bool]]:
    """The points of a line from a bucket on."""
    begin = int(np.searchsorted(line.time, from_bucket))
    columns = (line.time[begin:].tolist(), line.value[begin:].tolist(), line.joined[begin:].tolist())
    for bucket, value, joined in zip(*columns, strict=True):
        yield line.key, bucket, value, joined


def _same(before: Drawn | None, now: Drawn) -> bool:
    if before is None or before[1] != now[1]:
        return False
    return before[0] == now[0] or (before[0] != before[0] and now[0] != now[0])
