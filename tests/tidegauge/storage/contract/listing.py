"""Entities, events, metrics, incarnations."""

from __future__ import annotations

from collections.abc import Callable

from tests.rows import INCARNATION, LATER, host, record
from tests.tidegauge.storage.contract.opening import (
    EVER,
    NOW,
    Opening,
    arrival,
    outcomes,
    times,
    twice,
)
from tidegauge.metrics.events import event_id
from tidegauge.metrics.records import Description, Event, Record
from tidegauge.metrics.steps import DAY
from tidegauge.storage.base import Store


class Listing(Opening):
    """What there is."""

    def test_entities_as_their_latest_rows_describe_them(self, reopen: Callable[[], Store]) -> None:
        """Once each, with host, incarnation and at least the span of their rows."""
        store = reopen()
        outcomes(store, record(times(1), {"gauge": [1.0]}), record(times(1), {"gauge": [1.0]}, entity=host("h2")))
        outcomes(store, record(times(1, NOW + 9000), {"gauge": [1.0]}, entity=host(role="db"), incarnation=LATER))
        for opened in twice(store, reopen):
            found = {info.entity.id: info for info in opened.entities(*EVER)}
            assert set(found) == {"h1", "h2"}
            assert found["h1"].entity == host(role="db")
            assert (found["h1"].host, found["h1"].incarnation) == ("h1", LATER)
            assert found["h1"].first_ms <= NOW
            assert found["h1"].last_ms >= NOW + 9000

    def test_entities_of_another_day_are_not_listed(self, store: Store) -> None:
        """Days are the precision at least."""
        outcomes(store, record([NOW - DAY], {"gauge": [1.0]}), record([NOW], {"gauge": [1.0]}, entity=host("h2")))
        assert [info.entity.id for info in store.entities(NOW - DAY // 4, NOW + 1)] == ["h2"]
        assert {info.entity.id for info in store.entities(NOW - DAY, NOW + 1)} == {"h1", "h2"}

    def test_events_by_time_and_host(self, reopen: Callable[[], Store]) -> None:
        """In the order of time, of some hosts or of all, each once however often it comes."""
        store = reopen()
        happened = [Event(f"e{i}", (NOW + i) * 1_000_000 + i, "kind", {"k": f"v{i}"}) for i in range(4)]
        sent = record([], {}, events=happened[::-1])
        other = record([], {}, events=[happened[0]], entity=host("h2"))
        assert outcomes(store, sent, sent) == ["stored", "duplicate"]
        store.append([arrival(Record(host="h2", incarnation=LATER, seq=0, events=[Event("x", NOW * 1_000_000, "k")]))])
        assert outcomes(store, other) == ["duplicate"]
        for opened in twice(store, reopen):
            found = opened.events(NOW, NOW + 3, ["h1"])
            assert [(one.id, one.host, one.event) for one in found] == [(event_id(e), "h1", e) for e in happened[:3]]
            assert len(opened.events(*EVER)) == 5
            assert opened.events(*EVER, []) == []

    def test_metrics_by_their_latest_description(self, reopen: Callable[[], Store]) -> None:
        """Also those that were stored and never described."""
        store = reopen()
        first = Description("gauge", "gauge", "s", "old", "", 2)
        latest = Description("gauge", "gauge", "s", "new", "a / b", None)
        sent = record(times(1), {"gauge": [1.0], "counter.bare": [1.0]})
        for description in (first, latest):
            outcomes(store, Record(host="h1", incarnation=INCARNATION, seq=0, metrics=[description]), sent)
        for opened in twice(store, reopen):
            found = {one.name: one for one in opened.metrics()}
            assert found == {"gauge": latest, "counter.bare": Description("counter.bare", "counter", "", "")}

    def test_the_last_incarnation_of_a_host(self, reopen: Callable[[], Store]) -> None:
        """The greatest that has rows or events."""
        store = reopen()
        assert store.last_incarnation("h1") is None
        outcomes(store, record(times(1), {"gauge": [1.0]}, incarnation=LATER), record(times(1), {"gauge": [1.0]}))
        outcomes(store, Record(host="h2", incarnation=LATER, seq=0, events=[Event("h2", NOW * 1_000_000, "k")]))
        for opened in twice(store, reopen):
            assert [opened.last_incarnation(name) for name in ("h1", "h2", "h3")] == [LATER, LATER, None]
