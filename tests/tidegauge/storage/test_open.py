"""The one chooser of stores."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tidegauge.storage.base import StoreError
from tidegauge.storage.open import open_documents, open_store

ROOT = Path(__file__).parents[3]


def test_a_folder_is_an_embedded_store(tmp_path: Path) -> None:
    """Store and documents live in one folder, which is made."""
    url = f"embedded:{tmp_path}/new/store"
    store, documents = open_store(url, retention_days=1, disk_floor_mb=0), open_documents(url)
    assert store.health().ok
    assert documents.list("users") == []
    store.close()
    documents.close()
    assert {"samples.duckdb", "documents.sqlite"} <= {file.name for file in (tmp_path / "new/store").iterdir()}


@pytest.mark.parametrize("url", ["http://localhost:9200", "https://a:b@es:9200,c:9200"])
def test_elasticsearch_is_not_built_yet(url: str) -> None:
    """One clear sentence, for good."""
    for opening in (lambda: open_store(url, retention_days=3), lambda: open_documents(url)):
        with pytest.raises(StoreError, match="Elasticsearch as a store is not built yet") as caught:
            opening()
        assert caught.value.permanent


@pytest.mark.parametrize("url", ["", "embedded:", "sqlite:x", "/var/lib/x"])
def test_another_url_is_refused(url: str) -> None:
    """With what to write instead."""
    with pytest.raises(StoreError, match="no store is named") as caught:
        open_store(url, retention_days=3)
    assert caught.value.hint == "write embedded:FOLDER"


def test_choosing_loads_no_vendor_before_the_choice() -> None:
    """Importing the chooser and the interface loads neither DuckDB nor SQLite nor an Elasticsearch client."""
    code = (
        "import sys, tidegauge.storage.open, tidegauge.storage.base;"
        "print(sorted({'duckdb', 'sqlite3', 'elasticsearch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_embedded_store_needs_neither_pandas_nor_pyarrow(tmp_path: Path) -> None:
    """A server has DuckDB and numpy alone."""
    code = (
        "import sys; sys.modules['pandas'] = sys.modules['pyarrow'] = None\n"
        "from tests.tidegauge.storage.contract.opening import *\n"
        "from tests.rows import record\n"
        "store = open_store(sys.argv[1], retention_days=3, disk_floor_mb=0)\n"
        "print(outcomes(store, record(times(2), {'gauge': [1.0, None]})), values(store))\n"
        "store.retain(NOW + 2 * DAY); print(list(values(store).values())); store.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, f"embedded:{tmp_path}"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[1] == "[1.0]"
