"""Days are given up, whole files at a time."""

from __future__ import annotations

from tests.rows import record
from tests.tidegauge.storage.contract.opening import NOW, arrival
from tidegauge.metrics.records import Event
from tidegauge.metrics.steps import DAY
from tidegauge.storage.embedded.catalog import Catalog
from tidegauge.storage.embedded.database import Database
from tidegauge.storage.embedded.parquet import day_name
from tidegauge.storage.embedded.retention import retire
from tidegauge.storage.embedded.sealer import Sealer
from tidegauge.storage.embedded.writer import Writer

TODAY = NOW // DAY


def count(database: Database, table: str) -> int:
    """How many rows a table has."""
    with database.cursor("counting") as cursor:
        found: int = cursor.execute(f"SELECT count(*) FROM tide.{table}").fetchall()[0][0]
    return found


def test_files_and_hot_rows_of_old_days_go(database: Database, catalog: Catalog, writer: Writer) -> None:
    """With their folder, their events, their spans and origins without rows; the rest stays."""
    happened = [Event("h1", (NOW - DAY) * 1_000_000, "old"), Event("h1", NOW * 1_000_000, "new")]
    writer.append([arrival(record([NOW - DAY], {"gauge": [1.0]}, events=happened))])
    Sealer(database, catalog).seal(NOW)
    (path,) = catalog.folder.sealed_files()
    late = record([NOW - DAY + 1, NOW], {"gauge": [2.0, 3.0]}, incarnation="1800000000000-x")
    writer.append([arrival(late)])
    assert retire(database, catalog, TODAY * DAY) == [day_name(TODAY - 1)]
    assert not path.parent.exists()
    assert (catalog.sources.sealed, catalog.count_samples()) == ((), 1)
    assert [count(database, table) for table in ("sealed", "span", "event", "origin", "hot_2")] == [0, 0, 1, 1, 1]
    assert retire(database, catalog, TODAY * DAY) == []


def test_nothing_goes_before_its_time(database: Database, catalog: Catalog, writer: Writer) -> None:
    """A day that retention ends with stays whole."""
    writer.append([arrival(record([TODAY * DAY], {"gauge": [1.0]}))])
    assert retire(database, catalog, TODAY * DAY) == []
    assert catalog.count_samples() == 1
