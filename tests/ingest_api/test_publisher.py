"""Publish first."""

from __future__ import annotations

from ingest_api.publisher import AWAY_MS, MOST_NAMED, TELL_AGAIN_MS
from tests.ingest_api.posts import Ingest
from tests.minutes import summary
from tests.rows import INCARNATION, NOW, host, record
from tidegauge.cluster import frames
from tidegauge.cluster.frames import NODE_TOPIC, Frame, Happened, Late, MetricRows, NewEntity, Rows, Still
from tidegauge.cluster.hub import Subscription
from tidegauge.cluster.shard_frames import Beat, Facts, Shard
from tidegauge.metrics import events
from tidegauge.metrics.records import Block, Column, Entity, Event, Record
from tidegauge.metrics.steps import DAY

TOPIC = frames.entity_topic("h1")


def news(ingest: Ingest, topics: list[str], *posts: list[int]) -> list[Frame]:
    """The frames that readers of some topics get of POSTs of rows at those times."""
    reader = ingest.hub.subscribe(topics)
    for seq, times in enumerate(posts):
        ingest.post([record(times, {"gauge": [1.0] * len(times)}, seq=seq)])
    return [frames.decode(delivery.frame) for delivery in reader.take(0)]


def test_rows_are_published_with_the_senders_now(ingest: Ingest) -> None:
    """A frame holds the rows of one entity and the sender's clock."""
    (frame,) = news(ingest, [TOPIC], [NOW - 500])
    assert isinstance(frame, Rows)
    assert (frame.times, frame.now_ms, frame.received_ms) == ([NOW - 500], NOW, None)


def test_rows_older_than_two_periods_are_late(ingest: Ingest) -> None:
    """Late rows stand in a frame of their own with when they were received, as the store keeps them."""
    late, fresh = news(ingest, [TOPIC], [NOW - 5_000, NOW - 500])
    assert isinstance(late, Rows)
    assert isinstance(fresh, Rows)
    assert (late.times, late.received_ms) == ([NOW - 5_000], NOW)
    assert fresh.received_ms is None
    coverage = ingest.store.coverage(["h1"], NOW - 60_000, NOW + 60_000, 0)
    assert coverage.received_ms.tolist() == [NOW, 0]


def test_rows_older_than_the_window_are_only_announced(ingest: Ingest) -> None:
    """Rule 7: they are not published; a late notice names them, also when they come again."""
    assert news(ingest, [TOPIC], [NOW - 60_000]) == []
    again = [frame for frame in news(ingest, [NODE_TOPIC], [NOW - 60_000]) if isinstance(frame, Late)]
    assert again == [Late("h1", ["h1"], "raw", NOW - 60_000, NOW - 60_000)]


def minute_notices(ingest: Ingest, minute_ms: int) -> list[Late]:
    """The late notices after a POST of a minute's two rows."""
    reader = ingest.hub.subscribe([NODE_TOPIC, TOPIC])
    ingest.post([summary(record([minute_ms + 5, minute_ms + 1005], {"gauge": [1.0, 2.0]}))])
    found = [frames.decode(delivery.frame) for delivery in reader.take(0)]
    assert not any(isinstance(frame, Rows) for frame in found), "minute rows are not live"
    return [frame for frame in found if isinstance(frame, Late)]


def test_minute_rows_that_come_three_minutes_late_are_announced(ingest: Ingest) -> None:
    """By the sender's clock; also when they come again."""
    minute_ms = NOW - NOW % 60_000 - 120_000
    ingest.clock.advance(minute_ms + 240_000 - ingest.clock.wall_ms())
    assert minute_notices(ingest, minute_ms) == []
    ingest.clock.advance(1)
    for _ in range(2):
        assert minute_notices(ingest, minute_ms) == [Late("h1", ["h1"], "minute", minute_ms + 5, minute_ms + 5)]


def test_rows_are_published_though_the_store_is_down(ingest: Ingest) -> None:
    """Live first: publication does not depend on the store."""
    ingest.store.close()
    assert [type(frame) for frame in news(ingest, [TOPIC], [NOW])] == [Rows]


def test_an_entity_is_told_once_and_when_it_changes(ingest: Ingest) -> None:
    """NewEntity comes with the first row and with a changed description."""
    reader = ingest.hub.subscribe([NODE_TOPIC])
    for seq, fleet in enumerate(("a", "a", "b")):
        ingest.post([record([NOW + seq], {"gauge": [1.0]}, seq=seq, entity=host("h1", fleet=fleet))])
    told = [f for d in reader.take(0) if isinstance(f := frames.decode(d.frame), NewEntity)]
    assert [frame.entity.attributes["fleet"] for frame in told] == ["a", "b"]


