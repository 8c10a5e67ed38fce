"""Events in the DuckDB file."""

from __future__ import annotations

from tests.rows import INCARNATION, record
from tidegauge.metrics.events import event_id
from tidegauge.metrics.records import Event
from tidegauge.storage.base import Arrival
from tidegauge.storage.embedded import events, inserts
from tidegauge.storage.embedded.database import Database

FIRST = Event("h1", 5_000_000, "kind", {"b": "é'\"", "a": ""})
SECOND = Event("h1", 6_000_000, "kind")


def test_each_event_of_a_batch_once() -> None:
    """The first of its id, with whose it is."""
    sent = [record([], {}, events=[FIRST]), record([], {}, events=[SECOND, FIRST])]
    found = events.gather(Arrival(one, 0, 0) for one in sent)
    assert [(new.event, new.arrival) for new in found] == [(FIRST, 0), (SECOND, 1)]
    assert (found[0].id, found[0].host, found[0].incarnation) == (event_id(FIRST), "h1", INCARNATION)


def test_what_is_stored_is_not_new(database: Database) -> None:
    """And comes back as it was."""
    new = events.gather([Arrival(record([], {}, events=[FIRST, SECOND]), 0, 0)])
    with database.transaction("inserting") as cursor:
        assert events.unseen(cursor, new) == new
        inserts.events(cursor, new[:1])
        assert events.unseen(cursor, new) == new[1:]
        assert [one.event for one in events.read(cursor, 5, 6, None)] == [FIRST]
        assert events.read(cursor, 0, 5, None) == []
        inserts.events(cursor, [])
        assert events.unseen(cursor, []) == []
