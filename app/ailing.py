"""Collectors that hold dead letters, or whose disk takes nothing: their own metrics, asked of the store."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tidegauge.metrics.parts import Parts, Series
from tidegauge.metrics.steps import MINUTE
from tidegauge.storage.base import Store, StoreError

log = logging.getLogger(__name__)

LETTERS = "tidegauge.collector.dead_letters"
ERRORS = "tidegauge.collector.disk.errors"
EVERY_MS = 10_000
RECENT_MS = 2 * MINUTE
"""Newer rows are looked at: of all hosts whose clock is not off by more."""
CLOSE_SECONDS = 2.0

Told = dict[str, Any]


class Ailing:
    """Asks in a thread of its own, while somebody wants to know: nobody waits for the store. Thread-safe."""

    def __init__(self, store: Store, monotonic_ms: Callable[[], float], wall_ms: Callable[[], int]) -> None:
        self._store = store
        self._monotonic_ms = monotonic_ms
        self._wall_ms = wall_ms
        self._lock = threading.Lock()
        self._asked_ms = float("-inf")
        self._known: list[Told] = []
        self._thread: threading.Thread | None = None

    def told(self, hosts: Sequence[str]) -> list[Told]:
        """What is known now: host, letters, errors (of the last minutes), for those that have any; and have it
        asked again of these hosts if it is old."""
        with self._lock:
            is_busy = self._thread is not None and self._thread.is_alive()
            if hosts and not is_busy and self._monotonic_ms() - self._asked_ms >= EVERY_MS:
                self._asked_ms = self._monotonic_ms()
                self._thread = threading.Thread(target=self._ask, args=(hosts,), name="ailing-asker", daemon=True)
                self._thread.start()
            return self._known

    def wait(self, seconds: float = CLOSE_SECONDS) -> None:
        """Wait for the answer that is under way, for so long at most."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _ask(self, hosts: Sequence[str]) -> None:
        """What the store does not say is not known."""
        now_ms = self._wall_ms()
        series = [Series(host, LETTERS, "gauge") for host in hosts] + [
            Series(host, ERRORS, "counter") for host in hosts
        ]
        try:
            parts = self._store.parts(series, now_ms - RECENT_MS, now_ms + RECENT_MS, MINUTE)
        except StoreError as error:
            log.warning("ailing_without_store error=%s", error)
            self._known = []
        else:
            self._known = list(found(parts))


def found(parts: Parts) -> Iterator[Told]:
    """Those that have anything, by host. letters: at the newest minute; errors: by how many they grew."""
    letters: dict[str, int] = {}
    spans: dict[tuple[str, int], tuple[float, float]] = {}
    columns = (parts.series, parts.incarnation, parts.first, parts.last, parts.maximum)
    for place, incarnation, first, last, maximum in zip(*(column.tolist() for column in columns), strict=True):
        entity, metric, _ = parts.keys[place]
        if metric == LETTERS:
            letters[entity] = round(maximum)
        else:
            low, high = spans.get((entity, incarnation), (first, last))
            spans[entity, incarnation] = min(low, first), max(high, last)
    errors: dict[str, int] = {}
    for (entity, _), (low, high) in spans.items():
        errors[entity] = errors.get(entity, 0) + round(high - low)
    for host in sorted({*letters, *errors}):
        one = {"host": host, "letters": letters.get(host, 0), "errors": errors.get(host, 0)}
        if one["letters"] or one["errors"]:
            yield one
