"""What stands before every route."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from flask import Flask, abort, request
from werkzeug.test import TestResponse

from cli import guard
from cli.guard import Doorman
from cli.ingest import create_ingest
from cli.server import Server
from cli.up import create_up
from cli.web import create_web
from tests.clocks import HandClock
from tests.site import Site
from tests.site import site as make_site
from tidegauge.sessions import identity, routes, tokens
from tidegauge.sessions.memory import Memory
from tidegauge.sessions.people import People
from tidegauge.sessions.routes import ROUTES, Route
from tidegauge.sessions.signing import SESSION, Signer, new_key
from tidegauge.storage.base import Document
from tidegauge.storage.open import open_documents

PLACES = {
    "<path:path>": "hosts/h1",
    "<path:filename>": "tidegauge.mjs",
    "<string:package_name>": "dash",
    "<path:fingerprinted_path>": "dash-renderer/build/dash_renderer.min.js",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with make_site(tmp_path_factory.mktemp("guard")) as made:
        yield made


def ask(site: Site, route: Route, **headers: str) -> TestResponse:
    """A request of a route by its first method."""
    path = route.rule
    for place, value in PLACES.items():
        path = path.replace(place, value)
    given = {"Host": site.host, **headers}
    return site.client.open(path, method=route.methods[0], headers=given, buffered=True)


def is_refused(response: TestResponse, keyword: str) -> bool:
    """Whether it is a 403 of our shape."""
    body = response.json or {}
    return response.status_code == 403 and set(body) == {"error", "reason", "hint"} and body["error"] == keyword


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.rule)
def test_each_route_refuses_a_foreign_host_and_origin(site: Site, route: Route) -> None:
    """Whatever it is, before anything of it runs; by its right name it is not refused."""
    for host in (
        "evil.example",
        "evil.example:8050",
        "127.0.0.1",
        "127.0.0.1:80",
        "localhost:8050.evil.example",
        "a b",
    ):
        assert is_refused(ask(site, route, Host=host), "host")
    for origin in ("http://evil.example", "null", "http://127.0.0.1:8051", "http://localhost:8050", "file://"):
        assert is_refused(ask(site, route, Origin=origin), "origin")
    for headers in ({}, {"Host": "localhost:8050"}, {"Host": "[::1]:8050"}, {"Origin": f"http://{site.host}"}):
        assert ask(site, route, **headers).status_code != 403


def test_a_method_that_a_rule_does_not_take_is_405(site: Site) -> None:
    """In our shape, and only after Host and Origin were looked at."""
    for path in ("/api/v1/query", "/healthz", "/nothing"):
        response = site.client.delete(path, headers={"Host": site.host})
        assert (response.status_code, response.json and response.json["error"]) == (405, "method_not_allowed")
    assert is_refused(site.client.delete("/healthz", headers={"Host": "evil.example"}), "host")


def test_alive_and_ready(site: Site) -> None:
    """Health is answered to anyone, with what is missing."""
    assert site.json("/healthz") == {"status": "alive"}
    assert site.json("/readyz") == {"status": "ready", "missing": {}}


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    """Nobody has an account."""
    documents = open_documents(f"embedded:{tmp_path}")
    made = People(documents, Signer(new_key()), HandClock(), Memory(documents))
    made.memory.refresh()
    yield made
    documents.close()


def small(people: People) -> Flask:
    """A server of its own, with a rule that no table has, and one that fails."""
    server = Flask("test", static_folder=None)
    missing: dict[str, str] = {}
    guard.install(server, Doorman(people, "127.0.0.1:8050"), lambda: missing)
    server.config["MAX_CONTENT_LENGTH"] = 10

    @server.get("/secret")
    def secret() -> str:
        return "secret"

    @server.post("/api/v1/records")
    def read() -> str:
        return str(len(request.get_data()))

    @server.get("/live")
    def fail() -> str:
        abort(418)

    @server.get("/api/v1/query")
    def broken() -> str:
        raise ValueError("a mistake of ours")

    server.extensions["missing"] = missing
    return server


def test_a_rule_that_is_not_in_the_table_answers_nobody(people: People) -> None:
    """Though the server has it."""
    response = small(people).test_client().get("/secret", headers={"Host": "127.0.0.1:8050"})
    assert (response.status_code, response.json and response.json["error"]) == (404, "not_found")


def test_what_is_not_ready_is_named(people: People) -> None:
    """503 with a sentence for each."""
    server = small(people)
    server.extensions["missing"]["store"] = "the disk is full"
    response = server.test_client().get("/readyz", headers={"Host": "127.0.0.1:8050"})
    assert response.status_code == 503
    assert response.json == {"status": "not ready", "missing": {"store": "the disk is full"}}


def test_every_error_has_our_shape(people: People) -> None:
    """Those of Flask, of routes, and mistakes of ours, of which nothing is shown."""
    client = small(people).test_client()
    headers = {"Host": "127.0.0.1:8050"}
    large = client.post("/api/v1/records", data=b"x" * 11, headers=headers)
    assert (large.status_code, large.json and large.json["error"]) == (413, "too_large")
    teapot = client.get("/live", headers=headers)
    assert (teapot.status_code, teapot.json and teapot.json["error"]) == (418, "i'm_a_teapot")
    mistake = client.get("/api/v1/query", headers=headers)
    assert (mistake.status_code, mistake.json and mistake.json["error"]) == (500, "internal_server_error")
    assert "mistake of ours" not in mistake.text


def test_a_proxy_that_says_nothing_of_itself_is_not_local(site: Site) -> None:
    """nginx as it is installed asks in HTTP/1.0, with our own address as Host."""
    answers = [
        site.client.get("/api/v1/system", headers={"Host": site.host}, environ_overrides={"SERVER_PROTOCOL": protocol})
        for protocol in ("HTTP/1.1", "HTTP/1.0")
    ]
    assert [answer.status_code for answer in answers] == [200, 403]


class Asker:
    """Somebody who is not on the machine itself, with what they show; may: the roles that this is enough for."""

    def __init__(self, name: str, *may: str) -> None:
        self.name = name
        self.may = {"anyone", *may}

    def headers(self, site: Site) -> dict[str, str]:
        """What goes along with a request: of people a session that begins now."""
        people, now_ms = site.server.people, site.clock.wall_ms()
        shown = {"Host": site.host, "X-Forwarded-For": "192.0.2.7"}
        if self.name in ("viewer", "editor", "admin"):
            text = people.signer.sign(SESSION, identity.begin("ann", self.name, 0, now_ms))
            shown["Cookie"] = f"{people.cookie}={text}"
        elif self.name == "collector":
            text = people.signer.sign(tokens.COLLECTOR, tokens.begin("h1", now_ms, None))
            shown["Authorization"] = f"Bearer {text}"
        elif self.name == "node":
            shown["Authorization"] = f"Bearer {NODE_TOKEN}"
        return shown


NODE_TOKEN = "of nodes"
ASKERS = (
    Asker("nobody"),
    Asker("viewer", "viewer"),
    Asker("editor", "viewer", "editor"),
    Asker("admin", "viewer", "editor", "admin"),
    Asker("collector", "collector"),
    Asker("node", "node"),
)
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}
REFUSALS = {"login", "role", "token"}


def is_let_in(response: TestResponse) -> bool:
    """Whether the guard let a request go on, whatever became of it then."""
    if response.headers.get("Location", "").startswith("/login?next="):
        return False
    if response.status_code not in (401, 403):
        return True
    said = response.get_json(silent=True) or {}
    return response.request.method != "HEAD" and said.get("error") not in REFUSALS


@pytest.mark.parametrize("create", [create_up, create_web, create_ingest])
def test_who_may_what_is_exactly_the_table(tmp_path: Path, create: Callable[..., Server]) -> None:
    """Every rule of the URL map of every program with each of its methods, websockets too, without identity and with
    each role."""
    given = {} if create is create_up else {"store": "http://127.0.0.1:1", "secret_key": "k" * 32}
    with make_site(tmp_path, create=create, node_token=NODE_TOKEN, **given) as site:
        people = site.server.people
        people.memory.close()
        people.accounts.take([Document("ann", 1, b"{}")])
        client = site.server.flask.test_client(use_cookies=False)
        wrong = []
        for rule in site.server.flask.url_map.iter_rules():
            route = routes.find(rule.rule)
            assert route is not None, rule.rule
            for method, asker in product(sorted(rule.methods or ()), ASKERS):
                path = re.sub(r"<[^>]+>", lambda place: PLACES.get(place[0], "x"), rule.rule)
                headers = asker.headers(site) | (UPGRADE if rule.websocket else {})
                answer = client.open(path, method=method, headers=headers, buffered=True)
                if is_let_in(answer) != (route.role in asker.may):
                    wrong.append((rule.rule, method, asker.name, answer.status_code))
        assert wrong == []
