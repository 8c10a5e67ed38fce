"""Who watches which host, and what they are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from app.outbox import Outbox
from app.pages import fleet
from app.presence import Presence
from tests.app.rig import Rig, shown
from tests.ingest_api.posts import header
from tests.rows import INCARNATION, LATER, record
from tests.tidegauge.cluster.worlds import seen_now
from tidegauge.cluster.remote import LinkState
from tidegauge.cluster.shard import OwnShard
from tidegauge.cluster.shard_frames import Beat, OfPresence
from tidegauge.metrics import events, wire
from tidegauge.metrics.ranges import RangeError
from tidegauge.metrics.wire import Queue
from tidegauge.storage.base import Document

DAY_MS = 86_400_000


def watch(rig: Rig, host: str | None = "h1", outbox: Outbox | None = None) -> None:
    rig.node.watch_host(outbox or rig.outbox, host, "now-5m")
    rig.node.read(0)


def seen(rig: Rig, **changes: Any) -> None:
    """A POST of host h1 without records."""
    rig.ingest.door.post(header(rig.clock.wall_ms(), **changes), b"")
    rig.node.read(0)


def states(rig: Rig) -> list[str]:
    """The states that were told since the last call."""
    return [host["state"] for message in rig.told("presence") for host in message["hosts"]]


def pass_by(rig: Rig, seconds: float) -> list[str]:
    """The states that are told while time passes in steps of a quarter of a second."""
    for _ in range(round(4 * seconds)):
        rig.clock.advance(250)
        rig.publisher.beat()
        rig.node.read(0)
        rig.node.keep_time()
    return states(rig)


def test_a_watcher_is_told_at_once_then_once_a_second(rig: Rig) -> None:
    """The first message answers the order, the next come with the seconds."""
    rig.row(gauge=1.0)
    watch(rig)
    assert states(rig) == ["live"]
    rig.node.keep_time()
    states(rig)
    assert pass_by(rig, 0.75) == []
    assert pass_by(rig, 0.25) == ["live"]


def test_a_change_is_told_at_once(rig: Rig) -> None:
    """Silent, down, live, stopped: each with the next look, not with the next second."""
    rig.row(gauge=1.0)
    watch(rig)
    pass_by(rig, 1)
    assert pass_by(rig, 3.25)[-1] == "silent"
    assert pass_by(rig, 11)[-1] == "down"
    seen(rig)
    rig.node.keep_time()
    assert states(rig) == ["live"]
    seen(rig, stopping=True)
    rig.node.keep_time()
    assert states(rig) == ["stopped"]
    seen(rig, incarnation=LATER)
    rig.node.keep_time()
    assert states(rig) == ["live"]


def test_silence_says_since_when_and_how_old_the_newest_row_is(rig: Rig) -> None:
    """for_ms counts from the last POST, age_ms from the newest row's time."""
    rig.row(gauge=1.0)
    watch(rig)
    rig.row(age_ms=300, gauge=2.0)
    for _ in range(6):
        rig.told()
        rig.clock.advance(1_000)
        rig.publisher.beat()
        rig.node.read(0)
        rig.node.keep_time()
    (host,) = rig.told("presence")[-1]["hosts"]
    assert (host["state"], host["for_ms"], host["age_ms"]) == ("silent", 6_000, 6_000)
    assert host["name"] == "h1"


def test_a_post_that_was_held_up_makes_no_clock_wrong_and_no_row_young(rig: Rig) -> None:
    """A balancer asked a node that hangs first, for 2.5 s: the host's clock is right, its rows are that old."""
    rig.row(gauge=1.0)
    watch(rig)
    rig.node.board.subscribe(rig.outbox, 1, "metrics=gauge&filter=host.id%3Dh1&from=now-1m")
    for _ in range(6):
        rig.told()
        rig.clock.advance(1_000)
        rig.row(offset_ms=-2_500, gauge=2.0)
        rig.node.keep_time()
    told = rig.told()
    (host,) = [message for message in told if message["type"] == "presence"][-1]["hosts"]
    assert (host["state"], host["offset_ms"], host["age_ms"]) == ("live", 0, 2_500)
    (points,) = [message for message in told if message["type"] == "points"]
    assert points["now_ms"] == host["now_ms"] == rig.node.presence.host_now("h1") == rig.clock.wall_ms()


