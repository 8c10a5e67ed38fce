"""The web node: what comes over its link, and what it does with time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app import answers
from app.outbox import Outbox
from tests.app import fleet
from tests.app.rig import Rig, Screen
from tests.app.rig import rig as make_rig
from tests.clocks import HandClock
from tests.e2e.programs import eventually
from tests.rows import INCARNATION, LATER, NOW, host, record
from tidegauge.cluster import frames, hub
from tidegauge.cluster.frames import NODE_TOPIC, Cell, MetricRows, Share, entity_topic
from tidegauge.metrics import events
from tidegauge.metrics import parts as p
from tidegauge.metrics.query import from_url
from tidegauge.metrics.records import Column, Description, Record
from tidegauge.storage.base import StoreError

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
    assert tiles(rig)[0] > 0
    rig.node.read(0)
    assert tiles(rig)[0] == 0
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


@pytest.mark.slow
def test_a_page_of_a_host_has_no_gap_where_a_metric_brought_its_row_before(rig: Rig) -> None:
    """The timeline gets rows of the host's own topic, whatever of them was here."""
    fleet.second(rig, 1)
    fleet.subscribe(rig)
    rig.node.watch_host(rig.outbox, "h01", "now-5m")
    for seq in range(2, 12):
        fleet.second(rig, seq)
        now_ms = rig.clock.wall_ms()
        brought = [Share("h01", INCARNATION, seq, now_ms, [Cell("h01", "host", "boot", 1000, now_ms + 1_000, 1.0)])]
        rig.hub.publish(fleet.TOPIC, frames.encode(MetricRows(Column("gauge", "gauge"), brought)))
    rig.node.keep_time()
    assert [message["gaps"] for message in rig.told("gaps")] == [[]]


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
    rig.node.recaller.recall()
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
    eventually(lambda: any('"live"' in text for text in rig.outbox.take()), what="presence")
    rig.node.close()
    assert rig.outbox.closed
    assert not rig.node.alive
    late = Outbox()
    rig.node.join(late)
    assert late.closed


def test_a_store_that_is_down_does_not_keep_it_from_starting(rig: Rig) -> None:
    """It begins with nothing known."""
    rig.reads.down = True
    rig.node.start()
    assert rig.node.alive
    assert rig.node.entities.get("h1") is None


@pytest.mark.slow
def test_a_store_that_hangs_does_not_keep_it_from_telling_what_its_links_bring(rig: Rig) -> None:
    """It begins, reads its links and tells of them, while what the store knows is still waited for."""
    with rig.reads.hanging():
        rig.node.join(rig.outbox)
        rig.node.start()
        rig.ingest.post([record([rig.clock.wall_ms()], {"gauge": [1.0]})])
        rig.node.presence.watch(rig.outbox, None, "now-5m")
        eventually(lambda: any('"live"' in text for text in rig.outbox.take()), what="presence")


def test_a_node_that_starts_without_the_store_is_live(tmp_path: Path) -> None:
    """Pages of what comes are drawn and said to be without the store; with it all that was before comes."""
    clock = HandClock()
    with make_rig(tmp_path, clock) as before:
        for _ in range(3):
            before.second(gauge=1.0)
    clock.advance(30_000)
    with make_rig(tmp_path, clock) as rig:
        rig.reads.down = True
        with pytest.raises(StoreError):
            rig.node.recaller.recall()
        screen = subscribe(rig)
        rig.node.watch_host(rig.outbox, "h1", "now-5m")
        for value in (5.0, 6.0):
            rig.second(gauge=value)
            rig.node.keep_time()
        told = rig.told()
        assert {view["error"] for view in told if view["type"] == "view"} == {"the store does not answer: down"}
        assert list(screen.take(told).values().values()) == [5.0, 6.0]
        assert [host["state"] for m in told if m["type"] == "presence" for host in m["hosts"]][-1] == "live"
        rig.reads.down = False
        rig.clock.advance(2_000)
        rig.second(gauge=7.0)
        rig.node.keep_time()
        told = rig.told()
        assert list(screen.take(told).values().values()) == [1.0, 1.0, 1.0, 5.0, 6.0, 7.0]
        assert [view["error"] for view in told if view["type"] == "view"] == [None]
        assert [gap["state"] for m in told if m["type"] == "gaps" for gap in m["gaps"]] == ["unknown"]


# --- what was asked before is asked again ----------------------------------------------------------


OLD = "metrics=gauge&filter=kind%3Dhost&from=now-1h&step_ms=10000"


def test_a_late_row_is_asked_for_again_after_two_refreshes(rig: Rig) -> None:
    """A store that shows rows late had nothing at first: tiles and screens get it then."""
    rig.reads.refresh_ms = 1_000
    rig.row(gauge=1.0)
    rig.clock.advance(600_000)
    screen = subscribe(rig, OLD)
    parts, hidden = rig.store.parts, rig.clock.wall_ms() - 300_000
    rig.reads.parts = lambda *a, **o: p.take((found := parts(*a, **o)), found.first_ms != hidden)
    rig.row(age_ms=300_000, gauge=9.0)
    rig.node.follow()
    assert 9.0 not in screen.take(rig.told()).values().values()
    del rig.reads.parts
    rig.clock.advance(1_999)
    rig.node.follow()
    assert 9.0 not in screen.take(rig.told()).values().values()
    rig.clock.advance(1)
    rig.node.follow()
    assert 9.0 in screen.take(rig.told()).values().values()
    asked = rig.reads.asked
    rig.clock.advance(60_000)
    rig.node.follow()
    assert rig.reads.asked == asked


