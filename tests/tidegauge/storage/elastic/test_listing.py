"""Entities and incarnations, remembered for a while and brought up to date, on a real server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.clocks import HandClock
from tests.minutes import summary
from tests.rows import INCARNATION, LATER, host, record
from tests.tidegauge.storage.contract.opening import EVER, NOW, outcomes, times
from tests.tidegauge.storage.elastic.fresh import FreshStore, opened
from tidegauge.metrics.records import Event, Record
from tidegauge.metrics.steps import DAY, HOUR, MINUTE
from tidegauge.storage.base import EntityInfo, StoreUnavailableError
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.layout import at
from tidegauge.storage.elastic.listing import (
    ANSWERS,
    FRESH_MS,
    KEPT,
    MINUTE_REST_MS,
    RESTS,
    STALE_MS,
    WHOLE_MS,
    Listing,
)

pytestmark = pytest.mark.elasticsearch


class Watched(Connection):
    """A connection that does something before each search, and counts them."""

    before: Callable[[], object] = staticmethod(lambda: None)
    searches = 0

    def read(self, *args: Any) -> Any:
        self.searches += 1
        self.before()
        return super().read(*args)


@pytest.fixture
def store(elastic: str) -> Iterator[FreshStore]:
    """A store with nothing in it."""
    opened_store = opened(elastic)
    yield opened_store
    opened_store.close()


@pytest.fixture
def watched(elastic: str) -> Iterator[Watched]:
    """A connection to its server."""
    made = Watched(elastic)
    yield made
    made.close()


@pytest.fixture
def clock() -> HandClock:
    """At the time of the rows."""
    return HandClock(NOW)


@pytest.fixture
def listing(watched: Watched, clock: HandClock) -> Listing:
    """Over that connection, by that clock."""
    return Listing(watched, clock)


def keep(store: FreshStore, *records: Record) -> None:
    """Append, and let queries see it."""
    assert set(outcomes(store, *records)) == {"stored"}
    store.refresh()


def row(name: str, time_ms: int = NOW, **attributes: str) -> Record:
    """A record of one row of a host."""
    return record([time_ms], {"gauge": [1.0]}, entity=host(name, **attributes))


def ids(found: list[EntityInfo]) -> list[str]:
    """Who they are, in order."""
    return sorted(info.entity.id for info in found)


def test_what_is_new_is_found_after_a_moment(
    store: FreshStore, listing: Listing, watched: Watched, clock: HandClock
) -> None:
    """Until then nothing is asked; and where an index has no more rows than before, its rows are not."""
    keep(store, row("h1"))
    assert ids(listing.entities(*EVER)) == ["h1"]
    keep(store, row("h2"))
    asked = watched.searches
    assert ids(listing.entities(*EVER)) == ["h1"]
    assert watched.searches == asked
    clock.advance(FRESH_MS + 1)
    assert ids(listing.entities(*EVER)) == ["h1", "h2"]
    clock.advance(FRESH_MS + 1)
    asked = watched.searches
    assert ids(listing.entities(*EVER)) == ["h1", "h2"]
    assert watched.searches == asked + 1


def test_an_answer_is_the_callers(store: FreshStore, listing: Listing) -> None:
    """Whatever is done to it, the next is whole."""
    keep(store, row("h1"), row("h2", NOW - DAY))
    listing.entities(*EVER).clear()
    assert ids(listing.entities(*EVER)) == ["h1", "h2"]


def test_days_are_the_precision(store: FreshStore, listing: Listing) -> None:
    """Also of minute rows, of which there is an index a month; all that an entity's days tell is put together."""
    old = row("h1", NOW - 2 * DAY, role="old")
    keep(store, old, row("h1", role="new"), row("h2", NOW - DAY), summary(row("h3", NOW - 5 * HOUR)))
    midnight = NOW - NOW % DAY
    assert ids(listing.entities(midnight, midnight + 1)) == ["h1", "h3"]
    assert ids(listing.entities(midnight - 1, midnight)) == ["h2"]
    assert ids(listing.entities(midnight + DAY, midnight + 9 * DAY)) == []
    (h1,) = [info for info in listing.entities(*EVER) if info.entity.id == "h1"]
    assert (h1.entity, h1.first_ms, h1.last_ms) == (host(role="new"), midnight - 2 * DAY, NOW)
    (then,) = listing.entities(midnight - 2 * DAY, midnight - 2 * DAY + 1)
    assert then.entity == host(role="old")


def test_long_looks_have_long_rests(store: FreshStore, listing: Listing, watched: Watched, clock: HandClock) -> None:
    """So that a fleet of any size costs a tenth of a core at most."""
    keep(store, row("h1"))
    watched.before = lambda: clock.advance(100)
    assert ids(listing.entities(*EVER)) == ["h1"]
    keep(store, row("h2"))
    watched.before = lambda: None
    clock.advance(FRESH_MS + 1)
    assert ids(listing.entities(*EVER)) == ["h1"]
    clock.advance(RESTS * 100)
    assert ids(listing.entities(*EVER)) == ["h1", "h2"]


