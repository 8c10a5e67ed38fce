"""The web node: what comes over its link, and what it does with time."""

from __future__ import annotations

import json

import pytest

from app.outbox import Outbox
from tests.app.rig import Rig, Screen
from tests.e2e.programs import eventually
from tests.rows import NOW, host, record
from tidegauge.cluster import frames, hub
from tidegauge.cluster.frames import NODE_TOPIC, entity_topic
from tidegauge.metrics.records import Column, Description, Record

URL = "metrics=gauge&filter=kind%3Dhost"


def subscribe(rig: Rig, url: str = URL) -> Screen:
    rig.node.board.subscribe(rig.outbox, 1, url)
    rig.node.read(0)
    return Screen()


def test_a_link_that_lagged_draws_everything_anew(rig: Rig) -> None:
    """What was lost with the queue is in the next whole view."""
    rig.row(gauge=1.0)
    screen = subscribe(rig)
    screen.take(rig.told())
    rig.clock.advance(1_000)
    rig.ingest.post([record([rig.clock.wall_ms()], {"gauge": [2.0]}, seq=70)])
    for _ in range(hub.DEPTH + 1):
        rig.hub.publish(NODE_TOPIC, b"{}")
    rig.node.read(0)
    rig.node.keep_time()
    told = rig.told()
    assert "view" in {message["type"] for message in told}
    assert list(screen.take(told).values().values()) == [1.0, 2.0]
    rig.second(gauge=3.0)
    assert list(screen.take(rig.told()).values().values()) == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    "frame",
    [b"", b"\xff", b'{"type":"news","of":"a later version"}', b'{"type":"rows"}', b"[" * 100_000],
    ids=["empty", "no text", "unknown type", "half a frame", "deep"],
)
def test_frames_that_it_does_not_know_are_skipped(rig: Rig, frame: bytes) -> None:
    """Neither a later version's frames nor broken ones stop what comes behind them."""
    rig.hub.publish(NODE_TOPIC, frame)
    rig.row(gauge=1.0)
    assert rig.node.entities.get("h1") is not None


def test_rows_of_one_batch_are_folded_together(rig: Rig) -> None:
    """All that waits becomes one message a view."""
    rig.row(gauge=1.0)
    subscribe(rig)
    rig.told()
    for seq in range(5):
        rig.clock.advance(1_000)
        rig.ingest.post([record([rig.clock.wall_ms()], {"gauge": [float(seq)]}, seq=90 + seq)])
    (message,) = rig.told("points")
    assert [value for _, _, value, _ in message["points"]] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_a_row_that_is_too_old_for_the_window_is_no_news(rig: Rig) -> None:
    """Frames that come out of a window with old rows change nothing."""
    rig.row(gauge=1.0)
    subscribe(rig)
    rig.told()
    old = frames.Rows("h1", "1700000000000-a", 1, NOW, host(), [Column("gauge", "gauge")], [NOW - 25_000], [[1.0]])
    rig.hub.publish(entity_topic("h1"), frames.encode(old))
    assert rig.told("points") == []


def test_a_counter_that_nobody_described_is_one_from_its_first_row(rig: Rig) -> None:
    """A view that was opened before it was heard of shows its rate all the same."""
    screen = subscribe(rig, "metrics=counter")
    for value in (5.0, 8.0, 12.0):
        rig.second(counter=value)
        rig.node.keep_time()
    assert list(screen.take(rig.told()).values().values()) == [None, 3.0, 4.0]


def test_what_the_store_knows_of_metrics_is_learned_at_the_start(rig: Rig) -> None:
    """Units of metrics that the catalogue lacks come from their descriptions."""
    one = record([NOW], {"own": [1.0]})
    described = [Description("own", "gauge", "By", "help")]
    rig.post([Record(host="h1", incarnation=one.incarnation, seq=1, blocks=one.blocks, metrics=described)])
    rig.node.recall()
    assert rig.node.entities.unit("own") == "By"


def test_old_things_are_let_go(rig: Rig) -> None:
    """Rows of an entity that ended leave the window though somebody still watches it."""
    rig.row(gauge=1.0)
    subscribe(rig)
    assert len(rig.node.window.rows("h1")) == 1
    rig.clock.advance(25_000)
    rig.node.keep_time()
    assert rig.node.window.rows("h1") == []


def test_its_threads_read_and_keep_time_until_it_is_closed(rig: Rig) -> None:
    """Started, it tells by itself; closed, it lets every browser go."""
    rig.node.join(rig.outbox)
    rig.node.start()
    assert rig.node.alive
    rig.node.watch_host(rig.outbox, "h1", "now-5m")
    rig.ingest.post([record([rig.clock.wall_ms()], {"gauge": [1.0]})])
    eventually(lambda: any('"live"' in text for text in rig.outbox.take(0.05)), what="presence")
    rig.node.close()
    assert rig.outbox.closed
    assert not rig.node.alive
    late = Outbox()
    rig.node.join(late)
    assert late.closed


def test_a_store_that_is_down_does_not_keep_it_from_starting(rig: Rig) -> None:
    """It begins with nothing known."""
    rig.reads.down = True
    rig.node.recall()
    assert rig.node.entities.get("h1") is None


def test_it_says_how_all_does(rig: Rig) -> None:
    """This node, its tiles, the store, the ingest nodes, collectors with backlog: as JSON."""
    rig.row(gauge=1.0)
    subscribe(rig)
    rig.hub.publish(NODE_TOPIC, frames.encode(frames.Working("i1", "0", 1, "", 2, 3, 4, 5, 6, 7)))
    rig.node.read(0)
    rig.clock.advance(250)
    told = json.loads(json.dumps(rig.node.status()))
    assert (told["node"]["window_rows"], told["node"]["up_ms"], told["node"]["window_ms"]) == (1, 250, 10_000)
    assert set(told["tiles"]) == {"bytes", "max_bytes", "entries", "hits", "misses"}
    assert (told["store"]["ok"], told["store"]["refresh_ms"], told["store"]["commit_ms"]) == (None, 0, 500)
    assert [(node["node"], node["commit_ms"], node["age_ms"]) for node in told["nodes"]] == [("i1", 2, 250)]
    assert told["collectors"] == []
