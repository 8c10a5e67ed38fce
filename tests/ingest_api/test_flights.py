"""Records on their way to the store."""

from __future__ import annotations

import pytest

from ingest_api import flights
from ingest_api.flights import Flights, Request, Seat
from tests.rows import NOW, record
from tidegauge.metrics.wire import Outcome
from tidegauge.storage.base import Arrival


def arrival(seq: int) -> Arrival:
    return Arrival(record([NOW], {"gauge": [1.0]}, seq=seq), NOW, 0)


def request(*seqs: int, given_up: bool = False) -> Request:
    return Request(0, 0.0, [arrival(seq) for seq in seqs], given_up=given_up)


def outcome(seq: int, settled: str = "stored") -> Outcome:
    return Outcome("i", seq, settled)  # type: ignore[arg-type]


def test_a_record_on_its_way_is_found_until_the_store_has_answered() -> None:
    """By host, incarnation and sequence; its sender has been told then."""
    known, one = Flights(), request(1, 2)
    assert known.find(arrival(2)) is None
    known.begin(one)
    assert known.find(arrival(2)) == Seat(one, 1)
    known.end(one, [outcome(1), outcome(2)])
    assert known.find(arrival(2)) is None


def test_what_became_of_a_record_is_remembered_where_its_sender_was_not_told() -> None:
    """But not that it has to come again, and nothing of an append that failed."""
    known, one, other = Flights(), request(1, 2, given_up=True), request(3, given_up=True)
    for each in (one, other):
        known.begin(each)
    known.end(one, [outcome(1), outcome(2, "retry")])
    known.end(other)
    assert [known.find(arrival(seq)) for seq in (1, 2, 3)] == [outcome(1), None, None]


@pytest.mark.slow
def test_only_so_many_are_remembered() -> None:
    """The oldest go first."""
    known, many = Flights(), request(*range(flights.MAX_LANDED + 5), given_up=True)
    known.end(many, [outcome(seq) for seq in range(flights.MAX_LANDED + 5)])
    assert known.find(arrival(4)) is None
    assert known.find(arrival(5)) == outcome(5)
