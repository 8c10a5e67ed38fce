"""The embedded store keeps the contract of stores, in one process alone."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rows import record
from tests.tidegauge.storage.contract.opening import NOW, arrival, outcomes, times, values
from tests.tidegauge.storage.contract.store import StoreContract
from tidegauge.storage.base import Store, StoreError, StoreUnavailableError
from tidegauge.storage.open import open_store


class TestEmbeddedStore(StoreContract):
    """The contract, in a folder."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        """A new folder."""
        return f"embedded:{tmp_path}/store"

    def fresh_url(self, folder: str) -> str:
        """Another new folder."""
        return f"embedded:{folder}"


def opened(folder: Path) -> Store:
    """The store of a folder."""
    return open_store(f"embedded:{folder}", retention_days=3, disk_floor_mb=0)


def test_one_process_alone(tmp_path: Path) -> None:
    """A second opening is refused while the first lasts, and leaves it as it is."""
    store = opened(tmp_path)
    with pytest.raises(StoreError, match=r"has the embedded store in .* open"):
        opened(tmp_path)
    assert outcomes(store, record(times(1), {"gauge": [1.0]})) == ["stored"]
    store.close()
    opened(tmp_path).close()


def test_a_store_that_cannot_be_opened_lets_go(tmp_path: Path) -> None:
    """After a damaged file was moved away the same process may open the folder."""
    damaged = tmp_path / "samples.duckdb"
    damaged.write_bytes(b"damaged" * 1000)
    with pytest.raises(StoreError, match="cannot be read"):
        opened(tmp_path)
    damaged.unlink()
    opened(tmp_path).close()


def test_a_full_disk_that_is_freed(tmp_path: Path) -> None:
    """Appends fail while nothing can be written, what was answered stays, and then it goes on by itself."""
    store = opened(tmp_path)
    outcomes(store, record(times(100), {"gauge": [1.0] * 100}))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    failed = record(times(5000, NOW + 1_000_000), {f"gauge.{i}": [i + 0.5] * 5000 for i in range(40)})
    try:
        for _ in range(3):
            with pytest.raises(StoreUnavailableError):
                store.append([arrival(failed)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert outcomes(store, failed)[0] in ("stored", "duplicate")
    assert outcomes(store, failed) == ["duplicate"]
    assert len(values(store)) == 100
    assert store.health().ok
    store.close()


def test_opening_after_a_kill_is_quick(tmp_path: Path) -> None:
    """What a killed process had committed is there when another opens the folder."""
    code = (
        "import os, sys\n"
        "from tests.tidegauge.storage.contract.opening import *\n"
        "from tests.rows import record\n"
        "store = open_store(sys.argv[1], retention_days=3, disk_floor_mb=0)\n"
        "outcomes(store, record(times(2000), {f'gauge.{i}': [0.5] * 2000 for i in range(40)}))\n"
        "os._exit(9)\n"
    )
    root = Path(__file__).parents[4]
    assert subprocess.run([sys.executable, "-c", code, f"embedded:{tmp_path}"], cwd=root, check=False).returncode == 9
    store = opened(tmp_path)
    assert store.health().samples == 80_000
    store.close()
