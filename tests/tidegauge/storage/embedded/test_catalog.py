"""What is in memory of all that is on disk."""

from __future__ import annotations

import logging

import pytest

from tests.minutes import summary
from tests.rows import host, record
from tests.tidegauge.storage.contract.opening import NOW, arrival, times
from tidegauge.metrics.records import Description, Event
from tidegauge.metrics.steps import DAY
from tidegauge.storage.embedded.catalog import Catalog
from tidegauge.storage.embedded.database import Database
from tidegauge.storage.embedded.sealer import Sealer
from tidegauge.storage.embedded.tiers import TIERS
from tidegauge.storage.embedded.writer import Writer


def loaded(database: Database, catalog: Catalog) -> Catalog:
    """Another catalog of the same store, loaded anew."""
    again = Catalog(catalog.folder)
    again.load(database)
    return again


def test_memory_is_what_is_on_disk(database: Database, catalog: Catalog, writer: Writer) -> None:
    """After appends, new columns, events and sealing a catalog loaded anew is the same."""
    for begin, columns in ((NOW - DAY, {"a": [1.0, None]}), (NOW, {"a": [1.0, 2.0], "B": [3.0, 4.0]})):
        sent = record(times(2, begin), columns, events=[Event("h1", NOW * 1_000_000, "k")])
        writer.append([arrival(sent), arrival(record(times(1, begin), {"a": [1.0]}, entity=host("h2")))])
        writer.append([arrival(summary(sent))])
    Sealer(database, catalog).seal(NOW)
    again = loaded(database, catalog)
    assert again.sources == catalog.sources
    assert {table: +days for table, days in catalog.filled.items()} == again.filled
    assert (again.samples, again.count_samples()) == (catalog.samples, 7)
    assert (
        again.described
        == catalog.described
        == {
            "a": Description("a", "gauge", "", ""),
            "B": Description("B", "gauge", "", ""),
        }
    )
    assert again.incarnations == catalog.incarnations
    assert again.next_table == catalog.next_table
    assert again.origins.entities(0, 2 * NOW) == catalog.origins.entities(0, 2 * NOW)
    for tier in TIERS:
        assert again.origins.of(["h1"], 0, 2 * NOW, tier) == catalog.origins.of(["h1"], 0, 2 * NOW, tier)


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_damaged_sealed_file_is_set_aside(
    database: Database, catalog: Catalog, writer: Writer, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    """It is named in the log, renamed where it is still there, and the rest goes on."""
    writer.append([arrival(record([NOW - DAY, NOW], {"a": [1.0, 2.0]}))])
    Sealer(database, catalog).seal(NOW)
    (path,) = catalog.folder.sealed_files()
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    else:
        path.unlink()
    with caplog.at_level(logging.ERROR):
        again = loaded(database, catalog)
    assert f"sealed_file_damaged file={path}" in caplog.text
    assert again.sources.sealed == ()
    assert len(catalog.folder.damaged_files()) == (1 if damage == "cut" else 0)
    assert loaded(database, catalog).sources == again.sources
