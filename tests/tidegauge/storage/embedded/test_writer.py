"""Append, below the contract."""

from __future__ import annotations

import pytest

from tests.rows import INCARNATION, host, record
from tests.tidegauge.storage.contract.opening import EVER, GAUGE, NOW, arrival, times
from tidegauge.metrics.records import Block, Column, Entity, Record
from tidegauge.storage.base import StoreUnavailableError
from tidegauge.storage.embedded.catalog import Catalog
from tidegauge.storage.embedded.database import Database
from tidegauge.storage.embedded.reader import Reader
from tidegauge.storage.embedded.retention import Retention
from tidegauge.storage.embedded.writer import Writer


def test_a_batch_is_one_insert_a_kind(database: Database, catalog: Catalog, writer: Writer) -> None:
    """Records of many hosts, with different columns, land in one table a kind."""
    sent = [record(times(1), {f"m{i % 3}": [float(i)]}, seq=i, entity=host(f"h{i}")) for i in range(9)]
    assert [one.outcome for one in writer.append([arrival(one) for one in sent])] == ["stored"] * 9
    (hot,) = catalog.sources.hot
    assert hot.metrics == {"m0", "m1", "m2"}
    with database.cursor("counting") as cursor:
        assert cursor.execute(f"SELECT count(*), count(m0), sum(m2) FROM {hot.table}").fetchall() == [(9, 3, 15.0)]


def test_a_key_is_once_over_kinds(writer: Writer) -> None:
    """A row whose entity came in another kind of block with the same time is a duplicate."""
    writer.append([arrival(record(times(1), {"gauge": [1.0]}))])
    disk = Entity("h1", "disk", "boot", 1000)
    block = Block("disk", [disk], [Column("x", "gauge")], [0], [NOW], [[2.0]])
    other = Record(host="h1", incarnation=INCARNATION, seq=1, blocks=[block])
    assert writer.append([arrival(other)])[0].outcome == "duplicate"


def test_below_the_floor_nothing_is_kept(database: Database, catalog: Catalog) -> None:
    """The error says what to do, and the store is as it was."""
    careful = Writer(database, catalog, Retention(3, 3), 10**12)
    with pytest.raises(StoreUnavailableError, match="are to stay free"):
        careful.append([arrival(record(times(1), {"gauge": [1.0]}))])
    assert len(Reader(database, catalog).parts([GAUGE], *EVER, 0)) == 0


def test_a_failed_append_leaves_no_trace(database: Database, catalog: Catalog, writer: Writer) -> None:
    """What comes after it is as if it had not been, resends included."""
    writer.append([arrival(record(times(1), {"gauge": [1.0]}))])
    with database.cursor("spoiling") as cursor:
        cursor.execute("ALTER TABLE tide.metric RENAME TO spoilt")
    sent = record(times(3), {"gauge": [1.0, 2.0, 3.0], "new": [1.0] * 3}, entity=host(role="db"))
    with pytest.raises(StoreUnavailableError, match="failed while appending"):
        writer.append([arrival(sent)])
    with database.cursor("repairing") as cursor:
        cursor.execute("ALTER TABLE tide.spoilt RENAME TO metric")
    assert [one.outcome for one in writer.append([arrival(sent), arrival(sent)])] == ["stored", "duplicate"]
    assert Reader(database, catalog).parts([GAUGE], *EVER, 0).first.tolist() == [1.0, 2.0, 3.0]
    again = Catalog(catalog.folder)
    again.load(database)
    assert again.origins.entities(*EVER) == catalog.origins.entities(*EVER)
