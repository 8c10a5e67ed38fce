"""Two ingest nodes and two web nodes over a real Elasticsearch: whichever is asked, after whichever was killed."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest

from tests.e2e.clusters import Cluster, cluster, lost_and_doubled, stored
from tests.e2e.fleet import Fleet, fleet
from tests.e2e.programs import Program, eventually
from tidegauge.client.answer import Answer
from tidegauge.client.indices import IndicesSource
from tidegauge.clock import SystemClock
from tidegauge.metrics.query import from_url

pytestmark = [pytest.mark.elasticsearch, pytest.mark.processes]

HOSTS = 4
CPU = "metrics=system.cpu.utilization&filter=kind%3Dhost&step_ms=1000"
FILLED_SECONDS = 30
Points = dict[tuple[str, int], float | None]


def test_all_web_nodes_answer_with_what_is_stored_after_kills(tmp_path: Path, elastic: str) -> None:
    """A web node, then an ingest node is killed with -9 and started: each second since the start is there, once, with
    the store's value, at both web nodes; at both they were asked for before and meanwhile, too."""
    with cluster(tmp_path, elastic, ingest=2, web=2) as made, fleet(HOSTS, 1, made.urls) as hosts:
        more_rows(hosts, 2 * HOSTS)
        begun = round(time.time() * 1000)
        for node in (made.web[0], made.ingest[0]):
            more_rows(hosts, 5 * HOSTS)
            all_points(made, begun)
            node.kill_all()
            more_rows(hosts, 5 * HOSTS)
            for web in made.web:
                if web is not node:
                    points(web, begun, begun + 600_000)
            made.launch([node])
            eventually(lambda: all(web.is_ready() for web in made.web), 60, "all links")
        more_rows(hosts, 5 * HOSTS)
        hosts.end()
        hosts.drain(90)
        rows = [row for queue in hosts.queues for row in queue.acknowledged()]
        assert lost_and_doubled(rows, stored(elastic)) == ([], [])
        names = {agent.host.id for agent in hosts.agents}
        sent = {(entity, at) for entity, _, at in rows if entity in names and at >= begun}
        end = max(at for _, at in sent) + 1
        kept = shown(IndicesSource(elastic, "", "", SystemClock()).answer(from_url(f"{CPU}&from={begun}&to={end}")))
        assert kept.keys() == sent
        for name in names:
            times = sorted(at for entity, at in sent if entity == name)
            assert max(later - at for at, later in pairwise(times)) < 1_500
        eventually(lambda: all_points(made, begun, end) == [kept, kept], FILLED_SECONDS, "one truth")


def more_rows(hosts: Fleet, count: int) -> None:
    """Wait until so many more records are stored."""
    before = hosts.outcomes()["stored"]
    eventually(lambda: hosts.outcomes()["stored"] >= before + count, 90, "more rows that are stored")


def all_points(made: Cluster, begin: int, end: int | None = None) -> list[Points]:
    """What each web node answers; end None: ahead of now."""
    return [points(web, begin, end or begin + 600_000) for web in made.web]


def points(web: Program, begin: int, end: int) -> Points:
    """The points of all hosts by (host, time), as a web node answers."""
    pairs = {"metrics": "system.cpu.utilization", "filter": "kind=host", "step_ms": 1000, "from": begin, "to": end}
    return {
        (series["entity"], at): value
        for series in web.get("/api/v1/query", **pairs).get("series", ())
        for at, value in zip(series["time_ms"], series["value"], strict=True)
    }


def shown(answer: Answer) -> Points:
    """The same of what the store answers."""
    return {(one.entity, at): value for one in answer.series for at, value in zip(one.time_ms, one.value, strict=True)}
