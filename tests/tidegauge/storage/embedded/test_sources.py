"""Where rows lie, and the SQL that reads them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tidegauge.metrics.steps import DAY
from tidegauge.storage.embedded.sources import Hot, Sealed, Sources

OLD, NEW = Hot(1, "host", frozenset({"a"})), Hot(2, "host", frozenset({"a", "B"}))


@pytest.fixture
def tide(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Two hot tables and a sealed file of one kind."""
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS tide")
        connection.execute("CREATE TABLE tide.hot_1 AS SELECT 1 AS _origin, 10 AS _time, NULL AS _received, 0.5 AS a")
        connection.execute(
            'CREATE TABLE tide.hot_2 AS SELECT 2 AS _origin, 20 AS _time, 99 AS _received, 1.5 AS a, 2.5 AS "^b"'
        )
        connection.execute(
            "COPY (SELECT 1 AS _origin, 5 AS _time, NULL::BIGINT AS _received, 7::DECIMAL(18, 2) AS a)"
            f" TO '{tmp_path}/it''s.parquet' (FORMAT parquet)"
        )
        yield connection


def sources(folder: Path) -> Sources:
    """Those of `tide`."""
    sealed = Sealed("it's.parquet", "host", 5, 5, 1, 1, {"a": "DECIMAL(18,2)"})
    return Sources(folder, (OLD, NEW), (sealed,))


def run(tide: duckdb.DuckDBPyConnection, sql: str | None) -> list[tuple[object, ...]]:
    """The lines of a statement, in order."""
    assert sql is not None
    return sorted(tide.execute(sql).fetchall(), key=repr)


def test_values_of_all_sources(tide: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """A line a row and metric that the source has."""
    found = run(tide, sources(tmp_path).select("host", ["B", "a"], [1, 2], 0, 100))
    assert found == [(1, 10, 1, 0.5), (1, 5, 1, 7.0), (2, 20, 0, 2.5), (2, 20, 1, 1.5)]


def test_values_of_some_origins_and_times(tide: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """The start is inclusive, the end exclusive; origins need not be neighbours."""
    made = sources(tmp_path)
    assert run(tide, made.select("host", ["a"], [1, 9], 5, 10)) == [(1, 5, 0, 7.0)]
    assert run(tide, made.select("host", ["a"], [2], 0, 100)) == [(2, 20, 0, 1.5)]


def test_rows_whatever_they_hold(tide: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """With when they were received, if late."""
    assert run(tide, sources(tmp_path).select_rows("host", [1, 2], 0, 100)) == [
        (1, 10, None),
        (1, 5, None),
        (2, 20, 99),
    ]


def test_nothing_to_read(tmp_path: Path) -> None:
    """An unknown kind or metric has no statement."""
    made = sources(tmp_path)
    assert made.select("disk", ["a"], [1], 0, 100) is None
    assert made.select("host", ["c"], [1], 0, 100) is None
    assert made.select_rows("disk", [1], 0, 100) is None


def test_the_greatest_table_takes_appends(tmp_path: Path) -> None:
    """Of a kind; a table that changed takes its own place."""
    made = sources(tmp_path)
    assert made.active("host") == NEW
    assert made.active("disk") is None
    assert made.with_hot(OLD._replace(metrics=frozenset())).hot == (NEW, Hot(1, "host", frozenset()))


def test_a_sealed_file_names_its_day_and_table() -> None:
    """The day is that of its rows, the table the number at the end of its name."""
    sealed = Sealed("samples/1970-01-03/my_kind-12.parquet", "my_kind", 2 * DAY + 5, 2 * DAY + 9, 1, 1, {})
    assert (sealed.day, sealed.table) == (2, 12)
