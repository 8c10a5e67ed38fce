"""Lines as Parts and Coverage."""

from __future__ import annotations

import math

import numpy as np

from tests.rows import INCARNATION, LATER
from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import Series
from tidegauge.storage.elastic.answers import Lines, Values
from tidegauge.storage.elastic.shapes import Covering, Gathering, Group, groups, with_ends

A, B, C = Series("h1", "a", "gauge"), Series("h1", "b", "counter"), Series("h2", "a", "gauge")
KEYS = (A, B, C)


def lines(*some: tuple[str, str, str, int], rows: int = 2) -> Lines:
    """Lines of 10 ms: entity, incarnation, start, bucket."""
    entity, incarnation, start, bucket = zip(*some, strict=True)
    at, many = np.array(bucket, np.int64), np.full(len(some), rows, np.int64)
    return Lines(entity, incarnation, start, at, at + 1, at + 9, np.full(len(some), 1000, np.int64), many)


def values(*numbers: float, having: int = 2) -> Values:
    """Of as many lines; NaN: nothing."""
    value = np.array(numbers)
    there = np.where(np.isnan(value), 0, having)
    return Values(there, there, value, value + 1, value, value + 1, value * 2)


def test_entities_with_the_same_metrics_are_a_group() -> None:
    """With the places of their series."""
    both = [*KEYS, Series("h3", "a", "gauge")]
    assert groups(both) == [
        Group(("h1",), (("a", "gauge"), ("b", "counter")), {"h1": [0, 1]}),
        Group(("h2", "h3"), (("a", "gauge"),), {"h2": [2], "h3": [3]}),
    ]
    assert groups(both)[0].narrowed({"h1"}, 1) == Group(("h1",), (("b", "counter"),), {"h1": (1,)})
    assert groups([]) == []


def test_parts_are_in_order_whatever_the_order_of_lines() -> None:
    """Their tables ascend and hold what is used; what is not there has no part."""
    gathering = Gathering(KEYS)
    one, two = groups(KEYS)
    gathering.add(lines(("h2", LATER, "s", 20)), two, [values(7.0)])
    gathering.add(
        lines(("h1", LATER, "t", 20), ("h1", INCARNATION, "s", 20), ("h1", INCARNATION, "s", 10)),
        one,
        [values(1.0, 2.0, 3.0), values(math.nan, math.nan, math.nan)],
    )
    found = gathering.parts()
    assert (found.keys, found.incarnations, found.starts) == ((A, C), (INCARNATION, LATER), ("s", "t"))
    assert found.series.tolist() == [0, 0, 0, 1]
    assert found.bucket.tolist() == [10, 20, 20, 20]
    assert found.incarnation.tolist() == [0, 0, 1, 1]
    assert found.start.tolist() == [0, 0, 1, 0]
    assert found.minimum.tolist() == [3.0, 2.0, 1.0, 7.0]
    assert (found.first_ms - found.bucket).tolist() == [1] * 4
    assert found.count.tolist() == [2] * 4
    assert p.equal(p.merged(found), found)


def test_nothing_has_no_parts() -> None:
    """Neither none asked nor none found."""
    assert p.equal(Gathering(KEYS).parts(), p.empty())
    gathering = Gathering(KEYS)
    gathering.add(lines(("h2", LATER, "s", 20)), groups(KEYS)[1], [values(math.nan)])
    assert len(gathering.parts()) == 0


def test_ends_are_the_rows_at_the_times_of_the_parts() -> None:
    """Of the same incarnation and start; what has none keeps what it had."""
    of_parts, of_rows = Gathering(KEYS), Gathering((A,))
    of_parts.add(lines(("h1", INCARNATION, "s", 10)), groups(KEYS)[0], [values(5.0), values(6.0)])
    parts = of_parts.parts()
    for start, at, value in (("s", 11, 1.0), ("s", 19, 2.0), ("t", 19, 3.0), ("s", 15, 4.0)):
        row = lines(("h1", INCARNATION, start, at), rows=1)._replace(first_ms=np.array([at]), last_ms=np.array([at]))
        of_rows.add(row, groups((A,))[0], [values(value, having=1)])
    rows = of_rows.parts()
    assert with_ends(parts, rows, first=True).first.tolist() == [1.0, 6.0]
    assert with_ends(parts, rows, first=True).last.tolist() == [2.0, 7.0]
    assert with_ends(parts, rows, first=False).first.tolist() == [5.0, 6.0]
    assert p.equal(with_ends(parts, p.empty(), first=True), parts)


def test_a_coverage_is_in_order() -> None:
    """By entity, bucket and first row; a start is a line of its own and is not named."""
    covering = Covering()
    covering.add(lines(("h2", LATER, "s", 10), ("h1", LATER, "s", 10)), np.array([1, 0]), np.array([99, 0]))
    covering.add(lines(("h1", INCARNATION, "s", 10), ("h1", INCARNATION, "t", 10), rows=3), *[np.array([0, 0])] * 2)
    found = covering.coverage()
    assert (found.entities, found.incarnations) == (("h1", "h2"), (INCARNATION, LATER))
    assert (found.entity.tolist(), found.incarnation.tolist()) == ([0, 0, 0, 1], [0, 0, 1, 1])
    assert (found.rows.tolist(), found.late.tolist()) == ([3, 3, 2, 2], [0, 0, 0, 1])
    assert found.received_ms.tolist() == [0, 0, 0, 99]
    assert len(Covering().coverage()) == 0
