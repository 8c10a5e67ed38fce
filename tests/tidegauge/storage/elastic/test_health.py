"""How the cluster is said to be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.elasticsearch.server import ask
from tests.rows import record
from tests.tidegauge.storage.contract.opening import outcomes, times
from tests.tidegauge.storage.elastic.fresh import FreshStore, opened
from tidegauge.storage.base import Health
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.health import Watch
from tidegauge.storage.elastic.indices import Indices
from tidegauge.storage.elastic.setup import Setup

RAW = "tidegauge-raw-2024.10.04"


@pytest.fixture
def store(elastic: str) -> Iterator[FreshStore]:
    """A store with one index."""
    made = opened(elastic)
    outcomes(made, record(times(1), {"gauge": [1.0]}))
    yield made
    made.close()


def look(url: str, *used: str) -> Health:
    """What a node that uses some indices sees now."""
    connection = Connection(url)
    indices = Indices(connection)
    indices.used.update(used)
    found = Watch(connection, Setup(connection), indices).health()
    connection.close()
    return found


def test_a_server_that_is_not_there(free_url: str) -> None:
    """It is named, and what to do."""
    found = look(free_url)
    assert not found.ok
    assert "cannot be reached: Connection refused" in found.detail
    assert "TIDEGAUGE_STORE" in found.detail


@pytest.mark.elasticsearch
class TestHealth:
    """On a real server."""

    def test_all_is_well(self, store: FreshStore, elastic: str) -> None:
        """With the bytes that our indices take."""
        found = look(elastic, RAW)
        assert (found.ok, found.detail, found.samples) == (True, "all is well", None)
        assert found.bytes > 0
        assert store.health().ok

    def test_it_is_looked_at_once_a_second(self, elastic: str) -> None:
        """Whoever asks meanwhile is told what was seen."""
        connection = Connection(elastic)
        watch = Watch(connection, Setup(connection), Indices(connection))
        assert watch.health().ok
        connection.close()
        assert watch.health().ok

    @pytest.mark.usefixtures("store")
    @pytest.mark.parametrize("block", ["read_only_allow_delete", "read_only", "write"])
    def test_an_index_that_takes_no_writes(self, elastic: str, block: str) -> None:
        """It is named with how it is freed, if it is one that is written to."""
        ask(elastic, "PUT", f"/{RAW}/_settings", {f"index.blocks.{block}": True})
        found = look(elastic, RAW)
        assert not found.ok
        assert f"of {RAW}" in found.detail
        assert f'"index.blocks.{block}": null' in found.detail
        assert look(elastic, "tidegauge-raw-2024.10.05").ok
        ask(elastic, "PUT", f"/{RAW}/_settings", {f"index.blocks.{block}": None})
        assert look(elastic, RAW).ok

    @pytest.mark.usefixtures("store")
    def test_an_index_of_which_a_part_is_gone(self, elastic: str) -> None:
        """It is red, and named."""
        ask(elastic, "DELETE", f"/{RAW}")
        settings = {"index.routing.allocation.require._name": "nowhere"}
        ask(elastic, "PUT", f"/{RAW}?wait_for_active_shards=0", {"settings": settings})
        found = look(elastic, RAW)
        assert not found.ok
        assert f"red, a part of them is not available: {RAW}" in found.detail

    def test_a_refused_cluster(self, elastic: str) -> None:
        """Its reason is told."""
        ask(elastic, "PUT", "/tidegauge-events-2024.10")
        found = look(elastic)
        assert not found.ok
        assert "not made by Tidegauge" in found.detail

    def test_metrics_that_are_refused(self, store: FreshStore) -> None:
        """The store works; what it cannot keep is told."""
        outcomes(store, record(times(2), {"gauge.": [1.0, None]}))
        found = store.health()
        assert found.ok
        assert found.detail == (
            f"{RAW} refuses rows with metrics that it has no field for (1): gauge. cannot name a field"
        )
