"""Group commit (rule 6): records of all collectors that wait become a few appends at a time.

A request waits at most `wait_seconds`; what is not committed by then is answered "retry" and, as
keys are deduplicated, harmless when it comes again. While the store is known to be down requests
fail at once, but for one a second that tries it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import NamedTuple

from ingest_api.breaker import Breaker
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
GATHER_SECONDS = 0.03
"""A commit costs about the same whatever its size: others that come within this share it."""
CLOSE_SECONDS = 10.0
NO_ANSWER = "the store does not answer"


class NotCommittedError(Exception):
    """The records were not committed in time or could not be: to be sent again."""


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


@dataclass(frozen=True, eq=False)
class _Request:
    """What one POST waits for. size_bytes: of its records as they came, inflated."""

    arrivals: Sequence[Arrival]
    size_bytes: int
    since: float
    outcomes: Future[list[Outcome]]


class Committer:
    """The queue before the store and the threads that empty it. `submit` is thread-safe."""

    def __init__(
        self,
        store: Store,
        wait_seconds: float = WAIT_SECONDS,
        max_waiting: int = MAX_WAITING,
        max_waiting_bytes: int = MAX_WAITING_BYTES,
        gather_seconds: float = GATHER_SECONDS,
    ) -> None:
        self._store = store
        self._wait_seconds = wait_seconds
        self._gather_seconds = gather_seconds
        self._max_waiting = max_waiting
        self._max_waiting_bytes = max_waiting_bytes
        self._max_rows = MAX_ROWS // store.writers
        self._waiting: deque[_Request] = deque()
        self._waiting_bytes = 0
        self._breaker = Breaker()
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
        """Commit records together with what else waits; their outcomes. size_bytes: as JSON.

        Raises NotCommittedError when they wait too long, too much waits, or the store fails.
        """
        try:
            outcomes = self._submit(arrivals, size_bytes)
        except NotCommittedError:
            self._count(0, len(arrivals))
            raise
        retried = sum(outcome.outcome == "retry" for outcome in outcomes)
        self._count(len(outcomes) - retried, retried)
        return outcomes

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

    def _submit(self, arrivals: Sequence[Arrival], size_bytes: int) -> list[Outcome]:
        request = _Request(arrivals, size_bytes, time.monotonic(), Future())
        with self._ready:
            self._admit(request)
            self._waiting.append(request)
            self._waiting_bytes += size_bytes
            self._ready.notify()
        try:
            return request.outcomes.result(self._wait_seconds)
        except FutureTimeoutError:
            self._give_up(request)
            raise NotCommittedError("slow") from None

    def _admit(self, request: _Request) -> None:
        """Raise NotCommittedError for a request that need not wait."""
        too_large = self._waiting and self._waiting_bytes + request.size_bytes > self._max_waiting_bytes
        if self._closed or len(self._waiting) >= self._max_waiting or too_large:
            raise NotCommittedError("busy")
        if not self._breaker.admits(_ms(request.since)):
            raise NotCommittedError(self._breaker.failure)

    def _give_up(self, request: _Request) -> None:
        """A request waited too long. What is under way may yet be stored, the rest need not be: it comes
        again. A store that did nothing all the while is down."""
        with self._ready:
            if request in self._waiting:
                self._waiting.remove(request)
                self._waiting_bytes -= request.size_bytes
            if self._appended < request.since:
                self._failed(NO_ANSWER)

    def _run(self) -> None:
        while group := self._next_group():
            arrivals = [arrival for request in group for arrival in request.arrivals]
            began = time.monotonic()
            try:
                outcomes = self._store.append(arrivals)
            except StoreError as error:
                self._fail(group, error)
            else:
                self._settle(group, outcomes, began)

    def _next_group(self) -> list[_Request]:
        """All that waits, up to so many rows; nothing once closed and empty. One thread gathers at a time."""
        with self._gathering, self._ready:
            self._ready.wait_for(lambda: self._waiting or self._closed)
            self._ready.wait_for(lambda: self._closed, self._gather_seconds)
            group: list[_Request] = []
            rows = 0
            while self._waiting and (not group or rows < self._max_rows):
                request = self._waiting.popleft()
                self._waiting_bytes -= request.size_bytes
                rows += sum(_weight(arrival.record) for arrival in request.arrivals)
                group.append(request)
            return group

    def _fail(self, group: list[_Request], error: StoreError) -> None:
        with self._ready:
            self._failed(f"{error}{'; ' + error.hint if error.hint else ''}")
        for request in group:
            failure = NotCommittedError(str(error))
            failure.__cause__ = error
            request.outcomes.set_exception(failure)

    def _failed(self, reason: str) -> None:
        if not self._breaker.failure:
            log.error("commit_failed error=%s", reason)
        self._breaker.failed(reason, _ms(time.monotonic()))

    def _settle(self, group: list[_Request], outcomes: list[Outcome], began: float) -> None:
        with self._ready:
            if self._breaker.failure:
                log.info("commit_recovered")
            self._breaker.worked()
            self._appended = time.monotonic()
            self._commit_ms = round(_ms(self._appended - began))
        rest = iter(outcomes)
        for request in group:
            request.outcomes.set_result([next(rest) for _ in request.arrivals])

    def _count(self, records: int, retried: int) -> None:
        with self._ready:
            self._records += records
            self._retried += retried


def _weight(record: Record) -> int:
    """About how many documents a record becomes."""
    return count_rows(record) + sum(len(block.times) for block in record.minutes) + len(record.events)


def _ms(seconds: float) -> float:
    return 1000 * seconds
