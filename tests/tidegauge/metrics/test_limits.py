"""Limits: sound records pass whole, each kind of bad input has its reason."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from tests.tidegauge.metrics.strategies import NOW_MS, records
from tidegauge.metrics import limits
from tidegauge.metrics.records import Block, Column, Description, Entity, Event, MinuteBlock, Record
from tidegauge.metrics.wire import PostHeader, Queue

HOUR = 3_600_000


def entity(**changes: Any) -> Entity:
    """A sound entity but for `changes`."""
    return Entity(**({"id": "h1", "kind": "host", "start": "boot", "period_ms": 1000} | changes))


def block(**changes: Any) -> Block:
    """A sound block of two rows but for `changes`."""
    sound: dict[str, Any] = {
        "kind": "host",
        "entities": [entity()],
        "columns": [Column("system.uptime", "gauge"), Column("system.interrupts", "counter")],
        "entity": [0, 0],
        "times": [NOW_MS, NOW_MS + 1000],
        "values": [[1.0, None], [0.0, 2.0]],
    }
    return Block(**(sound | changes))


def record(**changes: Any) -> Record:
    """A sound record but for `changes`."""
    sound: dict[str, Any] = {"host": "h1", "incarnation": f"{NOW_MS}-ab", "seq": 0, "blocks": [block()]}
    return Record(**(sound | changes))


def of_entity(**changes: Any) -> Record:
    """A record whose entity has `changes`."""
    return record(blocks=[block(entities=[entity(**changes)])])


def of_part(name: str, kind: str) -> Record:
    """A record of an entity of another kind than the host's."""
    return record(blocks=[block(kind=kind, entities=[entity(id=name, kind=kind)])])


def of_minutes(**changes: Any) -> Record:
    """A record of a minute row that is sound but for `changes`, and of nothing else."""
    sound: dict[str, Any] = {
        "kind": "host",
        "entities": [entity()],
        "columns": [Column("system.uptime", "gauge")],
        "entity": [0],
        "times": [NOW_MS],
        "ends": [NOW_MS],
        "rows": [1],
        "values": [[[1.0, 5.0, 5.0, 5.0, 5.0]]],
    }
    return record(blocks=[], minutes=[MinuteBlock(**(sound | changes))])


def of_event(**changes: Any) -> Record:
    """A record with an event that is sound but for `changes`."""
    sound: dict[str, Any] = {"entity": "h1", "time_ns": NOW_MS * 10**6, "kind": "x"}
    return record(events=[Event(**(sound | changes))])


