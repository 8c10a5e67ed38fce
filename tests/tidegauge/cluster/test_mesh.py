"""Links: what a node knows, then what happens."""

from __future__ import annotations

from contextlib import suppress

import msgspec
import pytest

from tests.clocks import HandClock
from tests.e2e.programs import eventually, free_port
from tests.tidegauge.cluster.peers import delivery, flat, peer
from tests.tidegauge.cluster.registers import MemoryRegister
from tests.tidegauge.cluster.test_metric_window import keep
from tidegauge.clock import SystemClock
from tidegauge.cluster import frames
from tidegauge.cluster.directory import DEAD_MS, NodeDocument
from tidegauge.cluster.frames import NODE_TOPIC, Delivery, Hello, Subscriber
from tidegauge.cluster.hub import Hub
from tidegauge.cluster.inbox import DEPTH, LaggedError
from tidegauge.cluster.mesh import Links, LocalLink
from tidegauge.cluster.roll import Roll
from tidegauge.cluster.window import FrameWindow

READER = Subscriber("w1", "http://w1", "1.0")


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


def test_a_metric_begins_with_the_windows_of_all_entities() -> None:
    """Made beside what goes on; again when it is watched again, or after a lag."""
    hub, window, clock = Hub(), FrameWindow(20_000), HandClock()
    link = LocalLink(hub, window, list, clock)
    link.take(0)
    for name in ("a", "b"):
        keep(window, name, [[1.0], [2.0]], at_ms=clock.monotonic_ms())
    for order in (link.watch, link.watch, lambda topic: link.refresh([topic])):
        order(frames.metric_topic("gauge"))
        found: list[Delivery] = []
        eventually(lambda found=found: found.extend(link.take(0.1)) or found, what="the window")
        assert {delivery.topic for delivery in found} == {"metric:gauge"}
        assert sum(len(frames.decode(delivery.frame).shares) for delivery in found) == 2  # type: ignore[union-attr]
        eventually(lambda: link._telling is None, what="the end of its thread")
    assert link.has_metrics()
    link.close()


def links_to(*ports: int) -> Links:
    """Links to the nodes at some ports, which are always tried."""
    return Links(Roll([f"http://127.0.0.1:{port}" for port in ports], SystemClock()), "", SystemClock())


def up(links: Links, count: int) -> None:
    """Wait until so many links are up, and take their word for it."""
    eventually(lambda: sum(not state.failure for state in links.states()) == count, what="the links")
    with pytest.raises(LaggedError, match=r"is new|is down"):
        links.take(1)


def taken(links: Links) -> list[Delivery]:
    """What waits, whatever was interrupted."""
    with suppress(LaggedError):
        return links.take(0.01)
    return []


def test_several_nodes_are_read_as_one() -> None:
    """What each tells is taken in the order it comes; what is watched is ordered from all."""
    ports = [free_port(), free_port()]
    links = links_to(*ports)
    links.watch("entity:a")
    with peer(ports[0]) as one, peer(ports[1]) as other:
        up(links, 2)
        links.watch("entity:b")
        links.unwatch("entity:a")
        for node in (one, other):
            eventually(lambda node=node: len(flat(node.orders[0])) == 3, what="the orders")
            node.tell(delivery(3))
        found: list[Delivery] = []
        eventually(lambda: found.extend(taken(links)) or len(found) == 2, what="their news")
        assert {(d.topic, d.counter) for d in found} == {(NODE_TOPIC, 3)}
        links.close()
        assert links.closed
        assert links.take(None) == []


def test_a_node_of_the_version_before_has_no_topics_of_metrics() -> None:
    """As long as it is read; whoever reads hears of the change, as of each link that is new."""
    ports = [free_port(), free_port()]
    links = links_to(*ports)
    assert links.has_metrics()
    older = frames.encode(Hello("ingest-0", [1], [], 10_000)).decode()
    with peer(ports[0]):
        up(links, 1)
        assert links.has_metrics()
        with peer(ports[1], hello=older):
            up(links, 2)
            assert not links.has_metrics()
        eventually(lambda: links.states()[1].failure, what="the end of a link")
        assert links.has_metrics()
        links.close()


