"""WS /live: a browser's orders, and a real websocket."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from wsproto.events import Ping

import tidegauge
from app import live, wire
from app.me import Mine
from app.system import System
from app.visit import Visit
from tests.app.rig import Rig, Screen
from tests.app.test_wire import connected
from tests.e2e.programs import eventually
from tests.rows import NOW, record
from tests.site import Site, close_code, listening


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with listening(tmp_path_factory.mktemp("live")) as made:
        made.post([record([NOW], {"gauge": [1.0]})])
        yield made


def system_of(rig: Rig) -> System:
    return System(rig.node, "w1", "", tuple)


@contextmanager
def browser(site: Site, **headers: str) -> Iterator[ClientConnection]:
    with connect(f"ws://{site.host}/live", additional_headers=headers, open_timeout=10, close_timeout=0.1) as ws:
        yield ws


def heard(ws: ClientConnection, kind: str) -> dict[str, Any]:
    """The next message of a type."""
    while True:
        message: dict[str, Any] = json.loads(ws.recv(timeout=10))
        if message["type"] == kind:
            return message


@pytest.mark.parametrize(
    "text", ["", "{}", '{"op":"delete"}', "null", "\0", '{"op":"subscribe","id":"x"}', '{"op":"watch","system":1}']
)
def test_what_is_no_order_is_answered_so(rig: Rig, text: str) -> None:
    """The browser learns what an order is; nothing ends."""
    live.obey(rig.node, system_of(rig), rig.outbox, text)
    (message,) = rig.told()
    assert (message["error"], message["id"]) == ("order", None)
    assert message["hint"] == "op is one of subscribe, unsubscribe, watch"


@pytest.mark.parametrize(
    "order",
    [
        {"op": "subscribe", "id": 3, "query": "metrics="},
        {"op": "subscribe", "id": 3, "query": "metrics=a&from=tomorrow"},
        {"op": "subscribe", "id": 3, "query": "metrics=a&filter=x"},
        {"op": "watch", "id": 3, "host": "h1", "from": "soon"},
    ],
)
def test_an_order_that_cannot_be_followed_is_answered_with_its_id(rig: Rig, order: dict[str, Any]) -> None:
    """Keyword, reason and hint, as everywhere."""
    live.obey(rig.node, system_of(rig), rig.outbox, json.dumps(order))
    (message,) = rig.told()
    assert (message["id"], message["error"]) == (3, "query")
    assert message["reason"]
    assert message["hint"]


def test_orders_are_followed(rig: Rig) -> None:
    """subscribe, unsubscribe and watch do what they say."""
    rig.row(gauge=1.0)
    for order in ({"op": "subscribe", "id": 1, "query": "metrics=gauge"}, {"op": "watch", "host": None}):
        live.obey(rig.node, system_of(rig), rig.outbox, json.dumps(order))
    assert [message["type"] for message in rig.told()] == ["view", "presence"]
    live.obey(rig.node, system_of(rig), rig.outbox, '{"op":"unsubscribe","id":1}')
    rig.second(gauge=2.0)
    assert rig.told("points") == []


def test_of_hosts_and_system_a_browser_watches_the_one_it_named_last(rig: Rig) -> None:
    """Each order to watch is in place of the one before."""
    system = system_of(rig)
    rig.node.health.thread.start()
    rig.row(gauge=1.0)
    orders = ('{"op":"watch","host":null}', '{"op":"watch","system":true}', '{"op":"watch","host":"h1"}')
    for order, kinds in zip(
        orders, ({"presence"}, {"system"}, {"presence", "gaps", "events", "containers"}), strict=True
    ):
        live.obey(rig.node, system, rig.outbox, order)
        assert {message["type"] for message in rig.told()} == kinds
        rig.node.presence.tell()
        system.tell()
        assert {message["type"] for message in rig.told()} == kinds - {"gaps", "events", "containers"}
    system.leave(rig.outbox)


def test_a_browser_is_greeted_shown_and_kept_up_to_date(site: Site) -> None:
    """Over a real socket: hello, the whole view, presence with gaps, then points as rows come."""
    with browser(site, Origin=f"http://{site.host}") as ws:
        hello = heard(ws, "hello")
        assert (hello["node"], hello["w_ms"], hello["version"]) == (site.host, 10_000, tidegauge.__version__)
        assert heard(ws, "preferences")["person"] == ""
        ws.send('{"op":"subscribe","id":7,"query":"metrics=gauge&filter=kind%3Dhost"}')
        screen = Screen(7).take([heard(ws, "view")])
        ws.send('{"op":"watch","host":"h1","from":"now-5m","to":"now"}')
        assert heard(ws, "presence")["hosts"][0]["state"] == "live"
        assert heard(ws, "gaps")["gaps"] == []
        site.clock.advance(1_000)
        site.post([record([site.clock.wall_ms()], {"gauge": [2.0]}, seq=1)])
        assert list(screen.take([heard(ws, "points")]).values().values()) == [1.0, 2.0]
    site.clock.advance(-1_000)


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}], ids=str
)
def test_a_foreign_page_opens_no_stream(site: Site, headers: dict[str, str]) -> None:
    """Host and Origin are looked at before the handshake; the refusal has our shape."""
    with pytest.raises(InvalidStatus) as caught, browser(site, **headers):
        pass
    response = caught.value.response
    assert response.status_code == 403
    assert set(json.loads(response.body)) == {"error", "reason", "hint"}


@pytest.mark.slow
def test_a_message_that_is_far_too_long_ends_the_stream(site: Site) -> None:
    """No browser makes the node hold megabytes: it is gone, and what it looked at."""
    with browser(site) as ws:
        ws.send('{"op":"subscribe","id":7,"query":"metrics=gauge&filter=kind%3Dhost"}')
        heard(ws, "view")
        ws.send("x" * (wire.MAX_MESSAGE_BYTES + 1))
        eventually(lambda: not site.node.board.watched_topics(), what="the end of its views")


def test_when_the_node_stops_its_browsers_are_let_go(tmp_path: Path) -> None:
    """Going away, so that they come again elsewhere."""
    with listening(tmp_path) as site, browser(site) as ws:
        heard(ws, "hello")
        site.server.close()
        assert close_code(ws) == 1001


def test_a_full_node_says_so_and_answers_everything_else(tmp_path: Path) -> None:
    """One browser too many is refused with a sentence that its page can ask for; when one goes there is room again."""
    with listening(tmp_path, browsers="1") as site:
        assert site.get("/live").status_code == 204
        with browser(site) as ws:
            heard(ws, "hello")
            with pytest.raises(InvalidStatus) as caught, browser(site):
                pass
            assert caught.value.response.status_code == 503
            assert site.get("/live").json == json.loads(caught.value.response.body)
            assert site.get("/live").json["reason"] == "this web node serves 1 browsers, as many as it may"
            assert site.get("/healthz").status_code == 200
        eventually(lambda: site.get("/live").status_code == 204, what="room")
        with browser(site) as ws:
            heard(ws, "hello")


def test_browsers_hold_no_threads(site: Site) -> None:
    """One serves them all, however many; when all are gone it ends."""
    with ExitStack() as stack:
        for _ in range(30):
            heard(stack.enter_context(browser(site)), "hello")
        names = [thread.name for thread in threading.enumerate()]
        assert names.count("live") == 1
        assert not [name for name in names if "process_request" in name]
    eventually(lambda: "live" not in [thread.name for thread in threading.enumerate()], what="its end")


def test_one_that_reads_nothing_is_let_go_and_another_goes_on(site: Site) -> None:
    """What it asks for is too much for its outbox; what another is told comes all the same."""
    with browser(site) as stuck, browser(site) as other:

        def is_gone() -> bool:
            try:
                for _ in range(200):
                    stuck.send('{"op":"subscribe","id":7,"query":"metrics=gauge&filter=kind%3Dhost"}')
            except ConnectionClosed:
                return True
            return False

        eventually(is_gone, 30, what="the end of the one that reads nothing")
        other.send('{"op":"watch","host":null}')
        heard(other, "presence")


def test_a_mistake_of_ours_ends_a_browser_and_not_the_thread(site: Site) -> None:
    """Others come, and are served."""
    people = site.server.people
    accounts = people.accounts
    with browser(site) as ws:
        heard(ws, "hello")
        people.accounts = None  # type: ignore[assignment]
        try:
            with pytest.raises(ConnectionClosed):
                heard(ws, "what never comes")
        finally:
            people.accounts = accounts
    with browser(site) as ws:
        heard(ws, "hello")


@pytest.mark.slow
def test_one_that_gives_no_sign_of_life_is_let_go(site: Site) -> None:
    """It is asked now and then; as long as it answers it stays."""
    people = site.server.people
    served = live.Live(site.node, System(site.node, "w1", "", tuple), most=1, ping_seconds=0.3)
    with connected(packs=False) as (made, client):
        served.enter(made, Mine(people.preferences, ""), Visit(people, None))
        for _ in range(3):
            client.say(client.hear(Ping).response())
        client.hear(Ping)
        eventually(lambda: not client.sock.recv(1 << 16), what="the end of the connection")
    eventually(lambda: not served.is_full, what="its end")
