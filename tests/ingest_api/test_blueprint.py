"""The URLs of an ingest node, over HTTP."""

from __future__ import annotations

import gzip
import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from werkzeug.test import TestResponse

from ingest_api.door import MAX_BODY_BYTES
from tests.ingest_api.posts import header
from tests.rows import NOW, host, record
from tests.site import Site, listening
from tests.site import site as make_site
from tidegauge.metrics import wire
from tidegauge.metrics.records import Entity, Record
from tidegauge.sessions import identity, tokens
from tidegauge.sessions.signing import SESSION, Signer, new_key
from tidegauge.sessions.tokens import COLLECTOR

GOOD = record([NOW], {"gauge": [1.0]}, seq=1)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with make_site(tmp_path_factory.mktemp("ingest")) as made:
        yield made


def is_refused(response: Any, status: int, keyword: str) -> bool:
    """Whether a response is an error of our shape."""
    body = response.json
    return response.status_code == status and set(body) == {"error", "reason", "hint"} and body["error"] == keyword


def test_a_post_is_answered_with_outcomes(site: Site) -> None:
    """200, JSON, one outcome a record; another POST of it is a duplicate."""
    one = record([NOW], {"gauge": [1.0]}, seq=100, incarnation="1700000000000-cccccccc")
    for expected in ("stored", "duplicate"):
        response = site.send(wire.encode(one))
        assert response.status_code == 200
        assert response.content_type == "application/json"
        assert [outcome.outcome for outcome in wire.decode_answer(response.data).outcomes] == [expected]


@pytest.mark.parametrize("given", ["application/json", "", "text/plain; charset=utf-8", "application/x-" + "x" * 9_000])
def test_another_content_type_is_415(site: Site, given: str) -> None:
    """The hint says which would do."""
    response = site.send(wire.encode(GOOD), **{"Content_Type": given})
    assert is_refused(response, 415, "content_type")
    assert wire.CONTENT_TYPE in response.json["hint"]
    assert len(response.data) < 1_000


def test_a_content_type_may_have_parameters(site: Site) -> None:
    """Only the type itself counts."""
    assert site.send(wire.encode(GOOD), Content_Type=f"{wire.CONTENT_TYPE}; charset=binary").status_code == 200


def test_a_body_that_is_too_large_is_413(site: Site) -> None:
    """By its length as it is named, before it is read."""
    assert is_refused(site.send(b"x" * (MAX_BODY_BYTES + 1)), 413, "too_large")


@pytest.mark.parametrize(
    ("body", "status", "keyword"),
    [
        (b"", 200, ""),
        (b"not gzip", 400, "gzip"),
        (wire.encode(GOOD)[:-9], 400, "gzip"),
        (gzip.compress(b"0" * (200 << 20), compresslevel=9), 413, "too_large"),
    ],
    ids=["empty", "not gzip", "cut short", "bomb"],
)
def test_a_body_that_cannot_be_read_is_refused_whole(site: Site, body: bytes, status: int, keyword: str) -> None:
    """A 4xx of our shape, never a 5xx."""
    response = site.send(body)
    assert response.status_code == status
    assert not keyword or is_refused(response, status, keyword)


@pytest.mark.parametrize("given", ["", "{", "[]", '{"host":"h1"}', header(NOW, host="a/b"), header(NOW, period_ms=-1)])
def test_a_header_that_cannot_be_is_400(site: Site, given: str) -> None:
    """Nothing of the POST is believed."""
    assert is_refused(site.send(wire.encode(GOOD), **{wire.HEADER: given}), 400, "header")


def bad(**changes: Any) -> Record:
    return msgspec.structs.replace(GOOD, **changes)


BAD = {
    "unknown version": (bad(v=9), "retry"),
    "NUL": (bad(incarnation="1700000000000-\0"), "refused"),
    "negative sequence": (bad(seq=-5), "refused"),
    "a name of 10 kB": (record([NOW], {"g" * 10_000: [1.0]}, seq=5), "refused"),
    "a million series": (record([NOW], {f"g{i}": [1.0] for i in range(100_000)}, seq=5), "refused"),
    "another host": (bad(host="h2"), "refused"),
    "another host's disk": (record([NOW], {"g": [1.0]}, entity=Entity("h2:disk:a", "disk", "b", 1000)), "refused"),
    "another host's page": (record([NOW], {"g": [1.0]}, entity=host("h1", **{"host.id": "h2"})), "refused"),
    "the year 1970": (record([5], {"gauge": [1.0]}, seq=6), "refused"),
    "the year 2100": (record([4_102_444_800_000], {"gauge": [1.0]}, seq=7), "retry"),
}


@pytest.mark.parametrize(("one", "outcome"), BAD.values(), ids=BAD)
def test_bad_records_have_their_outcome_and_the_good_ones_beside_them_are_stored(
    site: Site, one: Record, outcome: str, request: pytest.FixtureRequest
) -> None:
    """By rules 4 and 14: refused or retry, with a reason; never a 5xx."""
    good = record([NOW + 1 + list(BAD).index(request.node.callspec.id)], {"gauge": [2.0]}, seq=1_000)
    response = site.send(wire.encode(one) + wire.encode(good))
    assert response.status_code == 200
    first, second = wire.decode_answer(response.data).outcomes
    assert (first.outcome, second.outcome) == (outcome, "stored")
    assert first.reason


def test_html_in_a_name_is_kept_as_text(site: Site) -> None:
    """It is stored as it came and comes back as JSON text."""
    name = "<img src=x onerror=alert(1)>"
    site.post([record([NOW + 77], {"gauge": [1.0]}, entity=host("h1", **{"host.name": name}))])
    (known,) = site.json("/api/v1/entities?filter=entity%3Dh1")
    assert known["attributes"]["host.name"] == name


