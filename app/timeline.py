"""A host's timeline: in which runs its rows came, and the gaps between, explained (rule 11)."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from tidegauge.metrics import gaps, runs
from tidegauge.metrics.events import GAP
from tidegauge.metrics.gaps import Claim, Gap, Holder
from tidegauge.metrics.records import Event, Row
from tidegauge.metrics.runs import Run
from tidegauge.metrics.steps import STEPS_MS, fitting, for_period
from tidegauge.storage.base import Coverage, Store

LINES, ALL_LINES = 4_000, 200_000
"""How finely holes are looked for: lines of coverage of one host, of all that are asked for together."""
AHEAD_MS = 3_600_000


class Timeline:
    """The runs and claims of one host over a range that ends now. Thread-safe.

    `load` asks the store; live rows and events are added as they come.
    """

    def __init__(self, host: str, start_ms: int) -> None:
        self.host = host
        self.start_ms = start_ms
        self._lock = threading.Lock()
        self._runs: list[Run] = []
        self._claims: set[Claim] = set()

    def load(self, store: Store, now_ms: int) -> None:
        """Take over what the store knows of the range. Raises StoreError."""
        load_all(store, [self], self.start_ms, now_ms)

    def add(self, lines: Iterable[Run], claims: Iterable[Claim]) -> None:
        """Take over stretches of rows, and claims."""
        with self._lock:
            self._runs = runs.build([*self._runs, *lines])
            self._claims |= set(claims)

    def add_rows(self, rows: Iterable[Row]) -> None:
        """Take live rows of the host itself."""
        with self._lock:
            for row in rows:
                line = Run(row.time_ms, row.time_ms, row.incarnation, row.received_ms or 0, row.entity.period_ms)
                self._runs = runs.add(self._runs, line)

    def add_events(self, events: Iterable[Event]) -> None:
        """Take live events."""
        with self._lock:
            self._claims |= set(gaps.claims(events))

    def gaps(self, holder: Holder) -> list[Gap]:
        """The gaps as the collector is now."""
        with self._lock:
            return gaps.find(self._runs, sorted(self._claims), holder, self.start_ms)


def load_all(store: Store, timelines: Sequence[Timeline], start_ms: int, now_ms: int) -> None:
    """Take over what the store knows of some hosts from a time to now. Raises StoreError."""
    hosts = [timeline.host for timeline in timelines]
    lines = min(LINES, max(1, ALL_LINES // max(1, len(hosts))))
    step_ms = for_period(fitting(max(1, now_ms - start_ms), lines), STEPS_MS[0])
    covered = _lines(store.coverage(hosts, start_ms, now_ms + AHEAD_MS, step_ms))
    claimed: dict[str, list[Event]] = {}
    for one in store.events(start_ms - AHEAD_MS, now_ms + AHEAD_MS, hosts):
        if one.event.kind == GAP:
            claimed.setdefault(one.host, []).append(one.event)
    for timeline in timelines:
        timeline.add(covered.get(timeline.host, []), gaps.claims(claimed.get(timeline.host, [])))


def _lines(coverage: Coverage) -> dict[str, list[Run]]:
    columns = (
        coverage.entity.tolist(),
        coverage.first_ms.tolist(),
        coverage.last_ms.tolist(),
        coverage.incarnation.tolist(),
        coverage.received_ms.tolist(),
        coverage.period_ms.tolist(),
    )
    found: dict[str, list[Run]] = {}
    for entity, first, last, incarnation, received, period in zip(*columns, strict=True):
        line = Run(first, last, coverage.incarnations[incarnation], received, period)
        found.setdefault(coverage.entities[entity], []).append(line)
    return found
