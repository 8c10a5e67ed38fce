"""Records as lines of bulk requests."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given

from tests.rows import INCARNATION, LATER, host, record
from tests.tidegauge.metrics.strategies import records
from tests.tidegauge.storage.contract.opening import NOW, arrival, times
from tidegauge.metrics.events import event_id
from tidegauge.metrics.records import Column, Event, MinuteBlock, Record, count_rows, rows
from tidegauge.metrics.steps import DAY
from tidegauge.storage.base import Arrival
from tidegauge.storage.elastic.rows import Heads, Need, Oldest, Plan, Refusal

EVER = Oldest(0, 0)


def nothing_lost(_: Need) -> frozenset[str]:
    """Every index takes every metric."""
    return frozenset()


def documents(plan: Plan) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The action and the document of each line."""
    return [tuple(json.loads(half) for half in line.data.splitlines()) for line in plan.lines]


def planned(sent: Arrival, oldest: Oldest = EVER, unfit: Any = nothing_lost) -> Plan:
    """What an append of one record creates."""
    plan = Plan(unfit)
    plan.add(0, sent, oldest)
    return plan


def test_a_row_is_a_document() -> None:
    """It names its entity with attributes, and holds the values that are known."""
    entity = host(**{"os.type": "linux", "metrics": "x"})
    sent = record(times(2), {"gauge": [1.5, None], "counter": [2.0, 3.0]}, entity=entity)
    (action, first), (_, second) = documents(planned(arrival(sent)))
    assert action == {"create": {"_index": "tidegauge-raw-2024.10.04"}}
    assert first == {
        "@timestamp": NOW,
        "entity.id": "h1",
        "entity.kind": "host",
        "entity.start": "boot",
        "incarnation": INCARNATION,
        "period_ms": 1000,
        "host.id": "h1",
        "host.name": "h1",
        "fleet": "default",
        "os.type": "linux",
        "labels.metrics": "x",
        "metrics": {"gauge": 1.5, "counter": 2.0},
    }
    assert second["metrics"] == {"counter": 3.0}


def test_the_host_is_the_records() -> None:
    """Whatever an attribute says, and where none does."""
    sent = record(times(1), {"gauge": [1.0]}, entity=host("h1"))
    other = Record(host="h9", incarnation=INCARNATION, seq=0, blocks=sent.blocks)
    assert documents(planned(arrival(other)))[0][1]["host.id"] == "h9"


def test_a_row_without_values_is_a_document() -> None:
    """That there was a tick is worth knowing."""
    sent = record(times(2), {"gauge": [None, None]})
    assert [document["metrics"] for _, document in documents(planned(arrival(sent)))] == [{}, {}]
    assert len(planned(arrival(record(times(3), {}))).lines) == 3


def test_late_rows_say_when_they_came() -> None:
    """Those before the moment that the arrival names."""
    sent = Arrival(record(times(3), {"gauge": [1.0] * 3}), NOW + 60_000, NOW + 1000)
    found = [document.get("received") for _, document in documents(planned(sent))]
    assert found == [NOW + 60_000, None, None]


def test_rows_of_several_days_go_to_several_indices() -> None:
    """Whatever order they stand in."""
    sent = record([NOW, NOW - DAY, NOW + 1], {"gauge": [1.0] * 3})
    names = [action["create"]["_index"][-2:] for action, _ in documents(planned(arrival(sent)))]
    assert names == ["04", "03", "04"]


def test_a_minute_row_is_a_document() -> None:
    """A field a statistic; a metric that is not there has none."""
    columns = [Column("gauge", "gauge"), Column("counter", "counter"), Column("other", "gauge")]
    values = [[[60, 1.0, 2.5, 90.0, 1.5]], [[60, 5.0, 65.0, 0.5, 2.0]], [None]]
    block = MinuteBlock("host", [host()], columns, [0], [NOW], [NOW + 59_000], [60], values)
    sent = Record(host="h1", incarnation=INCARNATION, seq=0, minutes=[block])
    ((action, found),) = documents(planned(arrival(sent)))
    assert action == {"create": {"_index": "tidegauge-minute-2024.10"}}
    assert (found["@timestamp"], found["last"], found["rows"]) == (NOW, NOW + 59_000, 60)
    assert (found["entity.id"], found["host.name"]) == ("h1", "h1")
    assert found["metrics"] == {
        "gauge.count": 60,
        "gauge.min": 1.0,
        "gauge.max": 2.5,
        "gauge.sum": 90.0,
        "gauge.last": 1.5,
        "counter.first": 5.0,
        "counter.last": 65.0,
        "counter.min_rate": 0.5,
        "counter.max_rate": 2.0,
    }


