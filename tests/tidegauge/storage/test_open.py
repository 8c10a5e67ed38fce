"""The one chooser of stores."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.programs import free_port
from tidegauge.storage.base import StoreError, StoreUnavailableError
from tidegauge.storage.open import Access, open_documents, open_store

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


def test_a_server_need_not_be_there() -> None:
    """An Elasticsearch that is down is opened all the same, and its calls say so."""
    url = f"http://127.0.0.1:{free_port()}"
    store, documents = open_store(url, retention_days=3), open_documents(url)
    for call in (lambda: store.append([]), lambda: documents.list("users")):
        with pytest.raises(StoreUnavailableError, match="Connection refused"):
            call()
    assert not store.health().ok
    store.close()
    documents.close()


@pytest.mark.elasticsearch
def test_a_server_is_an_elasticsearch_store(elastic: str) -> None:
    """Store and documents, with the access that is given."""
    store = open_store(elastic, retention_days=3, access=Access(api_key="id:key"))
    documents = open_documents(elastic, access=Access(api_key="id:key"))
    assert store.health().ok
    assert documents.list("users") == []
    store.close()
    documents.close()


def test_access_that_cannot_be() -> None:
    """It is told when the store is opened."""
    for opening in (
        lambda a: open_store("https://es", retention_days=3, access=a),
        lambda a: open_documents("https://es", access=a),
    ):
        with pytest.raises(StoreError, match=r"nowhere\.pem cannot be used"):
            opening(Access(ca="nowhere.pem"))


@pytest.mark.parametrize("url", ["", "embedded:", "sqlite:x", "/var/lib/x"])
def test_another_url_is_refused(url: str) -> None:
    """With what to write instead."""
    with pytest.raises(StoreError, match="no store is named") as caught:
        open_store(url, retention_days=3)
    assert caught.value.hint.startswith("write embedded:FOLDER, or http(s)://")


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
