"""The real programs over a real Elasticsearch: live first, nothing lost, nothing doubled, whatever fails."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from tests.e2e.clusters import Cluster, cluster, own_nodes, stored, wiped
from tests.e2e.fleet import Fleet, fleet
from tests.e2e.live import Live, live, percentile
from tests.e2e.oracle import assert_all_is_stored
from tests.e2e.programs import demo, eventually
from tests.elasticsearch.server import Node, ask

pytestmark = [pytest.mark.elasticsearch, pytest.mark.processes]

CPU = "metrics=system.cpu.utilization&filter=kind%3Dhost&from=now-1m"
METRIC = "system.cpu.utilization"
_REST = threading.Event()


@pytest.fixture(scope="module")
def server() -> Iterator[Node]:
    """An Elasticsearch that may be killed."""
    with own_nodes() as (node,):
        yield node


@pytest.fixture
def _quiet_collectors(caplog: pytest.LogCaptureFixture) -> None:
    """What collectors say of failures that a test makes need not be told."""
    caplog.set_level(logging.ERROR, "collector")


@pytest.fixture
def empty(server: Node) -> Node:
    """The same, with nothing of ours in it."""
    return wiped(server)


def values(made: Cluster, node: int = 0, **pairs: object) -> dict[tuple[str, int], float]:
    """The values of all hosts by (host, time), as /api/v1/query of a web node says."""
    asked = {"metrics": METRIC, "filter": "kind=host", **pairs}
    answer = made.web[node].get("/api/v1/query", **asked)
    return {
        (series["entity"], at): value
        for series in answer["series"]
        for at, value in zip(series["time_ms"], series["value"], strict=True)
    }


def test_what_was_live_is_what_is_stored(tmp_path: Path, elastic: str) -> None:
    """Each point that came over WS /live is in the answer of /api/v1/query with the same value, when it is
    seconds old and after the web node was started again."""
    with (
        cluster(tmp_path, elastic) as made,
        demo(made.ingest[0], "--hosts", "4", "--containers", "2"),
        live(made.web[0].port, CPU) as seen,
    ):
        seen.wait(4)
        begun = time.time() * 1000
        eventually(lambda: len(seen.points(begun)) >= 40, 40, "ten seconds of rows")
        points = {(point.entity, point.time_ms): point.value for point in seen.points(begun)}
        asked = {"from": min(at for _, at in points), "to": max(at for _, at in points) + 1}
        assert points.items() <= values(made, **asked).items()
        made.web[0].stop()
        made.web[0].start()
        eventually(lambda: points.items() <= values(made, **asked).items(), 30, "the same from the store")


def test_live_goes_on_without_the_store(tmp_path: Path, empty: Node) -> None:
    """With Elasticsearch down ingest and web are started anew: rows and presence are live, and what
    collectors hold meanwhile is stored when it is back."""
    with cluster(tmp_path, empty.url) as made, fleet(4, 1, made.urls) as hosts:
        eventually(lambda: hosts.outcomes()["stored"] > 8, 40, "rows that are stored")
        empty.kill()
        for node in made.programs:
            node.stop()
        made.start()
        begun = time.time() * 1000
        with live(made.web[0].port, CPU) as seen:
            seen.wait(4)
            assert seen.errors
            assert set(seen.states.values()) == {"live"}
            assert list(made.web[0].get("/readyz")["missing"]) == ["store"]
            assert list(made.ingest[0].get("/readyz")["missing"]) == ["store"]
            empty.start()
            eventually(lambda: made.ingest[0].is_ready() and made.web[0].is_ready(), 30, "both nodes")
            hosts.end()
            hosts.drain(90)
            points = {(point.entity, point.time_ms) for point in seen.points(begun)}
        assert_all_is_stored(hosts, empty.url)
        assert points <= {(entity, at) for entity, _, at in stored(empty.url)}


@pytest.mark.usefixtures("_quiet_collectors")
def test_a_row_is_in_the_window_or_in_the_store(tmp_path: Path, elastic: str) -> None:
    """A point that was live is in the answer of /api/v1/query a moment later, and at ages about one and a half
    windows, where rows of the window end and those of the store begin, and about two, where the window ends:
    on the node whose window has it, and on one that began since and never watched it."""
    with (
        cluster(tmp_path, elastic, web=2) as made,
        fleet(50, 0, made.urls) as hosts,
        live(made.web[0].port, CPU) as seen,
    ):
        seen.wait(50, 60)
        settled(hosts)
        begun = time.time() * 1000
        made.web[1].stop()
        made.web[1].start()
        _REST.wait(2 * seen.window_ms / 1000 + 1)
        chance = Random(5)
        tries: Counter[str] = Counter()
        while min(tries.values(), default=0) < TRIES / 4:
            for name, windows in (("1.5 W", 1.5), ("2 W", 2.0)):
                middle = time.time() * 1000 - windows * seen.window_ms + chance.uniform(-1_000, 1_000)
                for node in (0, 1):
                    tries[f"{name} on web {node}"] += in_answer(
                        made, node, seen, max(begun, middle - 500), middle + 500
                    )
            now = time.time() * 1000
            tries["at once"] += in_answer(made, 0, seen, now - 1_000, now)
        print(dict(tries))  # noqa: T201


TRIES = 1_000


def in_answer(made: Cluster, node: int, seen: Live, from_ms: float, to_ms: float) -> int:
    """How many points of a range came live and are in the answer of a web node, which has to be all."""
    begin, end = int(from_ms), int(to_ms)
    points = {(point.entity, point.time_ms): point.value for point in seen.points(begin, end)}
    found = values(made, node, **{"from": begin, "to": end})
    missing = {key: value for key, value in points.items() if found.get(key) != value}
    assert missing == {}, (node, time.time() * 1000 - to_ms, len(points))
    return len(points)


class Course(NamedTuple):
    """How long what lasts, in seconds: before the faults, the store's outage, and what follows each fault."""

    before: float
    outage: float
    after: float


