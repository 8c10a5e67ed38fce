"""An answer as columns of a frame: labels that differ, units as shown, times that can stand in one index. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from tidegauge.client.answer import Answer, Known, Series
from tidegauge.metrics import ranges, runs, steps
from tidegauge.metrics.fold import EDGE_PERIODS
from tidegauge.metrics.parts import Floats, Ints, bucket_of
from tidegauge.metrics.query import Query

MISSED_PERIODS = 1.5
"""A row is missing where the next one comes later than this."""


@dataclass(frozen=True)
class Column:
    """A line of an answer. label: its column's name, no other's. entity, host: ids, "" if of several.

    by: the values of the query's attributes. unit: of the values as they are, so of rates a second's.
    period_ms: the entity's, the least of several. time (ms), value: as answered, NaN unknown.
    """

    label: str
    entity: str
    host: str
    name: str
    metric: str
    unit: str
    by: tuple[str, ...]
    period_ms: int
    time: Ints
    value: Floats


def columns(query: Query, answer: Answer, known: Sequence[Known]) -> list[Column]:
    """The columns of an answer in its order, those that have values. known: the entities that the query matches."""
    entities = {one.entity: one for one in known}
    groups = _groups(query, known)
    labels = _labels(answer.series, entities)
    least = min((one.period_ms for one in known), default=0)
    made = []
    for series, label in zip(answer.series, labels, strict=True):
        if not series.time_ms:
            continue
        entity = entities.get(series.entity)
        made.append(
            Column(
                label=label,
                entity=series.entity,
                host=entity.host if entity else "",
                name=series.name,
                metric=series.metric,
                unit=unit_of(query, series),
                by=groups.get(_group_label(series, query), ("",) * len(query.by)) if query.by else (),
                period_ms=entity.period_ms if entity else least,
                time=np.array(series.time_ms, np.int64),
                value=np.array(series.value, np.float64),
            )
        )
    return made


def unit_of(query: Query, series: Series) -> str:
    """The unit of a line's values: a counter is shown as its rate, unless the query says otherwise."""
    if series.kind == "gauge" or query.rate in ("increase", "none"):
        return series.unit
    return "1" if series.unit == "s" else f"{series.unit or '1'}/s"


def _labels(series: Sequence[Series], known: Mapping[str, Known]) -> list[str]:
    """Each line's label; with its host's name where two are the same, with its entity where even that is."""
    labels = [one.label for one in series]
    hosts = [known[one.entity].attributes.get("host.name", "") if one.entity in known else "" for one in series]
    for added in (hosts, [one.entity or one.metric for one in series]):
        counted = Counter(labels)
        labels = [
            f"{other} {label}" if counted[label] > 1 and other else label
            for label, other in zip(labels, added, strict=True)
        ]
    return labels


def _groups(query: Query, known: Sequence[Known]) -> Mapping[str, tuple[str, ...]]:
    """The values of the query's `by` attributes, by what a web node calls the group."""
    found = {}
    for one in known:
        attributes = {**one.attributes, "entity": one.entity, "kind": one.kind, "host": one.host}
        values = tuple(attributes.get(name, "") for name in query.by)
        found[" ".join(value or "none" for value in values)] = values
    return found


def _group_label(series: Series, query: Query) -> str:
    """The label of a group less what tells its metrics apart."""
    return series.label if len(query.metrics) == 1 else series.label.rpartition(" ")[0]


def index(query: Query, answer: Answer, made: Sequence[Column]) -> tuple[Ints, list[Column]]:
    """The times of a wide frame, and the columns as they stand in it.

    Buckets: every bucket of the range. Rows: their own times; rows of several entities, which are
    taken at different phases of the period, at the beginnings of periods. Where rows are missing the
    times they would have had are there. A range that ends "now" ends with the newest value, unless that
    is older than a line may be wide.
    """
    if not made:
        return np.empty(0, np.int64), []
    if answer.step_ms:
        return _buckets(query, answer, made), list(made)
    if len({one.entity for one in made}) > 1:
        made = _aligned(made)
    due = [ticks(query, answer, one) for one in made]
    return np.unique(np.concatenate(due)), list(made)


def _buckets(query: Query, answer: Answer, made: Sequence[Column]) -> Ints:
    step_ms = answer.step_ms
    newest = max(int(one.time[-1]) for one in made)
    widest = max(step_ms, EDGE_PERIODS * max(one.period_ms for one in made))
    end_ms = answer.to_ms
    if ranges.is_relative(query.end) and end_ms - (newest + step_ms) <= widest:
        end_ms = newest + step_ms
    return np.arange(bucket_of(answer.from_ms, step_ms), max(end_ms, newest + 1), step_ms)


def _aligned(made: Sequence[Column]) -> list[Column]:
    """The columns with each entity's rows at multiples of its period; as they are where two would meet."""
    first: dict[str, int] = {}
    for one in made:
        first[one.entity] = min(first.get(one.entity, int(one.time[0])), int(one.time[0]))
    moved = [replace(one, time=_slots(one.time, first[one.entity], one.period_ms)) for one in made]
    if any((np.diff(one.time) <= 0).any() for one in moved):
        return list(made)
    return moved


def _slots(time: Ints, first: int, period_ms: int) -> Ints:
    if period_ms <= 0:
        return time
    ticks = np.rint((time - first) / period_ms).astype(np.int64)
    return bucket_of(first, period_ms) + ticks * period_ms


def ticks(query: Query, answer: Answer, one: Column) -> Ints:
    """A column's times, and those of rows that are missing between, before and after them."""
    time, period_ms = one.time, one.period_ms
    if period_ms <= 0:
        return time
    wide = np.diff(time)
    holes = np.flatnonzero(wide > MISSED_PERIODS * period_ms)
    counts = np.rint(wide[holes] / period_ms).astype(np.int64) - 1
    within = [time[i] + period_ms * np.arange(1, n + 1) for i, n in zip(holes.tolist(), counts.tolist(), strict=True)]
    before = np.arange(int(time[0]) - period_ms, answer.from_ms - 1, -period_ms)
    after = np.arange(int(time[-1]) + period_ms, answer.to_ms, period_ms)
    if ranges.is_relative(query.end) and len(after) <= runs.HOLE_PERIODS:
        after = after[:0]
    return np.concatenate([time, *within, before, after])


def values(times: Ints, made: Sequence[Column]) -> Floats:
    """The values as a table of len(times) rows, NaN where a column has none."""
    table = np.full((len(times), len(made)), np.nan)
    for c, one in enumerate(made):
        table[np.searchsorted(times, one.time), c] = one.value
    return table


def auto_step(query: Query, known: Sequence[Known], now_ms: int) -> Query:
    """The query with a step that no entity's period exceeds, where entities of unlike periods stand together."""
    periods = {one.period_ms for one in known}
    if query.step_ms is not None or len(periods) < 2:
        return query
    fits = query.step(now_ms)
    widest = next((step for step in steps.STEPS_MS if step >= max(periods)), steps.STEPS_MS[-1])
    if fits >= widest:
        return query
    return msgspec.structs.replace(query, step_ms=widest)
