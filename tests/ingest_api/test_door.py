"""The way of a POST."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest_api.committer import Committer
from ingest_api.door import SMALL_BYTES, Door
from tests.ingest_api.posts import Ingest, header
from tests.ingest_api.test_publisher import TOPIC, shard
from tests.minutes import summary
from tests.rows import INCARNATION, NOW, record
from tidegauge.cluster import frames
from tidegauge.cluster.frames import NODE_TOPIC, Late, Rows
from tidegauge.metrics import wire
from tidegauge.metrics.parts import Series
from tidegauge.metrics.records import Event
from tidegauge.metrics.wire import Outcome, Queue, WireError
from tidegauge.storage.base import Arrival, StoreUnavailableError

GAUGE = Series("h1", "gauge", "gauge")
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def stored(ingest: Ingest) -> list[float]:
    return ingest.store.parts([GAUGE], 0, NOW + DAY_MS, 0).last.tolist()


def test_a_record_is_stored_and_its_resend_is_a_duplicate(ingest: Ingest) -> None:
    """The answer names the record; a second POST of it changes nothing."""
    one = record([NOW], {"gauge": [1.0]}, seq=7)
    assert ingest.post([one]) == (200, [Outcome(INCARNATION, 7, "stored")])
    assert ingest.post([one]) == (200, [Outcome(INCARNATION, 7, "duplicate")])
    assert stored(ingest) == [1.0]


def test_outcomes_come_in_the_order_of_the_body(ingest: Ingest) -> None:
    """Good records beside bad ones are stored; each has its own outcome."""
    good = [record([NOW + i], {"gauge": [float(i)]}, seq=i) for i in range(2)]
    foreign = msgspec.structs.replace(record([NOW], {"gauge": [9.0]}, seq=5), host="h2")
    negative = record([NOW + 9], {"gauge": [9.0]}, seq=-3)
    status, outcomes = ingest.post([good[0], foreign, negative, good[1]])
    assert status == 200
    assert [(o.seq, o.outcome) for o in outcomes] == [(0, "stored"), (5, "refused"), (-3, "refused"), (1, "stored")]
    assert stored(ingest) == [0.0, 1.0]


def test_another_version_is_to_be_sent_again(ingest: Ingest) -> None:
    """Rule 4: an unknown version is retry, never refused."""
    line = gzip.compress(msgspec.json.encode({"v": 99, "incarnation": INCARNATION, "seq": 4}) + b"\n")
    reply = ingest.door.post(header(NOW), line)
    (outcome,) = wire.decode_answer(reply.body).outcomes
    assert (outcome.outcome, outcome.seq) == ("retry", 4)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"not gzip", "gzip"),
        (wire.encode(record([NOW], {"gauge": [1.0]}))[:-9], "gzip"),
        (gzip.compress(b"0" * (200 << 20), compresslevel=9), "too_large"),
    ],
    ids=["not gzip", "cut short", "bomb"],
)
def test_a_body_that_cannot_be_read_is_refused_whole(ingest: Ingest, body: bytes, reason: str) -> None:
    """Bytes that are no records raise WireError with a keyword, and are inflated to a bound only."""
    with pytest.raises(WireError) as caught:
        ingest.door.post(header(NOW), body)
    assert caught.value.reason == reason


def test_a_record_that_is_no_json_is_refused(ingest: Ingest) -> None:
    """JSON that is broken, NaN, or of another shape is refused with where and why."""
    for line in (b"{", b'{"v":1,"host":"h1"}', b'{"v":1,"host":"h1","incarnation":"x","seq":NaN}', b"[" * 100_000):
        reply = ingest.door.post(header(NOW), gzip.compress(line))
        (outcome,) = wire.decode_answer(reply.body).outcomes
        assert outcome.outcome == "refused"
        assert outcome.reason


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.binary(max_size=300), st.binary(max_size=300))
def test_hostile_bytes_never_break_the_door(ingest: Ingest, inner: bytes, outer: bytes) -> None:
    """Whatever the bytes, there is an answer or WireError."""
    for body in (outer, gzip.compress(inner), wire.encode(record([NOW], {"gauge": [1.0]})) + outer):
        try:
            reply = ingest.door.post(header(NOW), body)
        except WireError:
            continue
        assert reply.status == 200


def test_rows_ahead_of_their_senders_clock_wait(ingest: Ingest) -> None:
    """Rule 14: more than ten minutes ahead is retry, clock."""
    status, (outcome,) = ingest.post([record([NOW + 11 * 60_000], {"gauge": [1.0]})])
    assert (status, outcome.outcome) == (200, "retry")
    assert outcome.reason.startswith("clock:")


def test_a_sender_more_than_a_day_off_waits(ingest: Ingest) -> None:
    """Rule 14: a clock that is a day off must be set right first."""
    status, (outcome,) = ingest.post([record([NOW - 2 * DAY_MS], {"gauge": [1.0]})], offset_ms=-2 * DAY_MS)
    assert (status, outcome.outcome) == (200, "retry")
    assert "-48.0 h off" in outcome.reason


def test_a_clock_an_hour_off_is_taken(ingest: Ingest) -> None:
    """Offsets below a day are known and harmless."""
    status, (outcome,) = ingest.post([record([NOW - HOUR_MS], {"gauge": [1.0]})], offset_ms=-HOUR_MS)
    assert (status, outcome.outcome) == (200, "stored")


def test_rows_past_retention_are_refused_and_an_event_says_so(ingest: Ingest) -> None:
    """Rule 14: old rows are refused by name, their neighbours stored, the loss claimed."""
    old = NOW - 9 * DAY_MS
    status, (outcome,) = ingest.post([record([old, NOW], {"gauge": [1.0, 2.0]})])
    assert (status, outcome.outcome, outcome.reason) == (200, "partial", "retention")
    assert outcome.items == [f"h1@{old}: retention"]
    assert stored(ingest) == [2.0]
    (event,) = ingest.store.events(NOW - DAY_MS, NOW + DAY_MS)
    assert event.event.attributes == {"reason": "dropped", "from_ms": str(old), "to_ms": str(old), "count": "1"}


def test_minute_rows_and_events_are_kept_longer(ingest: Ingest) -> None:
    """To the end of the summaries' retention; what is older is refused without a claim of raw rows."""
    old, older = NOW - 9 * DAY_MS, NOW - 99 * DAY_MS
    events = [Event("h1", time * 1_000_000, "k") for time in (old, older)]
    sent = record([old], {"gauge": [1.0]}, events=events)
    minutes = [summary(record([time], {"gauge": [1.0]})).minutes[0] for time in (old, older)]
    committer = Committer(ingest.store, gather_seconds=0)
    door = Door(committer, ingest.publisher, ingest.clock, 3, 90)
    reply = door.post(header(NOW), wire.encode(msgspec.structs.replace(sent, minutes=minutes)))
    committer.close()
    (outcome,) = wire.decode_answer(reply.body).outcomes
    assert outcome.outcome == "partial"
    assert outcome.items[:3] == [f"h1@{time}: retention" for time in (old, older, older)]


