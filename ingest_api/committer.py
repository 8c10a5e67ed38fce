"""Group commit (rule 6): records of all collectors that wait become one append at a time.

One thread writes. A request waits at most `wait_seconds`; what is not committed by then is
answered "retry" and, as keys are deduplicated, harmless when it comes again.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError

from tidegauge.metrics.records import count_rows
from tidegauge.metrics.wire import Outcome
from tidegauge.storage.base import Arrival, Store, StoreError

log = logging.getLogger(__name__)

MAX_WAITING = 256
MAX_ROWS = 20_000
WAIT_SECONDS = 2.0
GATHER_SECONDS = 0.03
"""A commit costs about the same whatever its size: others that come within this share it."""

_Waiting = tuple[Sequence[Arrival], "Future[list[Outcome]]"]


class NotCommittedError(Exception):
    """The records were not committed in time or could not be: to be sent again."""


class Committer:
    """The queue before the store and the thread that empties it. `submit` is thread-safe."""

    def __init__(
        self,
        store: Store,
        wait_seconds: float = WAIT_SECONDS,
        max_waiting: int = MAX_WAITING,
        gather_seconds: float = GATHER_SECONDS,
    ) -> None:
        self._store = store
        self._wait_seconds = wait_seconds
        self._gather_seconds = gather_seconds
        self._max_waiting = max_waiting
        self._waiting: deque[_Waiting] = deque()
        self._ready = threading.Condition()
        self._closed = False
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    def submit(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """Commit records together with what else waits; their outcomes.

        Raises NotCommittedError when they wait too long, too many wait, or the store fails.
        """
        future: Future[list[Outcome]] = Future()
        with self._ready:
            if self._closed or len(self._waiting) >= self._max_waiting:
                raise NotCommittedError("busy")
            self._waiting.append((arrivals, future))
            self._ready.notify()
        try:
            return future.result(self._wait_seconds)
        except FutureTimeoutError:
            raise NotCommittedError("slow") from None

    @property
    def alive(self) -> bool:
        """Whether the thread that writes runs."""
        return self._thread.is_alive()

    def waiting(self) -> int:
        """How many requests wait now."""
        return len(self._waiting)

    def close(self) -> None:
        """Commit what waits, then stop the thread."""
        with self._ready:
            self._closed = True
            self._ready.notify()
        self._thread.join(10)

    def _run(self) -> None:
        while group := self._next_group():
            arrivals = [arrival for some, _ in group for arrival in some]
            try:
                outcomes = self._store.append(arrivals)
            except StoreError as error:
                self._fail(group, error)
            else:
                self._settle(group, outcomes)

    def _next_group(self) -> list[_Waiting]:
        """All that waits, up to MAX_ROWS rows; nothing once closed and empty."""
        with self._ready:
            self._ready.wait_for(lambda: self._waiting or self._closed)
            self._ready.wait_for(lambda: self._closed, self._gather_seconds)
            group: list[_Waiting] = []
            rows = 0
            while self._waiting and (not group or rows < MAX_ROWS):
                group.append(self._waiting.popleft())
                rows += sum(count_rows(arrival.record) for arrival in group[-1][0])
            return group

    def _fail(self, group: list[_Waiting], error: StoreError) -> None:
        if not self._failing:
            log.error("commit_failed error=%s hint=%s", error, error.hint)
        self._failing = True
        for _, future in group:
            failure = NotCommittedError(str(error))
            failure.__cause__ = error
            future.set_exception(failure)

    def _settle(self, group: list[_Waiting], outcomes: list[Outcome]) -> None:
        if self._failing:
            log.info("commit_recovered")
        self._failing = False
        rest = iter(outcomes)
        for arrivals, future in group:
            future.set_result([next(rest) for _ in arrivals])
