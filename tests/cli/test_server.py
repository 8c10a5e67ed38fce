"""The servers, put together."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.outbox import Outbox
from cli.ingest import create_ingest
from cli.server import Server
from cli.up import create_up
from cli.web import create_web
from tests.clocks import HandClock
from tests.e2e.programs import eventually
from tests.rows import NOW, record
from tests.site import Site, listening
from tests.site import site as make_site
from tidegauge import settings
from tidegauge.clock import Clock, OffsetClock
from tidegauge.metrics import wire
from tidegauge.sessions.routes import ROUTES
from tidegauge.settings import Settings
from tidegauge.storage.base import StoreError
from tidegauge.storage.open import open_store

DAY_MS = 86_400_000
NOWHERE = "http://127.0.0.1:1"
"""A store that is down."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with make_site(tmp_path_factory.mktemp("server")) as made:
        yield made


def test_the_table_of_routes_is_exactly_what_the_server_answers(site: Site) -> None:
    """Each row is a rule with these methods, each rule has its row."""
    rules: dict[str, set[str]] = {}
    for rule in site.server.flask.url_map.iter_rules():
        rules.setdefault(rule.rule, set()).update(set(rule.methods or ()) - {"HEAD", "OPTIONS"})
    assert rules == {route.rule: set(route.methods) for route in ROUTES}


@pytest.mark.parametrize("create", [create_ingest, create_web])
def test_each_program_answers_what_is_its_own(tmp_path: Path, create: Any) -> None:
    """Rules of the table alone; records and the node stream are an ingest node's, pages and /live a web node's."""
    with make_site(tmp_path, create=create, store=NOWHERE) as site:
        rules = {rule.rule for rule in site.server.flask.url_map.iter_rules()}
    assert rules <= {route.rule for route in ROUTES}
    ours = {"/api/v1/records", "/api/v1/stream"}, {"/", "/live", "/api/v1/query"}
    here, there = ours if create is create_ingest else reversed(ours)
    assert here <= rules
    assert not there & rules


def test_live_goes_on_without_the_store(tmp_path: Path) -> None:
    """Both nodes begin while it is down: a row is answered with retry, and is live on the web node at once."""
    with (
        listening(tmp_path, create=create_ingest, store=NOWHERE) as ingest,
        make_site(tmp_path, create=create_web, store=NOWHERE, peers=f"http://{ingest.host}") as web,
    ):
        eventually(lambda: list(web.get("/readyz").json["missing"]) == ["store"], what="the link")
        assert list(ingest.get("/readyz").json["missing"]) == ["store"]
        outbox = Outbox()
        web.node.join(outbox)
        answer = ingest.send(wire.encode(record([NOW], {"gauge": [1.0]}, seq=1)))
        assert (answer.status_code, answer.json["outcomes"][0]["outcome"]) == (503, "retry")
        eventually(lambda: web.node.is_live("h1"), what="the host")
        web.node.board.subscribe(outbox, 1, "metrics=gauge")
        answer = ingest.send(wire.encode(record([NOW + 1], {"gauge": [2.0]}, seq=2)))
        texts: list[str] = []
        eventually(lambda: texts.extend(outbox.take()) or any("2.0" in text for text in texts), what="its row")
        assert web.node.presence.verdict("h1").state == "live"


def test_an_ingest_node_that_is_gone_is_not_ready(tmp_path: Path) -> None:
    """/readyz of the web node names its URL and why there is no link."""
    with make_site(tmp_path, create=create_web, store=NOWHERE, peers="http://127.0.0.1:2") as web:
        eventually(lambda: "refused" in web.get("/readyz").json["missing"]["http://127.0.0.1:2"], what="why")


def test_a_web_node_that_knows_no_ingest_node_waits_and_says_so(tmp_path: Path) -> None:
    """It was given none and the store is down."""
    with make_site(tmp_path, create=create_web, store=NOWHERE) as web:
        eventually(lambda: "127.0.0.1:1" in web.get("/readyz").json["missing"]["nodes"], what="why")
        assert web.get("/readyz").json["missing"]["nodes"].startswith("no ingest node is known: ")
        assert web.get("/healthz").status_code == 200


