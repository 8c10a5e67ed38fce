"""What the collector owes an explanation for."""

from __future__ import annotations

from collector.claims import Run, dropped, merged, owed, runs
from collector.schedule import LATEST
from collector.spool import Item
from tests.rows import INCARNATION, NOW, record
from tidegauge.metrics import events, wire
from tidegauge.metrics.records import Event

STARTED = Event("h1", NOW * 1_000_000, events.COLLECTOR_STARTED, {})


def item(seq: int, *happened: Event, incarnation: str = INCARNATION) -> Item:
    """A record of one row, a second after the one before."""
    stamp = NOW + 1000 * seq
    body = wire.encode(record([stamp], {"gauge": [1]}, seq, incarnation=incarnation, events=happened))
    return Item(incarnation, seq, stamp, stamp, body)


def test_runs() -> None:
    """Consecutive records are one run; a gap in the sequence or another incarnation begins the next."""
    items = [item(0), item(1), item(3), item(4, incarnation="1700000000001-b")]
    assert runs(items) == [Run(NOW, NOW + 1000, 2), Run(NOW + 3000, NOW + 3000, 1), Run(NOW + 4000, NOW + 4000, 1)]
    assert runs([]) == []


def test_runs_around_records_without_raw_rows() -> None:
    """They join what lies beside them, and alone leave no hole: of a run that they begin or end no row is claimed."""
    beside = item(1)._replace(ticks=0)
    assert runs([item(0), beside, item(2)]) == [Run(NOW, NOW + 2000, 2)]
    assert runs([item(0), beside]) == [Run(NOW, NOW, 1)]
    assert runs([beside, item(2)]) == [Run(NOW + 2000, NOW + 2000, 1)]
    assert runs([beside]) == []
    kept_between = [item(0), item(2)._replace(ticks=0), item(3)]
    assert runs(kept_between) == [Run(NOW, NOW, 1), Run(NOW + 3000, NOW + 3000, 1)]


def test_dropped_leaves_the_neighbours_alone() -> None:
    """The span covers most of the hole, and no row that was not dropped can lie in it."""
    claim = dropped(Run(NOW, NOW + 2000, 3), "h1", 1000, NOW + 9000).attributes
    nearest = 1000 * (1 - LATEST)
    assert int(claim["from_ms"]) >= NOW - nearest
    assert int(claim["to_ms"]) <= NOW + 2000 + nearest
    assert int(claim["to_ms"]) - int(claim["from_ms"]) >= 4000 / 2
    assert (claim["reason"], claim["count"]) == ("dropped", "3")


def test_owed_claims_again_what_was_lost_with_records() -> None:
    """Events in a record that was given up are owed as well."""
    found = owed([item(0, STARTED), item(1)], "h1", 1000, NOW)
    assert found[0] == STARTED
    assert [event.attributes["count"] for event in found[1:]] == ["2"]


def test_owed_for_a_broken_body() -> None:
    """What cannot be decoded is still claimed."""
    (event,) = owed([Item(INCARNATION, 0, NOW, NOW, b"not gzip")], "h1", 1000, NOW)
    assert event.attributes["reason"] == "dropped"


def test_merged() -> None:
    """Dropped spans that touch become one, others and other events stay."""
    spans = [Run(NOW + start, NOW + start, 1) for start in (1000, 0, 9000)]
    pending = [STARTED, *(dropped(span, "h1", 1000, NOW) for span in spans)]
    found = merged(pending, "h1", NOW)
    assert found[0] == STARTED
    assert [event.attributes["count"] for event in found[1:]] == ["2", "1"]
