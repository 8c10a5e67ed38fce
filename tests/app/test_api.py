"""The JSON API over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask import Flask

from app import api
from app.system import System
from tests.app.rig import Rig
from tests.rows import NOW, record
from tests.site import Site
from tests.site import site as make_site
from tidegauge.metrics import events
from tidegauge.metrics.records import Description, Entity, Event


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with make_site(tmp_path_factory.mktemp("api")) as made:
        claim = events.gap("h1", "skipped", NOW - 20_000, NOW, 19, NOW)
        one = record([NOW - 20_000, NOW], {"gauge": [1.0, 3.0]}, events=[claim])
        described = [Description("gauge", "gauge", "By", "A gauge.", "as it is")]
        made.post([msgspec.structs.replace(one, metrics=described)])
        yield made


def test_query_answers_with_columns_and_gaps(site: Site) -> None:
    """The URL form of a Query, answered as docs/api.md says."""
    answer = site.json("/api/v1/query?metrics=gauge&from=now-1m")
    assert set(answer) == {"query", "from_ms", "to_ms", "step_ms", "source", "series", "gaps"}
    (series,) = answer["series"]
    assert (series["time_ms"], series["value"]) == ([NOW - 20_000, NOW], [1.0, 3.0])
    assert [gap["state"] for gap in answer["gaps"]["h1"]] == ["late", "not_measured"]


def test_entities_are_listed_with_their_attributes(site: Site) -> None:
    """By id; a filter chooses."""
    assert site.json("/api/v1/entities") == [
        {
            "entity": "h1",
            "kind": "host",
            "host": "h1",
            "start": "boot",
            "period_ms": 1000,
            "attributes": {"host.id": "h1", "host.name": "h1", "fleet": "default"},
        }
    ]
    assert site.json("/api/v1/entities?filter=fleet%3Dblue&from=now-1h") == []


def test_events_are_listed_by_range_and_host(site: Site) -> None:
    """Each with its id, host and attributes."""
    (event,) = site.json("/api/v1/events?host=h1&from=now-1h&to=now%2B1h")
    assert (event["kind"], event["host"], event["time_ns"]) == (events.GAP, "h1", NOW * 1_000_000)
    assert event["attributes"]["reason"] == "skipped"
    assert site.json("/api/v1/events?host=h2&to=now%2B1h") == []
    assert site.json("/api/v1/events?to=now-1h") == []


def test_events_are_chosen_by_kind_and_container_and_bounded(tmp_path: Path) -> None:
    """Containers by id or name, kinds by patterns; the oldest, as many as asked for, and what each is called."""
    with make_site(tmp_path) as site:
        entity = Entity("c1", "container", "s", 1000, {"host.id": "h1", "container.name": "shop"})
        named = {"container.name": "db", "reason": "crashed", "exit_code": "1"}
        told = [("c1", "container.started", {}), ("c2", "container.stopped", named), ("h1", "collector.started", {})]
        happened = [Event(one, (NOW - 9 + i) * 10**6, kind, about) for i, (one, kind, about) in enumerate(told)]
        site.post([record([NOW], {"gauge": [1.0]}, entity=entity, events=happened)])
        find = lambda text: [one["entity"] for one in site.json(f"/api/v1/events?to=now%2B1h&{text}")]  # noqa: E731
        assert find("") == ["c1", "c2", "h1"]
        assert find("kind=container.*") == ["c1", "c2"]
        assert find("kind=container.stopped,collector.*") == ["c2", "h1"]
        assert (find("container=c1"), find("container=shop"), find("container=d*")) == (["c1"], ["c1"], ["c2"])
        assert find("limit=2") == ["c1", "c2"]
        assert [one["name"] for one in site.json("/api/v1/events?to=now%2B1h")] == ["shop", "db", ""]


def test_metrics_are_described(site: Site) -> None:
    """As the collector described them."""
    described: list[dict[str, Any]] = site.json("/api/v1/metrics")
    assert {"metric": "gauge", "unit": "By", "kind": "gauge", "help": "A gauge.", "formula": "as it is"} in described


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("query", "metrics"),
        ("query?metrics=gauge&metrcs=x", "'metrcs'"),
        ("query?metrics=gauge&metrics=x", "once"),
        ("query?metrics=gauge&from=yesterday", "yesterday"),
        ("query?metrics=gauge&from=now&to=now-1h", "not before"),
        ("query?metrics=gauge&filter=a", "filter"),
        ("query?metrics=gauge&points=-1", "points"),
        ("query?metrics=gauge&by=%00", "name"),
        ("entities?filter=a", "filter"),
        ("entities?host=h1", "'host'"),
        ("entities?from=x", "no time"),
        ("events?filter=kind%3Dhost", "'filter'"),
        ("events?limit=0", "limit"),
        ("events?limit=10001", "limit"),
        ("events?limit=many", "limit"),
        ("events?from=now-1h&from=now", "once"),
        ("metrics?name=x", "'name'"),
        ("system?now=1", "'now'"),
    ],
)
def test_what_cannot_be_asked_is_400(site: Site, path: str, word: str) -> None:
    """One shape: keyword, a reason that names the part, and a hint."""
    response = site.get(f"/api/v1/{path}")
    assert response.status_code == 400
    assert response.json is not None
    assert (set(response.json), response.json["error"]) == ({"error", "reason", "hint"}, "query")
    assert word in response.json["reason"]


def test_without_the_store_the_answer_is_503(rig: Rig) -> None:
    """Every route that needs it says so, in the same shape."""
    server = Flask(__name__)
    server.register_blueprint(api.create_blueprint(rig.node, System(rig.node, "w1", "", tuple)))
    rig.reads.down = True
    for path in ("query?metrics=gauge", "entities", "events", "metrics"):
        response = server.test_client().get(f"/api/v1/{path}")
        assert (response.status_code, response.json and response.json["error"]) == (503, "store")
    assert server.test_client().get("/api/v1/system").status_code == 200


def test_the_system_tells_of_store_and_nodes(site: Site) -> None:
    """What docs/api.md names."""
    answer = site.json("/api/v1/system")
    judged = {"level", "problems", "store", "web", "nodes", "webs"}
    assert set(answer) == judged | {"backlog", "collectors", "ailing", "clocks", "aside"}
    assert (answer["store"]["text"], answer["web"]["name"]) == ("answers", site.host)
