"""Records as columns."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.minutes import summary
from tests.rows import NOW, host, record
from tidegauge.metrics.records import Block, Column, Record
from tidegauge.metrics.steps import DAY
from tidegauge.storage.base import Arrival
from tidegauge.storage.embedded import batch
from tidegauge.storage.embedded.batch import Rows
from tidegauge.storage.embedded.origins import Origins


def flatten(*records: Record) -> tuple[list[Rows], list[int]]:
    """The rows of records, and the record of each block."""
    rows, owners = batch.flatten([Arrival(one, NOW, 0) for one in records], Origins().place)
    return rows, owners.tolist()


def test_rows_of_many_records_are_one_of_each_kind() -> None:
    """Records with the same columns are put one after the other, unknown values as NaN."""
    rows, owners = flatten(
        record([1, 2], {"a": [1.0, None], "b": [3.0, 4.0]}), record([3], {"a": [5.0], "b": [6.0]}, entity=host("h2"))
    )
    assert [one.kind for one in rows] == ["host"]
    assert rows[0].metrics == ("a", "b")
    assert rows[0].time.tolist() == [1, 2, 3]
    assert rows[0].origin.tolist() == [1, 1, 2]
    assert [owners[block] for block in rows[0].block] == [0, 0, 1]
    np.testing.assert_array_equal(rows[0].values, [[1.0, np.nan, 5.0], [3.0, 4.0, 6.0]])


def test_blocks_with_other_columns_are_joined_in_their_order() -> None:
    """What a block does not have is NaN; rows stay in the order of blocks."""
    rows, _ = flatten(record([1], {"a": [1.0]}), record([2], {"b": [2.0]}), record([3], {"a": [3.0]}))
    assert rows[0].time.tolist() == [1, 2, 3]
    np.testing.assert_array_equal(rows[0].values, [[1.0, np.nan, 3.0], [np.nan, 2.0, np.nan]])


def test_kinds_are_apart() -> None:
    """A record's blocks of two kinds are two of rows."""
    disk = Block("disk", [host("d")], [Column("io", "counter")], [0], [1], [[7.0]])
    mixed = Record(host="h1", incarnation="1700000000000-a", seq=0, blocks=[*record([1], {"a": [1.0]}).blocks, disk])
    assert [(one.kind, one.metrics) for one in flatten(mixed)[0]] == [("host", ("a",)), ("disk", ("io",))]


def test_minute_rows_are_rows_of_a_kind_of_their_own() -> None:
    """With an origin and a lane of their own."""
    raw = record([1, 2], {"gauge": [1.0, 2.0]})
    (one, other), owners = flatten(raw, summary(raw))
    assert [(one.kind, len(one)), (other.kind, len(other))] == [("host", 2), ("minute.host", 1)]
    assert (one.lane[0], one.origin[0]) != (other.lane[0], other.origin[0])
    assert owners == [0, 1]


def test_rows_without_columns_and_records_without_rows() -> None:
    """The first are rows, the second are none."""
    rows, owners = flatten(record([1, 2], {}), record([], {}))
    assert (len(rows[0]), rows[0].values.shape, owners) == (2, (0, 2), [0])


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3))))
def test_the_first_of_each_key(keys: list[tuple[int, int]]) -> None:
    """In the order they came."""
    lane, time = np.array([k[0] for k in keys], np.int64), np.array([k[1] for k in keys], np.int64)
    assert batch.firsts(lane, time).tolist() == [key not in keys[:i] for i, key in enumerate(keys)]


def test_spans_are_of_one_day() -> None:
    """First and last time of each origin in each UTC day."""
    rows, _ = flatten(record([DAY + 5, DAY + 1, 7, DAY - 1], {}), record([9], {}, entity=host("h2")))
    origin, first, last = batch.spans(rows[0])
    assert list(zip(origin.tolist(), first.tolist(), last.tolist(), strict=True)) == [
        (1, 7, DAY - 1),
        (1, DAY + 1, DAY + 5),
        (2, 9, 9),
    ]