def tiles(rig: Rig) -> tuple[int, int]:
    """How many tiles of samples and of histories there are."""
    return rig.node.samples.tiles.status()["entries"], rig.node.histories.tiles.status()["entries"]


def test_a_link_that_was_lost_leaves_no_tile(rig: Rig) -> None:
    """Late notices may be missing: all is asked anew, gaps too; again when the store shows what came meanwhile."""
    rig.row(gauge=1.0)
    rig.clock.advance(600_000)
    rig.row(gauge=1.0)
    subscribe(rig, OLD)
    rig.node.watch_host(rig.outbox, "h1", "now-1h")
    rig.told()
    assert min(tiles(rig)) > 0
    rig.node.seam.lost()
    assert tiles(rig) == (0, 0)
    rig.node.keep_time()
    assert "view" in {message["type"] for message in rig.told()}
    assert min(tiles(rig)) > 0


def test_a_link_that_lagged_is_followed_twice_where_the_store_shows_rows_late(rig: Rig) -> None:
    """What was announced while nobody heard may not be seen by queries yet."""
    rig.reads.refresh_ms = 1_000
    rig.row(gauge=1.0)
    rig.clock.advance(600_000)
    subscribe(rig, OLD)
    for _ in range(hub.DEPTH + 1):
        rig.hub.publish(NODE_TOPIC, b"{}")
    rig.node.read(0)
    rig.node.follow()
    assert len(rig.told("view")) == 2
    rig.clock.advance(1_999)
    rig.node.follow()
    assert rig.told("view") == []
    rig.clock.advance(1)
    rig.node.follow()
    assert len(rig.told("view")) == 1


def test_a_clock_that_was_set_back_makes_rows_of_closed_times(rig: Rig) -> None:
    """What was kept of those times is asked for again; small steps close nothing too early."""
    begin = rig.clock.wall_ms()
    rig.row(gauge=1.0)
    rig.clock.advance(600_000)
    rig.row(gauge=1.0)
    url = f"metrics=gauge&from={begin}&to={begin + 300_000}&step_ms=10000"
    assert len(answered(rig, url)) == 1
    rig.clock.advance(1_000)
    rig.row(offset_ms=-20_000, gauge=1.0)
    assert tiles(rig)[0] > 0
    for _ in range(100):
        rig.clock.advance(1_000)
        rig.post([record([rig.clock.wall_ms() - 600_000], {"gauge": [5.0]}, incarnation=LATER)], -600_000)
    assert len(answered(rig, url)) == 11


def answered(rig: Rig, url: str) -> list[float | None]:
    """The values of the only series of an answer."""
    (series,) = answers.answer(rig.node, from_url(url))["series"]
    return series["value"]  # type: ignore[no-any-return]


def test_what_was_given_up_leaves_the_tiles(rig: Rig) -> None:
    """Those of the host, where the dropped event's span touches them."""
    for name in ("h1", "h2"):
        rig.row(entity=host(name), gauge=1.0)
    rig.clock.advance(600_000)
    subscribe(rig, OLD)
    before = tiles(rig)[0]
    now = rig.clock.wall_ms()
    event = events.gap("h1", "dropped", now - 500_000, now - 499_000, 1, now)
    rig.post([record([], {}, events=[event])])
    assert tiles(rig)[0] == before - 1


def test_a_claim_that_comes_late_is_read_when_it_is_stored(rig: Rig) -> None:
    """It is told before it is stored: what is asked meanwhile does not stay."""
    rig.row(gauge=1.0)
    rig.clock.advance(600_000)
    rig.row(gauge=1.0)
    now = rig.clock.wall_ms()
    claim = events.gap("h1", "skipped", now - 600_000, now, 599, now - 300_000)
    frame = frames.encode(frames.Happened("h1", [claim]))
    rig.hub.publish(NODE_TOPIC, frame)
    rig.node.read(0)
    assert gap_texts(rig) == ["not known: no row came and the collector holds none"]
    rig.ingest.post([record([], {}, seq=3, events=[claim])])
    rig.clock.advance(rig.node.window_ms)
    rig.node.read(0)
    rig.node.follow()
    assert gap_texts(rig) == ["not measured: the host was too busy"]


def gap_texts(rig: Rig) -> list[str]:
    """The gaps of h1 as an answer tells them."""
    gaps = answers.answer(rig.node, from_url("metrics=gauge&from=now-15m"))["gaps"]
    return [gap["text"] for gap in gaps["h1"] if gap["from_ms"] < rig.clock.wall_ms() - 60_000]


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