def test_events_and_presence_reach_every_web_node(ingest: Ingest) -> None:
    """The node topic carries who was seen and what happened."""
    reader = ingest.hub.subscribe([NODE_TOPIC])
    event = events.gap("h1", "skipped", NOW - 5, NOW, 1, NOW)
    ingest.post([record([], {}, seq=4, events=[event])], offset_ms=-250)
    got = [frames.decode(delivery.frame) for delivery in reader.take(0)]
    assert Happened("h1", [event]) in got
    (facts,) = [frame for frame in got if isinstance(frame, Facts)]
    (seen,) = facts.entries
    assert (seen.name, seen.seq, seen.now_ms, seen.rest) == ("web-1", 4, NOW - 250, None)


def test_a_sequence_is_that_of_the_incarnation_that_speaks(ingest: Ingest) -> None:
    """A record of an earlier one, in the same body, has its own."""
    reader = ingest.hub.subscribe([NODE_TOPIC])
    ingest.post([record([], {}, seq=900, incarnation="1600000000000-a"), record([NOW], {"gauge": [1.0]}, seq=0)])
    (facts,) = [frame for d in reader.take(0) if isinstance(frame := frames.decode(d.frame), Facts)]
    assert facts.entries[0].seq == 0


def test_a_new_reader_is_told_what_is_known(ingest: Ingest) -> None:
    """The snapshot holds entities and presence with its age."""
    ingest.post([record([NOW], {"gauge": [1.0]})])
    ingest.clock.advance(3_000)
    entity, shard = (frames.decode(frame) for frame in ingest.publisher.snapshot())
    assert isinstance(entity, NewEntity)
    assert isinstance(shard, Shard)
    assert [shard.at_ms - at for at in shard.seen] == [3_000]


def test_a_collector_that_goes_on_is_told_with_the_beat(ingest: Ingest) -> None:
    """Its first POST at once, the others as a bit; numbered in the order in which they are published."""
    reader = ingest.hub.subscribe([NODE_TOPIC])
    for _ in range(3):
        ingest.clock.advance(1_000)
        ingest.post([])
        ingest.publisher.beat()
    told = [f for d in reader.take(0) if isinstance(f := frames.decode(d.frame), Facts | Beat)]
    assert [type(frame) for frame in told] == [Facts, Beat, Beat, Beat]
    assert [frame.number for frame in told] == [1, 2, 3, 4]


def entities(ingest: Ingest) -> list[str]:
    """The entities that a new reader is told of."""
    return [f.entity.id for d in ingest.publisher.snapshot() if isinstance(f := frames.decode(d), NewEntity)]


def test_a_container_that_ended_is_told_to_no_new_reader(ingest: Ingest) -> None:
    """It leaves the list of who comes later, too; when its rows come again it is told of anew."""
    one = Entity("c1", "container", "boot+1", 1000, {"host.id": "h1"})
    ended = Event("c1", NOW * 1_000_000, events.CONTAINER_STOPPED, {})
    ingest.post([record([NOW], {"gauge": [1.0]}, entity=one)])
    assert entities(ingest) == ["c1"]
    ingest.post([record([], {}, seq=1, events=[ended])])
    assert entities(ingest) == []
    ingest.post([record([NOW + 1], {"gauge": [1.0]}, seq=2, entity=one)])
    assert entities(ingest) == ["c1"]


def news_of_entities(ingest: Ingest, reader: Subscription) -> list[Frame]:
    """What a reader is told of entities."""
    ingest.publisher.beat()
    found = [frames.decode(delivery.frame) for delivery in reader.take(0)]
    return [frame for frame in found if isinstance(frame, NewEntity | Still)]


def test_an_entity_whose_rows_come_is_named_again(ingest: Ingest) -> None:
    """About once a minute, so that web nodes know what is there; its last row's age goes to who comes later."""
    reader = ingest.hub.subscribe([NODE_TOPIC])
    told: list[Frame] = []
    for seq in range(5):
        ingest.post([record([ingest.clock.wall_ms()], {"gauge": [1.0]}, seq=seq)])
        told += news_of_entities(ingest, reader)
        ingest.clock.advance(30_000)
    assert told == [NewEntity("h1", host()), Still(["h1"]), Still(["h1"])]
    (known,) = [f for d in ingest.publisher.snapshot() if isinstance(f := frames.decode(d), NewEntity)]
    assert known.ago_ms == 30_000


def test_an_entity_that_was_away_is_described_anew(ingest: Ingest) -> None:
    """Who let go of it meanwhile has to know what it is."""
    reader = ingest.hub.subscribe([NODE_TOPIC])
    for seq, away_ms in enumerate((0, AWAY_MS - 1, AWAY_MS)):
        ingest.clock.advance(away_ms)
        ingest.post([record([ingest.clock.wall_ms()], {"gauge": [1.0]}, seq=seq)])
    assert news_of_entities(ingest, reader) == [NewEntity("h1", host()), NewEntity("h1", host()), Still(["h1"])]


