"""Records on their way to the store, and what became of those whose senders were told to send again.

Without this a store that is slow gets every record again and again, and so never is quick again.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import NamedTuple

from tidegauge.metrics.wire import Outcome
from tidegauge.storage.base import Arrival

MAX_LANDED = 50_000

Key = tuple[str, str, int]
"""Host, incarnation and sequence: what names a record."""


@dataclass(eq=False)
class Request:
    """What one POST has to have committed. size_bytes: of its records, inflated. since: monotonic seconds.
    rows: about how many documents it becomes. outcomes: or why there are none; no exception, whose frames
    would keep the records. given_up: it was answered before its records were.
    """

    size_bytes: int
    since: float
    arrivals: list[Arrival] = field(default_factory=list)
    outcomes: Future[list[Outcome] | str] = field(default_factory=Future)
    rows: int = 0
    given_up: bool = False


class Seat(NamedTuple):
    """Where a record's outcome will be: the place in the outcomes of a request."""

    request: Request
    place: int


class Flights:
    """Whoever has it holds a lock. The outcomes of MAX_LANDED records are remembered, the oldest go first."""

    def __init__(self) -> None:
        self._flying: dict[Key, Seat] = {}
        self._landed: dict[Key, Outcome] = {}

    def find(self, arrival: Arrival) -> Outcome | Seat | None:
        """The outcome of a record whose sender was not told, or where that of one on its way will be."""
        key = _key(arrival)
        return self._landed.get(key) or self._flying.get(key)

    def begin(self, request: Request) -> None:
        """A request's records are given to the store."""
        self._flying.update((_key(one), Seat(request, place)) for place, one in enumerate(request.arrivals))

    def end(self, request: Request, outcomes: Sequence[Outcome] = ()) -> None:
        """The store has answered, or failed: then there are no outcomes."""
        for arrival in request.arrivals:
            self._flying.pop(_key(arrival), None)
        if request.given_up:
            self._remember(request, outcomes)

    def _remember(self, request: Request, outcomes: Sequence[Outcome]) -> None:
        landed = zip(request.arrivals, outcomes, strict=False)
        self._landed.update((_key(one), outcome) for one, outcome in landed if outcome.outcome != "retry")
        while len(self._landed) > MAX_LANDED:
            del self._landed[next(iter(self._landed))]


def _key(arrival: Arrival) -> Key:
    record = arrival.record
    return record.host, record.incarnation, record.seq