def test_a_node_that_is_gone_is_named_and_the_others_go_on() -> None:
    """Its state says why and since when."""
    ports = [free_port(), free_port()]
    links = links_to(*ports)
    with peer(ports[0]) as one:
        with peer(ports[1]):
            up(links, 2)
        eventually(lambda: links.states()[1].failure, what="the end of a link")
        assert links.states()[0].failure == ""
        one.tell(delivery(1))
        eventually(lambda: taken(links), what="its news")
    links.close()


def test_a_reader_that_was_too_slow_gets_everything_anew() -> None:
    """Each link connects again, so that all that nodes know comes again."""
    port = free_port()
    links = links_to(port)
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


def documents(register: MemoryRegister, *nodes: NodeDocument) -> None:
    """What nodes wrote, in place of what was there."""
    register.documents = {one.name: msgspec.json.encode(one) for one in nodes}


def test_a_gap_in_a_watched_topic_is_asked_for_on_the_same_link() -> None:
    """The topic is ordered again and the reader learns of it, each time; a second gap before its window came begins
    the link anew."""
    port = free_port()
    links = links_to(port)
    links.watch("entity:e")
    with peer(port) as node:
        up(links, 1)
        for at in (3, 10):
            node.tell(*(delivery(counter, "entity:e") for counter in (0, at, at + 2)))
            eventually(lambda: is_lagged(links, "frames of entity:e are missing", "entity:e"), what="the gap")
        eventually(lambda: flat(node.orders[0]) == [("watch", "entity:e")] * 3, what="the orders")
        assert (len(node.connections), links.missing()) == (1, [])
        node.tell(*(delivery(counter, "entity:e") for counter in (20, 22)))
        eventually(lambda: len(node.connections) == 2, what="a new connection")
        links.close()


def is_lagged(links: Links, reason: str, *topics: str) -> bool:
    """Whether the next `take` says that something is missing, why, and of which topics alone."""
    try:
        links.take(0.01)
    except LaggedError as error:
        return reason in str(error) and error.topics == {*topics}
    return False


def test_links_come_and_go_with_the_directory() -> None:
    """A node that is added is linked to, with all that is watched; one that is at another port is found there; one
    that is gone is let go of."""
    register, clock, ports = MemoryRegister(), HandClock(), [free_port(), free_port()]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    roll = Roll((), clock, register)
    links = Links(roll, "", clock, READER)
    links.watch("entity:a")
    assert [state.failure for state in links.missing()] == ["no ingest node is known: nothing was read yet"]
    with peer(ports[0]) as node, peer(ports[1]) as moved:
        documents(register, NodeDocument("n", urls[0], "1.0", 1))
        roll.beat()
        up(links, 1)
        eventually(lambda: len(node.orders[0]) == 2, what="the orders")
        assert node.orders[0] == [{"reader": msgspec.to_builtins(READER)}, {"watch": ["entity:a"]}]
        assert (links.missing(), [state.version for state in links.states()]) == ([], ["1.0"])
        node.close()
        documents(register, NodeDocument("n", urls[1], "1.0", 1, life="2"))
        eventually(lambda: roll.beat() or [state.url for state in links.states()] == [urls[1]], what="the other URL")
        up(links, 1)
        eventually(lambda: len(moved.orders[0]) == 2, what="the orders")
    documents(register)
    eventually(lambda: roll.beat() or links.states() == [], what="its end")
    assert [state.failure for state in links.missing()] == ["no ingest node is known"]
    links.close()


@pytest.mark.slow
def test_what_the_reader_makes_of_hosts_is_said_with_each_ping() -> None:
    """As it is then; nothing until somebody says what that is."""
    port = free_port()
    links = Links(Roll([f"http://127.0.0.1:{port}"], HandClock()), "", SystemClock(), READER)
    with peer(port) as node:
        up(links, 1)
        links.digest = lambda: "abc"
        eventually(lambda: "abc" in node.digests, what="the digest")
        assert set(node.digests) <= {"", "abc"}
    links.close()