def test_an_event_is_a_document_with_its_hash() -> None:
    """Its time to the nanosecond, its attributes as they are."""
    event = Event("c1", NOW * 1_000_000 + 7, "container.started", {"image": "a", "image.tag": "b"})
    ((action, found),) = documents(planned(arrival(record([], {}, events=[event]))))
    assert action == {"create": {"_index": "tidegauge-events-2024.10", "_id": event_id(event)}}
    assert found == {
        "@timestamp": NOW,
        "time_ns": NOW * 1_000_000 + 7,
        "id": event_id(event),
        "entity": {"id": "c1"},
        "host": {"id": "h1"},
        "incarnation": INCARNATION,
        "kind": "container.started",
        "attributes": {"image": "a", "image.tag": "b"},
    }


def test_what_is_past_retention_is_named() -> None:
    """Raw rows by one limit, minute rows and events by another."""
    block = MinuteBlock("host", [host()], [], [0, 0], [NOW, NOW + 2000], [NOW] * 2, [1, 1], [])
    sent = record(times(3), {"gauge": [1.0] * 3}, events=[Event("e", (NOW + n) * 1_000_000, "k") for n in (0, 2000)])
    sent = Record(host="h1", incarnation=INCARNATION, seq=0, blocks=sent.blocks, minutes=[block], events=sent.events)
    plan = planned(arrival(sent), Oldest(NOW + 1000, NOW + 2000))
    assert plan.refused == {
        0: [Refusal("h1", NOW, "retention"), Refusal("h1", NOW, "retention"), Refusal("e", NOW, "retention")]
    }
    assert plan.refused[0][0].item == f"h1@{NOW}: retention"
    assert [line.time_ms - NOW for line in plan.lines] == [1000, 2000, 2000, 2000]


def test_rows_with_a_metric_that_has_no_field_are_named() -> None:
    """Those beside them are kept whole, and the others are not kept in part."""
    sent = record(times(3), {"gauge": [1.0, 2.0, 3.0], "gauge.lost": [None, 1.0, None]})
    plan = planned(arrival(sent), unfit=lambda _: frozenset({"gauge.lost"}))
    assert [line.time_ms for line in plan.lines] == [NOW, NOW + 2000]
    (refused,) = plan.refused[0]
    assert refused.item == f"h1@{NOW + 1000}: fields: tidegauge-raw-2024.10.04 cannot take gauge.lost"


def test_heads_are_remembered_while_nothing_changes() -> None:
    """An entity that is described otherwise, by another host or incarnation, begins otherwise; memory is bounded."""
    heads = Heads(most=3)
    sent = record([], {})
    first = heads.of(host(), sent)
    assert heads.of(host(), sent) is first
    renamed = heads.of(host(role="db"), sent)
    assert b'"role":"db"' in renamed
    assert heads.of(host(), sent) == first
    assert b'"host.id":"h9"' in heads.of(host(), Record(host="h9", incarnation=INCARNATION, seq=0))
    assert LATER.encode() in heads.of(host(), record([], {}, incarnation=LATER))
    for i in range(9):
        assert f'"entity.id":"h{i}"'.encode() in heads.of(host(f"h{i}"), sent)


@given(records)
def test_every_row_and_event_is_one_line(sent: Record) -> None:
    """With the values that the record gives it; each line is two lines of JSON."""
    plan = planned(arrival(sent))
    assert len(plan.lines) == count_rows(sent) + len(sent.events)
    found = documents(plan)
    for row, line, (_, document) in zip(rows(sent), plan.lines, found, strict=False):
        assert (line.entity, line.time_ms) == (row.entity.id, row.time_ms)
        assert document["metrics"] == row.values
        assert document["@timestamp"] == row.time_ms
