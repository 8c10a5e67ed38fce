"""The one authorize."""

from typing import Any

import pytest

from tidegauge.sessions import access, routes
from tidegauge.sessions.access import Denied, Node, Request
from tidegauge.sessions.identity import Identity
from tidegauge.sessions.routes import Route

NODE = Node(access.names_of("127.0.0.1:8050"), accounts=True)
LIVE, EDIT, CABLE = routes.find("/live"), Route("/edit", ("POST",), "editor"), routes.find("/api/v1/cable")
RECORDS, STREAM, HEALTH = routes.find("/api/v1/records"), routes.find("/api/v1/stream"), routes.find("/healthz")
LOCAL_HOST = "127.0.0.1:8050"


def ask(host: str = LOCAL_HOST, origin: str | None = None, method: str = "GET") -> object:
    return access.authorize(Request(LIVE, method, host, origin, local=True), NODE._replace(accounts=False))


def judged(route: Route | None, node: Node = NODE, **known: Any) -> object:
    """The role, or the status and keyword of a refusal."""
    assert route is not None
    verdict = access.authorize(Request(route, route.methods[0], LOCAL_HOST, None, **known), node)
    return (verdict.status, verdict.error) if isinstance(verdict, Denied) else verdict


def test_loopback_by_its_right_name_is_the_local_admin() -> None:
    """Every spelling of loopback with the node's port is right."""
    for host in ("127.0.0.1:8050", "localhost:8050", "[::1]:8050", "LOCALHOST:8050"):
        assert ask(host) == "admin"
    assert ask(origin="http://127.0.0.1:8050") == "admin"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:9999", "127.0.0.1", ""])
def test_a_foreign_host_is_refused(host: str) -> None:
    """A Host header that is not this node's is 403 even on loopback (DNS rebinding)."""
    denied = ask(host)
    assert isinstance(denied, Denied)
    assert (denied.status, denied.error) == (403, "host")


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:8050", "http://[::1"]
)
def test_a_foreign_origin_is_refused(origin: str) -> None:
    """A page of another site may not ask, nor open a websocket."""
    denied = ask(origin=origin)
    assert isinstance(denied, Denied)
    assert (denied.status, denied.error) == (403, "origin")


def test_a_node_is_known_by_the_url_that_it_tells_others() -> None:
    """Beside its address, and by no other name."""
    node = Node(access.names_of("127.0.0.1:8051", ["https://Ingest-1.example:8443/", ""]), accounts=False)
    for host, is_ours in (
        ("ingest-1.example:8443", True),
        ("127.0.0.1:8051", True),
        ("ingest-1.example", False),
        ("", False),
    ):
        verdict = access.authorize(Request(HEALTH, "GET", host, None), node)
        assert (verdict == "anyone") == is_ours


def test_off_loopback_any_address_is_a_name() -> None:
    """Who came by an address was misled by no name; names are known or refused."""
    node = Node(access.names_of("0.0.0.0:8050", ["https://tides.example"]), accounts=False)
    for host in ("192.0.2.7:8050", "192.0.2.7", "[2001:db8::7]:8050", "tides.example", "0.0.0.0:8050"):
        assert access.authorize(Request(HEALTH, "GET", host, None), node) == "anyone"
    for host in ("evil.example:8050", "192.0.2.7.evil.example", "[::1", "192.0.2.7@evil", "a b", "", "[]"):
        assert isinstance(access.authorize(Request(HEALTH, "GET", host, None), node), Denied)


def test_each_role_may_do_what_lesser_roles_may() -> None:
    """And nothing of greater ones; who is not signed in is told to."""
    ranks = ["viewer", "editor", "admin"]
    for route in (LIVE, EDIT, CABLE):
        assert route is not None
        for role in ranks:
            enough = ranks.index(role) >= ranks.index(route.role)
            who = Identity("ann", role, "s", 1)  # type: ignore[arg-type]
            assert judged(route, identity=who) == (role if enough else (403, "role"))
        assert judged(route) == judged(route, local=True) == (401, "login")


def test_without_accounts_this_machine_alone_is_served() -> None:
    """Its people are the local admin; before the store was read they may look, unless the node is open to all."""
    assert judged(LIVE, NODE._replace(accounts=False), local=True) == "admin"
    assert judged(LIVE, NODE._replace(accounts=False)) == (403, "no_accounts")
    assert judged(LIVE, NODE._replace(accounts=None), local=True) == "viewer"
    for route in (EDIT, CABLE):
        assert judged(route, NODE._replace(accounts=None), local=True) == (503, "accounts")
    assert judged(LIVE, NODE._replace(accounts=None)) == (503, "accounts")
    for accounts in (True, False, None):
        assert judged(CABLE, NODE._replace(accounts=accounts, open=True)) == "admin"
        assert judged(RECORDS, NODE._replace(accounts=accounts, open=True)) == "collector"
        assert judged(HEALTH, NODE._replace(accounts=accounts)) == "anyone"
    assert judged(STREAM, NODE._replace(open=True)) == (401, "token")


def test_machines_show_tokens_unless_they_are_local() -> None:
    """Each its own: that of a collector opens nothing to a node, nor to a person, and no person's role opens theirs."""
    for route in (RECORDS, STREAM):
        assert route is not None
        assert judged(route, local=True) == judged(route, token=route.role) == route.role
        assert judged(route) == (401, "token")
        assert judged(route, identity=Identity("ann", "admin", "s", 1)) == (401, "token")
    assert judged(RECORDS, token="node") == judged(STREAM, token="collector") == (401, "token")
    assert judged(LIVE, token="collector") == (401, "login")


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "x-forwarded-proto", "X-Real-IP", "Via"])
def test_who_comes_through_a_proxy_is_not_local(header: str) -> None:
    """Nor who comes from elsewhere, by another name, or to a node that others reach."""
    assert access.is_local("127.0.0.1:8050", "127.0.0.1", "localhost:8050", ["Host", "Accept"])
    assert access.is_local("[::1]:8050", "::1", "[::1]:8050", [])
    assert not access.is_local("127.0.0.1:8050", "127.0.0.1", "localhost:8050", ["Host", header])
    assert not access.is_local("127.0.0.1:8050", "127.0.0.1", "127.0.0.1:8050", ["Host"], "HTTP/1.0")
    for bind, peer, host in (
        ("0.0.0.0:8050", "127.0.0.1", "127.0.0.1:8050"),
        ("127.0.0.1:8050", "192.0.2.7", "127.0.0.1:8050"),
        ("127.0.0.1:8050", "", "127.0.0.1:8050"),
        ("127.0.0.1:8050", "127.0.0.1", "tides.example"),
    ):
        assert not access.is_local(bind, peer, host, [])


def test_what_is_not_in_the_table_answers_nobody() -> None:
    """An unknown rule is 404, a wrong method 405."""
    assert access.authorize(Request(None, "GET", LOCAL_HOST, None), NODE) == Denied(
        404, "not_found", "there is no such page", "docs/api.md lists what there is"
    )
    denied = ask(method="DELETE")
    assert isinstance(denied, Denied)
    assert denied.status == 405
