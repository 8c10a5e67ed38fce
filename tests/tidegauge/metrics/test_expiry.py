"""What is past retention: found, named, left out."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.minutes import minute_rows, rows_of_minutes, summary
from tests.rows import record
from tests.tidegauge.metrics.strategies import NOW_MS, records
from tidegauge.metrics import expiry, limits
from tidegauge.metrics.expiry import Place
from tidegauge.metrics.records import Event, Record, count_rows, rows

RAW = record([5, NOW_MS, 7], {"gauge": [1.0, 2.0, 3.0]}, events=[Event("h1", 9 * 10**6, "k"), Event("h1", 10**7, "k")])
MIXED = msgspec.structs.replace(RAW, minutes=summary(record([5, 60_000], {"gauge": [1.0, 2.0]})).minutes)


def test_raw_rows_are_found_by_their_own_retention() -> None:
    """Minute rows and events are kept longer."""
    assert expiry.expired(MIXED, 7, 0) == [Place(0, 0)]
    assert expiry.expired(MIXED, 8, 5) == [Place(0, 0), Place(0, 2)]


def test_minute_rows_and_events_are_found_by_that_of_summaries() -> None:
    """Each by its time."""
    found = expiry.expired(MIXED, 6, 10)
    assert found == [Place(0, 0), Place(0, 0, "minutes"), Place(0, 0, "events")]
    assert expiry.items(MIXED, found, "retention") == ["h1@5: retention", "h1@5: retention", "h1@9: retention"]


def test_the_rest_stays_as_it_was() -> None:
    """Blocks without rows go too."""
    left = expiry.without(MIXED, expiry.expired(MIXED, 8, 10))
    assert list(rows(left)) == list(rows(MIXED))[1:2]
    assert minute_rows(left) == minute_rows(MIXED)[1:]
    assert left.events == MIXED.events[1:]
    assert expiry.without(MIXED, expiry.expired(MIXED, 2 * NOW_MS, 0)).blocks == []


@given(records, st.data())
def test_dropping_keeps_all_others_in_order(sound: Record, data: st.DataObject) -> None:
    """`without` drops what is named, nothing else, and leaves a sound record."""
    raw = [Place(b, r) for b, block in enumerate(sound.blocks) for r in range(len(block.times))]
    of_minutes = [Place(b, r, "minutes") for b, block in enumerate(sound.minutes) for r in range(len(block.times))]
    happened = [Place(i, 0, "events") for i in range(len(sound.events))]
    places = [*raw, *of_minutes, *happened]
    gone = set(data.draw(st.lists(st.sampled_from(places))) if places else [])
    left = expiry.without(sound, gone)
    assert list(rows(left)) == [row for place, row in zip(raw, rows(sound), strict=True) if place not in gone]
    kept = [row for place, row in zip(of_minutes, rows_of_minutes(sound), strict=True) if place not in gone]
    assert list(rows_of_minutes(left)) == kept
    assert left.events == [event for place, event in zip(happened, sound.events, strict=True) if place not in gone]
    assert count_rows(left) + len(left.events) == len(places) - len(gone)
    assert limits.check(left) is None