def test_minute_rows_are_looked_at_once_a_minute(store: FreshStore, listing: Listing, clock: HandClock) -> None:
    """Raw rows tell of everybody before."""
    keep(store, summary(row("h1")))
    assert ids(listing.entities(*EVER)) == ["h1"]
    keep(store, summary(row("h2")), row("h3"))
    clock.advance(FRESH_MS + 1)
    assert ids(listing.entities(*EVER)) == ["h1", "h3"]
    clock.advance(MINUTE_REST_MS)
    assert ids(listing.entities(*EVER)) == ["h1", "h2", "h3"]


def test_what_a_slow_clock_says_anew_is_seen_within_the_hour(
    store: FreshStore, listing: Listing, clock: HandClock
) -> None:
    """That there is an entity is seen at once."""
    keep(store, row("h1", NOW - HOUR, role="old"))
    listing.entities(*EVER)
    keep(store, row("h1", NOW - HOUR + 1, role="new"), row("h2", NOW - HOUR))
    clock.advance(FRESH_MS + 1)
    found = {info.entity.id: info.entity.attributes.get("role") for info in listing.entities(*EVER)}
    assert found == {"h1": "old", "h2": None}
    keep(store, row("h3"))
    clock.advance(WHOLE_MS)
    found = {info.entity.id: info.entity.attributes.get("role") for info in listing.entities(*EVER)}
    assert found == {"h1": "new", "h2": None, "h3": None}


def test_an_index_that_goes_takes_its_entities(
    store: FreshStore, listing: Listing, watched: Watched, clock: HandClock
) -> None:
    """Also if another of its name comes with fewer rows."""
    keep(store, row("h1"), row("h2"), row("h3", NOW - DAY))
    listing.entities(*EVER)
    watched.call("DELETE", f"/{at('raw', NOW).name}")
    clock.advance(FRESH_MS + 1)
    assert ids(listing.entities(*EVER)) == ["h3"]
    store.retain(NOW)
    keep(store, row("h2"))
    clock.advance(FRESH_MS + 1)
    assert ids(listing.entities(*EVER)) == ["h2", "h3"]


def test_one_thread_looks_and_the_others_need_not_wait(
    store: FreshStore, listing: Listing, watched: Watched, clock: HandClock
) -> None:
    """Unless what is known is too old, or nothing is."""
    keep(store, row("h1"))
    listing.entities(*EVER)
    keep(store, row("h2"))
    clock.advance(FRESH_MS + 1)
    go, waiting = threading.Event(), threading.Semaphore(0)
    watched.before = lambda: (waiting.release(), go.wait(30))
    with ThreadPoolExecutor(3) as threads:
        looking = threads.submit(listing.entities, *EVER)
        assert waiting.acquire(timeout=10)
        assert ids(listing.entities(*EVER)) == ["h1"]
        clock.advance(STALE_MS)
        late = [threads.submit(listing.entities, *EVER) for _ in range(2)]
        go.set()
        assert [ids(one.result(30)) for one in (looking, *late)] == [["h1", "h2"]] * 3


def test_nothing_is_remembered_after_it_is_forgotten(store: FreshStore, listing: Listing) -> None:
    """The next call asks."""
    keep(store, row("h1"))
    listing.entities(*EVER)
    keep(store, row("h1", NOW + 1, role="new"))
    listing.forget()
    (info,) = listing.entities(*EVER)
    assert info.entity == host(role="new")


def test_a_look_that_fails_leaves_what_was_known(
    store: FreshStore, listing: Listing, watched: Watched, clock: HandClock
) -> None:
    """The error is the caller's; the next call tries again."""
    keep(store, row("h1"))
    listing.entities(*EVER)

    def fail() -> None:
        raise StoreUnavailableError("gone")

    watched.before = fail
    clock.advance(FRESH_MS + 1)
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match="gone"):
            listing.entities(*EVER)
    watched.before = lambda: None
    assert ids(listing.entities(*EVER)) == ["h1"]


def test_what_is_remembered_is_bounded(store: FreshStore, listing: Listing) -> None:
    """However many ranges are asked for."""
    keep(store, summary(row("h1")))
    midnight = NOW - NOW % DAY
    for day in range(KEPT + 5):
        begin = at("minute", NOW).start_ms + day % 28 * DAY
        listing.entities(min(begin, midnight), begin + (1 + day // 28) * DAY)
    assert len(listing._shelves) <= KEPT
    assert len(listing._answers) <= ANSWERS


def test_the_greatest_incarnation(store: FreshStore, listing: Listing) -> None:
    """Of raw and minute rows and events, whatever order they came in; None for a host that is not there."""
    assert listing.last_incarnation("h1") is None
    greatest = "1700000000002-a"
    keep(store, record(times(1), {"gauge": [1.0]}, incarnation=LATER), record(times(1), {"gauge": [1.0]}))
    assert (listing.last_incarnation("h1"), listing.last_incarnation("h9")) == (LATER, None)
    keep(store, Record(host="h1", incarnation=greatest, seq=1, events=[Event("h1", NOW * 1_000_000, "k")]))
    assert listing.last_incarnation("h1") == greatest
    keep(store, summary(record([NOW - MINUTE], {"gauge": [1.0]}, entity=host("h2"))))
    assert listing.last_incarnation("h2") == INCARNATION
