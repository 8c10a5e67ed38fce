"""Buckets of answers as columns."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np

from tidegauge.storage.elastic import answers
from tidegauge.storage.elastic.answers import Found, Values, type_of

KEY = {"entity": "h1", "incarnation": "i", "start": "s", "bucket": 10}
TIMES = {"first": {"value": 11.0, "value_as_string": "x"}, "last": {"value": 19.0}, "period": {"value": 1000.0}}
STATS = {"count": 2, "min": 1.5, "max": 4.0, "avg": 2.75, "sum": 5.5}
NO_STATS = {"count": 0, "min": None, "max": None, "avg": None, "sum": 0.0}


def read(*buckets: dict[str, Any]) -> Found:
    """Buckets as they are read of an answer in which they are."""
    names = tuple(name for name in buckets[0] if name not in ("key", "doc_count"))
    found = {"buckets": {"buckets": buckets, "after_key": buckets[-1]["key"]}}
    aggregations: Any = msgspec.json.decode(msgspec.json.encode(found), type=type_of(names))
    assert aggregations.buckets.after_key == buckets[-1]["key"]
    return aggregations.buckets.buckets  # type: ignore[no-any-return]


def alike(values: Values, *, count: int, first: float, last: float, least: float, most: float, total: float) -> None:
    """Of one line."""
    assert (values.having.tolist(), values.count.tolist()) != ([], [])
    found = [column[0] for column in (values.first, values.last, values.minimum, values.maximum, values.total)]
    assert values.count.tolist() == [count]
    np.testing.assert_array_equal(found, [first, last, least, most, total])


def test_lines_of_buckets() -> None:
    """Whose and when they are, and how many rows are in them."""
    other = {**KEY, "entity": "h2", "bucket": 20}
    lines = answers.lines(read({"key": KEY, "doc_count": 3, **TIMES}, {"key": other, "doc_count": 1, **TIMES}), "raw")
    assert lines.line_keys() == [("h1", "i", "s", 10), ("h2", "i", "s", 20)]
    assert (lines.first_ms.tolist(), lines.last_ms.tolist()) == ([11, 11], [19, 19])
    assert (lines.period_ms.tolist(), lines.rows.tolist()) == ([1000, 1000], [3, 1])


def test_lines_of_single_rows() -> None:
    """Are all at the time of their bucket."""
    for what in ("rows", "lasts"):
        lines = answers.lines(read({"key": KEY, "doc_count": 1, "period": {"value": 5000.0}}), what)
        assert lines.bucket.tolist() == lines.first_ms.tolist() == lines.last_ms.tolist() == [10]
        assert lines.period_ms.tolist() == [5000]


def test_values_of_raw_rows() -> None:
    """A counter's ends are its least and its greatest; a gauge has none, but a sum."""
    nan = math.nan
    found = read({"key": KEY, "doc_count": 3, **TIMES, "0.stats": STATS, "1.stats": STATS})
    gauge, counter = (answers.values(found, n, kind, "raw") for n, kind in enumerate(("gauge", "counter")))
    alike(gauge, count=2, first=nan, last=nan, least=1.5, most=4.0, total=5.5)
    alike(counter, count=2, first=1.5, last=4.0, least=1.5, most=4.0, total=nan)
    lines = answers.lines(found, "raw")
    assert (gauge.having.tolist(), gauge.partly(lines).tolist()) == ([2], [True])
    assert gauge.only(np.array([False])).having.tolist() == [0]


def test_values_that_are_not_there() -> None:
    """Nothing has them, and nothing lacks them in part."""
    found = read({"key": KEY, "doc_count": 3, **TIMES, "0.stats": NO_STATS})
    none = answers.values(found, 0, "gauge", "raw")
    assert (none.having.tolist(), none.partly(answers.lines(found, "raw")).tolist()) == ([0], [False])
    single = read(
        {"key": KEY, "doc_count": 1, "0.value": {"value": None}}, {"key": KEY, "doc_count": 1, "0.value": {"value": 2}}
    )
    assert answers.values(single, 0, "gauge", "rows").having.tolist() == [0, 1]


def test_values_of_minute_rows() -> None:
    """How many raw rows there were is in the rows; how many minute rows have a metric, in what it must have."""
    nan = math.nan
    found = read(
        {
            "key": KEY,
            "doc_count": 2,
            **TIMES,
            "rows": {"value": 120.0},
            "0.first": {**STATS, "count": 2},
            "0.last": {"value": 9.0},
            "1.min": {"value": -1.0},
            "1.max": {"value": 3.0},
            "1.sum": {"value": 60.5},
            "1.count": {**STATS, "count": 1, "sum": 59.0},
        }
    )
    counter, gauge = (answers.values(found, n, kind, "minute") for n, kind in enumerate(("counter", "gauge")))
    alike(counter, count=120, first=1.5, last=9.0, least=1.5, most=9.0, total=nan)
    alike(gauge, count=59, first=nan, last=nan, least=-1.0, most=3.0, total=60.5)
    assert (counter.having.tolist(), gauge.having.tolist()) == ([2], [1])


def test_values_of_single_rows() -> None:
    """One number is all of them."""
    found = read({"key": KEY, "doc_count": 1, "0.value": {"value": 2.5}})
    alike(answers.values(found, 0, "counter", "rows"), count=1, first=2.5, last=2.5, least=2.5, most=2.5, total=2.5)


def test_late_rows() -> None:
    """How many, and when the last of them came."""
    some = {"late": {"value": 2}, "received": {"value": 1.7e12}}
    none = {"late": {"value": 0}, "received": {"value": None}}
    count, received = answers.late(read({"key": KEY, "doc_count": 3, **some}, {"key": KEY, "doc_count": 1, **none}))
    assert (count.tolist(), received.tolist()) == ([2, 0], [1_700_000_000_000, 0])


def test_the_type_of_the_same_question_is_made_once() -> None:
    """However often it is asked."""
    assert type_of(("a", "0.b")) is type_of(("a", "0.b"))
