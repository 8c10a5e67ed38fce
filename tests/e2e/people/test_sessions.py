"""Sessions over two web nodes and a real Elasticsearch, which is killed."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from cli.web import create_web
from tests.app.people import add, cookie, get, sign_in
from tests.e2e.clusters import own_nodes
from tests.e2e.programs import eventually
from tests.site import Site
from tests.site import site as make_site

pytestmark = [pytest.mark.elasticsearch, pytest.mark.processes]

SECONDS = 60
"""A sign-out everywhere is known on every node by then; usually within 5."""


def status(site: Site, cookie: str) -> int:
    """What a node says to a session."""
    return get(site, "/api/v1/session", cookie).status_code


def test_a_session_is_one_on_every_node_and_outlives_the_store(tmp_path: Path) -> None:
    """Signed in on one node one is in on the other; signed out everywhere on one, out on both; while the store is
    dead who is in stays in, on a node that begins then too, and revocations that were known hold."""
    given = {"create": create_web, "secret_key": "k" * 32, "peers": "http://127.0.0.1:1"}
    with own_nodes() as (store,), ExitStack() as closing:
        one, other = (
            closing.enter_context(make_site(tmp_path, port, store=store.url, **given)) for port in (8050, 8051)
        )
        add(one, "ann", "admin")
        eventually(lambda: other.server.people.accounts.any, SECONDS, "the account on the other node")
        gone = cookie(sign_in(one, "ann")[1])
        assert status(one, gone) == status(other, gone) == 200
        client, answer = sign_in(other, "ann")
        one.clock.advance(1)
        other.clock.advance(1)
        assert client.post("/api/v1/logout", json={"everywhere": True}, headers={"Host": other.host}).json == {
            "everywhere": True,
            "known_to_all_nodes": True,
        }
        assert status(other, gone) == status(other, cookie(answer)) == 401
        eventually(lambda: status(one, gone) == 401, SECONDS, "the sign-out on the other node")
        kept = cookie(sign_in(one, "ann")[1])
        assert status(one, kept) == status(other, kept) == 200

        store.close()
        for node in (one, other):
            eventually(lambda node=node: node.server.people.memory.read_only, SECONDS, "that pages are read only")
            assert status(node, kept) == 200
            assert status(node, gone) == 401
        assert sign_in(one, "ann")[1].status_code == 503
        late = closing.enter_context(make_site(tmp_path, 8052, store=store.url, **given))
        assert status(late, kept) == 200
        assert get(late, "/api/v1/session", "").json == {"name": "", "role": "viewer"}
