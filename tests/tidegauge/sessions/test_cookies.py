"""The cookie of a session."""

from __future__ import annotations

import pytest
from flask import Flask, Response, request

from tests.clocks import HandClock
from tests.tidegauge.sessions.conftest import Switch
from tidegauge.sessions import cookies, identity
from tidegauge.sessions.memory import Memory
from tidegauge.sessions.people import People
from tidegauge.sessions.signing import Signer


@pytest.mark.parametrize(("headers", "secure"), [({}, False), ({"X-Forwarded-Proto": "https"}, True)])
def test_what_is_put_is_read_and_dropped(
    documents: Switch, clock: HandClock, headers: dict[str, str], secure: bool
) -> None:
    """It lasts as long as the session can, and is sent back over https alone where it came by that."""
    people = People(documents, Signer("k" * 32), clock, Memory(documents))
    session = identity.begin("ann", "viewer", 0, clock.wall_ms())
    response = Response()
    with Flask("test").test_request_context("/", headers=headers):
        assert cookies.read(request, people) is None
        cookies.put(response, request, people, session)
    (put,) = response.headers.getlist("Set-Cookie")
    assert f"Max-Age={identity.ABSOLUTE_MS // 1000};" in put
    assert ("; Secure" in put) == secure
    with Flask("test").test_request_context("/", headers={**headers, "Cookie": put.partition(";")[0]}):
        assert cookies.read(request, people) == session
        cookies.drop(response, request, people)
    assert "Max-Age=0" in response.headers.getlist("Set-Cookie")[1]
