"""Links: what a node knows, then what happens."""

import pytest

from tests.clocks import HandClock
from tidegauge.cluster.frames import NODE_TOPIC
from tidegauge.cluster.hub import Hub, LaggedError
from tidegauge.cluster.mesh import LocalLink
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
