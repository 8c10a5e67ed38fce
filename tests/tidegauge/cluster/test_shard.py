"""A node's own shard: what is told, and what is not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.tidegauge.cluster.worlds import WALL_MS, seen_now
from tidegauge.cluster import frames
from tidegauge.cluster.frames import Seen
from tidegauge.cluster.replica import Replica
from tidegauge.cluster.shard import EARLY, SPARSE, OwnShard
from tidegauge.cluster.shard_frames import MAX_ENTRIES, Beat, Facts, OfPresence, Shard
from tidegauge.metrics.wire import Queue


def seen(at_ms: int, host: str = "h1", **changes: Any) -> Seen:
    """What a POST shows of a collector with nothing in its queue."""
    return msgspec.structs.replace(seen_now(host, 0, at_ms), **changes)


def begun(at_ms: int = 0) -> OwnShard:
    """A shard that told of one collector."""
    shard = OwnShard("a", "life")
    assert [type(frame) for frame in shard.see(seen(at_ms), at_ms)] == [Facts]
    shard.beat(at_ms)
    return shard


def kinds(told: list[OfPresence]) -> list[type]:
    return [type(frame) for frame in told]


def test_a_collector_that_only_goes_on_is_a_bit() -> None:
    """Nothing at once, and nothing but the beat, for an hour."""
    shard = begun()
    for second in range(1, 3_600):
        assert shard.see(seen(1_000 * second), 1_000 * second) == []
        assert kinds(shard.beat(1_000 * second + 400)) == [Beat]


@pytest.mark.parametrize(
    "changes",
    [
        {"stopping": True},
        {"problem": "its clock"},
        {"name": "other"},
        {"period_ms": 5_000},
        {"queue": Queue(1, WALL_MS, WALL_MS)},
        {"now_ms": WALL_MS + 4_000},
        {"newest_ms": WALL_MS - 30_000},
        {"incarnation": "2-b"},
    ],
    ids=str,
)
def test_what_changes_is_told_at_once(changes: dict[str, Any]) -> None:
    """A stop, a problem, a name, a period, a queue that begins, a clock that was set, rows that are older, a life."""
    shard = begun()
    if "newest_ms" in changes:
        shard.see(seen(30_000 - 900), 30_000 - 900)
    (facts,) = shard.see(seen(1_000, **changes), 1_000 if "newest_ms" not in changes else 31_000)
    assert isinstance(facts, Facts)
    assert facts.entries[0].seen_ms in (1_000, 31_000)


def test_what_changes_a_little_is_told_with_the_beat() -> None:
    """A clock that is off by more than a tenth of a second, a queue by an eighth."""
    shard = begun()
    assert shard.see(seen(1_000, now_ms=WALL_MS + 1_150, newest_ms=WALL_MS + 1_110), 1_000) == []
    assert kinds(shard.beat(1_100)) == [Facts, Beat]
    shard.see(seen(2_000, queue=Queue(100, WALL_MS - 60_000, WALL_MS)), 2_000)
    shard.beat(2_100)
    assert shard.see(seen(3_000, queue=Queue(108, WALL_MS - 60_000, WALL_MS + 1_000)), 3_000) == []
    assert kinds(shard.beat(3_100)) == [Beat]
    assert shard.see(seen(4_000, queue=Queue(120, WALL_MS - 60_000, WALL_MS + 2_000)), 4_000) == []
    assert kinds(shard.beat(4_100)) == [Facts, Beat]


def test_a_backlog_that_drains_is_told() -> None:
    """The old end of a queue stays where it was, unless told; the young one moves with the collector's clock."""
    shard, reader = begun(), Replica()
    reader.take(shard.snapshot(0), 0)
    for second, count in enumerate((50, 40, 30, 20, 10), 1):
        at_ms = 1_000 * second
        queue = Queue(count, WALL_MS - 1_000 * count, WALL_MS + at_ms)
        for frame in [*shard.see(seen(at_ms, queue=queue), at_ms), *shard.beat(at_ms)]:
            reader.take(frame, at_ms)
        assert abs((reader.fact(0).seen.queue.from_ms or 0) - (queue.from_ms or 0)) <= 10_000


def test_a_stop_is_not_undone_by_a_post_that_it_overtook() -> None:
    """A POST that was sent before says no more than that the collector was there."""
    shard = begun()
    shard.see(seen(1_000, stopping=True), 1_000)
    assert shard.see(seen(900), 1_050) == []
    assert kinds(shard.beat(1_100)) == [Beat]
    (facts,) = shard.see(seen(2_000), 2_000)
    assert isinstance(facts, Facts)
    assert facts.entries[0].rest is None


