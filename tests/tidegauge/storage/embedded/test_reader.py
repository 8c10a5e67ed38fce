"""Reads that meet writes and sealing."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from tests.rows import record
from tests.tidegauge.storage.contract.opening import EVER, GAUGE, NOW, arrival, times
from tidegauge.metrics.steps import DAY
from tidegauge.storage.base import StoreUnavailableError
from tidegauge.storage.embedded.catalog import Catalog
from tidegauge.storage.embedded.database import Database
from tidegauge.storage.embedded.reader import Reader
from tidegauge.storage.embedded.sealer import Sealer
from tidegauge.storage.embedded.sources import Sealed
from tidegauge.storage.embedded.writer import Writer


def test_reads_see_each_answered_row_while_others_write_and_seal(
    database: Database, catalog: Catalog, writer: Writer
) -> None:
    """Never fewer rows than were answered before the read began, never one twice."""
    reader, sealer = Reader(database, catalog), Sealer(database, catalog, seal_values=1)
    answered, done = [0], threading.Event()

    def write() -> None:
        for i in range(60):
            writer.append([arrival(record(times(5, NOW + 5000 * i), {"gauge": [1.0] * 5}))])
            answered[0] += 5
        done.set()

    def seal() -> None:
        while not done.is_set():
            sealer.seal(NOW)

    threads = [threading.Thread(target=job) for job in (write, seal)]
    for thread in threads:
        thread.start()
    while not done.is_set():
        least = answered[0]
        found = reader.parts([GAUGE], *EVER, 0)
        assert len(found) >= least
        assert len(set(found.bucket.tolist())) == len(found)
        assert reader.coverage(["h1"], *EVER, DAY).rows.sum() >= least
    for thread in threads:
        thread.join()
    assert len(reader.parts([GAUGE], *EVER, 0)) == 300


def test_a_file_that_went_missing_is_an_error(database: Database, catalog: Catalog, writer: Writer) -> None:
    """Where nothing has taken its place, the read fails; it is not empty."""
    writer.append([arrival(record(times(1), {"gauge": [1.0]}))])
    lost = Sealed("samples/x/host-9.parquet", "host", NOW, NOW, 1, 1, {"gauge": "DOUBLE"})
    catalog.sources = replace(catalog.sources, sealed=(lost,))
    with pytest.raises(StoreUnavailableError, match="failed while reading"):
        Reader(database, catalog).parts([GAUGE], *EVER, 0)
    assert not database.failed
