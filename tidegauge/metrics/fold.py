"""The fold: parts into points, the one function behind every graph, call and cell (rule 3)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tidegauge.metrics.parts import Floats, Ints, Parts, Series, take

Aggregate = Literal["avg", "min", "max", "sum", "last", "rate", "increase"]

EDGE_PERIODS = 3
"""An edge between two rows counts in a rate, and is drawn as a line, if at most this wide."""


@dataclass(frozen=True)
class Points:
    """One value per (series, bucket), sorted by both; NaN where a bucket gives none.

    joined: whether a line may be drawn to the series' point before. late columns live with
    coverage, not here.
    """

    keys: tuple[Series, ...]
    series: Ints
    bucket: Ints
    value: Floats
    joined: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.series)


def fold(parts: Parts, aggregate: Aggregate) -> Points:
    """Points of all buckets that `parts` holds.

    1. Of parts of a bucket whose spans intersect only the greatest incarnation counts.
    2. Between neighbours of a series lies an edge: its increase and its width.
    3. Each bucket's parts, and for rate and increase their edges, become one value.
    """
    if len(parts) == 0:
        nothing = np.empty(0, np.int64)
        return Points((), nothing, nothing, np.empty(0), np.empty(0, bool))
    parts = without_overlaps(parts)
    edge = _edges(parts)
    begins = _bucket_begins(parts)
    if aggregate in ("rate", "increase"):
        value = _increase(parts, edge, begins) if aggregate == "increase" else _rate(parts, edge, begins)
    else:
        value = _gauge(parts, aggregate, begins)
    return Points(parts.keys, parts.series[begins], parts.bucket[begins], value, edge.narrow[begins])


def next_point(
    aggregate: Aggregate, before: tuple[int, float], row: tuple[int, float], period_ms: int
) -> tuple[float, bool]:
    """Value and `joined` of the point that `fold` makes, at step 0, of a row (time, value) that goes on after the row
    before it in its series: later, and of the same incarnation and start. A live view has thousands of them a second.
    """
    (before_ms, last), (time_ms, value) = before, row
    width_ms = time_ms - before_ms
    joined = width_ms <= EDGE_PERIODS * period_ms
    if aggregate not in ("rate", "increase"):
        return value, joined
    grown = value - last if value >= last else value
    if aggregate == "increase":
        return grown, joined
    return (grown * 1000.0 / width_ms if joined else math.nan), joined


def without_overlaps(parts: Parts) -> Parts:
    """Parts less those whose span intersects one of a greater incarnation in their bucket.

    Greedy from the greatest incarnation down, so that a part dropped itself drops no other.
    Rows are the limit of ever smaller buckets: a row counts unless it lies between two rows of a
    greater incarnation at most `EDGE_PERIODS` periods apart, or at the time of one.
    """
    if len(parts.incarnations) == 1:
        return parts
    if np.array_equal(parts.bucket, parts.first_ms) and np.array_equal(parts.bucket, parts.last_ms):
        return take(parts, ~_enclosed(parts))
    begins = _bucket_begins(parts)
    counts = np.diff(np.append(begins, len(parts)))
    keep = np.ones(len(parts), bool)
    for begin, count in zip(begins[counts > 1], counts[counts > 1], strict=True):
        keep[begin : begin + count] = _kept(parts, int(begin), int(count))
    return parts if keep.all() else take(parts, keep)


def _enclosed(parts: Parts) -> NDArray[np.bool_]:
    """Which rows lie between two near rows of a greater incarnation, or have one at their own time.

    Only series in which a smaller incarnation comes after a greater can hold the former; they are rare.
    """
    same = parts.series[1:] == parts.series[:-1]
    enclosed = np.zeros(len(parts), bool)
    enclosed[:-1] = same & (parts.first_ms[1:] == parts.first_ms[:-1])
    for series in np.unique(parts.series[1:][same & (np.diff(parts.incarnation) < 0)]):
        own = slice(*np.searchsorted(parts.series, (series, series + 1)))
        enclosed[own] |= _between(parts.first_ms[own], parts.incarnation[own], parts.period_ms[own])
    return enclosed


def _between(time: Ints, incarnation: Ints, period: Ints) -> NDArray[np.bool_]:
    """Which rows of one series lie between two near neighbours of a greater incarnation."""
    between = np.zeros(len(time), bool)
    for greater in np.unique(incarnation)[1:]:
        own = time[incarnation == greater]
        after = np.searchsorted(own, time)
        there = (incarnation < greater) & (after > 0) & (after < len(own))
        width = own[after.clip(max=len(own) - 1)] - own[after - 1]
        between |= there & (width <= EDGE_PERIODS * period)
    return between


def _kept(parts: Parts, begin: int, count: int) -> list[bool]:
    first, last, incarnation = (
        column[begin : begin + count].tolist() for column in (parts.first_ms, parts.last_ms, parts.incarnation)
    )
    kept: list[int] = []
    for i in sorted(range(count), key=lambda i: -incarnation[i]):
        if not any(incarnation[k] > incarnation[i] and first[i] <= last[k] and first[k] <= last[i] for k in kept):
            kept.append(i)
    return [i in kept for i in range(count)]


@dataclass(frozen=True)
class _Edges:
    """For each part the edge from its neighbour before in the series.

    increase: NaN where there is none. width_ms: 0 where there is none. narrow: drawn and rated.
    """

    increase: Floats
    width_ms: Ints
    narrow: NDArray[np.bool_]


def _edges(parts: Parts) -> _Edges:
    n = len(parts)
    increase, width = np.full(n, np.nan), np.zeros(n, np.int64)
    there = np.zeros(n, bool)
    there[1:] = parts.series[1:] == parts.series[:-1]
    width[1:] = np.where(there[1:], parts.first_ms[1:] - parts.last_ms[:-1], 0)
    grown = parts.first[1:] - parts.last[:-1]
    continues = _continues(parts)[1:] & (grown >= 0)
    increase[1:] = np.where(there[1:], np.where(continues, grown, parts.first[1:]), np.nan)
    return _Edges(increase, width, there & (width <= EDGE_PERIODS * parts.period_ms) & (width >= 0))


def _continues(parts: Parts) -> NDArray[np.bool_]:
    """Whether a part's counters go on from the part before: the same start, `#n` aside.

    Where `#n` alone changed some counter fell; those that did not fall went on.
    """
    lives = np.unique(np.array([start.partition("#")[0] for start in parts.starts]), return_inverse=True)[1]
    life = lives.reshape(-1)[parts.start]
    same = np.zeros(len(parts), bool)
    same[1:] = life[1:] == life[:-1]
    return same


def _bucket_begins(parts: Parts) -> Ints:
    changed = np.ones(len(parts), bool)
    changed[1:] = (parts.series[1:] != parts.series[:-1]) | (parts.bucket[1:] != parts.bucket[:-1])
    return np.flatnonzero(changed)


def _increase(parts: Parts, edge: _Edges, begins: Ints) -> Floats:
    """What the counter grew by: within the parts and over every edge, however wide."""
    known = ~np.isnan(edge.increase) | (parts.count > 1)
    inside = parts.last - parts.first
    total = np.add.reduceat(inside + np.nan_to_num(edge.increase), begins)
    return np.where(np.logical_or.reduceat(known, begins), total, np.nan)


def _rate(parts: Parts, edge: _Edges, begins: Ints) -> Floats:
    """Growth a second over the parts and the narrow edges, by the seconds of both."""
    grown = parts.last - parts.first + np.where(edge.narrow, np.nan_to_num(edge.increase), 0.0)
    span = (parts.last_ms - parts.first_ms) + np.where(edge.narrow, edge.width_ms, 0)
    total, milliseconds = np.add.reduceat(grown, begins), np.add.reduceat(span, begins)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(milliseconds > 0, total * 1000.0 / milliseconds, np.nan)


def _gauge(parts: Parts, aggregate: Aggregate, begins: Ints) -> Floats:
    if aggregate == "min":
        return np.asarray(np.fmin.reduceat(parts.minimum, begins))
    if aggregate == "max":
        return np.asarray(np.fmax.reduceat(parts.maximum, begins))
    if aggregate == "last":
        return np.asarray(parts.last[np.append(begins[1:], len(parts)) - 1])
    total: Floats = np.add.reduceat(parts.total, begins)
    return total if aggregate == "sum" else total / np.add.reduceat(parts.count, begins)
