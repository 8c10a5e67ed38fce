"""The one authorize."""

import pytest

from tidegauge.sessions import access, routes
from tidegauge.sessions.access import Denied, Request

NAMES = access.names_of("127.0.0.1:8050")
LIVE = routes.find("/live")


def ask(host: str = "127.0.0.1:8050", origin: str | None = None, method: str = "GET") -> object:
    return access.authorize(Request(LIVE, method, host, origin), NAMES)


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


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:8050"])
def test_a_foreign_origin_is_refused(origin: str) -> None:
    """A page of another site may not ask, nor open a websocket."""
    denied = ask(origin=origin)
    assert isinstance(denied, Denied)
    assert (denied.status, denied.error) == (403, "origin")


def test_a_node_is_known_by_the_url_that_it_tells_others() -> None:
    """Beside its address, and by no other name."""
    names = access.names_of("127.0.0.1:8051", "https://Ingest-1.example:8443/")
    assert access.authorize(Request(LIVE, "GET", "ingest-1.example:8443", None), names) == "admin"
    assert access.authorize(Request(LIVE, "GET", "127.0.0.1:8051", None), names) == "admin"
    assert isinstance(access.authorize(Request(LIVE, "GET", "ingest-1.example", None), names), Denied)
    assert isinstance(access.authorize(Request(LIVE, "GET", "", None), access.names_of("127.0.0.1:8051")), Denied)


def test_what_is_not_in_the_table_answers_nobody() -> None:
    """An unknown rule is 404, a wrong method 405."""
    assert access.authorize(Request(None, "GET", "127.0.0.1:8050", None), NAMES) == Denied(
        404, "not_found", "there is no such page", "docs/api.md lists what there is"
    )
    denied = ask(method="DELETE")
    assert isinstance(denied, Denied)
    assert denied.status == 405