@pytest.mark.parametrize("left", [True, False])
def test_a_record_of_events_alone(ingest: Ingest, left: bool) -> None:
    """It is refused if all of them are too old, else in part; no row was dropped, so none is claimed."""
    times = [NOW - 9 * DAY_MS, NOW] if left else [NOW - 9 * DAY_MS]
    events = [Event("h1", time * 1_000_000, "k") for time in times]
    _, (outcome,) = ingest.post([record([], {}, events=events)])
    assert outcome.outcome == ("partial" if left else "refused")
    assert [stored.event.kind for stored in ingest.store.events(0, NOW + DAY_MS)] == ["k"] * left


def test_a_closed_store_gives_503_and_retry(ingest: Ingest) -> None:
    """Rule 6: with the store down the answer is 503 with outcome retry."""
    ingest.store.close()
    status, (outcome,) = ingest.post([record([NOW], {"gauge": [1.0]}, seq=3)])
    assert (status, outcome.outcome, outcome.seq) == (503, "retry", 3)


@pytest.mark.parametrize(
    "text",
    ["", "{}", '{"host":"h1"}', header(NOW, host="a b"), header(NOW, period_ms=0), header(NOW, incarnation="x")],
)
def test_a_header_that_cannot_be_is_refused(ingest: Ingest, text: str) -> None:
    """The header is held to its limits before anything of the POST is believed."""
    with pytest.raises(WireError) as caught:
        ingest.door.post(text, wire.encode(record([NOW], {"gauge": [1.0]})))
    assert caught.value.reason == "header"