BAD = {
    "host empty": (record(host=""), "host"),
    "host with a slash": (record(host="a/b"), "host"),
    "host with NUL": (record(host="a\0"), "host"),
    "host too long": (record(host="h" * 201), "host"),
    "seq negative": (record(seq=-1), "seq"),
    "seq beyond 63 bits": (record(seq=2**63), "seq"),
    "incarnation empty": (record(incarnation=""), "incarnation"),
    "incarnation with NUL": (record(incarnation=f"{NOW_MS}-\0"), "incarnation"),
    "too many blocks": (record(blocks=[block()] * 101), "blocks"),
    "too many rows": (
        record(blocks=[block(columns=[], values=[], entity=[0] * 100_001, times=[0] * 100_001)]),
        "rows: at most 100000, not 100001",
    ),
    "too many entities": (record(blocks=[block(entities=[entity()] * 20_001)]), "entities"),
    "too many columns": (record(blocks=[block(columns=[Column("x", "gauge")] * 2001)]), "columns"),
    "a million series": (
        record(blocks=[block(columns=[Column(f"m{i}", "gauge") for i in range(10**6)])]),
        "columns in a block: at most 2000, not 1000000",
    ),
    "too many events": (record(events=of_event().events * 10_001), "events"),
    "kind of a block": (record(blocks=[block(kind="Host; drop")]), "kind"),
    "entity column short": (record(blocks=[block(entity=[0])]), "differ in length"),
    "a column too few": (record(blocks=[block(values=[[1.0, 2.0]])]), "differ in length"),
    "a value too few": (record(blocks=[block(values=[[1.0, 2.0], [1.0]])]), "one value a row"),
    "entity out of range": (record(blocks=[block(entity=[0, 1])]), "not there"),
    "entity negative": (record(blocks=[block(entity=[0, -1])]), "not there"),
    "time beyond time": (record(blocks=[block(times=[0, 10**15])]), "times"),
    "time far below": (record(blocks=[block(times=[0, -(2**70)])]), "times"),
    "two columns of a name": (record(blocks=[block(columns=[Column("x", "gauge")] * 2)]), "same name"),
    "metric of 10 kB": (record(blocks=[block(columns=[Column("x" * 10_000, "gauge")] * 2)]), "metric"),
    "metric with a space": (record(blocks=[block(columns=[Column("a b", "gauge"), Column("c", "gauge")])]), "metric"),
    "NaN": (record(blocks=[block(values=[[1.0, float("nan")], [1.0, 2.0]])]), "system.uptime"),
    "infinite": (record(blocks=[block(values=[[1.0, 1.0], [1.0, float("-inf")]])]), "system.interrupts"),
    "too great": (record(blocks=[block(values=[[1.0, 1.0], [1e301, None]])]), "system.interrupts"),
    "entity id empty": (of_entity(id=""), "entity id"),
    "entity id with NUL": (of_entity(id="h1\0"), "entity id"),
    "entity id with a new line": (of_entity(id="h1\n"), "entity id"),
    "entity id too long": (of_entity(id="e" * 513), "entity id"),
    "entity of another kind": (of_entity(kind="disk"), "in a block of host"),
    "start with NUL": (of_entity(start="\0"), "start"),
    "start too long": (of_entity(start="s" * 513), "start"),
    "period 0": (of_entity(period_ms=0), "period_ms"),
    "period over a day": (of_entity(period_ms=86_400_001), "period_ms"),
    "attribute key empty": (of_entity(attributes={"": "x"}), "attribute"),
    "attribute key with =": (of_entity(attributes={"a=b": "x"}), "attribute"),
    "attribute key too long": (of_entity(attributes={"k" * 101: "x"}), "attribute"),
    "attribute value too long": (of_entity(attributes={"k": "v" * 1001}), "attribute"),
    "attribute value with NUL": (of_entity(attributes={"k": "\0"}), "attribute"),
    "too many attributes": (of_entity(attributes={f"k{i}": "" for i in range(65)}), "at most 64 attributes"),
    "another host": (of_entity(id="h2"), "it alone, is 'h1'"),
    "a container named as the host": (of_part("h1", "container"), "it alone, is 'h1'"),
    "a disk of another host": (of_part("h2:disk:a", "disk"), "no part of 'h1'"),
    "a disk of nobody": (of_part("sda", "disk"), "no part of 'h1'"),
    "another host's page": (of_entity(attributes={"host.id": "h2"}), "host.id is not 'h1'"),
    "too many rows of both tiers": (
        record(
            blocks=[block(columns=[], values=[], entity=[0] * 50_001, times=[0] * 50_001)],
            minutes=of_minutes(columns=[], values=[], entity=[0] * 50_000, times=[0] * 50_000).minutes,
        ),
        "rows: at most 100000, not 100001",
    ),
    "minute row of nobody": (of_minutes(entity=[1]), "not there"),
    "minute row of another host": (of_minutes(entities=[entity(id="h2")]), "it alone, is 'h1'"),
    "minute row's column short": (of_minutes(values=[[]]), "one value a row"),
    "minute row's metric": (of_minutes(columns=[Column("a b", "gauge")]), "metric"),
    "minute row with NaN": (of_minutes(values=[[[1.0, 5.0, float("nan"), 5.0, 5.0]]]), "system.uptime: a number"),
    "minute row too short": (of_minutes(values=[[[1.0]]]), "system.uptime: count, min, max, sum, last of 1 rows"),
    "event before 1970": (of_event(time_ns=-1), "time_ns"),
    "event beyond what stores keep": (of_event(time_ns=2**63), "time_ns"),
    "event of no entity": (of_event(entity=""), "event"),
    "event of a bad kind": (of_event(kind="a b"), "event"),
    "event beyond time": (of_event(time_ns=10**20), "time_ns"),
    "event attribute with NUL": (of_event(attributes={"k": "\0"}), "attribute"),
    "description of no name": (record(metrics=[Description("", "gauge", "1", "")]), "description"),
    "description too long": (record(metrics=[Description("x", "gauge", "1", "h" * 1001)]), "description of x"),
    "description's decimals": (record(metrics=[Description("x", "gauge", "1", "", decimals=-1)]), "decimals"),
}


