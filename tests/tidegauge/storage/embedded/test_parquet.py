"""A sealed file."""

from __future__ import annotations

import duckdb

from tests.rows import INCARNATION, host, record
from tests.tidegauge.storage.contract.opening import NOW, arrival, times
from tidegauge.metrics.steps import DAY
from tidegauge.storage.embedded import parquet
from tidegauge.storage.embedded.catalog import Catalog
from tidegauge.storage.embedded.database import Database
from tidegauge.storage.embedded.sources import Sealed
from tidegauge.storage.embedded.writer import Writer


def write(database: Database, catalog: Catalog, day: int = NOW // DAY) -> Sealed:
    """Seal a day of the only hot table."""
    (hot,) = catalog.sources.hot
    with database.cursor("writing") as cursor:
        return parquet.write(cursor, catalog.folder, hot, day)


def test_a_file_holds_one_day_in_order(database: Database, catalog: Catalog, writer: Writer) -> None:
    """Sorted by origin and time, and readable without the dictionary."""
    mixed = [
        record([NOW + 5, NOW, NOW + DAY], {"a": [2.0, 1.0, None]}),
        record([NOW], {"a": [None]}, entity=host("h2")),
    ]
    writer.append([arrival(one) for one in mixed])
    sealed = write(database, catalog)
    assert (sealed.kind, sealed.day, sealed.first_ms, sealed.last_ms) == ("host", NOW // DAY, NOW, NOW + 5)
    assert (sealed.samples, sealed.types, sealed.table) == (2, {"a": "DECIMAL(18,0)"}, 1)
    path = catalog.folder.path / sealed.path
    assert sealed.bytes == path.stat().st_size
    found = duckdb.sql(f"SELECT _entity, _host, _incarnation, _start, _period_ms, _time, a FROM '{path}'").fetchall()
    assert found == [
        ("h1", "h1", INCARNATION, "boot", 1000, NOW, 1.0),
        ("h1", "h1", INCARNATION, "boot", 1000, NOW + 5, 2.0),
        ("h2", "h2", INCARNATION, "boot", 1000, NOW, None),
    ]


def test_exact_decimals_are_kept_as_whole_numbers(database: Database, catalog: Catalog, writer: Writer) -> None:
    """With as few digits as do; what is no decimal is a double, what has no value has no column."""
    columns = {
        "whole": [1.0, -2.0, 9e14],
        "cents": [0.1, 0.25, None],
        "micro": [1e-6, 2.5, 3.0],
        "third": [1 / 3, 1.0, 2.0],
        "great": [1e18, 1.0, 2.0],
        "none": [None, None, None],
    }
    writer.append([arrival(record(times(3), columns))])
    sealed = write(database, catalog)
    found = duckdb.sql(f"DESCRIBE SELECT * FROM '{catalog.folder.path / sealed.path}'").fetchall()
    assert {row[0]: row[1] for row in found if not row[0].startswith("_")} == {
        "whole": "DECIMAL(18,0)",
        "cents": "DECIMAL(18,2)",
        "micro": "DECIMAL(18,6)",
        "third": "DOUBLE",
        "great": "DOUBLE",
    }


def test_days_have_names() -> None:
    """As ISO 8601 writes them."""
    assert parquet.day_name(20_000) == "2024-10-04"
