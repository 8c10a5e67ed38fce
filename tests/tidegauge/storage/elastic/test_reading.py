"""Reading the indices with few rights."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import pytest

from tests.elasticsearch.server import ask
from tests.elasticsearch.sources import NoServerError
from tests.minutes import summary
from tests.rows import NOW, record
from tests.tidegauge.storage.elastic.fresh import opened
from tests.tidegauge.storage.elastic.secured import SecuredNode, secured
from tidegauge.metrics import events, parts
from tidegauge.metrics.parts import Series
from tidegauge.metrics.records import Record
from tidegauge.storage.base import Arrival, Store, StoreError
from tidegauge.storage.elastic.reading import ElasticReading
from tidegauge.storage.elastic.store import ElasticStore

pytestmark = pytest.mark.elasticsearch

CLAIM = events.gap("h1", "skipped", NOW - 9_000, NOW - 5_000, 3, NOW)
RAW = record([NOW - 2_000, NOW - 1_000], {"gauge": [1.0, 3.0], "counter": [5.0, 9.0]}, events=[CLAIM])
SERIES: Sequence[Series] = [Series("h1", "gauge", "gauge"), Series("h1", "counter", "counter")]


def put(store: Store, *records: Record) -> None:
    """Store records."""
    outcomes = store.append([Arrival(one, NOW, 0) for one in records])
    assert {one.outcome for one in outcomes} == {"stored"}


def test_it_reads_what_a_store_reads(elastic: str) -> None:
    """Parts of both tiers, coverage, entities, events."""
    store, reading = opened(elastic), ElasticReading(elastic)
    put(store, RAW, summary(RAW))
    store.refresh()
    for tier, step_ms in (("raw", 0), ("raw", 5_000), ("minute", 60_000)):
        asked = (SERIES, NOW - 60_000, NOW, step_ms)
        found = reading.parts(*asked, tier=tier)  # type: ignore[arg-type]
        assert len(found) > 0
        assert parts.equal(found, store.parts(*asked, tier=tier))  # type: ignore[arg-type]
    assert reading.coverage(["h1"], NOW - 60_000, NOW, 0).rows.tolist() == [1, 1]
    assert [info.entity.id for info in reading.entities(NOW - 60_000, NOW)] == ["h1"]
    assert [one.event for one in reading.events(NOW - 60_000, NOW + 1)] == [CLAIM]
    reading.close()
    store.close()


def test_metrics_are_those_that_have_fields(elastic: str) -> None:
    """By raw rows and, where those are past retention, by minute rows; the catalogue describes what it has."""
    store, reading = opened(elastic), ElasticReading(elastic)
    put(store, RAW)
    found = {one.name: one for one in reading.metrics()}
    assert (found["gauge"].kind, found["counter"].kind, found["gauge"].unit) == ("gauge", "counter", "")
    assert (found["system.cpu.utilization"].unit, found["system.cpu.time.user"].kind) == ("1", "counter")
    put(store, summary(RAW))
    ask(elastic, "DELETE", "/tidegauge-raw-2023.11.14")
    assert {one.name: one for one in reading.metrics()} == found
    reading.close()
    store.close()


def test_an_empty_cluster_stays_empty(elastic: str) -> None:
    """Looking makes no template and no index."""
    reading = ElasticReading(elastic)
    assert reading.entities(0, NOW) == []
    assert reading.metrics() == []
    assert reading.events(0, NOW) == []
    assert len(reading.parts(SERIES, 0, NOW, 0)) == len(reading.coverage(["h1"], 0, NOW, 0)) == 0
    assert ask(elastic, "GET", "/_resolve/index/tidegauge-*")["indices"] == []
    assert ask(elastic, "GET", "/_index_template/tidegauge-*").get("index_templates", []) == []
    reading.close()


@pytest.fixture
def secure() -> Iterator[SecuredNode]:
    """A node with security. Without the means to start one the test is skipped, but in CI it fails."""
    try:
        with secured() as made:
            yield made
    except NoServerError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"no Elasticsearch with security: {error}")
        pytest.skip(f"NO ELASTICSEARCH with security, which is not tested: {error}")


def test_the_rights_of_analysts_are_enough(secure: SecuredNode) -> None:
    """To read raw rows, minute rows and events: no right of the cluster, none on small records."""
    store = ElasticStore(secure.url_of("node"), secure.ca, "", retention_days=3, summary_days=3)
    put(store, RAW)
    store.refresh()
    reading = ElasticReading(secure.url_of("ann"), secure.ca)
    assert [info.entity.id for info in reading.entities(NOW - 60_000, NOW)] == ["h1"]
    assert len(reading.parts(SERIES, NOW - 60_000, NOW, 0)) == 4
    assert {"gauge", "counter"} <= {one.name for one in reading.metrics()}
    assert len(reading.events(NOW - 60_000, NOW + 1)) == 1
    with pytest.raises(StoreError):
        ElasticReading(secure.url_of("ann", "wrong"), secure.ca).metrics()
    reading.close()
    store.close()
