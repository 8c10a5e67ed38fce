"""Minute rows as rows like others."""

from __future__ import annotations

import duckdb

from tests.minutes import summary
from tests.rows import host, record
from tidegauge.metrics.records import Block, Column
from tidegauge.storage.embedded import minutes

RAW = record([0, 1000, 60_000], {"gauge": [1.0, 3.0, None], "counter": [2.0, 5.0, 6.0]})


def test_a_number_of_a_metric_is_a_column() -> None:
    """A counter's count is that of the row; unknown metrics have no numbers."""
    (flat,) = minutes.flat(summary(RAW))
    names = ["rows", "span_ms", *(f"gauge.{stat}" for stat in ("count", "min", "max", "sum", "last"))]
    names += [f"counter.{stat}" for stat in ("first", "last", "min_rate", "max_rate")]
    assert flat == Block(
        "minute.host",
        [host(), host()],
        [Column(name, "gauge") for name in names],
        [0, 1],
        [0, 60_000],
        [[2, 1], [1000, 0], *[(n, None) for n in (2, 1, 3, 4, 3)], (2, 6), (5, 6), (3, 0), (3, 0)],
    )


def test_raw_rows_stay_as_they_are() -> None:
    """A record without minute rows has its own blocks."""
    assert minutes.flat(RAW) is RAW.blocks


def test_numbers_become_columns_of_parts() -> None:
    """A line a row and metric that the source has; a metric is of the kind that its numbers are of."""
    asked = [("gauge", "gauge"), ("counter", "counter"), ("counter", "gauge"), ("none", "counter")]
    (flat,) = minutes.flat(summary(RAW))
    have = frozenset(column.name for column in flat.columns)
    assert have == set(minutes.columns(asked[:2]))
    with duckdb.connect() as connection:
        columns = ", ".join(f'"{column.name}" DOUBLE' for column in flat.columns)
        connection.execute(f"CREATE TABLE t ({columns})")
        connection.executemany(
            f"INSERT INTO t VALUES ({', '.join('?' * len(have))})", list(zip(*flat.values, strict=True))
        )
        found = connection.execute(f"SELECT {minutes.select(asked, have)} FROM t").fetchall()
    assert sorted(found, key=repr) == [
        (0, 0, None, None, None, None, None, None),
        (0, 1, 1, 6, 6, 6, 6, None),
        (1000, 0, 2, None, 3, 1, 3, 4),
        (1000, 1, 2, 2, 5, 2, 5, None),
    ]
    assert minutes.select(asked[2:], have) == ""
