"""Days are given up, whole files at a time."""

from __future__ import annotations

from tests.minutes import summary
from tests.rows import record
from tests.tidegauge.storage.contract.opening import NOW, arrival
from tidegauge.metrics.records import Event
from tidegauge.metrics.steps import DAY
from tidegauge.storage.embedded.catalog import Catalog
from tidegauge.storage.embedded.database import Database
from tidegauge.storage.embedded.parquet import day_name
from tidegauge.storage.embedded.retention import Retention, retire
from tidegauge.storage.embedded.sealer import Sealer
from tidegauge.storage.embedded.tiers import TIERS
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
    assert retire(database, catalog, dict.fromkeys(TIERS, TODAY * DAY)) == [day_name(TODAY - 1)]
    assert not path.parent.exists()
    assert (catalog.sources.sealed, catalog.count_samples()) == ((), 1)
    assert [count(database, table) for table in ("sealed", "span", "event", "origin", "hot_2")] == [0, 0, 1, 1, 1]
    assert retire(database, catalog, dict.fromkeys(TIERS, TODAY * DAY)) == []


def test_each_tier_goes_at_its_own_time(database: Database, catalog: Catalog, writer: Writer) -> None:
    """Sealed or hot: first raw rows, with minute rows the events and what is known of their entity."""
    old = record([NOW - DAY], {"gauge": [1.0]}, events=[Event("h1", (NOW - DAY) * 1_000_000, "k")])
    writer.append([arrival(old), arrival(summary(old))])
    Sealer(database, catalog).seal(NOW)
    late = record([NOW - DAY + 60_000], {"gauge": [2.0]})
    writer.append([arrival(late), arrival(summary(late))])
    tables = ("sealed", "span", "event", "origin")
    assert [count(database, table) for table in tables] == [2, 2, 1, 2]
    assert retire(database, catalog, {"raw": TODAY * DAY, "minute": 0}) == [day_name(TODAY - 1)]
    assert [count(database, table) for table in tables] == [1, 1, 1, 1]
    assert {hot.kind: sum(catalog.filled[hot.id].values()) for hot in catalog.sources.hot} == {
        "host": 0,
        "minute.host": 1,
    }
    assert retire(database, catalog, dict.fromkeys(TIERS, TODAY * DAY)) == [f"minute-{day_name(TODAY - 1)}"]
    assert [count(database, table) for table in tables] == [0, 0, 0, 0]
    assert list(catalog.folder.sealed_files()) == []


def test_nothing_goes_before_its_time(database: Database, catalog: Catalog, writer: Writer) -> None:
    """A day that retention ends with stays whole."""
    writer.append([arrival(record([TODAY * DAY], {"gauge": [1.0]}))])
    assert retire(database, catalog, dict.fromkeys(TIERS, TODAY * DAY)) == []
    assert catalog.count_samples() == 1


def test_retention_ends_with_a_day() -> None:
    """So many whole UTC days before today's, of each tier its own."""
    expected = {"raw": (TODAY - 3) * DAY, "minute": (TODAY - 90) * DAY}
    for now_ms in (NOW, TODAY * DAY, (TODAY + 1) * DAY - 1):
        assert Retention(3, 90).ends(now_ms) == expected