def test_an_ingest_node_of_another_token_is_not_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The web node says what to do, once, and shows nothing of it."""
    with (
        listening(tmp_path, create=create_ingest, store=NOWHERE, node_token="right") as ingest,
        make_site(tmp_path, create=create_web, store=NOWHERE, peers=f"http://{ingest.host}", node_token="wrong") as web,
    ):
        eventually(lambda: "TOKEN" in web.get("/readyz").json["missing"][f"http://{ingest.host}"], what="why")
        assert web.node.nodes.status() == []
    assert sum("TIDEGAUGE_NODE_TOKEN" in record.getMessage() for record in caplog.records) == 1


def test_an_ingest_node_whose_clock_is_off_does_no_harm(tmp_path: Path) -> None:
    """By an hour: rows are live, ages are right, and it is named with its offset."""
    with (
        listening(tmp_path, create=_an_hour_off, store=NOWHERE) as ingest,
        make_site(tmp_path, create=create_web, store=NOWHERE, peers=f"http://{ingest.host}") as web,
    ):
        eventually(lambda: list(web.get("/readyz").json["missing"]) == ["store"], what="the link")
        ingest.send(wire.encode(record([NOW], {"gauge": [1.0]}, seq=1)))
        eventually(lambda: web.node.is_live("h1"), what="the host")
        verdict = web.node.presence.verdict("h1")
        assert verdict.state == "live"
        assert verdict.for_ms < 10_000
        (told,) = web.node.nodes.status()
        assert abs(told["offset_ms"] - 3_600_000) < 60_000


def _an_hour_off(told: Settings, clock: Clock) -> Server:
    return create_ingest(told, OffsetClock(clock, 3_600_000))


def test_a_record_goes_the_whole_way(site: Site) -> None:
    """Posted, stored, live, asked for."""
    site.post([record([NOW - 1_000, NOW], {"gauge": [1.0, 2.0]}, seq=1)])
    (series,) = site.json("/api/v1/query?metrics=gauge&from=now-1m")["series"]
    assert series["value"] == [1.0, 2.0]
    assert site.node.is_live("h1")


def test_a_thread_that_ended_is_not_ready(tmp_path: Path) -> None:
    """/readyz names the part, so that somebody restarts the process."""
    with make_site(tmp_path) as site:
        site.server.ingest.committer.close()
        assert list(site.get("/readyz").json["missing"]) == ["ingest"]  # type: ignore[index]
        site.node.close()
        assert list(site.get("/readyz").json["missing"]) == ["ingest", "web"]  # type: ignore[index]
        site.server.people.memory.close()
        assert list(site.get("/readyz").json["missing"]) == ["ingest", "sessions", "web"]  # type: ignore[index]
        site.server.store.close()
        assert list(site.get("/readyz").json["missing"]) == ["ingest", "sessions", "store", "web"]  # type: ignore[index]


def test_a_node_that_knows_not_who_may_ask_is_not_ready(tmp_path: Path) -> None:
    """The store answers, but its accounts were not read yet: who comes from elsewhere would be refused."""
    with make_site(tmp_path) as site:
        site.server.people.accounts._count = None
        elsewhere = {"Host": site.host, "X-Forwarded-For": "192.0.2.1"}
        assert site.client.get("/", headers=elsewhere).status_code == 302
        assert site.get("/readyz").json["missing"] == {"store": "it was not asked yet who has an account"}  # type: ignore[index]
        site.server.people.memory.refresh()
        assert site.get("/readyz").json["missing"] == {}  # type: ignore[index]
        assert site.get("/").status_code == 200


def test_closing_ends_every_thread_and_lets_the_store_go(tmp_path: Path) -> None:
    """What waits is committed; another process may open the store."""
    before = set(threading.enumerate())
    with make_site(tmp_path) as site:
        site.post([record([NOW], {"gauge": [1.0]})])
    eventually(lambda: set(threading.enumerate()) <= before, what="the end of its threads")
    store = open_store(f"embedded:{tmp_path}", retention_days=3)
    assert [info.entity.id for info in store.entities(NOW - DAY_MS, NOW + DAY_MS)] == ["h1"]
    store.close()


def test_a_store_that_is_held_by_another_is_an_error(tmp_path: Path) -> None:
    """Nothing is started then."""
    before = threading.active_count()
    with make_site(tmp_path):
        told = settings.read({"store": f"embedded:{tmp_path}"}, {})
        with pytest.raises(StoreError, match="has the embedded store in"):
            create_up(told, HandClock())
    eventually(lambda: threading.active_count() == before, what="the end of its threads")


def test_old_days_and_who_is_not_heard_are_tidied_away(tmp_path: Path) -> None:
    """The first round of the tidier comes with the start."""
    with make_site(tmp_path) as site:
        site.post([record([NOW], {"gauge": [1.0]})])
    clock = HandClock(NOW + 5 * DAY_MS)
    server = create_up(settings.read({"store": f"embedded:{tmp_path}"}, {}), clock)
    eventually(lambda: server.store.entities(0, NOW + DAY_MS) == [], what="the end of the old day")
    server.close()