def test_two_collectors_on_one_host_are_said(rig: Rig) -> None:
    """While both are heard the note says so; the problem of a clock goes before it."""
    seen(rig)
    seen(rig, incarnation=LATER)
    watch(rig)
    (message,) = rig.told("presence")
    assert message["hosts"][0]["note"] == "two collectors report this host; the later is shown"
    rig.ingest.post([record([rig.clock.wall_ms() + DAY_MS], {"gauge": [1.0]}, incarnation=LATER)])
    rig.ingest.door.post(
        header(rig.clock.wall_ms(), incarnation=LATER),
        wire.encode(record([rig.clock.wall_ms() + DAY_MS], {"gauge": [1.0]}, seq=3)),
    )
    rig.node.read(0)
    rig.clock.advance(1_000)
    rig.node.keep_time()
    assert "10 min ahead" in rig.told("presence")[-1]["hosts"][0]["note"]


def test_all_hosts_are_told_to_who_watches_all(rig: Rig) -> None:
    """A watch of null hears of every host, one of a host only of that; the later order replaces the first."""
    seen(rig)
    seen(rig, host="h2", name="web-2")
    watch(rig, None)
    (message,) = rig.told("presence")
    assert [(host["id"], host["name"]) for host in message["hosts"]] == [("h1", "h1"), ("h2", "h2")]
    watch(rig, "h2")
    (message,) = rig.told("presence")
    assert [host["id"] for host in message["hosts"]] == ["h2"]
    assert rig.told("gaps") == []


def test_an_unheard_host_is_unknown(rig: Rig) -> None:
    """Nothing is made up of a host that was never seen."""
    watch(rig, "h9")
    assert states(rig) == ["unknown"]


def test_while_a_link_is_broken_nobody_falls_silent(rig: Rig) -> None:
    """A host keeps its state, and it is said why; who was never judged is unknown; a stop is a stop."""
    missing: list[LinkState] = []
    node = Presence(rig.node.histories, rig.node.entities, rig.clock.monotonic_ms, rig.clock.wall_ms, lambda: missing)
    shard = OwnShard("ingest-1", "life")
    for host in ("h1", "h2"):
        (facts,) = shard.see(seen_now(host, 0, 0), 0)
        node.take(facts, 0, "ingest-1")
    (facts,) = shard.see(seen_now("h2", 0, 0, stopping=True), 0)
    node.take(facts, 0, "ingest-1")
    for host in ("h1", "h2"):
        node.verdict(host)
    missing.append(LinkState("http://b:1", "ingest-2", "gone", rig.clock.monotonic_ms()))
    rig.clock.advance(60_000)
    node.see(msgspec.structs.replace(seen_now("h3", 0, 0), ago_ms=60_000), 0)
    told = {host: verdict for host, verdict in node.verdicts() if verdict}
    assert {host: one.state for host, one in told.items()} == {"h1": "live", "h2": "stopped", "h3": "unknown"}
    assert told["h1"].suspended == told["h3"].suspended == "the link to ingest-2 is broken since 22:13:20 UTC"
    assert (told["h1"].for_ms, told["h2"].suspended) == (60_000, "")
    missing.clear()
    rig.clock.advance(2_100)
    assert {host: verdict.state for host, verdict in node.verdicts() if verdict} == {
        "h1": "down",
        "h2": "stopped",
        "h3": "down",
    }


