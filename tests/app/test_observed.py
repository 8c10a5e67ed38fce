"""What a web node observes as time goes on."""

from __future__ import annotations

import msgspec

from app.agreement import DIFFER_MS, SETTLED_MS, digest
from app.observed import Observed
from tests.app.rig import Rig
from tests.ingest_api.posts import header
from tidegauge.cluster.frames import Subscriber, Working
from tidegauge.metrics.wire import Queue

WORKING = Working("i1", "0.1", 5_000, "", 12, 1, 900, 40, 0, 2)


def test_a_node_that_tells_something_else_for_long_is_found(rig: Rig) -> None:
    """As soon as this node's own verdicts have settled, and no longer than it lasts."""
    observed = Observed(rig.node.presence, rig.node.nodes, "w1", rig.clock.monotonic_ms)
    other = Subscriber("w2", "http://w2", "1", digest({}))

    def seconds(count: int) -> None:
        for _ in range(count):
            rig.second(gauge=1.0)
            rig.node.nodes.note(msgspec.structs.replace(WORKING, subscribers=[other]), 0)
            observed.look()

    seconds((2 * SETTLED_MS + DIFFER_MS) // 1_000 + 3)
    assert observed.agreement.differing == {"w2": 1}
    other = msgspec.structs.replace(other, digest=observed.agreement.digest)
    seconds(1)
    assert observed.agreement.differing == {}


def test_queues_are_looked_at_once_a_second(rig: Rig) -> None:
    """Not more often, however often it is called."""
    observed = Observed(rig.node.presence, rig.node.nodes, "w1", rig.clock.monotonic_ms)
    now = rig.clock.wall_ms()
    for length in range(100, 90, -1):
        rig.ingest.door.post(header(now, queue=Queue(count=length, from_ms=now, to_ms=now)), b"")
        rig.publisher.beat()
        rig.node.read(0)
        observed.look()
        observed.look()
        rig.clock.advance(1_000)
    assert observed.drains.left_ms("h1") == 91_000