def test_a_node_that_is_dead_is_not_missing() -> None:
    """Until its counter stood for long enough it may hear collectors that this node does not hear of."""
    register, clock = MemoryRegister(), HandClock()
    roll = Roll((), clock, register)
    links = Links(roll, "", clock)
    documents(register, NodeDocument("n", f"http://127.0.0.1:{free_port()}", "1.0", 1))
    roll.beat()
    eventually(lambda: [(one.node, one.failure) for one in links.missing()] == [("n", "Connection refused")], what="it")
    for _ in range(DEAD_MS // 2_000):
        clock.advance(2_000)
        roll.beat()
    assert (links.missing(), [state.dead for state in links.states()]) == ([], [True])
    links.close()


def read_at(port: int, clock: HandClock) -> tuple[MemoryRegister, Roll, Links]:
    """A register with the document of a peer, and the link to it, which is up."""
    register = MemoryRegister()
    roll = Roll((), clock, register)
    documents(register, NodeDocument("n", f"http://127.0.0.1:{port}", "1.0", 1))
    links = Links(roll, "", clock)
    roll.beat()
    up(links, 1)
    return register, roll, links


def test_a_node_that_was_read_until_now_is_not_dead() -> None:
    """Its document may stand for long: what it heard counts until it was not heard for as long itself."""
    clock, port = HandClock(), free_port()
    with peer(port):
        _, roll, links = read_at(port, clock)
        for _ in range(DEAD_MS // 2_000):
            clock.advance(2_000)
            roll.beat()
        assert roll.urls() == []
    eventually(lambda: len(links.missing()) == 1, what="the loss")
    clock.advance(DEAD_MS)
    assert (links.missing(), [state.dead for state in links.states()]) == ([], [True])
    links.close()


def test_a_link_that_is_up_is_left_alone_whatever_the_register_says() -> None:
    """A node that cannot write is no dead node."""
    port = free_port()
    with peer(port):
        register, roll, links = read_at(port, HandClock())
        documents(register)
        roll.beat()
        assert [state.failure for state in links.states()] == [""]
        links.close()


def test_a_node_that_is_known_at_two_urls_is_read_once() -> None:
    """At the one that was given, though it calls itself by another."""
    register, clock, port = MemoryRegister(), HandClock(), free_port()
    roll = Roll([f"http://localhost:{port}"], clock, register)
    documents(register, NodeDocument("ingest-1", f"http://127.0.0.1:{port}", "1.0", 1, life="life-1"))
    with peer(port):
        links = Links(roll, "", clock)
        roll.beat()
        eventually(
            lambda: (
                roll.beat() or [(one.url, one.failure) for one in links.states()] == [(f"http://localhost:{port}", "")]
            ),
            what="the one link",
        )
        links.close()


def test_two_nodes_of_one_name_are_both_read() -> None:
    """Each by its URL; what one of them brings is taken beside what the other does."""
    ports = [free_port(), free_port()]
    with peer(ports[0]), peer(ports[1], hello=frames.encode(Hello("ingest-1", [2], [], 1, "life-2")).decode()):
        links = links_to(*ports)
        up(links, 2)
        assert [state.node for state in links.states()] == ["ingest-1", "ingest-1"]
        links.close()


def test_what_a_node_tells_of_others_is_used_while_the_store_is_down() -> None:
    """A web node that knows one URL then finds the other nodes."""
    register, clock, ports = MemoryRegister(), HandClock(), [free_port(), free_port()]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    register.failing = "the store is down"
    roll = Roll(urls[:1], clock, register)
    roll.beat()
    hello = frames.encode(Hello("n1", [2], [*urls, "http://[", "file:///"], 1, "1")).decode()
    with peer(ports[0], hello=hello), peer(ports[1]):
        links = Links(roll, "", clock)
        eventually(lambda: [one.url for one in links.states() if not one.failure] == urls, what="both links")
        assert [one.url for one in links.states()] == urls
        links.close()
