"""What is given up, on a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.elasticsearch.server import ask
from tests.rows import record
from tests.tidegauge.storage.contract.opening import EVER, NOW, outcomes, values
from tests.tidegauge.storage.elastic.fresh import FreshStore, opened
from tidegauge.metrics.records import Event
from tidegauge.metrics.steps import DAY
from tidegauge.storage.elastic import retention
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.layout import at
from tidegauge.storage.elastic.retention import retire
from tidegauge.storage.elastic.rows import Oldest

pytestmark = pytest.mark.elasticsearch


@pytest.fixture
def store(elastic: str) -> Iterator[FreshStore]:
    """A store of three days of rows and thirty of events."""
    made = opened(elastic, 3, 30)
    yield made
    made.close()


def event(time_ms: int, name: str = "h1") -> Event:
    """Something that happened."""
    return Event(name, time_ms * 1_000_000, "k")


def test_days_and_months_go(store: FreshStore) -> None:
    """Each index with the last of its rows; what is younger stays."""
    for days in (0, 1):
        outcomes(store, record([NOW - days * DAY], {"gauge": [1.0]}, events=[event(NOW - days * DAY)]))
    assert store.retain(NOW + 3 * DAY) == ["tidegauge-raw-2024.10.03"]
    assert list(values(store)) == [NOW]
    assert store.retain(NOW + 4 * DAY) == ["tidegauge-raw-2024.10.04"]
    assert len(store.events(*EVER)) == 2
    assert store.retain(at("events", NOW).end_ms + 30 * DAY) == ["tidegauge-events-2024.10"]
    assert store.events(*EVER) == []


def test_events_go_by_days(store: FreshStore, elastic: str) -> None:
    """However many there are in the month in which retention ends."""
    old = [event(NOW - DAY + i, f"e{i}") for i in range(retention.PAGE + 10)]
    outcomes(store, record([], {}, events=[*old, event(NOW)]))
    assert store.retain(NOW + 30 * DAY) == []
    assert [one.event for one in store.events(*EVER)] == [event(NOW)]
    ask(elastic, "PUT", "/tidegauge-events-2024.10/_settings", {"index.blocks.read_only_allow_delete": True})
    assert store.retain(NOW + 31 * DAY) == []
    assert len(store.events(*EVER)) == 1
    ask(elastic, "PUT", "/tidegauge-events-2024.10/_settings", {"index.blocks.read_only_allow_delete": None})
    assert store.retain(NOW + 31 * DAY) == []
    assert store.events(*EVER) == []


def test_what_is_not_ours_stays(connection: Connection, elastic: str) -> None:
    """An old index of others that has a name of ours, and one of ours that has no date."""
    ask(elastic, "PUT", "/tidegauge-raw-2020.01.01")
    ask(elastic, "PUT", "/tidegauge-documents", {"mappings": {"_meta": {"tidegauge": 1}}})
    assert retire(connection, Oldest(NOW, NOW)) == []
