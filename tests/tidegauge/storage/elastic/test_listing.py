"""Entities and incarnations, remembered for a while and brought up to date, on a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clocks import HandClock
from tests.rows import LATER, host, record
from tests.tidegauge.storage.contract.opening import EVER, NOW, outcomes, times
from tests.tidegauge.storage.elastic.fresh import FreshStore, opened
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.listing import STALE_MS, Listing

pytestmark = pytest.mark.elasticsearch


@pytest.fixture
def store(elastic: str) -> Iterator[FreshStore]:
    """A store with nothing in it."""
    opened_store = opened(elastic)
    yield opened_store
    opened_store.close()


def test_what_is_new_is_found_later(store: FreshStore, elastic: str) -> None:
    """An answer is remembered for a moment, and then asked for again."""
    connection, clock = Connection(elastic), HandClock()
    listing = Listing(connection, clock)
    outcomes(store, record(times(1), {"gauge": [1.0]}))
    store.refresh()
    assert [info.entity.id for info in listing.entities(*EVER)] == ["h1"]
    outcomes(store, record(times(1), {"gauge": [1.0]}, entity=host("h2")))
    store.refresh()
    assert [info.entity.id for info in listing.entities(*EVER)] == ["h1"]
    clock.advance(STALE_MS + 1)
    assert {info.entity.id for info in listing.entities(*EVER)} == {"h1", "h2"}
    listing.forget()
    assert {info.entity.id for info in listing.entities(NOW, NOW + 1)} == {"h1", "h2"}
    connection.close()


def test_the_greatest_incarnation(store: FreshStore, elastic: str) -> None:
    """Whatever order they came in; None for a host that is not there."""
    outcomes(store, record(times(1), {"gauge": [1.0]}, incarnation=LATER), record(times(1), {"gauge": [1.0]}))
    store.refresh()
    connection = Connection(elastic)
    listing = Listing(connection)
    assert (listing.last_incarnation("h1"), listing.last_incarnation("h9")) == (LATER, None)
    connection.close()
