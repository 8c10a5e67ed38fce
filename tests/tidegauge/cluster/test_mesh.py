"""Links: what a node knows, then what happens."""

from __future__ import annotations

import pytest

from tests.clocks import HandClock
from tests.e2e.programs import eventually, free_port
from tests.tidegauge.cluster.peers import delivery, flat, peer
from tidegauge.clock import SystemClock
from tidegauge.cluster.frames import NODE_TOPIC, Delivery
from tidegauge.cluster.hub import Hub
from tidegauge.cluster.inbox import DEPTH, LaggedError
from tidegauge.cluster.mesh import Links, LocalLink
from tidegauge.cluster.window import FrameWindow


def test_a_link_begins_with_what_the_node_knows() -> None:
    """The snapshot comes first, then news; a watched topic begins with its window."""
    hub, window, clock = Hub(), FrameWindow(20_000), HandClock()
    link = LocalLink(hub, window, lambda: [b"known"], clock)
    window.add("entity:e", b"old", 0, clock.monotonic_ms())
    clock.advance(3_000)
    hub.publish(NODE_TOPIC, b"news")
    link.watch("entity:e")
    hub.publish("entity:e", b"row")
    assert [(d.frame, d.held_ms) for d in link.take(0)] == [(b"known", 0), (b"news", 0), (b"old", 3_000), (b"row", 0)]
    link.unwatch("entity:e")
    hub.publish("entity:e", b"unread")
    assert link.take(0) == []


def test_a_link_that_lagged_starts_afresh() -> None:
    """After LaggedError `refresh` gives the snapshot and the windows again."""
    hub, window = Hub(), FrameWindow(20_000)
    link = LocalLink(hub, window, lambda: [b"known"], HandClock())
    for _ in range(20_000):
        hub.publish(NODE_TOPIC, b"x")
    with pytest.raises(LaggedError):
        link.take(0)
    link.refresh(["entity:e"])
    assert [d.frame for d in link.take(0)] == [b"known"]
    link.close()
    assert link.closed


def up(links: Links, count: int) -> None:
    """Wait until so many links are up, and take their word for it."""
    eventually(lambda: sum(not state.failure for state in links.states()) == count, what="the links")
    with pytest.raises(LaggedError, match="is new"):
        links.take(1)


def test_several_nodes_are_read_as_one() -> None:
    """What each tells is taken in the order it comes; what is watched is ordered from all."""
    ports = [free_port(), free_port()]
    links = Links([f"http://127.0.0.1:{port}" for port in ports], "", SystemClock())
    links.watch("entity:a")
    with peer(ports[0]) as one, peer(ports[1]) as other:
        up(links, 2)
        links.watch("entity:b")
        links.unwatch("entity:a")
        for node in (one, other):
            eventually(lambda node=node: len(flat(node.orders[0])) == 3, what="the orders")
            node.tell(delivery(3))
        found: list[Delivery] = []
        eventually(lambda: found.extend(links.take(0.01)) or len(found) == 2, what="their news")
        assert {(d.topic, d.counter) for d in found} == {(NODE_TOPIC, 3)}
        links.close()
        assert links.closed
        assert links.take(None) == []


def test_a_node_that_is_gone_is_named_and_the_others_go_on() -> None:
    """Its state says why and since when."""
    ports = [free_port(), free_port()]
    links = Links([f"http://127.0.0.1:{port}" for port in ports], "", SystemClock())
    with peer(ports[0]) as one:
        with peer(ports[1]):
            up(links, 2)
        eventually(lambda: links.states()[1].failure, what="the end of a link")
        assert links.states()[0].failure == ""
        one.tell(delivery(1))
        eventually(lambda: links.take(0.01), what="its news")
    links.close()


def test_a_reader_that_was_too_slow_gets_everything_anew() -> None:
    """Each link connects again, so that all that nodes know comes again."""
    port = free_port()
    links = Links([f"http://127.0.0.1:{port}"], "", SystemClock())
    with peer(port) as node:
        up(links, 1)
        node.tell(*(delivery(n) for n in range(1, DEPTH + 2)))

        eventually(lambda: links._inbox._lag, what="the lag")
        with pytest.raises(LaggedError, match="frames wait"):
            links.take(0)
        links.refresh([])
        eventually(lambda: len(node.connections) == 2, what="a new link")
        up(links, 1)
        links.close()