def test_so_many_are_named_at_once(ingest: Ingest) -> None:
    """The others with the next beats; one that ended meanwhile is not named."""
    ids = [f"c{n}" for n in range(MOST_NAMED + 2)]
    reader = ingest.hub.subscribe([NODE_TOPIC])
    for seq, again_ms in enumerate((0, TELL_AGAIN_MS)):
        ingest.clock.advance(again_ms)
        named = [Entity(name, "container", "b", 1000) for name in ids]
        times, places = [ingest.clock.wall_ms()] * len(ids), [*range(len(ids))]
        block = Block("container", named, [Column("gauge", "gauge")], places, times, [[1.0] * len(ids)])
        ingest.post([Record(host="h1", incarnation=INCARNATION, seq=seq, blocks=[block])])
    ended = Event(ids[-1], NOW * 1_000_000, events.CONTAINER_STOPPED, {})
    ingest.post([record([], {}, seq=9, events=[ended])])
    told = [*news_of_entities(ingest, reader), *news_of_entities(ingest, reader)]
    assert [frame for frame in told if isinstance(frame, Still)] == [Still(ids[:MOST_NAMED]), Still([ids[-2]])]


def test_what_is_not_heard_is_forgotten(ingest: Ingest) -> None:
    """Entities go after an hour, a collector with its data: until then it is told since when it is down."""
    ingest.post([record([NOW], {"gauge": [1.0]})])
    ingest.clock.advance(3_600_000)
    ingest.publisher.forget(DAY)
    assert entities(ingest) == ["h1"]
    ingest.clock.advance(1)
    ingest.publisher.forget(DAY)
    assert entities(ingest) == []
    assert len(shard(ingest).entries) == 1
    ingest.clock.advance(23 * 3_600_000)
    ingest.publisher.forget(DAY)
    assert shard(ingest).entries == []


def shard(ingest: Ingest) -> Shard:
    """The presence that a new reader is told of."""
    (found,) = [f for d in ingest.publisher.snapshot() if isinstance(f := frames.decode(d), Shard)]
    return found


def test_a_record_that_comes_again_is_not_told_again(ingest: Ingest) -> None:
    """Its rows are in the window: a store that is down would else have them told with each resend."""
    reader = ingest.hub.subscribe([TOPIC, NODE_TOPIC])
    one = record([NOW], {"gauge": [1.0]}, seq=3)
    ingest.post([one])
    reader.take(0)
    ingest.post([one, record([NOW + 1], {"gauge": [2.0]}, seq=4)])
    told = [frames.decode(delivery.frame) for delivery in reader.take(0)]
    assert [frame.times for frame in told if isinstance(frame, Rows)] == [[NOW + 1]]
    assert not any(isinstance(frame, Facts) for frame in told)


def test_what_was_told_is_remembered_for_a_window(ingest: Ingest) -> None:
    """Then a record's rows are too old to be told."""
    for seq in range(5):
        ingest.post([record([ingest.clock.wall_ms()], {"gauge": [1.0]}, seq=seq)])
        ingest.clock.advance(4_000)
    assert [seq for _, _, seq in ingest.publisher._told] == [2, 3, 4]


def test_a_metric_of_the_fleet_is_a_topic(ingest: Ingest) -> None:
    """Late rows apart, as in topics of entities; rows older than W are not told."""
    reader = ingest.hub.subscribe([frames.metric_topic("gauge")])
    ingest.post([record([NOW - 60_000, NOW - 5_000, NOW - 500], {"gauge": [1.0, 2.0, 3.0]})])
    ingest.publisher.metrics.flush()
    (frame,) = [frames.decode(delivery.frame) for delivery in reader.take(0)]
    assert isinstance(frame, MetricRows)
    found = [(cell.time_ms, cell.value, share.received_ms) for share in frame.shares for cell in share.cells]
    assert found == [(NOW - 5_000, 2.0, NOW), (NOW - 500, 3.0, None)]


def test_an_event_is_told_behind_the_values_that_came_before_it(ingest: Ingest) -> None:
    """A dropped event erases them: none may come later."""
    reader = ingest.hub.subscribe([frames.metric_topic("gauge"), NODE_TOPIC])
    ingest.post([record([NOW], {"gauge": [1.0]}, events=[events.gap("h1", "dropped", NOW - 5, NOW, 1, NOW)])])
    told = [type(frames.decode(delivery.frame)) for delivery in reader.take(0)]
    assert told.index(MetricRows) < told.index(Happened)
