"""What searches for buckets answer, as columns: the lines, and what they hold of each metric. Pure.

A line is read into a structure made for just what was asked, and each of its numbers goes into an array.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from tidegauge.metrics.parts import Floats, Ints
from tidegauge.metrics.records import Kind
from tidegauge.storage.elastic.slices import What

Found = Sequence[Any]
"""Buckets as they were read."""
LineKey = tuple[str, str, str, int]
"""Entity, incarnation, start, bucket: what no two lines of an answer share."""


class Key(msgspec.Struct, gc=False):
    """Of whom and when a bucket is."""

    entity: str
    incarnation: str
    start: str
    bucket: int


class Number(msgspec.Struct, gc=False):
    """What an aggregation of one field says: some of these."""

    value: float | None = None
    count: int = 0
    min: float | None = None
    max: float | None = None
    sum: float = 0.0


@lru_cache(256)
def type_of(names: tuple[str, ...]) -> Any:
    """The type of the aggregations of an answer in whose lines there is a number of each name."""
    own: list[Any] = [("key", Key), ("doc_count", int)]
    fields = own + [(_attribute(name), Number) for name in names]
    bucket: Any = msgspec.defstruct("Bucket", fields, rename={_attribute(name): name for name in names}, gc=False)
    buckets: Any = msgspec.defstruct("Buckets", [("buckets", list[bucket]), ("after_key", dict[str, Any] | None, None)])
    return msgspec.defstruct("Aggregations", [("buckets", buckets)])


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


def lines(buckets: Found, what: What) -> Lines:
    """The lines of buckets."""
    entity, incarnation, start = (
        list(map(attrgetter(f"key.{name}"), buckets)) for name in ("entity", "incarnation", "start")
    )
    bucket, rows = _ints(buckets, "key.bucket"), _ints(buckets, "doc_count")
    is_single = what in ("rows", "lasts")
    first, last = (bucket if is_single else _ints(buckets, _path(name)) for name in ("first", "last"))
    return Lines(entity, incarnation, start, bucket, first, last, _ints(buckets, _path("period")), rows)


def values(buckets: Found, n: int, kind: Kind, what: What) -> Values:
    """What buckets hold of the n-th metric."""
    if what == "raw":
        return _stats(buckets, n, kind)
    if what == "minute":
        return _counter(buckets, n) if kind == "counter" else _gauge(buckets, n)
    value = _floats(buckets, _path("value", n))
    there = (~np.isnan(value)).astype(np.int64)
    return Values(there, there, value, value, value, value, value)


def late(buckets: Found) -> tuple[Ints, Ints]:
    """How many rows of each bucket were late, and when the last of those was received (0: none)."""
    received = np.nan_to_num(_floats(buckets, _path("received")))
    return _ints(buckets, _path("late")), received.astype(np.int64)


def _stats(buckets: Found, n: int, kind: Kind) -> Values:
    """Of raw rows. A counter never falls in a line: its least value is its first. A gauge's first is not known."""
    path, unknown = _path("stats", n, ""), _unknown(buckets)
    count = _ints(buckets, path + "count")
    minimum, maximum = _floats(buckets, path + "min"), _floats(buckets, path + "max")
    if kind == "counter":
        return Values(count, count, minimum, maximum, minimum, maximum, unknown)
    return Values(count, count, unknown, unknown, minimum, maximum, _floats(buckets, path + "sum"))


def _counter(buckets: Found, n: int) -> Values:
    having, rows = _ints(buckets, _path("first", n, "count")), _ints(buckets, _path("rows"))
    first, last = _floats(buckets, _path("first", n, "min")), _floats(buckets, _path("last", n))
    return Values(having, rows, first, last, first, last, _unknown(buckets))


def _gauge(buckets: Found, n: int) -> Values:
    having, count = (_ints(buckets, _path("count", n, name)) for name in ("count", "sum"))
    minimum, maximum, total = (_floats(buckets, _path(name, n)) for name in ("min", "max", "sum"))
    return Values(having, count, _unknown(buckets), _unknown(buckets), minimum, maximum, total)


def _attribute(name: str) -> str:
    """What a number is called in the structure of a line."""
    return "_" + name.replace(".", "_")


def _path(name: str, n: int | None = None, of: str = "value") -> str:
    """Where a number of the n-th metric is in a line, or one of its rows."""
    return f"{_attribute(name if n is None else f'{n}.{name}')}.{of}"


def _ints(buckets: Found, path: str) -> Ints:
    return np.fromiter(map(attrgetter(path), buckets), np.int64, len(buckets))


def _floats(buckets: Found, path: str) -> Floats:
    """NaN for null, which is rare."""
    try:
        return np.fromiter(map(attrgetter(path), buckets), np.float64, len(buckets))
    except TypeError:
        return np.array(list(map(attrgetter(path), buckets)), np.float64)


def _unknown(buckets: Found) -> Floats:
    return np.full(len(buckets), np.nan)
