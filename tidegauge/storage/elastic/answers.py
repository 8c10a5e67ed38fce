"""What searches answer, as columns: lines of buckets or of single rows, and what they hold of each metric. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tidegauge.metrics.parts import Floats, Ints
from tidegauge.metrics.records import Kind
from tidegauge.storage.base import Tier

Found = Sequence[dict[str, Any]]
"""Buckets or hits, as they are in an answer."""

NO_DATE = 2**62
"""A date that is not there is sorted behind all others, as the greatest number."""


LineKey = tuple[str, str, str, int]
"""Entity, incarnation, start, bucket: what no two lines of an answer share."""


class Lines(NamedTuple):
    """Of whom and of when, in columns. rows: how many are in each line, whatever they hold."""

    entity: Sequence[str]
    incarnation: Sequence[str]
    start: Sequence[str]
    bucket: Ints
    first_ms: Ints
    last_ms: Ints
    period_ms: Ints
    rows: Ints

    def line_keys(self) -> list[LineKey]:
        """The key of each."""
        return list(zip(self.entity, self.incarnation, self.start, self.bucket.tolist(), strict=True))


@dataclass(frozen=True)
class Values:
    """What each line holds of one metric, NaN where that is not known.

    having: how many of its rows have the metric; with 0 the rest means nothing. count: raw rows that have it.
    """

    having: Ints
    count: Ints
    first: Floats
    last: Floats
    minimum: Floats
    maximum: Floats
    total: Floats

    def only(self, which: NDArray[np.bool_]) -> Values:
        """The same of some lines, nothing of the others."""
        return replace(self, having=np.where(which, self.having, 0))

    def partly(self, lines: Lines) -> NDArray[np.bool_]:
        """Which lines have rows with the metric and rows without: their times may be those of the latter."""
        return (self.having > 0) & (self.having < lines.rows)


def bucket_lines(buckets: Found) -> Lines:
    """The lines of buckets."""
    keys = [bucket["key"] for bucket in buckets]
    return Lines(
        [key["entity"] for key in keys],
        [key["incarnation"] for key in keys],
        [key["start"] for key in keys],
        _ints(key["bucket"] for key in keys),
        _ints(bucket["first"]["value"] for bucket in buckets),
        _ints(bucket["last"]["value"] for bucket in buckets),
        _ints(bucket["period"]["value"] for bucket in buckets),
        _ints(bucket["doc_count"] for bucket in buckets),
    )


def bucket_values(buckets: Found, n: int, kind: Kind, tier: Tier) -> Values:
    """What buckets hold of the n-th metric."""
    if tier == "raw":
        return _of_raw([bucket[f"{n}.stats"] for bucket in buckets], kind)
    return _counter(buckets, n) if kind == "counter" else _gauge(buckets, n)


def _of_raw(stats: Found, kind: Kind) -> Values:
    """A counter never falls in a line: its least value is its first. A gauge's first is not known."""
    count = _ints(one["count"] for one in stats)
    minimum, maximum, unknown = _floats(stats, "min"), _floats(stats, "max"), _unknown(stats)
    if kind == "counter":
        return Values(count, count, minimum, maximum, minimum, maximum, unknown)
    return Values(count, count, unknown, unknown, minimum, maximum, _floats(stats, "sum"))


def _counter(buckets: Found, n: int) -> Values:
    firsts, lasts = [bucket[f"{n}.first"] for bucket in buckets], [bucket[f"{n}.last"] for bucket in buckets]
    having, rows = _ints(one["count"] for one in firsts), _ints(bucket["rows"]["value"] for bucket in buckets)
    first, last = _floats(firsts, "min"), _floats(lasts, "value")
    return Values(having, rows, first, last, first, last, _unknown(buckets))


def _gauge(buckets: Found, n: int) -> Values:
    counts = [bucket[f"{n}.count"] for bucket in buckets]
    having, count = (_ints(one[name] for one in counts) for name in ("count", "sum"))
    minimum, maximum, total = (
        _floats([bucket[f"{n}.{name}"] for bucket in buckets], "value") for name in ("min", "max", "sum")
    )
    return Values(having, count, _unknown(buckets), _unknown(buckets), minimum, maximum, total)


class Rows(NamedTuple):
    """Single rows: each a line of its own, its bucket its time. numbers: what was asked for beside."""

    lines: Lines
    numbers: list[Floats]


def rows(hits: Found) -> Rows:
    """The rows of hits (`bodies.rows`)."""
    lines, numbers = _columns(hits)
    return Rows(lines, [_present(column) for column in numbers])


def arrivals(hits: Found) -> tuple[Lines, Ints]:
    """The rows of hits (`bodies.arrivals`), and when each was received; 0: it was not late."""
    lines, (received,) = _columns(hits)
    return lines, np.where(received < NO_DATE, received, 0).astype(np.int64)


def late(buckets: Found) -> tuple[Ints, Ints]:
    """How many rows of each bucket were late, and when the last of those was received (0: none)."""
    received = _floats([bucket["received"] for bucket in buckets], "value")
    return _ints(bucket["late"]["value"] for bucket in buckets), np.nan_to_num(received).astype(np.int64)


def row_values(value: Floats) -> Values:
    """What rows hold of a metric."""
    there = (~np.isnan(value)).astype(np.int64)
    return Values(there, there, value, value, value, value, value)


def _columns(hits: Found) -> tuple[Lines, list[Floats]]:
    """Rows come as what they would be sorted by; the first of it is their place in the index."""
    _, entity, incarnation, start, time, period, *numbers = zip(*[hit["sort"] for hit in hits], strict=True)
    at, one = np.array(time, np.int64), np.ones(len(time), np.int64)
    lines = Lines(entity, incarnation, start, at, at, at, np.array(period, np.int64), one)
    return lines, [np.array(column, np.float64) for column in numbers]


def _present(column: Floats) -> Floats:
    """Infinity stands for a number that is not there; no value is infinite."""
    column[np.isinf(column)] = np.nan
    return column


def _ints(values: Iterable[float]) -> Ints:
    return np.fromiter(values, np.int64)


def _floats(found: Found, name: str) -> Floats:
    """A number of each, NaN for null."""
    return np.array([one[name] for one in found], np.float64)


def _unknown(found: Found) -> Floats:
    return np.full(len(found), np.nan)
