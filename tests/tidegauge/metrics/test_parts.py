"""Parts: exact whatever order and split their rows came in."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tidegauge.metrics.oracle import BASE_MS
from tidegauge.metrics import parts
from tidegauge.metrics.parts import Parts, Series
from tidegauge.metrics.records import Entity, Row
from tidegauge.metrics.steps import STEPS_MS

STEPS = st.sampled_from((0, *STEPS_MS))
SERIES = [Series(entity, metric, "counter") for entity in "ab" for metric in "xy"]

rows = st.builds(
    Row,
    st.builds(
        Entity, st.sampled_from("abc"), st.just("host"), st.sampled_from(["s", "t"]), st.sampled_from([500, 1000])
    ),
    st.just("h"),
    st.sampled_from(["1", "2"]),
    st.integers(0, 20).map(lambda n: BASE_MS + 700 * n),
    st.dictionaries(st.sampled_from("xyz"), st.integers(-1000, 1000).map(float)),
)
row_lists = st.lists(rows, max_size=30, unique_by=lambda row: (row.entity.id, row.incarnation, row.time_ms))


def table(made: Parts) -> list[dict[str, Any]]:
    """Parts as plain rows, names in place of indices."""
    return [
        {
            "series": made.keys[made.series[i]],
            "incarnation": made.incarnations[made.incarnation[i]],
            "start": made.starts[made.start[i]],
            **{name: getattr(made, name)[i].item() for name in (*parts.INTS[1:2], *parts.INTS[4:], *parts.FLOATS)},
        }
        for i in range(len(made))
    ]


@given(row_lists, STEPS)
def test_the_parts_of_each_entity_apart_are_all_parts(taken: list[Row], step_ms: int) -> None:
    """`by_entity` splits without loss, over tables of each entity's own keys."""
    made = parts.of_rows(taken, SERIES, step_ms)
    split = parts.by_entity(made)
    assert table(parts.concat(list(split.values()))) == table(made)
    assert all({key.entity for key in own.keys} == {entity} for entity, own in split.items())


@given(row_lists, STEPS)
def test_a_part_tells_of_its_rows(taken: list[Row], step_ms: int) -> None:
    """One part a (series, bucket, incarnation, start), with first, last, extremes, sum and count."""
    groups: dict[Any, list[tuple[int, float, int]]] = {}
    for row in taken:
        for series in SERIES:
            if series.entity == row.entity.id and series.metric in row.values:
                bucket = row.time_ms // step_ms * step_ms if step_ms else row.time_ms
                key = (series, bucket, row.incarnation, row.entity.start)
                sample = (row.time_ms, row.values[series.metric], row.entity.period_ms)
                groups.setdefault(key, []).append(sample)
    expected = [_summary(key, sorted(samples)) for key, samples in groups.items()]
    order = ("series", "bucket", "first_ms", "incarnation")
    found = table(parts.of_rows(taken, SERIES, step_ms))
    assert found == sorted(expected, key=lambda part: [part[name] for name in order])


def _summary(key: Any, samples: list[tuple[int, float, int]]) -> dict[str, Any]:
    times, values, periods = zip(*samples, strict=True)
    return {
        **dict(zip(("series", "bucket", "incarnation", "start"), key, strict=True)),
        "first_ms": times[0],
        "last_ms": times[-1],
        "period_ms": max(periods),
        "count": len(samples),
        "first": values[0],
        "last": values[-1],
        "minimum": min(values),
        "maximum": max(values),
        "total": sum(values),
    }


@given(row_lists, STEPS, st.randoms(use_true_random=False), st.lists(st.integers(0, 30), max_size=3))
def test_any_order_and_split_give_the_same_parts(taken: list[Row], step_ms: int, random: Any, cuts: list[int]) -> None:
    """Rows in any order, in any number of heaps that are put together, make equal parts."""
    whole = parts.of_rows(taken, SERIES, step_ms)
    random.shuffle(taken)
    edges = [0, *sorted(cuts), len(taken)]
    heaps = [parts.of_rows(taken[a:b], SERIES, step_ms) for a, b in pairwise(edges)]
    assert parts.equal(parts.concat(heaps), whole)
    assert parts.equal(parts.concat([parts.concat(heaps[:1]), parts.concat(heaps[1:])]), whole)


