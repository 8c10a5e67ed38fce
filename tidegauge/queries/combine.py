"""From parts to what is drawn: fold each series, put groups together (`by`), keep the `top`. Pure."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidegauge.metrics import parts as p
from tidegauge.metrics.fold import fold
from tidegauge.metrics.parts import Floats, Ints, Parts, Series
from tidegauge.metrics.query import Query
from tidegauge.queries.known import Known
from tidegauge.queries.plan import Plan, in_time


@dataclass(frozen=True)
class Line:
    """One series as it is shown. group: which entities it is of, see `group_of`; entity: "" if it
    is of several.

    time: the buckets' first ms (the rows' own times at step 0), ascending. joined: whether a line
    may be drawn to the point before.
    """

    group: str
    label: str
    entity: str
    metric: str
    time: Ints
    value: Floats
    joined: NDArray[np.bool_]

    @property
    def key(self) -> str:
        """What it is called within its query, for ever."""
        return line_key(self.group, self.metric)


def line_key(group: str, metric: str) -> str:
    """The key of the line of a group."""
    return f"{group}\0{metric}"


def key_of(plan: Plan, series: Series) -> str:
    """The key of the line that a series is part of."""
    return line_key(group_of(plan.query, plan.entities[series.entity]), series.metric)


def group_of(query: Query, known: Known) -> str:
    """What an entity's series are put together by: itself, or its values of the attributes in `by`."""
    if not query.by:
        return known.entity.id
    attributes = known.attributes()
    return "\0".join(attributes.get(name, "") for name in query.by)


def lines(plan: Plan, parts: Parts, from_bucket: int | None = None) -> list[Line]:
    """The lines of a plan from `from_bucket` on (its first, if None), in the plan's order."""
    from_bucket = plan.first_bucket if from_bucket is None else from_bucket
    single = [line for kind in ("counter", "gauge") for line in _folded(plan, parts, kind, from_bucket)]
    single.sort(key=lambda line: _place(plan, line))
    return _grouped(plan, single) if plan.query.by else single


def top(plan: Plan, found: list[Line]) -> list[Line]:
    """The lines with the greatest mean of their points, if the query keeps only so many; order as it was."""
    count = plan.query.top
    if count is None or len(found) <= count:
        return found
    means = [float(np.nanmean(line.value)) if np.isfinite(line.value).any() else -np.inf for line in found]
    best = set(sorted(range(len(found)), key=lambda i: -means[i])[:count])
    return [line for i, line in enumerate(found) if i in best]


def _folded(plan: Plan, parts: Parts, kind: str, from_bucket: int) -> Iterable[Line]:
    chosen = np.array([key.kind == kind for key in parts.keys], bool)
    if not chosen.any():
        return
    points = fold(p.take(parts, chosen[parts.series]), in_time(plan.query, kind))  # type: ignore[arg-type]
    shown = (points.bucket >= from_bucket) & (points.bucket < plan.until_ms)
    begins = np.searchsorted(points.series, np.arange(len(points.keys) + 1))
    for i, series in enumerate(points.keys):
        mask = slice(begins[i], begins[i + 1])
        seen = shown[mask]
        if seen.any():
            yield _line(plan, series, points.bucket[mask][seen], points.value[mask][seen], points.joined[mask][seen])


def _line(plan: Plan, series: Series, time: Ints, value: Floats, joined: NDArray[np.bool_]) -> Line:
    label = label_of(series, plan.entities, plan.query.metrics)
    return Line(series.entity, label, series.entity, series.metric, time, value, joined)


def _place(plan: Plan, line: Line) -> tuple[int, str]:
    return plan.query.metrics.index(line.metric), line.entity


def _grouped(plan: Plan, single: Sequence[Line]) -> list[Line]:
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in single:
        group = group_of(plan.query, plan.entities[line.entity])
        groups.setdefault((line.metric, group), []).append(line)
    return [_merged(plan, *key, members) for key, members in groups.items()]


def _merged(plan: Plan, metric: str, group: str, members: Sequence[Line]) -> Line:
    time = np.concatenate([line.time for line in members])
    value = np.concatenate([line.value for line in members])
    joined = np.concatenate([line.joined for line in members])
    known = ~np.isnan(value)
    buckets, place = np.unique(time, return_inverse=True)
    merged = _across(plan.query.aggregate, len(buckets), place[known], value[known])
    any_joined = np.zeros(len(buckets), bool)
    np.logical_or.at(any_joined, place, joined)
    label = " ".join(value or "none" for value in group.split("\0"))
    if len(plan.query.metrics) > 1:
        label = f"{label} {short_metric(metric, plan.query.metrics)}"
    return Line(group, label, "", metric, buckets, merged, any_joined)


def _across(aggregate: str, size: int, place: NDArray[np.intp], value: Floats) -> Floats:
    """One value a bucket of several series' values; NaN where none has one."""
    if aggregate in ("min", "max"):
        found = np.full(size, np.nan)
        (np.fmin if aggregate == "min" else np.fmax).at(found, place, value)
        return found
    count = np.bincount(place, minlength=size)
    total = np.bincount(place, weights=value, minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total if aggregate == "sum" else total / count, np.nan)


def label_of(series: Series, entities: Mapping[str, Known], metrics: tuple[str, ...]) -> str:
    """What tells a series from the others of its graph: its metric's suffix, its entity's name."""
    suffix = short_metric(series.metric, metrics)
    name = entity_name(entities[series.entity])
    if len(entities) == 1:
        return suffix if len(metrics) > 1 else name
    return name if len(metrics) == 1 else f"{name} {suffix}"


def entity_name(known: Known) -> str:
    """What people call an entity: a device, a container's or a host's name."""
    attributes = known.entity.attributes
    names = {"host": "host.name", "container": "container.name"}
    return attributes.get(names.get(known.entity.kind, "device")) or known.entity.id.rsplit(":", 1)[-1]


@functools.lru_cache(4096)
def short_metric(metric: str, metrics: tuple[str, ...]) -> str:
    """A metric's name less the dotted beginning that all of `metrics` share."""
    split = [name.split(".") for name in metrics]
    shared = 0
    while all(len(words) > shared + 1 and words[shared] == split[0][shared] for words in split):
        shared += 1
    return ".".join(metric.split(".")[shared:])
