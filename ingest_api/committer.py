"""Group commit (rule 6): records of all collectors that wait become a few appends at a time.

A request waits at most `wait_seconds`; what is not committed by then is answered "retry". When it
comes again and is on its way still it waits for that, and what was stored meanwhile is answered at
once. While the store is known to be down requests fail at once, but for one a second that tries it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from ingest_api.breaker import Breaker
from ingest_api.congestion import Congestion
from ingest_api.flights import Flights, Request, Seat
from tidegauge.metrics.records import Record, count_rows
from tidegauge.metrics.wire import Outcome
from tidegauge.storage.base import Arrival, Store, StoreError

log = logging.getLogger(__name__)

MAX_WAITING = 256
MAX_WAITING_BYTES = 64 << 20
"""Of inflated JSON; as values it takes some times as much."""
MAX_ROWS = 20_000
"""Of all appends that run at once: a store that takes several gets as much smaller ones."""
WAIT_SECONDS = 2.0
GATHER_SECONDS, QUIET_SECONDS = 0.03, 0.05
"""A commit costs about the same whatever its size: others that come within the former share it. Where rows
are seen late anyway it waits a quarter of that time, but not once nothing came for the latter."""
CLOSE_SECONDS = 10.0
SLOW, BUSY = "slow", "busy"
NO_ANSWER = "the store does not answer"


class Progress(NamedTuple):
    """How the group commit does. failure: why the store is known to be down, "" if it is not.

    waiting, waiting_bytes: requests before the store. records, retried: since the start, settled and
    to be sent again. commit_ms: how long the last append took.
    """

    failure: str
    waiting: int
    waiting_bytes: int
    records: int
    retried: int
    commit_ms: int


class _Group(NamedTuple):
    """Requests that share an append. rows: about how many; load: with those of all appends that run."""

    requests: list[Request]
    rows: int
    load: int
    began: float


class Committer:
    """The queue before the store and the threads that empty it. `submit` is thread-safe."""

    def __init__(
        self,
        store: Store,
        wait_seconds: float = WAIT_SECONDS,
        max_waiting: int = MAX_WAITING,
        max_waiting_bytes: int = MAX_WAITING_BYTES,
        gather_seconds: float | None = None,
    ) -> None:
        self._store = store
        self._wait_seconds = wait_seconds
        patience = max(GATHER_SECONDS, store.refresh_ms / 4_000)
        self._gather_seconds = patience if gather_seconds is None else gather_seconds
        self._max_waiting = max_waiting
        self._max_waiting_bytes = max_waiting_bytes
        self._max_rows = MAX_ROWS // store.writers
        self._waiting: deque[Request] = deque()
        self._waiting_bytes = self._waiting_rows = self._came = 0
        self._breaker = Breaker()
        self._flights = Flights()
        self._congestion = Congestion(MAX_ROWS, wait_seconds)
        self._appended = 0.0
        self._records = self._retried = self._commit_ms = 0
        self._ready = threading.Condition()
        self._gathering = threading.Lock()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._run, name=f"group-commit-{n}", daemon=True) for n in range(store.writers)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, arrivals: Sequence[Arrival], size_bytes: int = 0) -> list[Outcome]:
        """Commit records together with what else waits; their outcomes, in order. size_bytes: as JSON.

        What waits too long, is too much, or the store does not take is "retry" with the reason.
        """
        request = Request(size_bytes, time.monotonic())
        with self._ready:
            found = [self._flights.find(one) or _added(request, one) for one in arrivals]
            if request.arrivals:
                self._queue(request)
        pairs = zip(arrivals, found, strict=True)
        outcomes = [self._outcome(one, at, request.since) if isinstance(at, Seat) else at for one, at in pairs]
        self._count(outcomes)
        return outcomes

    @property
    def is_behind(self) -> bool:
        """Whether something waits, or the store is known to be down."""
        with self._ready:
            return bool(self._waiting or self._breaker.failure)

    @property
    def alive(self) -> bool:
        """Whether the threads that write run."""
        return all(thread.is_alive() for thread in self._threads)

    def progress(self) -> Progress:
        """How it does now."""
        with self._ready:
            return Progress(
                failure=self._breaker.failure,
                waiting=len(self._waiting),
                waiting_bytes=self._waiting_bytes,
                records=self._records,
                retried=self._retried,
                commit_ms=self._commit_ms,
            )

    def close(self) -> None:
        """Commit what waits, then stop the threads."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()
        until = time.monotonic() + CLOSE_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def refusal(self, first: Arrival, records: int) -> str:
        """Why a body of late records need not be read, "" if it is to be: its first, and about how many there are.

        Of the room that there is they get half, so that what is new finds some.
        """
        with self._ready:
            if self._flights.find(first):
                return ""
            if self._breaker.waits(_ms(time.monotonic())):
                return self._breaker.failure
            rows = self._waiting_rows + records * _weight(first.record)
            return BUSY if self._waiting and rows > self._congestion.rows // 2 else ""

    def _queue(self, request: Request) -> None:
        if reason := self._refusal(request):
            request.outcomes.set_result(reason)
            return
        self._waiting.append(request)
        self._waiting_bytes += request.size_bytes
        self._waiting_rows += request.rows
        self._came += 1
        self._ready.notify()

    def _refusal(self, request: Request) -> str:
        """Why a request need not wait; "" if it may."""
        if self._closed:
            return BUSY
        if not self._breaker.admits(_ms(request.since)):
            return self._breaker.failure
        return BUSY if self._waiting and self._is_too_much(request) else ""

    def _is_too_much(self, request: Request) -> bool:
        """Whether it would wait too long, or take too much memory meanwhile."""
        return (
            len(self._waiting) >= self._max_waiting
            or self._waiting_bytes + request.size_bytes > self._max_waiting_bytes
            or self._waiting_rows + request.rows > self._congestion.rows
        )

    def _outcome(self, arrival: Arrival, seat: Seat, since: float) -> Outcome:
        """A record's outcome, which is waited for at most so long since its request came."""
        try:
            found = seat.request.outcomes.result(max(0.0, since + self._wait_seconds - time.monotonic()))
        except TimeoutError:
            self._give_up(seat.request)
            found = SLOW
        if isinstance(found, str):
            return Outcome(arrival.record.incarnation, arrival.record.seq, "retry", found)
        return found[seat.place]

    def _give_up(self, request: Request) -> None:
        """A request waited too long. What is under way may yet be stored, the rest need not be: it comes
        again. A store that did nothing all the while is down."""
        with self._ready:
            if request.given_up:
                return
            request.given_up = True
            if request in self._waiting:
                self._waiting.remove(request)
                self._left(request)
            if self._appended < request.since:
                self._failed(NO_ANSWER)

    def _run(self) -> None:
        while group := self._next_group():
            arrivals = [arrival for request in group.requests for arrival in request.arrivals]
            try:
                outcomes = self._store.append(arrivals)
            except StoreError as error:
                self._fail(group, error)
            else:
                self._settle(group, outcomes)

    def _next_group(self) -> _Group | None:
        """All that waits, up to so many rows; none once closed and empty. One thread gathers at a time."""
        with self._gathering, self._ready:
            while not (self._closed and not self._waiting):
                self._ready.wait_for(lambda: (self._waiting and self._room()) or self._closed)
                self._gather()  # meanwhile what waited may have been given up
                if self._waiting:
                    return self._taken()
        return None

    def _taken(self) -> _Group:
        """The next group, on its way."""
        group: list[Request] = []
        rows = 0
        while self._waiting and rows < max(1, self._room()):
            request = self._waiting.popleft()
            self._left(request)
            self._flights.begin(request)
            group.append(request)
            rows += request.rows
        rows = min(rows, self._max_rows)
        return _Group(group, rows, self._congestion.begin(rows), time.monotonic())

    def _room(self) -> int:
        """How many rows the next append may have."""
        return min(self._max_rows, self._congestion.room)

    def _gather(self) -> None:
        """Wait until there is enough, nothing more comes, or it was long enough. Gives the lock up meanwhile."""
        until = time.monotonic() + self._gather_seconds
        while not self._closed and self._waiting_rows < self._room():
            came, left = self._came, until - time.monotonic()
            if left <= 0:
                return
            self._ready.wait(min(QUIET_SECONDS, left))
            if self._came == came:
                return

    def _left(self, request: Request) -> None:
        self._waiting_bytes -= request.size_bytes
        self._waiting_rows -= request.rows

    def _fail(self, group: _Group, error: StoreError) -> None:
        with self._ready:
            self._failed(f"{error}{'; ' + error.hint if error.hint else ''}")
            self._congestion.fail(group.rows, time.monotonic())
            self._ready.notify_all()
            for request in group.requests:
                self._flights.end(request)
        for request in group.requests:
            request.outcomes.set_result(str(error))

    def _failed(self, reason: str) -> None:
        if not self._breaker.failure:
            log.error("commit_failed error=%s", reason)
        self._breaker.failed(reason, _ms(time.monotonic()))

    def _settle(self, group: _Group, outcomes: list[Outcome]) -> None:
        rest = iter(outcomes)
        settled = [(request, [next(rest) for _ in request.arrivals]) for request in group.requests]
        with self._ready:
            if self._breaker.failure:
                log.info("commit_recovered")
            self._breaker.worked()
            self._appended = time.monotonic()
            self._commit_ms = round(_ms(self._appended - group.began))
            is_late = any(request.given_up for request in group.requests)
            self._congestion.end(group.rows, group.load, group.began, self._appended, is_late)
            self._ready.notify_all()
            for request, own in settled:
                self._flights.end(request, own)
        for request, own in settled:
            request.outcomes.set_result(own)

    def _count(self, outcomes: Sequence[Outcome]) -> None:
        retried = sum(outcome.outcome == "retry" for outcome in outcomes)
        with self._ready:
            self._records += len(outcomes) - retried
            self._retried += retried


def _added(request: Request, arrival: Arrival) -> Seat:
    """Where the outcome of a record will be that a request is to have committed."""
    request.arrivals.append(arrival)
    request.rows += _weight(arrival.record)
    return Seat(request, len(request.arrivals) - 1)


def _weight(record: Record) -> int:
    """About how many documents a record becomes, at least 1."""
    return max(1, count_rows(record) + sum(len(block.times) for block in record.minutes) + len(record.events))


def _ms(seconds: float) -> float:
    return 1000 * seconds