@pytest.mark.parametrize(("bad", "reason"), BAD.values(), ids=BAD)
def test_each_bad_input_is_refused_with_its_reason(bad: Record, reason: str) -> None:
    """A malformed record gets a short sentence that names what is wrong."""
    found = limits.check(bad)
    assert found is not None
    assert reason in found
    assert len(found) < 200


def header(**changes: Any) -> PostHeader:
    """A sound header but for `changes`."""
    return PostHeader(**({"host": "h1", "now_ms": NOW_MS, "incarnation": f"{NOW_MS}-ab", "period_ms": 1000} | changes))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"host": "a b"}, "host"),
        ({"incarnation": "1"}, "incarnation"),
        ({"period_ms": 0}, "period_ms"),
        ({"name": "\0"}, "name"),
        ({"now_ms": -1}, "now_ms"),
        ({"now_ms": 10**15}, "now_ms"),
        ({"queue": Queue(count=-1)}, "queue"),
        ({"queue": Queue(1, -5, 0)}, "queue"),
        ({"queue": Queue(1, 0, 10**20)}, "queue"),
    ],
)
def test_each_bad_header_is_refused_with_its_reason(changes: dict[str, Any], reason: str) -> None:
    """A header's fields are held to the same limits as a record's."""
    assert reason in (limits.check_header(header(**changes)) or "")


def test_a_sound_header_passes() -> None:
    """What collectors send is refused for nothing, with a queue or without."""
    assert limits.check_header(header(name="web 1 é")) is None
    assert limits.check_header(header(queue=Queue(3, NOW_MS - 5, NOW_MS), stopping=True)) is None


@given(records)
def test_sound_records_pass(sound: Record) -> None:
    """What collectors may send is refused for nothing."""
    assert limits.check(sound) is None


def test_parts_of_the_host_and_of_its_containers_pass() -> None:
    """A part begins with its owner's id: the host's, or that of a container in the same record."""
    container = block(kind="container", entities=[entity(id="c1", kind="container", attributes={"host.id": "h1"})])
    parts = [block(kind="disk", entities=[entity(id=f"{owner}:disk:a", kind="disk")]) for owner in ("h1", "c1")]
    assert limits.check(record(blocks=[*parts, container])) is None
    of_both = record(blocks=[container], minutes=of_minutes(kind="disk", entities=parts[1].entities).minutes)
    assert limits.check(of_both) is None
    assert "no part of 'h1'" in (limits.check(record(blocks=parts)) or "")


def test_html_in_a_name_is_text() -> None:
    """Markup in an attribute is no reason to refuse: browsers show it as text."""
    assert limits.check(of_entity(attributes={"host.name": "<script>alert(1)</script>"})) is None


def test_zeros_and_unknown_values_are_numbers_enough() -> None:
    """A block of nothing but zeros and unknown values is sound."""
    assert limits.check(record(blocks=[block(values=[[0.0, 0.0], [None, None]])])) is None


@pytest.mark.parametrize(
    ("newest", "wrong"), [(0, False), (600_000, False), (600_001, True), (75 * 365 * 24 * HOUR, True)]
)
def test_rows_ahead_of_their_sender_wait(newest: int, wrong: bool) -> None:
    """A row more than ten minutes ahead of its own sender's clock waits for a clock."""
    ahead = record(blocks=[block(times=[NOW_MS - HOUR, NOW_MS + newest])])
    assert limits.clock_is_wrong(ahead, NOW_MS, NOW_MS) is wrong


@pytest.mark.parametrize(("offset", "wrong"), [(23, False), (-23, False), (25, True), (-25, True)])
def test_a_sender_a_day_off_waits(offset: int, wrong: bool) -> None:
    """A sender more than a day off the server waits; less is only named."""
    sender = NOW_MS + offset * HOUR
    assert limits.clock_is_wrong(record(blocks=[block(times=[sender, sender])]), sender, NOW_MS) is wrong


def test_minute_rows_ahead_of_their_sender_wait() -> None:
    """They are held to the clock as raw rows are."""
    assert limits.clock_is_wrong(of_minutes(times=[NOW_MS + HOUR]), NOW_MS, NOW_MS)


def test_events_ahead_of_their_sender_wait() -> None:
    """Events are held to the clock as rows are."""
    assert limits.clock_is_wrong(of_event(time_ns=(NOW_MS + HOUR) * 10**6), NOW_MS, NOW_MS)


def test_a_record_of_nothing_needs_no_clock() -> None:
    """Without rows and events there is no time to be wrong."""
    assert not limits.clock_is_wrong(record(blocks=[]), NOW_MS, NOW_MS)