def test_posts_that_are_held_up_all_alike_are_not_overtaken() -> None:
    """By a balancer that asks a node that hangs first: what they say counts, a stop too, in the order of sending."""
    shard = begun()
    shard.see(seen(1_000), 1_000)
    for sent_ms in (500, 1_500, 2_500):
        shard.see(seen(sent_ms), sent_ms + 2_500)
    shard.see(seen(3_500, queue=Queue(9, WALL_MS, WALL_MS + 3_500)), 6_000)
    (facts,) = shard.see(seen(4_500, stopping=True), 7_000)
    assert isinstance(facts, Facts)
    assert facts.entries[0].rest is not None
    assert facts.entries[0].rest.stopping


def test_a_resend_does_not_make_the_newest_row_older() -> None:
    """It brings old rows; the newest is that of a POST before."""
    shard = begun()
    shard.see(seen(1_000), 1_000)
    shard.see(seen(1_050, newest_ms=WALL_MS - 500_000), 1_050)
    (row,) = shard.snapshot(1_050).entries
    assert row.now_ms - row.age_ms == WALL_MS - 40
    assert kinds(shard.beat(1_100)) == [Beat]


def test_who_comes_back_is_told_of_at_once_if_that_is_rare() -> None:
    """A beat comes early, some times; where it is the rule, with the next."""
    shard = OwnShard("a", "life")
    for place in range(3 * EARLY):
        shard.see(seen(0, f"h{place}"), 0)
    shard.beat(0)
    told = [shard.see(seen(5_000, f"h{place}"), 5_000 + place) for place in range(3 * EARLY)]
    assert [kinds(one) for one in told] == [[Beat]] * EARLY + [[]] * 2 * EARLY
    assert kinds(shard.see(seen(9_500), 9_500)) == [Beat]


def test_a_beat_after_a_pause_still_tells_when() -> None:
    """Its ages have a greater unit."""
    shard = begun()
    shard.see(seen(100), 100)
    shard.see(seen(9_000, "h2"), 9_000)
    (beat,) = [frame for frame in shard.beat(10_000) if isinstance(frame, Beat)]
    assert [
        abs(at_ms - truth) <= beat.unit_ms for (_, at_ms), truth in zip(beat.sightings(), (100, 9_000), strict=True)
    ]
    assert beat.unit_ms == 157


def test_a_thousand_collectors_cost_less_than_two_kilobytes_a_second() -> None:
    """Two beats, as they go to each reader, envelope left out."""
    shard = OwnShard("ingest-1", "0123abcd")
    for place in range(1_000):
        shard.see(seen(place, f"h{place}"), place)
    told = shard.beat(1_000)
    assert sum(len(frames.encode(frame)) for frame in told) > 1_000
    size = 0
    for at_ms in range(1_000, 11_000, 500):
        for place in range((at_ms % 1_000), (at_ms % 1_000) + 500):
            assert shard.see(seen(at_ms + place % 500, f"h{place}"), at_ms + place % 500) == []
        size += sum(len(frames.encode(frame)) for frame in shard.beat(at_ms + 500))
    assert size / 10 < 1_700


def test_the_bytes_of_a_snapshot_are_those_of_its_frame() -> None:
    """Entries that were encoded before are as if they were encoded now."""
    shard = begun()
    shard.see(seen(1_000, stopping=True), 1_000)
    shard.see(seen(1_500, "h2", problem="é"), 1_500)
    assert frames.decode(shard.encoded(2_000)) == shard.snapshot(2_000)


def test_what_was_not_seen_for_long_goes_and_a_sparse_shard_begins_anew() -> None:
    """Places are not given twice in one life; the next has none of the empty ones."""
    shard = OwnShard("a", "life")
    for place in range(2 * SPARSE):
        shard.see(seen(0, f"h{place}"), 0)
    shard.see(seen(60_000, "last"), 60_000)
    whole = shard.forget(90_000, 60_000, 60_000)
    assert isinstance(whole, Shard)
    assert (whole.life, whole.number, [one.host for one in whole.entries]) == ("life.1", 0, ["last"])
    (facts,) = shard.see(seen(90_000, "new"), 90_000)
    assert isinstance(facts, Facts)
    assert (facts.number, facts.entries[0].index) == (1, 1)
    assert shard.forget(90_000, 60_000, 60_000) is None


def test_a_shard_that_is_full_takes_nobody_new() -> None:
    """Those that it holds go on."""
    shard = begun()
    for place in range(1, MAX_ENTRIES):
        shard.see(seen(0, f"h{place + 1}"), 0)
    assert shard.see(seen(0, "one too many"), 0) == []
    assert kinds(shard.see(seen(1, stopping=True), 1)) == [Facts]
