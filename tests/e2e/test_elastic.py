"""The real programs over a real Elasticsearch: live first, nothing lost, nothing doubled, whatever fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e import clusters
from tests.e2e.clusters import Cluster, cluster, lost_and_doubled, stored, wiped
from tests.e2e.fleet import Fleet, fleet
from tests.e2e.live import Live, live, percentile
from tests.e2e.programs import demo, eventually
from tests.elasticsearch.server import Node

pytestmark = [pytest.mark.elasticsearch, pytest.mark.processes]

CPU = "metrics=system.cpu.utilization&filter=kind%3Dhost&from=now-1m"
METRIC = "system.cpu.utilization"
_REST = threading.Event()


@pytest.fixture(scope="module")
def server() -> Iterator[Node]:
    """An Elasticsearch that may be killed."""
    with clusters.elasticsearch() as node:
        yield node


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


def assert_all_is_stored(hosts: Fleet, url: str) -> None:
    """Every acknowledged row is in the store, once; nothing was refused or given up."""
    assert set(hosts.outcomes()) <= {"stored", "duplicate"}
    assert not any(queue.given_up for queue in hosts.queues)
    rows = [row for queue in hosts.queues for row in queue.acknowledged()]
    lost, doubled = lost_and_doubled(rows, stored(url))
    assert (len(lost), len(doubled)) == (0, 0), (lost[:3], doubled[:3])
    assert len(rows) == len(set(rows)) > 0


class Course(NamedTuple):
    """How long what lasts, in seconds: before the faults, the store's outage, and what follows each fault."""

    before: float
    outage: float
    after: float


SHORT, LONG = Course(20, 10, 10), Course(60, 30, 30)


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
