"""A view: one live query as all who look at it share it (rules 7 and 8).

Opening, waking and moving to another node are one thing: the whole view from the store and the
window. After that each row folds the open buckets again with the query's own function, and what
came out differently than before is told. A view asks nothing itself: it says what is to be asked.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tidegauge.metrics import parts as p
from tidegauge.metrics.fold import next_point
from tidegauge.metrics.parts import Parts, Series, bucket_of
from tidegauge.metrics.records import Row
from tidegauge.queries import combine, question
from tidegauge.queries.combine import Line, line_key
from tidegauge.queries.plan import Plan, in_time
from tidegauge.queries.question import BOUNDARY_WINDOWS, Answer, Group, Question
from tidegauge.queries.tail import Step, Tail, parts_of

AHEAD_WINDOWS = 5, 8
"""How far rows may simply go on from a boundary before it is moved, and all is folded again: by its name each entity
has a way of its own, for boundaries of many are the same."""

Drawn = tuple[float, bool]
"""A point: its value, and whether a line may be drawn to the point before."""
Point = tuple[str, int, float, bool]
"""The same with its line's key and its bucket."""


class Change(NamedTuple):
    """What a view tells: new lines, points to replace by (line, bucket), points that are gone."""

    lines: list[Line]
    points: list[Point]
    removed: list[tuple[str, int]]


