"""Events on a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rows import record
from tests.tidegauge.storage.contract.opening import EVER, NOW, outcomes
from tests.tidegauge.storage.elastic.fresh import FreshStore, opened
from tidegauge.metrics.events import event_id
from tidegauge.metrics.records import Event
from tidegauge.metrics.steps import DAY
from tidegauge.storage.elastic import events

pytestmark = pytest.mark.elasticsearch

NS = 1_000_000


@pytest.fixture
def store(elastic: str) -> Iterator[FreshStore]:
    """A store without anything in it."""
    made = opened(elastic, 90, 90)
    yield made
    made.close()


def test_more_than_a_page(store: FreshStore) -> None:
    """All of them, by time to the nanosecond and then by id, each once."""
    happened = [Event(f"e{i}", NOW * NS + i // 3, "k") for i in range(events.PAGE + 5)]
    assert outcomes(store, record([], {}, events=happened)) == ["stored"]
    found = store.events(*EVER)
    assert [one.id for one in found] == [event_id(one) for one in sorted(happened, key=_place)]
    assert [one.event for one in found[:3]] == sorted(happened[:3], key=_place)


def test_attributes_come_back_as_they_were(store: FreshStore) -> None:
    """Whatever they are called and hold."""
    attributes = {"a": "1", "a.b": "2", "": "3", "x/y:z": "", "long": "é" * 1000}
    event = Event("ä b", NOW * NS + 123, "container.oom", attributes)
    outcomes(store, record([], {}, events=[event]))
    assert [one.event for one in store.events(*EVER)] == [event]


def test_events_of_several_months(store: FreshStore) -> None:
    """A range may touch several indices, and none."""
    happened = [Event("h1", (NOW - days * DAY) * NS, "k") for days in (60, 30, 0)]
    outcomes(store, record([], {}, events=happened))
    assert [one.event for one in store.events(*EVER)] == happened
    assert [one.event for one in store.events(NOW - 30 * DAY, NOW)] == happened[1:2]
    assert store.events(0, DAY) == []


def test_no_events_yet(store: FreshStore) -> None:
    """No index of them is needed to say so."""
    assert store.events(*EVER) == []


def _place(event: Event) -> tuple[int, str]:
    return event.time_ns, event_id(event)