@given(row_lists, STEPS)
def test_rows_put_into_buckets_are_the_buckets(taken: list[Row], step_ms: int) -> None:
    """Parts of rows, rebucketed, equal the parts that were made in buckets at once."""
    by_row = parts.of_rows(taken, SERIES, 0)
    assert parts.equal(parts.rebucket(by_row, step_ms), parts.of_rows(taken, SERIES, step_ms))


@given(row_lists, st.data())
def test_a_union_takes_each_row_once(taken: list[Row], data: st.DataObject) -> None:
    """Rows that stand in both of two heaps are one, and the first heap's stays."""
    some = st.lists(st.sampled_from(taken), unique_by=lambda row: (row.entity.id, row.incarnation, row.time_ms))
    a, b = (data.draw(some) if taken else [] for _ in "ab")
    b = [
        Row(row.entity, row.host, row.incarnation, row.time_ms, {k: v + 1 for k, v in row.values.items()}) for row in b
    ]
    known = {(row.entity.id, row.incarnation, row.time_ms) for row in a}
    new = [row for row in b if (row.entity.id, row.incarnation, row.time_ms) not in known]
    union = parts.union(parts.of_rows(a, SERIES, 0), parts.of_rows(b, SERIES, 0))
    assert table(union) == table(parts.of_rows(a + new, SERIES, 0))


@pytest.mark.parametrize(
    ("time_ms", "step_ms", "bucket"), [(1999, 1000, 1000), (2000, 1000, 2000), (1999, 0, 1999), (-1, 1000, -1000)]
)
def test_buckets_begin_on_multiples_of_the_step(time_ms: int, step_ms: int, bucket: int) -> None:
    """A time belongs to the bucket that begins at or before it; a row is its own."""
    assert parts.bucket_of(time_ms, step_ms) == bucket


def test_what_is_unknown_in_one_part_is_known_from_another() -> None:
    """NaN extremes of a store give way where parts of one key are merged."""
    columns: dict[str, Any] = {name: [0, 0] for name in ("bucket", "period_ms")}
    columns |= {"first_ms": [1, 2], "last_ms": [1, 2], "count": [1, 1]}
    columns |= {name: [math.nan, 2.0] for name in parts.FLOATS}
    made = parts.assemble([SERIES[0]] * 2, ["1"] * 2, ["s"] * 2, columns)
    assert (made.minimum.tolist(), made.maximum.tolist(), made.last.tolist()) == ([2.0], [2.0], [2.0])


def test_parts_equal_themselves_alone() -> None:
    """Equality counts NaN as equal and sees any other value, key or length."""
    row = Row(Entity("a", "host", "s", 1000), "h", "1", BASE_MS, {"x": math.nan})
    one = parts.of_rows([row], SERIES, 0)
    assert parts.equal(one, one)
    assert not parts.equal(one, parts.empty())
    assert not parts.equal(one, parts.of_rows([row], SERIES, 86_400_000 * 7))


def test_taking_keeps_the_tables() -> None:
    """Some of the parts, by mask, still name their series."""
    taken = [Row(Entity(e, "host", "s", 1000), "h", "1", BASE_MS, {"x": 1.0}) for e in "ab"]
    made = parts.of_rows(taken, SERIES, 0)
    assert table(parts.take(made, np.array([False, True]))) == table(made)[1:]


def test_no_rows_make_no_parts() -> None:
    """Nothing of nothing is empty, everywhere."""
    assert len(parts.of_rows([], SERIES, 0)) == 0
    assert len(parts.concat([parts.empty(), parts.empty()])) == 0
    assert len(parts.merged(parts.empty())) == 0
    assert len(parts.union(parts.empty(), parts.empty())) == 0
    assert len(parts.rebucket(parts.empty(), 1000)) == 0


@given(row_lists, row_lists, STEPS)
def test_parts_together_are_as_concatenated(one: list[Row], other: list[Row], step_ms: int) -> None:
    """Of one alone nothing is made; of several what `concat` makes."""
    split = [parts.of_rows(taken, SERIES, step_ms) for taken in (one, other)]
    assert parts.equal(parts.together(split), parts.concat(split))
    assert parts.together([split[0], parts.empty()]) is split[0] or not len(split[0])
