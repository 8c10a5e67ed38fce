"""A view: one live query as all who look at it share it (rules 7 and 8).

Opening, waking and moving to another node are one thing: the whole view from the store and the
window. After that each row folds the open buckets again with the query's own function, and what
came out differently than before is told.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from app import combine
from app.combine import Line
from app.plan import Plan
from app.tail import Tail
from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import Parts, Series
from tidegauge.metrics.records import Row
from tidegauge.storage.base import Store

BOUNDARY_WINDOWS = 1.5
AHEAD_MS = 3_600_000

Drawn = tuple[float, bool]


class Change(NamedTuple):
    """What a view tells: new lines, points to replace by (line, bucket), points that are gone."""

    lines: list[Line]
    points: list[tuple[str, int, float, bool]]
    removed: list[tuple[str, int]]


class View:
    """The open ends of a plan's entities and what was drawn of them. Thread-safe.

    host_now: the host's own now in ms; boundaries follow it, in whole half windows, so that the
    entities of hosts whose clocks agree share them. `lock` is held while a change is told, so that
    changes and whole views reach everyone in order.
    """

    def __init__(self, plan: Plan, store: Store, window_ms: int, host_now: Callable[[str], int]) -> None:
        self.plan = plan
        self.watched: tuple[str, ...] = ()
        """The entities whose topics are read for this view; the board's."""
        self._store = store
        self._window_ms = window_ms
        self._host_now = host_now
        self.lock = threading.RLock()
        self._drawn: dict[str, dict[int, Drawn]] = {}
        self._known: set[str] = set()
        series: dict[str, list[Series]] = {}
        for one in plan.series:
            series.setdefault(one.entity, []).append(one)
        self._tails = {
            entity: Tail(own, plan.step_ms, plan.lookback_ms, self._boundary(entity)) for entity, own in series.items()
        }

    @property
    def live(self) -> bool:
        """Whether rows to come can still fall into the range."""
        return any(self.plan.until_ms > tail.boundary_ms for tail in self._tails.values()) or not self._tails

    def whole(self, plan: Plan, *, stored: bool = True) -> list[Line]:
        """Everything in the range of `plan` (the same query and entities, now), from the store and
        the open ends; not `stored`: from the open ends alone. Raises StoreError.
        """
        with self.lock:
            self.plan = plan
            old: list[Parts] = []
            if stored:
                self._load(self._tails)
                old = [
                    self._store.parts(series, plan.asked_from_ms, min(end_ms, plan.until_ms), plan.step_ms)
                    for end_ms, series in self._by_boundary(self._tails)
                ]
            recent = [p.rebucket(tail.recent, plan.step_ms) for tail in self._tails.values()]
            found = combine.top(plan, combine.lines(plan, p.concat([*old, *recent])))
            if plan.query.top is not None and stored:
                self._keep({line.entity for line in found})
            self._drawn = {line.key: self._open_points(line) for line in found}
            self._known = {line.key for line in found}
            return found

    def add(self, entity: str, rows: Sequence[Row]) -> Change | None:
        """Fold live rows of one entity; what changed, if anything."""
        with self.lock:
            tail = self._tails.get(entity)
            if tail is None or not tail.add(rows):
                return None
            tail.advance(self._boundary(entity))
            return self._difference([entity])

    def refresh(self, entities: Iterable[str], from_ms: int, to_ms: int) -> Change | None:
        """Ask the store again for what a late notice names. Raises StoreError.

        Its buckets, the one behind (its edge changed), and the open buckets' stored half.
        """
        with self.lock:
            touched = {entity: self._tails[entity] for entity in entities if entity in self._tails}
            if not touched:
                return None
            self._load(touched)
            change = self._difference(list(touched))
            return self._with_old(change, touched, from_ms, to_ms)

    def _with_old(self, change: Change, touched: Mapping[str, Tail], from_ms: int, to_ms: int) -> Change:
        """The change and the points of closed buckets that lie in a span, as the store has them now."""
        step = self.plan.step_ms or self.plan.lookback_ms
        first = max(p.bucket_of(from_ms, self.plan.step_ms), self.plan.first_bucket)
        chosen = list(touched) if not self.plan.query.by else list(self._tails)
        old = [
            self._store.parts(series, first - self.plan.lookback_ms, min(end_ms, to_ms + 2 * step), self.plan.step_ms)
            for end_ms, series in self._by_boundary({entity: self._tails[entity] for entity in chosen})
        ]
        closed = min(tail.emit_from for tail in touched.values())
        found = [line for line in combine.lines(self.plan, p.concat(old), first) if self._shows(line)]
        points = [point for line in found for point in _points(line) if point[1] < closed]
        new = [line for line in found if line.key not in self._known]
        self._known |= {line.key for line in new}
        return Change([*change.lines, *new], [*points, *change.points], change.removed)

    def erase(self, host: str, from_ms: int, to_ms: int) -> None:
        """Take out a host's rows in a span from the open ends; open the view again to draw it."""
        with self.lock:
            for entity, tail in self._tails.items():
                if self.plan.entities[entity].host == host:
                    tail.erase(from_ms, to_ms)

    def _boundary(self, entity: str) -> int:
        back = self._host_now(self.plan.entities[entity].host) - round(BOUNDARY_WINDOWS * self._window_ms)
        return back - back % (self._window_ms // 2)

    def _load(self, tails: Mapping[str, Tail]) -> None:
        """Fill open ends from the store: what lies sealed, and the rows from the boundary on."""
        if not self.live:
            return
        for entity, tail in tails.items():
            tail.advance(self._boundary(entity))
        for boundary_ms, series in self._by_boundary(tails):
            start_ms = min(tails[one.entity].sealed_from_ms for one in series)
            sealed = self._store.parts(series, start_ms, boundary_ms, self.plan.step_ms)
            recent = self._store.parts(series, boundary_ms, boundary_ms + AHEAD_MS, 0)
            for entity in {one.entity for one in series}:
                tails[entity].seal(_of_entity(sealed, entity))
                tails[entity].unite(_of_entity(recent, entity))

    def _by_boundary(self, tails: Mapping[str, Tail]) -> list[tuple[int, list[Series]]]:
        """The series of some entities, together where their boundaries are the same: fewer questions."""
        groups: dict[int, list[Series]] = {}
        for entity, tail in tails.items():
            groups.setdefault(tail.boundary_ms, []).extend(s for s in self.plan.series if s.entity == entity)
        return list(groups.items())

    def _keep(self, entities: set[str]) -> None:
        self._tails = {entity: tail for entity, tail in self._tails.items() if entity in entities}

    def _shows(self, line: Line) -> bool:
        return not line.entity or line.entity in self._tails

    def _difference(self, entities: Sequence[str]) -> Change:
        """Fold the open ends of some entities (of all, where `by` puts them together) and compare."""
        chosen = list(self._tails) if self.plan.query.by else entities
        tails = [self._tails[entity] for entity in chosen]
        emit_from = max(min(tail.emit_from for tail in tails), self.plan.first_bucket)
        found = combine.lines(self.plan, p.concat([tail.parts() for tail in tails]), emit_from)
        change = Change([], [], [])
        for line in found:
            self._compare(line, emit_from, change)
        return change

    def _compare(self, line: Line, emit_from: int, change: Change) -> None:
        before = self._drawn.get(line.key, {})
        now = {bucket: (value, joined) for _, bucket, value, joined in _points(line)}
        for bucket, drawn in now.items():
            if not _same(before.get(bucket), drawn):
                change.points.append((line.key, bucket, *drawn))
        change.removed.extend((line.key, bucket) for bucket in before if bucket >= emit_from and bucket not in now)
        if line.key not in self._known:
            self._known.add(line.key)
            change.lines.append(line)
        self._drawn[line.key] = now

    def _open_points(self, line: Line) -> dict[int, Drawn]:
        tails = [self._tails[line.entity]] if line.entity in self._tails else list(self._tails.values())
        emit_from = min(tail.emit_from for tail in tails)
        return {bucket: (value, joined) for _, bucket, value, joined in _points(line) if bucket >= emit_from}


def _points(line: Line) -> Iterable[tuple[str, int, float, bool]]:
    for bucket, value, joined in zip(line.time.tolist(), line.value.tolist(), line.joined.tolist(), strict=True):
        yield line.key, bucket, value, joined


def _same(before: Drawn | None, now: Drawn) -> bool:
    if before is None or before[1] != now[1]:
        return False
    return before[0] == now[0] or (before[0] != before[0] and now[0] != now[0])


def _of_entity(parts: Parts, entity: str) -> Parts:
    mine = [key.entity == entity for key in parts.keys]
    if all(mine):
        return parts
    return p.take(parts, np.array(mine, bool)[parts.series])