class View:
    """The open ends of a plan's entities and what was told of them. Not thread-safe, never waits.

    host_now: the host's own now in ms. Entities that the query puts together share a boundary, the
    earliest of their hosts', so that all of an open bucket is here. Boundaries lie on half windows:
    entities of hosts whose clocks agree are asked for together. While the store is asked (from `ask_…`
    to `take_…`, one question at a time) boundaries stay, and rows may be added.
    """

    def __init__(self, plan: Plan, window_ms: int, host_now: Callable[[str], int]) -> None:
        self.plan = plan
        self.overtaken = False
        """Whether a host's clock was set back behind a boundary: the view has to be opened anew."""
        self.source = "raw"
        """Which rows the whole view was made of: raw, minute, minute+raw."""
        self._asking = False
        self._chosen: frozenset[str] | None = None
        """The keys of the lines that are shown, if not all are."""
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

    def ask_whole(self, plan: Plan) -> Question:
        """What to ask for everything in the range of `plan` (the same query and entities, now)."""
        self.plan = plan
        self._advance(self._groups)
        self._asking = True
        return functools.partial(
            question.whole,
            plan=plan,
            window_ms=self._window_ms,
            groups=self._by_boundary(self._tails),
            live=self.live,
        )

    def take_whole(self, answer: Answer | None) -> list[Line]:
        """Everything in the range, from the answer and the open ends; without one from these alone."""
        self._asking = False
        if answer is None:
            self.source = "raw"
            return self._at_the_top(combine.lines(self.plan, self._recent()))
        self.source = "+".join(sorted(answer.tiers)) or "raw"
        if answer.chosen is not None:
            self._keep(answer.chosen)
        self._fill(self._tails, answer)
        found = combine.lines(self.plan, p.together([answer.closed, self._recent()]))
        return self._at_the_top(found)

    def give_up(self) -> None:
        """Nothing is taken of what was to be asked."""
        self._asking = False

    def _at_the_top(self, found: list[Line]) -> list[Line]:
        """The lines that the query keeps, and from now on only those if there are others."""
        found = self._shown(found)
        shown = combine.top(self.plan, found)
        if len(shown) < len(found):
            self._keep(frozenset(line.key for line in shown))
        return shown

    def settle(self, lines: Sequence[Line]) -> Change:
        """Take the lines of `whole` as told; how their open ends differ from what was told before."""
        change = Change([], [], [])
        for line in lines:
            self._compare(line, change)
        return change

    def add(self, rows: Mapping[str, Sequence[Row]]) -> Change | None:
        """Fold live rows, by entity; what changed, if anything.

        Rows that simply go on are their own points, and most do. What others touch is folded again.
        """
        mine = {entity: own for entity, own in rows.items() if entity in self._tails}
        points, others = self._go_on(mine)
        fresh = {self._group(entity) for entity in others if self._tails[entity].add(mine[entity])}
        self.overtaken = self.overtaken or any(map(self._is_overtaken, others))
        if not fresh:
            return Change([], points, []) if points else None
        self._advance(fresh)
        change = self._difference(fresh)
        return change._replace(points=[*points, *change.points])

    def _go_on(self, rows: Mapping[str, Sequence[Row]]) -> tuple[list[Point], list[str]]:
        """The points of rows that simply go on, and the entities that have others."""
        found, others = list[Point](), list[str]()
        for entity, own in rows.items():
            tail = self._tails[entity]
            from_ms = tail.boundary_ms + self._window_ms
            until_ms = min(self.plan.until_ms, tail.boundary_ms + _ahead_ms(entity, self._window_ms))
            steps = tail.go_on(own, from_ms, until_ms) if self._is_apart(entity, own) else None
            if steps is None:
                others.append(entity)
            else:
                found += map(self._next, steps)
        return found, others

    def _is_apart(self, entity: str, rows: Sequence[Row]) -> bool:
        """Whether the lines of an entity's rows are of it alone, and all shown and told of."""
        if self.plan.query.by or self._chosen is not None:
            return False
        metrics = [one.metric for one in self._series[entity]]
        return all(line_key(entity, one) in self._drawn for row in rows for one in metrics if one in row.values)

    def _next(self, step: Step) -> Point:
        value, joined = next_point(in_time(self.plan.query, step.series.kind), step.before, step.row, step.period_ms)
        key, bucket = line_key(step.series.entity, step.series.metric), step.row[0]
        self._drawn[key][bucket] = value, joined
        return key, bucket, value, joined

    def ask_late(self, entities: Iterable[str], from_ms: int, to_ms: int) -> Question | None:
        """What to ask for what a late notice names, if anything of it is here.

        Its buckets, those behind that have an edge into it, and the open buckets' stored half.
        """
        touched = {entity: self._tails[entity] for entity in entities if entity in self._tails}
        if not touched:
            return None
        groups = {self._group(entity) for entity in touched}
        self._advance(groups)
        self._asking = True
        first, last = self._late_buckets(from_ms, to_ms)
        return functools.partial(
            question.late,
            plan=self.plan,
            window_ms=self._window_ms,
            groups=self._by_boundary(self._tails_of(groups)),
            open_ends=self._by_boundary(self._open(touched, to_ms)),
            range_ms=(first - self.plan.edge_ms, last),
        )

    def take_late(self, answer: Answer | None, entities: Iterable[str], from_ms: int, to_ms: int) -> Change:
        """How what a late notice named differs now from what was told."""
        self._asking = False
        touched = {entity: self._tails[entity] for entity in entities if entity in self._tails}
        if answer is None or not touched:
            return Change([], [], [])
        self._fill(self._open(touched, to_ms), answer)
        groups = {self._group(entity) for entity in touched}
        change = self._difference(groups)
        first = self._late_buckets(from_ms, to_ms)[0]
        found = self._shown(combine.lines(self.plan, answer.closed, first))
        for line in found:
            self._introduce(line, change)
        closed = [point for line in found for point in _points(line) if point[1] < self._emit_from(line.group)]
        return Change(change.lines, [*closed, *change.points], change.removed)

    def _late_buckets(self, from_ms: int, to_ms: int) -> tuple[int, int]:
        """The first bucket that rows of a span may change, and the end of the last."""
        step_ms, plan = self.plan.step_ms, self.plan
        first = max(bucket_of(from_ms, step_ms), plan.first_bucket)
        return first, bucket_of(to_ms + plan.edge_ms, step_ms) + max(step_ms, 1)

    def _open(self, tails: Mapping[str, Tail], to_ms: int) -> dict[str, Tail]:
        """The open ends that rows up to a time may change."""
        return {name: tail for name, tail in tails.items() if self.live and to_ms >= tail.sealed_from_ms}

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
        if self._asking:
            return
        for group in groups:
            boundary_ms = self._boundary(group)
            for entity in self._groups[group]:
                self._tails[entity].advance(boundary_ms)

    def _emit_from(self, group: str) -> int:
        """The first bucket of a group that rows can still change."""
        return max(self._tails[self._groups[group][0]].emit_from, self.plan.first_bucket)

    def _tails_of(self, groups: Iterable[str]) -> dict[str, Tail]:
        return {entity: self._tails[entity] for group in groups for entity in self._groups[group]}

    def _fill(self, tails: Mapping[str, Tail], answer: Answer) -> None:
        """Fill open ends with what the store said: what lies sealed, and the rows from the boundary on."""
        if not self.live:
            return
        sealed, recent = p.by_entity(answer.sealed), p.by_entity(answer.recent)
        for entity, tail in tails.items():
            tail.seal(sealed.get(entity, p.empty()))
            tail.unite(recent.get(entity, p.empty()))

    def _recent(self) -> Parts:
        return p.rebucket(p.concat([tail.recent for tail in self._tails.values()]), self.plan.step_ms)

    def _by_boundary(self, tails: Mapping[str, Tail]) -> list[Group]:
        """The series of some entities, together where their boundaries are the same: fewer questions."""
        found: dict[tuple[int, int], list[Series]] = {}
        for entity, tail in tails.items():
            found.setdefault((tail.boundary_ms, tail.sealed_from_ms), []).extend(self._series[entity])
        return [Group(*place, tuple(series)) for place, series in found.items()]

    def _keep(self, chosen: frozenset[str]) -> None:
        """Show these lines alone from now on, and read no others."""
        self._chosen = chosen
        kept = {one.entity for one in self.plan.series if combine.key_of(self.plan, one) in chosen}
        groups = {group: [name for name in names if name in kept] for group, names in self._groups.items()}
        self._groups = {group: names for group, names in groups.items() if names}
        self._tails = {name: tail for name, tail in self._tails.items() if name in kept}

    def _shown(self, found: Iterable[Line]) -> list[Line]:
        return [line for line in found if self._chosen is None or line.key in self._chosen]

    def _difference(self, groups: Iterable[str]) -> Change:
        """Fold the open ends of some groups, and compare."""
        tails = list(self._tails_of(groups).values())
        emit_from = min(map(self._emit_from, groups))
        change = Change([], [], [])
        for line in self._shown(combine.lines(self.plan, parts_of(tails, self.plan.step_ms), emit_from)):
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


def _ahead_ms(entity: str, window_ms: int) -> int:
    """How far rows of an entity may go on from a boundary."""
    least, most = AHEAD_WINDOWS
    return least * window_ms + zlib.crc32(entity.encode()) % ((most - least) * window_ms)


def _points(line: Line, from_bucket: int = 0) -> Iterable[Point]:
    """The points of a line from a bucket on."""
    begin = int(np.searchsorted(line.time, from_bucket))
    columns = (line.time[begin:].tolist(), line.value[begin:].tolist(), line.joined[begin:].tolist())
    for bucket, value, joined in zip(*columns, strict=True):
        yield line.key, bucket, value, joined


def _same(before: Drawn | None, now: Drawn) -> bool:
    if before is None or before[1] != now[1]:
        return False
    return before[0] == now[0] or (before[0] != before[0] and now[0] != now[0])
