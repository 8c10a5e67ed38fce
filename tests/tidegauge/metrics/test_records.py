"""Records: rows by column become rows by entity and time."""

from __future__ import annotations

import msgspec
from hypothesis import given

from tests.tidegauge.metrics.strategies import records
from tidegauge.metrics.records import Block, Column, Entity, Record, Row, count_rows, rows


def test_rows_leave_unknown_values_out() -> None:
    """Each row has its entity, its time and those values that are known; 0 is a value."""
    disks = [Entity(f"h1:disk:{name}", "disk", "boot", 1000) for name in ("sda", "sdb")]
    columns = [Column("a", "counter"), Column("b", "gauge")]
    block = Block("disk", disks, columns, [1, 0], [5, 5], [[1.0, None], [0.0, 2.5]])
    record = Record(host="h1", incarnation="i", seq=0, blocks=[block])
    assert list(rows(record)) == [
        Row(disks[1], "h1", "i", 5, {"a": 1.0, "b": 0.0}),
        Row(disks[0], "h1", "i", 5, {"b": 2.5}),
    ]


@given(records)
def test_as_many_rows_as_are_counted(record: Record) -> None:
    """`count_rows` is the number of rows that `rows` gives, less minute rows, and no value gets lost."""
    record = msgspec.structs.replace(record, minutes=[])
    found = list(rows(record))
    known = sum(value is not None for block in record.blocks for column in block.values for value in column)
    assert len(found) == count_rows(record)
    assert sum(len(row.values) for row in found) == known