class Overloaded:
    """A store that keeps only the records of some sequences now, or is down."""

    writers, refresh_ms = 1, 0

    def __init__(self, *kept: int, is_down: bool = False) -> None:
        self.kept = kept
        self.is_down = is_down

    def append(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        if self.is_down:
            raise StoreUnavailableError("down", "start it")
        return [self._outcome(one.record.incarnation, one.record.seq) for one in arrivals]

    def _outcome(self, incarnation: str, seq: int) -> Outcome:
        return Outcome(incarnation, seq, "stored" if seq in self.kept else "retry", "" if seq in self.kept else "429")


@contextmanager
def over(ingest: Ingest, store: Overloaded) -> Iterator[Ingest]:
    """The same ingest node over another store."""
    committer = Committer(store, gather_seconds=0)  # type: ignore[arg-type]
    yield ingest._replace(door=Door(committer, ingest.publisher, ingest.clock, 3))
    committer.close()


OLD = [record([NOW - HOUR_MS - seq], {"gauge": [1.0]}, seq=seq) for seq in range(3)]


def test_a_store_may_keep_some_of_a_post(ingest: Ingest) -> None:
    """200 with an outcome each; only what was kept is announced: the rest is again when it comes again."""
    reader = ingest.hub.subscribe([NODE_TOPIC])
    with over(ingest, Overloaded(0, 2)) as node:
        status, outcomes = node.post(OLD)
    assert (status, [one.outcome for one in outcomes]) == (200, ["stored", "retry", "stored"])
    told = [f for d in reader.take(0) if isinstance(f := frames.decode(d.frame), Late)]
    assert [notice.from_ms for notice in told] == [NOW - HOUR_MS, NOW - HOUR_MS - 2]


def test_a_store_that_keeps_nothing_is_503(ingest: Ingest) -> None:
    """To be sent again in a second; nothing is announced."""
    reader = ingest.hub.subscribe([NODE_TOPIC])
    with over(ingest, Overloaded()) as node:
        body = b"".join(map(wire.encode, OLD))
        reply = node.door.post(header(NOW), body)
    assert (reply.status, reply.retry_after) == (503, 1)
    assert {one.outcome for one in wire.decode_answer(reply.body).outcomes} == {"retry"}
    assert not any(isinstance(frames.decode(d.frame), Late) for d in reader.take(0))


def test_large_bodies_take_turns_and_small_ones_do_not_wait_for_them(ingest: Ingest) -> None:
    """While one is taken in another waits; one whose turn does not come is to be sent again unread, and its collector
    was heard all the same."""
    noise = Random(1)
    times = list(range(NOW - 6_000, NOW))
    large = wire.encode(record(times, {"gauge": [noise.random() for _ in times]}, seq=1))
    assert len(large) > SMALL_BYTES
    door = Door(ingest.committer, ingest.publisher, ingest.clock, 3, turn_seconds=0.05)
    with door._large:
        reply = door.post(header(NOW), large)
        assert (reply.status, reply.retry_after, wire.decode_answer(reply.body).outcomes) == (503, 1, [])
        assert [entry.host for entry in shard(ingest).entries] == ["h1"]
        small = door.post(header(NOW), wire.encode(record([NOW], {"gauge": [1.0]}, seq=2)))
        assert wire.decode_answer(small.body).outcomes == [Outcome(INCARNATION, 2, "stored")]
    assert wire.decode_answer(door.post(header(NOW), large).body).outcomes == [Outcome(INCARNATION, 1, "stored")]


def test_a_backlog_that_would_not_be_taken_is_not_read(ingest: Ingest) -> None:
    """While the store is down its first record alone is read, and says why; its collector was heard. What is new is
    read and told all the same.
    """
    backlog = wire.encode(OLD[0]) + b"what nobody reads"
    new = [record([NOW], {"gauge": [1.0]}, seq=seq) for seq in (8, 9)]
    reader = ingest.hub.subscribe([TOPIC])
    with over(ingest, Overloaded(is_down=True)) as node:
        assert node.post(new[:1]) == (503, [Outcome(INCARNATION, 8, "retry", "down")])
        reply = node.door.post(header(NOW, queue=Queue(count=7)), backlog)
        assert (reply.status, reply.retry_after) == (503, 1)
        assert wire.decode_answer(reply.body).outcomes == [Outcome(INCARNATION, 0, "retry", "down; start it")]
        assert [entry.rest.count for entry in shard(ingest).entries] == [7]
        assert node.post(new[1:]) == (503, [Outcome(INCARNATION, 9, "retry", "down; start it")])
    assert [frame.seq for d in reader.take(0) if isinstance(frame := frames.decode(d.frame), Rows)] == [8, 9]
    assert ingest.post(OLD[:1]) == (200, [Outcome(INCARNATION, 0, "stored")])