def test_a_store_that_is_down_is_503_with_outcomes(tmp_path: Path) -> None:
    """All to be sent again, in a second."""
    with make_site(tmp_path) as site:
        site.server.store.close()
        response = site.send(wire.encode(GOOD))
        assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
        assert [outcome.outcome for outcome in wire.decode_answer(response.data).outcomes] == ["retry"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"seconds":1}', b'{"host":1}', b"[" * 9_000, b"\xff"])
def test_an_order_to_pull_the_cable_that_cannot_be_read_is_400(site: Site, body: bytes) -> None:
    """The hint says what to send."""
    response = site.client.post("/api/v1/cable", data=body, headers={"Host": site.host})
    assert is_refused(response, 400, "json")


def test_a_pulled_cable_closes_the_connection_unanswered(tmp_path: Path) -> None:
    """For the seconds it was pulled; then the collector is answered as before."""
    with listening(tmp_path) as site:
        order = {"host": "h1", "seconds": 90}
        pulled = site.client.post("/api/v1/cable", json=order, headers={"Host": site.host})
        assert pulled.json == {"host": "h1", "seconds": 60}
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            collect(site)
        site.clock.advance(60_000)
        assert collect(site) == 200


def collect(site: Site) -> int:
    """A POST over a real socket; its status."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)
    headers = {wire.HEADER: header(site.clock.wall_ms()), "Content-Type": wire.CONTENT_TYPE}
    try:
        connection.request("POST", "/api/v1/records", wire.encode(GOOD), headers)
        return connection.getresponse().status
    finally:
        connection.close()


KEY = new_key()
FORWARDED = {"X_Forwarded_For": "10.0.0.9"}


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A node that is reached through a proxy."""
    with make_site(tmp_path_factory.mktemp("behind"), secret_key=KEY) as made:
        yield made


def shown(site: Site, token: str, body: bytes = b"", **changes: Any) -> TestResponse:
    """What a POST through a proxy is answered, with a token."""
    return site.send(body or wire.encode(GOOD), Authorization=f"Bearer {token}", **FORWARDED, **changes)


def token_of(site: Site, named: str, days: int | None = None, key: str = KEY, purpose: str = COLLECTOR) -> str:
    """A token as `tidegauge token create` makes it."""
    return Signer(key).sign(purpose, tokens.begin(named, site.clock.wall_ms(), days))


def test_a_collector_of_another_machine_needs_the_token_of_its_host(behind: Site) -> None:
    """One of this machine needs none, and what it shows does not matter."""
    assert shown(behind, token_of(behind, "h1")).status_code == 200
    assert behind.send(wire.encode(GOOD)).status_code == 200
    assert behind.send(wire.encode(GOOD), Authorization="Bearer nonsense").status_code == 200


@pytest.mark.parametrize("header", ["Forwarded", "Via", "X_Real_IP", "X_Forwarded_Host", "X_Forwarded_Proto"])
def test_without_a_token_it_is_refused_and_told_what_to_do(behind: Site, header: str) -> None:
    """401 of our shape, which settles nothing; whichever header says that a proxy stands between."""
    response = behind.send(wire.encode(GOOD), **{header: "x"})
    assert is_refused(response, 401, "token")
    assert "shows none" in response.json["reason"]
    assert "tidegauge token create --host ID" in response.json["hint"]


def test_no_other_text_is_a_token(behind: Site) -> None:
    """Forged, for another purpose, a node's, cut, huge, garbage; and a token in a cookie opens nothing."""
    good = token_of(behind, "h1")
    session = identity.begin("ann", "admin", 0, behind.clock.wall_ms())
    for text in (
        token_of(behind, "h1", key=new_key()),
        token_of(behind, "h1", purpose=SESSION),
        Signer(KEY).sign(SESSION, session),
        good[:-2],
        good + "x",
        good.upper(),
        "x" * 60_000,
        "ÿ.ÿ",
        ".",
        "",
    ):
        assert is_refused(shown(behind, text), 401, "token")
    assert is_refused(behind.send(wire.encode(GOOD), Authorization=f"Basic {good}", **FORWARDED), 401, "token")
    cookie = {"Cookie": f"{behind.server.people.cookie}={good}", "X-Forwarded-For": "10.0.0.9"}
    assert behind.get("/api/v1/entities", **cookie).status_code in (401, 403)
    assert behind.get("/api/v1/entities", Authorization=f"Bearer {good}", **{"X-Real-IP": "x"}).status_code in (
        401,
        403,
    )


def test_a_token_sends_for_its_host_alone(behind: Site) -> None:
    """403 where the header names another; a record of another host is refused by itself, as ever."""
    response = shown(behind, token_of(behind, "h2"))
    assert is_refused(response, 403, "token_host")
    assert "token is of h2, and the records are of 'h1'" in response.json["reason"]
    other = msgspec.structs.replace(GOOD, host="h2")
    answer = wire.decode_answer(shown(behind, token_of(behind, "h1"), wire.encode(other)).data)
    assert [outcome.outcome for outcome in answer.outcomes] == ["refused"]


def test_a_token_that_ended_or_was_revoked_is_refused(tmp_path: Path) -> None:
    """Each with its own words, the next POST after it."""
    with make_site(tmp_path, secret_key=KEY) as site:
        token = tokens.begin("h1", site.clock.wall_ms())
        text, short = Signer(KEY).sign(COLLECTOR, token), token_of(site, "h1", days=1)
        assert [shown(site, one).status_code for one in (text, short)] == [200, 200]
        site.server.people.revocations.end_token(identity.hashed(token.id), token.ends_ms)
        assert "was revoked" in shown(site, text).json["reason"]
        site.clock.advance(identity.DAY_MS)
        assert "this token of h1 ended" in shown(site, short).json["reason"]
