"""The indices as a source: the same numbers as a web node over them gives, and nothing written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import pytest

from cli.server import window_ms
from tests.clocks import HandClock
from tests.e2e.programs import eventually
from tests.elasticsearch.server import ask, wipe
from tests.minutes import summary
from tests.notebooks import shop
from tests.notebooks.capacity import settle
from tests.notebooks.shop import HOSTS, KILLED, SECONDS, Teller
from tests.site import listening
from tests.tidegauge.storage.elastic.fresh import opened
from tidegauge.client import TidegaugeError, connect_elasticsearch
from tidegauge.client.answer import Answer, Gap
from tidegauge.client.indices import WINDOW_MS, IndicesSource
from tidegauge.client.node import NodeSource
from tidegauge.metrics.events import COLLECTOR_STOPPED
from tidegauge.metrics.filters import parse
from tidegauge.metrics.query import Query, from_url
from tidegauge.metrics.records import Event, Record
from tidegauge.metrics.steps import MINUTE
from tidegauge.storage.base import Arrival, Store

pytestmark = pytest.mark.elasticsearch

AHEAD = "/_resolve/index/tidegauge-raw-2023.11.15?ignore_unavailable=true"

QUERIES = (
    "metrics=system.cpu.utilization&from=now-2m",
    "metrics=system.cpu.utilization&from=now-13m&step_ms=10000",
    "metrics=system.cpu.utilization&from=now-13m&step_ms=60000&aggregate=max",
    "metrics=system.cpu.utilization&from=now-13m&step_ms=60000&aggregate=last",
    "metrics=system.cpu.utilization,system.memory.utilization&filter=host%3Ddb-1&from=now-13m",
    "metrics=container.cpu.time&from=now-13m&step_ms=30000",
    "metrics=container.cpu.time&from=now-13m&step_ms=120000&rate=increase",
    "metrics=container.cpu.time&from=now-13m&step_ms=60000&rate=none&filter=kind%3Dcontainer",
    "metrics=container.cpu.time&from=now-13m&step_ms=60000&by=container.name&aggregate=sum",
    "metrics=container.memory.working_set&from=now-13m&top=2",
    "metrics=system.disk.io.read,system.disk.io.write&from=now-10m&to=now-5m&filter=kind%3Ddisk",
    "metrics=system.uptime&from=now-2h&to=now-1h",
)


class Stored(NamedTuple):
    """A cluster with the story of the shop, which ended at now_ms."""

    url: str
    now_ms: int


@pytest.fixture(scope="module")
def stored(elasticsearch: str) -> Stored:
    wipe(elasticsearch)
    begin_ms = HandClock().wall_ms() // MINUTE * MINUTE
    store = opened(elasticsearch)
    for host in HOSTS:
        _store(store, _records(Teller(host, begin_ms), begin_ms))
    store.refresh()
    store.close()
    settle(elasticsearch)
    return Stored(elasticsearch, begin_ms + SECONDS * 1000)


def _records(teller: Teller, begin_ms: int) -> Iterator[Record]:
    """A host's story, a minute a record, and its minute rows."""
    name = teller.host.name
    for first in range(0, SECONDS, 20):
        seconds = range(first, first + 20)
        if name == "db-1" and KILLED[0] <= first < KILLED[1]:
            continue
        if name == "db-1" and first == KILLED[1]:
            teller.restart(first)
        record = teller.record(seconds, [one for at in seconds for one in shop.happened(name, at, begin_ms)])
        yield record
        yield summary(record, seq=10_000 + first)


def _store(store: Store, records: Iterator[Record]) -> None:
    arrivals = [Arrival(one, HandClock().wall_ms(), 0) for one in records]
    assert {one.outcome for one in store.append(arrivals)} == {"stored"}


@pytest.fixture
def source(stored: Stored) -> IndicesSource:
    return IndicesSource(stored.url, "", "", HandClock(stored.now_ms))


@pytest.fixture(scope="module")
def node(stored: Stored, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeSource]:
    """A web node over the same cluster, at the same time."""
    with listening(tmp_path_factory.mktemp("node"), store=stored.url) as site:
        site.clock.set_wall(stored.now_ms)
        eventually(lambda: ask(stored.url, "GET", AHEAD)["indices"], what="the next day's index, which the node makes")
        settle(stored.url)
        yield NodeSource(f"http://{site.host}")


@pytest.mark.parametrize("url", QUERIES)
def test_both_sources_give_the_same_points(source: IndicesSource, node: NodeSource, stored: Stored, url: str) -> None:
    """Series, times, values to the digits that the JSON API writes, what they rest on, and what was claimed."""
    query = at(url, stored.now_ms)
    ours, theirs = source.answer(query), node.answer(query)
    assert without_values(ours) == without_values(theirs)
    assert claimed(ours) == claimed(theirs)
    for one, other in zip(ours.series, theirs.series, strict=True):
        np.testing.assert_allclose(floats(one.value), floats(other.value), rtol=1e-9)