SHORT, LONG = Course(60, 10, 10), Course(60, 30, 30)


@pytest.mark.usefixtures("_quiet_collectors")
@pytest.mark.parametrize(
    "course", [pytest.param(SHORT, id="short"), pytest.param(LONG, id="long", marks=pytest.mark.soak)]
)
def test_nothing_is_lost_or_doubled_by_kill_9(tmp_path: Path, empty: Node, course: Course) -> None:
    """50 hosts; kill -9 of Elasticsearch, then of an ingest node, then of both: every acknowledged row is
    stored once, and live goes on: its 99th percentile is at most twice that of the time before."""
    with (
        cluster(tmp_path, empty.url, ingest=2) as made,
        fleet(50, 3, made.urls) as hosts,
        live(made.web[0].port, CPU) as seen,
    ):
        seen.wait(50, 60)
        settled(hosts)
        before = time.time() * 1000
        _REST.wait(course.before)
        faults = time.time() * 1000
        kill_store(empty, course.outage)
        _REST.wait(course.after)
        kill_ingest(made, 0)
        _REST.wait(course.after)
        kill_ingest(made, 1, lambda: kill_store(empty, course.outage))
        _REST.wait(course.after)
        ended = time.time() * 1000
        hosts.end()
        hosts.drain(120)
        assert_all_is_stored(hosts, empty.url)
        tell(seen, before, faults, ended)
        assert p99(seen, faults, ended - 2_000) <= 2 * p99(seen, before, faults)


def settled(hosts: Fleet) -> None:
    """Wait until the backlog of the start is gone."""
    eventually(lambda: hosts.waiting() < 4 * len(hosts.agents), 120, "the end of the first backlog")


def kill_store(node: Node, outage: float) -> None:
    """kill -9 of Elasticsearch, and its start so many seconds later."""
    node.kill()
    _REST.wait(outage)
    node.start()


def kill_ingest(made: Cluster, number: int, meanwhile: object = None) -> None:
    """kill -9 of an ingest node, master and worker, and its start at once."""
    made.ingest[number].kill_all()
    made.ingest[number].launch()
    if callable(meanwhile):
        meanwhile()
    eventually(made.ingest[number].is_alive, 30, "the ingest node")


def p99(seen: Live, from_ms: float, to_ms: float) -> float:
    return percentile(seen.points(from_ms, to_ms), 0.99)


def tell(seen: Live, before: float, faults: float, ended: float) -> None:
    """Print how live it was."""
    for name, begin, end in (("before", before, faults), ("faults", faults, ended - 2_000)):
        points = seen.points(begin, end)
        ages = [f"p{share} {percentile(points, share / 100):.0f} ms" for share in (50, 99)]
        print(f"{name}: {len(points)} points in {(end - begin) / 1000:.0f} s, {', '.join(ages)}")  # noqa: T201


@pytest.mark.soak
@pytest.mark.usefixtures("_quiet_collectors")
def test_nothing_is_lost_or_doubled_with_a_node_of_a_cluster(tmp_path: Path) -> None:
    """Of three nodes that hold each row twice one is killed with -9 under load, and comes back."""
    with own_nodes(3) as nodes:
        store = nodes[0].url + "".join(f",127.0.0.1:{node.port}" for node in nodes[1:])
        with cluster(tmp_path, store, ingest=2, web=0) as made, fleet(50, 3, made.urls) as hosts:
            settled(hosts)
            eventually(lambda: all(shards(nodes[0])), 60, "two copies of each row")
            nodes[1].kill()
            _REST.wait(30)
            nodes[1].start()
            _REST.wait(30)
            hosts.end()
            hosts.drain(120)
            assert_all_is_stored(hosts, nodes[2].url)


def shards(node: Node) -> list[bool]:
    """Whether there are first copies of our rows and second ones, and of each shard whether it has started."""
    found = ask(node.url, "GET", "/_cat/shards/tidegauge-raw-*?format=json")
    kinds = {shard["prirep"] for shard in found}
    return [kinds == {"p", "r"}, *(shard["state"] == "STARTED" for shard in found)]
