"""A new DuckDB file from sealed files."""

from __future__ import annotations

from pathlib import Path

from tests.minutes import summary
from tests.rows import host, record
from tests.tidegauge.storage.contract.opening import EVER, GAUGE, NOW, outcomes, times, values
from tidegauge.metrics.steps import DAY
from tidegauge.storage.base import Store
from tidegauge.storage.open import open_store


def opened(folder: Path) -> Store:
    """The store of a folder."""
    return open_store(f"embedded:{folder}", retention_days=3, disk_floor_mb=0)


def test_sealed_days_come_back(tmp_path: Path) -> None:
    """After the damaged file was moved away: samples, minute rows, entities; resends are known, appends go on."""
    store = opened(tmp_path)
    sealed = record(times(3), {"gauge": [1.0, None, 0.25], "Counter": [1.0, 2.0, 3.0]}, entity=host(role="db"))
    outcomes(store, sealed, summary(sealed))
    store.retain(NOW + 2 * DAY)
    before = store.entities(*EVER)
    outcomes(store, record([NOW + DAY], {"gauge": [9.0]}))
    store.close()
    (tmp_path / "samples.duckdb").rename(tmp_path / "samples.duckdb.damaged")
    store = opened(tmp_path)
    assert values(store) == {NOW: 1.0, NOW + 2000: 0.25}
    assert store.entities(*EVER) == before
    assert outcomes(store, sealed, summary(sealed)) == ["duplicate", "duplicate"]
    assert store.parts([GAUGE], *EVER, DAY, tier="minute").total.tolist() == [1.25]
    assert outcomes(store, record([NOW + DAY], {"gauge": [9.0]}, entity=host("h2"))) == ["stored"]
    store.retain(NOW + 3 * DAY)
    store.close()
    store = opened(tmp_path)
    assert values(store) == {NOW: 1.0, NOW + 2000: 0.25}
    assert values(store, GAUGE._replace(entity="h2")) == {NOW + DAY: 9.0}
    assert store.health().samples == 6
    store.close()


def test_a_sealed_file_that_cannot_be_read_is_set_aside(tmp_path: Path) -> None:
    """The rest comes back, and health names it."""
    store = opened(tmp_path)
    for day in (0, 1):
        outcomes(store, record([NOW + day * DAY], {"gauge": [float(day)]}), received_ms=NOW + DAY)
    store.retain(NOW + 3 * DAY)
    store.close()
    (tmp_path / "samples.duckdb").unlink()
    first = min(tmp_path.glob("samples/*/*.parquet"))
    first.write_bytes(first.read_bytes()[:100])
    store = opened(tmp_path)
    assert values(store) == {NOW + DAY: 1.0}
    assert first.name + ".damaged" in store.health().detail
    store.close()