def at(url: str, now_ms: int) -> Query:
    """The query over the range that it has at a time: a node's now is its hosts' own."""
    query = from_url(url)
    start, end = query.span(now_ms)
    return msgspec.structs.replace(query, start=str(start), end=str(end))


def claimed(answer: Answer) -> dict[str, list[Gap]]:
    """The gaps that do not depend on what is known of collectors now."""
    return {host: [gap for gap in gaps if gap.state == "not_measured"] for host, gaps in answer.gaps.items()}


def without_values(answer: Answer) -> Answer:
    """An answer less what is compared by itself."""
    series = [msgspec.structs.replace(one, value=[]) for one in answer.series]
    return msgspec.structs.replace(answer, series=series, gaps={})


def floats(values: Sequence[float | None]) -> list[float]:
    return np.array(values, np.float64).tolist()


def test_entities_events_and_metrics_are_a_nodes(source: IndicesSource, node: NodeSource) -> None:
    """Filtered as there."""
    for text in ("", "kind=container host.name=web-*"):
        assert source.entities(parse(text), "now-1h", "now") == node.entities(parse(text), "now-1h", "now")
    assert source.events("now-1h", "now") == node.events("now-1h", "now")
    known = {one.metric: one for one in source.metrics()}
    for one in node.metrics():
        assert known[one.metric] == one


def test_what_is_not_measured_is_explained(source: IndicesSource) -> None:
    """By the claim of the collector; what nobody claimed is not known, whatever the collector holds."""
    gaps = source.answer(from_url("metrics=system.uptime&filter=host%3Ddb-1&from=now-13m")).gaps["db-1"]
    assert [gap.text for gap in gaps] == ["not measured: the collector did not run"]
    later = IndicesSource(source.url, "", "", HandClock(HandClock().wall_ms() + 2 * 3_600_000))
    gaps = later.answer(from_url("metrics=system.uptime&filter=host%3Dweb-1&from=now-3h")).gaps["web-1"]
    assert [gap.text for gap in gaps] == ["not known until the host answers"]


def test_a_collector_that_stopped_is_said_to_have(stored: Stored) -> None:
    """Its last word is among its events."""
    store = opened(stored.url)
    word = Event("web-2", stored.now_ms * 10**6, COLLECTOR_STOPPED, {})
    record = Record(host="web-2", incarnation="1800000000000-aaaaaaaa", seq=1, events=[word])
    assert [one.outcome for one in store.append([Arrival(record, stored.now_ms, 0)])] == ["stored"]
    store.refresh()
    store.close()
    later = IndicesSource(stored.url, "", "", HandClock(stored.now_ms + 60_000))
    gaps = later.answer(from_url("metrics=system.uptime&filter=host%3Dweb-2&from=now-5m")).gaps["web-2"]
    assert [gap.text for gap in gaps] == ["not measured: the collector is stopped"]


def test_frames_are_those_of_the_notebook_api(stored: Stored) -> None:
    """Hosts, a query, its link, gaps, live rows."""
    tg = connect_elasticsearch(stored.url, clock=HandClock(stored.now_ms))
    assert tg.hosts()["name"].tolist() == ["db-1", "web-1", "web-2"]
    df = tg.query("system.cpu.utilization", host="db-1", start="now-13m", step="1m")
    assert (df.attrs["source"], df.attrs["unit"]) == ("minute+raw", "1")
    assert tg.open(df.attrs["url"]).equals(df)
    assert len(next(tg.live("system.cpu.utilization", host="db-1"))) == 10
    assert tg.gaps("db-1")["seconds"].tolist() == [41.0]
    assert repr(tg).startswith(f"<Tidegauge {stored.url}: 3 hosts, 5 containers, newest sample 2023-11-14")


def test_the_window_is_that_of_nodes(stored: Stored) -> None:
    """Over this store."""
    store = opened(stored.url)
    assert window_ms(store) == WINDOW_MS
    store.close()


def test_nothing_is_written(elastic: str) -> None:
    """Not even to a cluster in which nothing of ours is."""
    tg = connect_elasticsearch(elastic)
    assert len(tg.hosts()) == len(tg.metrics()) == len(tg.events()) == 0
    assert ask(elastic, "GET", "/_resolve/index/tidegauge-*")["indices"] == []


def test_what_is_no_cluster_is_one_sentence() -> None:
    """As everywhere, with what to do."""
    with pytest.raises(TidegaugeError, match="cannot be reached"):
        connect_elasticsearch("http://127.0.0.1:9")
    with pytest.raises(TidegaugeError, match="no Elasticsearch is named"):
        connect_elasticsearch("http://")
