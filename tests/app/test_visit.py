"""Leave to stay on an open websocket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from app.live import SIGNED_OUT
from tests.app.people import add, cookie, sign_in
from tests.app.test_live import heard
from tests.site import Site, close_code, listening
from tidegauge.sessions.identity import ABSOLUTE_MS


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site that listens."""
    with listening(tmp_path) as made:
        yield made


def stream(site: Site, cookie: str = "") -> ClientConnection:
    """A browser's stream."""
    headers = {"Origin": f"http://{site.host}", **({"Cookie": cookie} if cookie else {})}
    return connect(f"ws://{site.host}/live", additional_headers=headers, open_timeout=10, close_timeout=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["out", "everywhere", "password", "removed", "expired"])
def test_a_stream_ends_with_its_session(site: Site, how: str) -> None:
    """However that ends: with a code of its own and a sentence; that of another goes on."""
    add(site, "ann")
    add(site, "bob")
    people = site.server.people
    client, answer = sign_in(site, "ann")
    _, other = sign_in(site, "bob")
    with stream(site, cookie(answer)) as ws, stream(site, cookie(other)) as bobs:
        heard(ws, "hello")
        heard(bobs, "hello")
        if how in ("out", "everywhere"):
            client.post(
                "/logout", data={"everywhere": "yes"} if how == "everywhere" else {}, headers={"Host": site.host}
            )
        elif how == "password":
            people.change("ann", None, "another password")
        elif how == "removed":
            people.accounts.remove("ann")
        else:
            site.clock.advance(ABSOLUTE_MS + 1)
        assert close_code(ws) == SIGNED_OUT
        assert "signed out" in ws.protocol.close_rcvd.reason
        if how == "expired":
            assert close_code(bobs) == SIGNED_OUT
        else:
            bobs.send('{"op":"watch","host":null}')
            heard(bobs, "presence")


@pytest.mark.slow
def test_with_the_first_account_everybody_signs_in(site: Site) -> None:
    """Whoever looked as the local admin is let go, and comes in no more without a session."""
    with stream(site) as ws:
        heard(ws, "hello")
        add(site, "ann")
        assert close_code(ws) == SIGNED_OUT
    with pytest.raises(InvalidStatus) as caught, stream(site):
        pass
    assert caught.value.response.status_code == 401


@pytest.mark.slow
def test_a_page_is_told_when_nothing_can_be_changed(site: Site) -> None:
    """And when it can again; the stream stays."""
    with stream(site) as ws:
        heard(ws, "hello")
        site.server.people.memory.read_only = True
        assert heard(ws, "store")["read_only"]
        site.server.people.memory.read_only = False
        assert not heard(ws, "store")["read_only"]
