"""What a view asks of the store at a moment, and what it is told. All the waiting is here, no state."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from tidegauge.metrics import parts as p
from tidegauge.metrics import steps
from tidegauge.metrics.parts import Parts, Series
from tidegauge.queries import combine, tiers
from tidegauge.queries.plan import Plan
from tidegauge.queries.samples import Found, How, Samples
from tidegauge.storage.base import Tier

BOUNDARY_WINDOWS = 1.5
"""How far before a host's own now single rows begin, in windows."""
RANK_BUCKETS = 60
"""In how many buckets at most a range is looked at to find the lines at the top."""


class Group(NamedTuple):
    """Series of entities whose single rows begin at the same boundary; from sealed_from_ms on what is before
    is needed for the open buckets."""

    boundary_ms: int
    sealed_from_ms: int
    series: tuple[Series, ...]


class Answer(NamedTuple):
    """What there is. closed: parts before the boundaries; sealed: those of the open ends. recent: single rows
    from the boundaries on. tiers: which rows gave all that. chosen: the keys of the lines at the top, if others
    were not read for them."""

    closed: Parts
    sealed: Parts
    recent: Parts
    tiers: frozenset[Tier]
    chosen: frozenset[str] | None = None


Question = Callable[[Samples], Answer]
"""Raises StoreError."""


def whole(samples: Samples, *, plan: Plan, window_ms: int, groups: Sequence[Group], live: bool) -> Answer:
    """All of a plan; of a query that keeps only so many lines those alone. live: with the open ends."""
    recent = p.together([samples.rows(one.series, one.boundary_ms) for one in groups]) if live else p.empty()
    chosen = _top(samples, plan, window_ms, groups, recent)
    if chosen is not None:
        groups = [one._replace(series=_only(plan, one.series, chosen)) for one in groups]
    found = []
    for one in groups:
        from_ms = min(plan.asked_from_ms, one.sealed_from_ms) if live else plan.asked_from_ms
        found.append(_closed(samples, plan, window_ms, one, from_ms, plan.until_ms))
    closed = p.together([one.parts for one in found])
    return Answer(closed, closed if live else p.empty(), recent, _tiers(found, recent), chosen)


def late(
    samples: Samples,
    *,
    plan: Plan,
    window_ms: int,
    groups: Sequence[Group],
    open_ends: Sequence[Group],
    range_ms: tuple[int, int],
) -> Answer:
    """What a late notice names: the buckets of some groups in a range, and some open ends."""
    found = [_closed(samples, plan, window_ms, one, *range_ms) for one in groups]
    sealed = [_closed(samples, plan, window_ms, one, one.sealed_from_ms, one.boundary_ms) for one in open_ends]
    recent = p.together([samples.rows(one.series, one.boundary_ms) for one in open_ends])
    closed, open_parts = (p.together([one.parts for one in said]) for said in (found, sealed))
    return Answer(closed, open_parts, recent, _tiers([*found, *sealed], recent))


def _closed(samples: Samples, plan: Plan, window_ms: int, group: Group, from_ms: int, until_ms: int) -> Found:
    now_ms = group.boundary_ms + round(BOUNDARY_WINDOWS * window_ms)
    how = How(plan.step_ms, now_ms, plan.period_ms, plan.needs_ends)
    return samples.parts(group.series, from_ms, min(group.boundary_ms, until_ms), how)


def _tiers(found: Sequence[Found], recent: Parts) -> frozenset[Tier]:
    return frozenset[Tier]().union(tiers.RAW if len(recent) else (), *(one.tiers for one in found))


def _top(samples: Samples, plan: Plan, window_ms: int, groups: Sequence[Group], recent: Parts) -> frozenset[str] | None:
    """The keys of the lines that `top` keeps; None if all are read, and ranked when they are there.

    Ranking rule: the greatest mean of the query's own values over the range, in at most RANK_BUCKETS buckets
    of equal weight, the first and the last of them whole. So only what is shown is read at the query's step.
    """
    coarse = _coarse(plan)
    if coarse is None or plan.query.top is None:
        return None
    found = [_closed(samples, coarse, window_ms, one, coarse.asked_from_ms, coarse.until_ms).parts for one in groups]
    lines = combine.lines(coarse, p.concat([*found, p.rebucket(recent, coarse.step_ms)]))
    return None if len(lines) <= plan.query.top else frozenset(line.key for line in combine.top(coarse, lines))


def _coarse(plan: Plan) -> Plan | None:
    """The plan by which lines are ranked; None if there are no more than are kept, or it is no coarser."""
    step_ms = steps.fitting(plan.end_ms - plan.start_ms, RANK_BUCKETS)
    if plan.query.top is None or step_ms <= max(plan.step_ms, plan.period_ms):
        return None
    if len({combine.key_of(plan, one) for one in plan.series}) <= plan.query.top:
        return None
    return replace(plan, step_ms=step_ms, lookback_ms=max(step_ms, plan.lookback_ms))


def _only(plan: Plan, series: Sequence[Series], chosen: Collection[str]) -> tuple[Series, ...]:
    return tuple(one for one in series if combine.key_of(plan, one) in chosen)
