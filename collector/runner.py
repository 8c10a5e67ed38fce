"""Runs the readers of a host: times them, counts, logs a failure once, and goes on."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from math import isfinite

import msgspec

from collector.programs.program_names import called
from collector.readings import Reading, Witness
from collector.registry import Loaded
from collector.schedule import Tick
from tidegauge.metrics.records import Event

log = logging.getLogger(__name__)

GREATEST = 2**63


class Health(msgspec.Struct):
    """How a reader does: runs, failures, the time of the last run, why it fails now ("": it does not), and
    what it has to say."""

    runs: int = 0
    failures: int = 0
    took_ms: float = 0
    failing: str = ""
    notes: list[str] = []


class Runner:
    """A real host as a source: all readers in turn; those of the host joined into its one row."""

    def __init__(self, readers: Sequence[Loaded], seconds: Callable[[], float] = time.perf_counter) -> None:
        self._readers = readers
        self._seconds = seconds
        self._witnesses = [(one.name, one.reader) for one in readers if isinstance(one.reader, Witness)]
        self.health = {loaded.name: Health() for loaded in readers}
        self.took_ms: float | None = None
        """How long the last `read` took."""

    def read(self, tick: Tick) -> list[Reading]:
        """The readings of all readers that are due; one that fails gives none at this tick."""
        begun = self._seconds()
        host: dict[str, float] = {}
        others: list[Reading] = []
        for loaded in self._readers:
            if loaded.slow and not tick.slow:
                continue
            for reading in self._run(loaded, tick):
                if reading.kind == "host":
                    host.update(reading.values)
                else:
                    others.append(reading)
        self.took_ms = (self._seconds() - begun) * 1000
        others = called(others) if tick.slow else others
        return [Reading("host", "", host), *others] if host else others

    def happened(self) -> list[Event]:
        """What the readers saw happen since the last call, reader by reader."""
        found: list[Event] = []
        for name, witness in self._witnesses:
            try:
                found += witness.happened()
                self.health[name].notes = witness.notes()
            except Exception:  # as in `_run`: whatever one raises, the others go on
                self.health[name].failures += 1
                log.exception("reader_failed reader=%s events=lost", name)
        return found

    def _run(self, loaded: Loaded, tick: Tick) -> list[Reading]:
        health, begun = self.health[loaded.name], self._seconds()
        try:
            found = [reading for reading in loaded.reader.read(tick) if _check(reading)]
            failing = ""
        except Exception as error:  # noqa: BLE001 (whatever one reader raises, the others go on)
            found, failing = [], f"{type(error).__name__}: {error}"[:300]
        health.took_ms = (self._seconds() - begun) * 1000
        health.runs += 1
        health.failures += bool(failing)
        _tell(loaded.name, health.failing, failing)
        health.failing = failing
        return found


def _check(reading: Reading) -> bool:
    """Whether there is anything in it. Raises ValueError for a number that no kernel counts to."""
    numbers = reading.values.values()
    if numbers and not (min(numbers) > -GREATEST and max(numbers) < GREATEST and all(map(isfinite, numbers))):
        raise ValueError(f"{reading.kind} {reading.name}: a number that cannot be")
    return bool(numbers)


def _tell(name: str, before: str, now: str) -> None:
    if now and not before:
        log.warning("reader_failed reader=%s error=%r", name, now)
    elif before and not now:
        log.info("reader_recovered reader=%s", name)
