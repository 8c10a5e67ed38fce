"""What /system is told of."""

from __future__ import annotations

import msgspec

from app.status import Nodes, backlogs
from tests.clocks import HandClock
from tidegauge.cluster.frames import Seen, Subscriber, Working
from tidegauge.cluster.presence import Verdict
from tidegauge.metrics.wire import Queue

WORKING = Working("i1", "0.1", 5_000, "", 12, 1, 900, 40, 0, 2)


def verdict(host: str, count: int) -> Verdict:
    queue = Queue(count=count, from_ms=1_000, to_ms=9_000)
    seen = Seen(host, f"name of {host}", "1-a", 1, 1_000, 10_000, 0, queue, False)
    return Verdict("live", 200.4, 10_200.4, seen, False)


def test_a_node_is_as_it_said_last_and_so_old() -> None:
    """By name, with the age of its word."""
    clock = HandClock()
    nodes = Nodes(clock.monotonic_ms, clock.wall_ms)
    nodes.note(Working("i2", "0.1", 1, "down", 0, 0, 0, 0, 3, 0), 0)
    nodes.note(WORKING, 300)
    clock.advance(500)
    first, second = nodes.status()
    assert (first["node"], first["age_ms"], first["waiting_bytes"]) == ("i1", 800, 900)
    assert (second["node"], second["store"], second["age_ms"]) == ("i2", "down", 500)


def test_a_node_says_who_reads_it_and_its_clock_is_compared() -> None:
    """All of it as JSON has it; a node of the version before does not tell its clock."""
    clock = HandClock()
    nodes = Nodes(clock.monotonic_ms, clock.wall_ms)
    an_hour_off = clock.wall_ms() + 3_600_000 - 200
    nodes.note(
        msgspec.structs.replace(WORKING, wall_ms=an_hour_off, subscribers=[Subscriber("w1", "http://w1", "1")]), 200
    )
    nodes.note(msgspec.structs.replace(WORKING, node="i2"), 0)
    first, second = nodes.status()
    assert first["subscribers"] == [{"name": "w1", "url": "http://w1", "version": "1"}]
    assert (first["offset_ms"], second["offset_ms"]) == (3_600_000, None)


def test_a_node_that_is_gone_is_forgotten() -> None:
    """An hour after its last word."""
    clock = HandClock()
    nodes = Nodes(clock.monotonic_ms, clock.wall_ms)
    nodes.note(WORKING, 0)
    clock.advance(3_600_001)
    nodes.forget(clock.monotonic_ms())
    assert nodes.status() == []


def test_collectors_with_backlog_come_with_the_longest_first() -> None:
    """Those whose queue is empty, and hosts that nothing is known of, are left out."""
    verdicts = [("a", verdict("a", 2)), ("b", verdict("b", 0)), ("c", verdict("c", 7)), ("d", None)]
    found = backlogs(verdicts, {"c": 5_000}.get)
    assert [(one["host"], one["count"]) for one in found] == [("c", 7), ("a", 2)]
    assert found[0] == {
        "host": "c",
        "name": "name of c",
        "state": "live",
        "count": 7,
        "from_ms": 1_000,
        "to_ms": 9_000,
        "now_ms": 10_200,
        "age_ms": 200,
        "left_ms": 5_000,
    }
    assert found[1]["left_ms"] is None


def test_what_other_web_nodes_make_of_hosts_is_as_the_node_heard_last_tells() -> None:
    """This node's own is no other's; a word that is old, or has no digest, says nothing."""
    clock = HandClock()
    nodes = Nodes(clock.monotonic_ms, clock.wall_ms)
    w1, w2, w3 = (Subscriber(name, "", "1", f"of {name}") for name in ("w1", "w2", "w3"))
    nodes.note(msgspec.structs.replace(WORKING, subscribers=[w3]), 0)
    clock.advance(3_000)
    nodes.note(msgspec.structs.replace(WORKING, node="i2", subscribers=[w1, w2]), 500)
    newer = [msgspec.structs.replace(w2, digest="newer"), Subscriber("w4", "", "1")]
    nodes.note(msgspec.structs.replace(WORKING, node="i0", subscribers=newer), 0)
    assert nodes.digests("w1") == {"w2": "newer", "w3": "of w3"}
    clock.advance(1_001)
    assert nodes.digests("w1") == {"w2": "newer"}