def test_nobody_is_silent_whom_a_node_may_have_heard_before_it_began_again(rig: Rig) -> None:
    """This node stood still meanwhile: it was not told of the last POSTs to the node that is gone. A host is judged
    when the node has been there for four periods of that host."""
    clock = rig.clock
    presence = Presence(rig.node.histories, rig.node.entities, clock.monotonic_ms, clock.wall_ms)

    def told(frames: Sequence[OfPresence]) -> tuple[str, str]:
        for frame in frames:
            presence.take(frame, 0, "ingest-1")
        verdict = presence.verdict("h1")
        assert verdict is not None
        return verdict.state, verdict.suspended

    assert told(OwnShard("ingest-1", "before").see(seen_now("h1", 0, 0), 10_000)) == ("live", "")
    clock.advance(7_000)
    after = OwnShard("ingest-1", "after")
    found = [told([after.snapshot(0)])]
    for at_ms in range(500, 5_000, 500):
        clock.advance(500)
        found.append(told(after.beat(at_ms)))
    began = "ingest-1 began at 22:13:27 UTC, and what it may have heard before is not known"
    assert found == [("live", began)] * 8 + [("silent", "")] * 2


def test_a_node_may_not_write_anothers_shard(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """It is refused with one log line, and told on the system page."""
    presence = rig.node.presence
    (facts,) = OwnShard("ingest-1", "life").see(seen_now("h1", 0, 0), 0)
    for _ in range(2):
        assert presence.take(facts, 0, "ingest-2") == ([], False)
    assert (presence.verdict("h1"), presence.refused) == (None, {"ingest-2": "ingest-1"})
    assert [record.message for record in caplog.records] == ["shard_refused node='ingest-2' wrote='ingest-1'"]


def test_no_wall_clock_of_an_ingest_node_matters(rig: Rig) -> None:
    """A collector that posts to two nodes, one of which is an hour off, is told one offset: that by this node's."""
    presence, now_ms = rig.node.presence, rig.clock.wall_ms()
    for node, off_ms in (("ingest-1", 0), ("ingest-2", 3_600_000)):
        one = seen_now("h1", 0, 0, wall_ms=now_ms - 250)
        (facts,) = OwnShard(node, "life").see(msgspec.structs.replace(one, offset_ms=-250 - off_ms), 0)
        presence.take(facts, 0, node)
        verdict = presence.verdict("h1")
        assert verdict is not None
        assert (verdict.state, verdict.seen.offset_ms) == ("live", -250)


def test_a_shard_with_a_hole_is_asked_for_again(rig: Rig) -> None:
    """What was lost comes with the snapshot, and the hole is gone."""
    seen(rig)
    rig.node.presence.take(
        Beat(node="", life=shard_life(rig), number=99, at_ms=0, unit_ms=1, seen="", ages=""), held_ms=0
    )
    assert rig.node.presence.lacking() == {""}
    rig.clock.advance(10_000)
    rig.publisher.beat()
    rig.node.read(0)
    rig.node.read(0)
    rig.node.read(0)
    assert rig.node.presence.verdict("h1") is not None


def shard_life(rig: Rig) -> str:
    """The present life of the ingest node's shard."""
    return rig.publisher._shard.life


def test_gaps_are_told_when_they_change(rig: Rig) -> None:
    """First as they are, then only what is new: waiting, as the queue says, and late when it came."""
    rig.row(gauge=1.0)
    watch(rig)
    assert rig.told("gaps")[-1]["gaps"] == []
    begin = rig.clock.wall_ms()
    rig.clock.advance(10_000)
    queue = Queue(9, begin + 1_000, begin + 9_000)
    rig.ingest.door.post(
        header(rig.clock.wall_ms(), queue=queue), wire.encode(record([rig.clock.wall_ms()], {"gauge": [2.0]}, seq=5))
    )
    rig.node.read(0)
    rig.node.keep_time()
    (message,) = rig.told("gaps")
    (gap,) = message["gaps"]
    assert (gap["from_ms"], gap["to_ms"], gap["state"]) == (begin, begin + 10_000, "waiting")
    assert gap["text"] == "waiting, 9 in its queue"
    rig.node.keep_time()
    assert rig.told("gaps") == []
    rig.clock.advance(30_000)
    late = [begin + 1_000 * i for i in range(1, 10)]
    rig.post([record(late, {"gauge": [3.0] * 9}, seq=6)])
    rig.row(gauge=4.0)
    rig.node.keep_time()
    assert "late" in {gap["state"] for gap in rig.told("gaps")[-1]["gaps"]}


def test_a_claim_explains_its_hole_live(rig: Rig) -> None:
    """An event that claims a hole is taken from the stream."""
    rig.row(gauge=1.0)
    watch(rig)
    begin = rig.clock.wall_ms()
    rig.clock.advance(20_000)
    claim = events.gap("h1", "skipped", begin, rig.clock.wall_ms(), 19, rig.clock.wall_ms())
    rig.post([record([rig.clock.wall_ms()], {"gauge": [1.0]}, seq=4, events=[claim])])
    rig.node.keep_time()
    (gap,) = rig.told("gaps")[-1]["gaps"]
    assert gap["text"].startswith("not measured: ")


def test_a_timeline_without_the_store_goes_on_with_what_is_live(rig: Rig) -> None:
    """It is read when the store answers again, which is asked every two seconds."""
    rig.row(gauge=1.0)
    rig.clock.advance(60_000)
    rig.row(gauge=1.0)
    rig.reads.down = True
    watch(rig)
    assert rig.told("gaps")[-1]["gaps"] == []
    rig.reads.down = False
    rig.clock.advance(1_750)
    rig.node.keep_time()
    assert rig.told("gaps") == []
    rig.clock.advance(250)
    rig.node.keep_time()
    rig.clock.advance(1_000)
    rig.node.keep_time()
    assert [gap["state"] for gap in rig.told("gaps")[-1]["gaps"]] == ["unknown"]


def test_a_range_that_cannot_be_is_refused(rig: Rig) -> None:
    """`watch` raises RangeError and watches nothing."""
    with pytest.raises(RangeError):
        rig.node.watch_host(rig.outbox, "h1", "yesterday")
    rig.node.presence.tell()
    assert rig.told() == []


def test_hosts_and_incarnations_are_forgotten(rig: Rig) -> None:
    """A superseded incarnation after an hour, a host when its data are given up."""
    presence = rig.node.presence
    seen(rig)
    rig.clock.advance(1_000)
    seen(rig, incarnation=LATER)
    rig.clock.advance(3_600_000)
    presence.forget(rig.clock.monotonic_ms(), DAY_MS)
    assert [fact.seen.incarnation for fact in presence._replicas.facts("h1")] == [LATER]
    assert INCARNATION != LATER
    rig.clock.advance(DAY_MS)
    presence.forget(rig.clock.monotonic_ms(), DAY_MS)
    assert presence.verdict("h1") is None
    assert presence.host_now("h1") == rig.clock.wall_ms()


def test_a_retired_host_leaves_the_list_until_its_collector_sends(rig: Rig) -> None:
    """The list says that it left, also to pages that knew it before; its own page goes on."""
    rig.row(gauge=1.0)
    watch(rig, None)
    assert states(rig) == ["live"]
    rig.node.presence.retired.take([Document("h1", 1, b"{}")])
    rig.clock.advance(1_000)
    rig.node.keep_time()
    told = rig.told("presence")[-1]
    assert (told["hosts"], told["retired"]) == ([], ["h1"])
    assert rig.node.presence.verdicts() == []
    assert "h1" not in shown(fleet.load(rig.node))
    own = Outbox()
    watch(rig, "h1", own)
    told = rig.told("presence", own)[-1]
    assert ([host["id"] for host in told["hosts"]], told["retired"]) == (["h1"], [])
    rig.clock.advance(2_000)
    rig.row(gauge=1.0)
    rig.node.keep_time()
    told = rig.told("presence")[-1]
    assert ([host["id"] for host in told["hosts"]], told["retired"]) == (["h1"], [])
