"""How an ingest node does, once a second."""

from __future__ import annotations

import tidegauge
from ingest_api.pulse import Pulse
from tests.e2e.programs import eventually
from tests.ingest_api.posts import Ingest
from tests.rows import NOW, record
from tidegauge.cluster import frames
from tidegauge.cluster.frames import NODE_TOPIC, Frame, Working


def test_it_says_how_the_node_does(ingest: Ingest) -> None:
    """What it took, what waits, how long it runs, who reads it."""
    pulse = Pulse("n1", ingest.hub, ingest.committer, ingest.clock)
    ingest.hub.subscribe([NODE_TOPIC])
    ingest.post([record([NOW], {"gauge": [1.0]}, seq=seq) for seq in range(3)])
    ingest.clock.advance(5_000)
    told = frames.decode(pulse.frame())
    assert isinstance(told, Working)
    assert (told.node, told.version, told.up_ms, told.readers) == ("n1", tidegauge.__version__, 5_000, 1)
    assert (told.store, told.waiting, told.waiting_bytes, told.records, told.retried) == ("", 0, 0, 3, 0)
    pulse.close()


def test_it_says_what_is_wrong_with_the_store(ingest: Ingest) -> None:
    """From the first append that failed to the next that works."""
    pulse = Pulse("n1", ingest.hub, ingest.committer, ingest.clock)
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
    pulse = Pulse("n1", ingest.hub, ingest.committer, ingest.clock, seconds=0.05)
    told: list[Frame] = []
    eventually(lambda: told.extend(frames.decode(d.frame) for d in reader.take(1)) or len(told) >= 2, what="two beats")
    assert all(isinstance(frame, Working) for frame in told)
    pulse.close()
    reader.take(0)
    assert reader.take(0.2) == []
