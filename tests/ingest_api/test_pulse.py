"""How an ingest node does, once a second."""

from __future__ import annotations

import tidegauge
from ingest_api.pulse import Pulse
from ingest_api.subscribers import Subscribers
from tests.e2e.programs import eventually
from tests.ingest_api.posts import Ingest
from tests.rows import NOW, record
from tidegauge.cluster import frames
from tidegauge.cluster.directory import NodeDocument
from tidegauge.cluster.frames import NODE_TOPIC, Frame, Subscriber, Working
from tidegauge.cluster.roll import Roll

OWN = NodeDocument("n1", "http://n1", "1.0", 0)
SUBSCRIBER = Subscriber("w1", "http://w1", "1.0")


def pulse_of(ingest: Ingest, subscribers: Subscribers | None = None, **options: float) -> Pulse:
    """A pulse of a node that knows itself and another."""
    roll = Roll(["http://n2"], ingest.clock, own=OWN)
    return Pulse("n1", ingest.hub, ingest.committer, ingest.clock, roll, subscribers or Subscribers(), **options)


def test_it_says_how_the_node_does(ingest: Ingest) -> None:
    """What it took, what waits, how long it runs, who reads it."""
    pulse = pulse_of(ingest)
    ingest.hub.subscribe([NODE_TOPIC])
    ingest.post([record([NOW], {"gauge": [1.0]}, seq=seq) for seq in range(3)])
    ingest.clock.advance(5_000)
    told = frames.decode(pulse.frame())
    assert isinstance(told, Working)
    assert (told.node, told.version, told.up_ms, told.readers) == ("n1", tidegauge.__version__, 5_000, 1)
    assert (told.store, told.waiting, told.waiting_bytes, told.records, told.retried) == ("", 0, 0, 3, 0)
    pulse.close()


def test_it_says_whom_it_knows(ingest: Ingest) -> None:
    """The web nodes that read it, the ingest nodes, and what it takes the time to be."""
    subscribers = Subscribers()
    pulse = pulse_of(ingest, subscribers)
    with subscribers.connected() as reader:
        reader.subscriber = SUBSCRIBER
        told = frames.decode(pulse.frame())
    assert isinstance(told, Working)
    assert (told.subscribers, told.nodes, told.twin) == ([SUBSCRIBER], ["http://n1", "http://n2"], "")
    assert told.wall_ms == ingest.clock.wall_ms()
    pulse.close()


def test_it_says_what_is_wrong_with_the_store(ingest: Ingest) -> None:
    """From the first append that failed to the next that works."""
    pulse = pulse_of(ingest)
    ingest.store.close()
    ingest.post([record([NOW], {"gauge": [1.0]})])
    told = frames.decode(pulse.frame())
    assert isinstance(told, Working)
    assert told.store
    assert (told.records, told.retried) == (0, 1)
    pulse.close()


def test_it_beats_until_it_is_closed(ingest: Ingest) -> None:
    """Each beat reaches whoever reads the node's topic."""
    reader = ingest.hub.subscribe([NODE_TOPIC])
    pulse = pulse_of(ingest, seconds=0.05)
    told: list[Frame] = []
    eventually(lambda: told.extend(frames.decode(d.frame) for d in reader.take(1)) or len(told) >= 2, what="two beats")
    assert all(isinstance(frame, Working) for frame in told)
    pulse.close()
    reader.take(0)
    assert reader.take(0.2) == []
