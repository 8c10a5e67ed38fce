"""Hot rows into sealed files."""

from __future__ import annotations

from tests.rows import record
from tests.tidegauge.storage.contract.opening import GAUGE, NOW, arrival, times
from tidegauge.metrics.steps import DAY, HOUR
from tidegauge.storage.embedded.catalog import Catalog
from tidegauge.storage.embedded.database import Database
from tidegauge.storage.embedded.reader import Reader
from tidegauge.storage.embedded.sealer import Sealer
from tidegauge.storage.embedded.writer import Writer

MIDNIGHT = (NOW // DAY + 1) * DAY


def days(catalog: Catalog) -> list[list[int]]:
    """How many rows of each day are sealed as files, and hot, by day after today's."""
    today = NOW // DAY
    sealed = sorted(file.day - today for file in catalog.sources.sealed)
    hot = sorted(day - today for filled in catalog.filled.values() for day, rows in filled.items() if rows)
    return [sealed, hot]


def test_a_day_is_sealed_once_it_has_ended(database: Database, catalog: Catalog, writer: Writer) -> None:
    """An hour after its end; rows of the day that goes on stay hot until that has ended too."""
    tidy = Sealer(database, catalog)
    writer.append([arrival(record([NOW, MIDNIGHT], {"gauge": [1.0, 2.0]}))])
    tidy.seal(MIDNIGHT + HOUR - 1)
    assert days(catalog) == [[], [0, 1]]
    tidy.seal(MIDNIGHT + HOUR)
    assert days(catalog) == [[0], [1]]
    writer.append([arrival(record([NOW + 1, MIDNIGHT + 1], {"gauge": [3.0, 4.0]}))])
    tidy.seal(MIDNIGHT + 2 * HOUR)
    assert days(catalog) == [[0], [0, 1]], "late rows of a sealed day wait for the next"
    tidy.seal(MIDNIGHT + DAY + HOUR)
    assert days(catalog) == [[0, 0, 1], []]
    found = Reader(database, catalog).parts([GAUGE], NOW, MIDNIGHT + DAY, 0)
    assert found.first.tolist() == [1.0, 3.0, 2.0, 4.0]
    assert catalog.count_samples() == 4


def test_a_full_table_is_sealed_at_once(database: Database, catalog: Catalog, writer: Writer) -> None:
    """Whatever its days."""
    tidy = Sealer(database, catalog, seal_values=20)
    writer.append([arrival(record(times(9), {"a": [1.0] * 9, "b": [None] * 9}))])
    tidy.seal(NOW)
    assert days(catalog) == [[], [0]]
    writer.append([arrival(record([NOW + 9000], {"a": [2.0]}))])
    tidy.seal(NOW)
    assert days(catalog) == [[0], []]
    assert catalog.count_samples() == 10


def test_what_was_cut_short_is_done_later(database: Database, catalog: Catalog, writer: Writer) -> None:
    """A table that another has replaced is sealed, even after a restart."""
    writer.append([arrival(record(times(2), {"gauge": [1.0, 2.0]}))])
    catalog.create_hot(database, "host", ["gauge"])
    again = Catalog(catalog.folder)
    again.load(database)
    assert len(again.sources.hot) == 2
    Sealer(database, again).seal(NOW)
    assert days(again) == [[0], []]
    assert Reader(database, again).parts([GAUGE], NOW, MIDNIGHT, 0).first.tolist() == [1.0, 2.0]


def test_a_file_that_nothing_names_is_removed(database: Database, catalog: Catalog) -> None:
    """As a kill between the file and the transaction leaves it."""
    stray = catalog.folder.sealed / "2024-10-04/host-1.parquet"
    stray.parent.mkdir()
    stray.touch()
    Catalog(catalog.folder).load(database)
    assert not stray.exists()
