"""A host's timeline: in which runs its rows came, and the gaps between, explained (rule 11)."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence

from tidegauge.metrics import gaps, runs
from tidegauge.metrics.gaps import Claim, Gap, Holder
from tidegauge.metrics.records import Event, Row
from tidegauge.metrics.runs import Run
from tidegauge.metrics.steps import STEPS_MS, fitting, for_period
from tidegauge.queries.histories import AHEAD_MS, Histories

LINES, ALL_LINES = 4_000, 200_000
"""How finely holes are looked for: lines of coverage of one host, of all that are asked for together."""


class Timeline:
    """The runs and claims of one host over a range that ends now. Thread-safe.

    `load` asks for what is stored; live rows and events are added as they come.
    """

    def __init__(self, host: str, start_ms: int) -> None:
        self.host = host
        self.start_ms = start_ms
        self._lock = threading.Lock()
        self._runs: list[Run] = []
        self._claims: set[Claim] = set()

    def load(self, histories: Histories, now_ms: int) -> None:
        """Take over what the store knows of the range. now_ms: the host's own. Raises StoreError."""
        load_all(histories, [self], self.start_ms, now_ms + AHEAD_MS, {self.host: now_ms})

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

    def reaches(self, time_ms: int) -> bool:
        """Whether there are rows at or after a time."""
        with self._lock:
            return any(run.last_ms >= time_ms for run in self._runs)

    def gaps(self, holder: Holder) -> list[Gap]:
        """The gaps as the collector is now."""
        with self._lock:
            return gaps.find(self._runs, sorted(self._claims), holder, self.start_ms)


def load_all(
    histories: Histories, timelines: Sequence[Timeline], start_ms: int, end_ms: int, nows: Mapping[str, int]
) -> None:
    """Take over what the store knows of some hosts in a range, each to its own now. Raises StoreError."""
    lines = min(LINES, max(1, ALL_LINES // len(timelines)))
    span_ms = min(end_ms, max(nows.values())) - start_ms
    step_ms = for_period(fitting(max(1, span_ms), lines), STEPS_MS[0])
    found = histories.read({one.host: nows[one.host] for one in timelines}, start_ms, end_ms, step_ms)
    for timeline in timelines:
        timeline.add(*found[timeline.host])
