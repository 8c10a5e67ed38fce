"""The reader of containers at work: it ticks twice a second, and keeps what it read and what happened."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from collector.readers.containers import Containers
from collector.readings import Reading, Roots
from collector.schedule import Tick
from tidegauge.metrics.records import Event

T = TypeVar("T")
PERIOD_SECONDS = 0.5
PATIENCE_SECONDS = 60


class Observer:
    """Sees one engine's containers, through its socket and their cgroups. rows: (ns, reading)."""

    def __init__(self, *urls: str, labels: tuple[str, ...] = ()) -> None:
        self.reader = Containers(Roots(), urls or ("none",), labels)
        self.rows: list[tuple[int, Reading]] = []
        self.events: list[Event] = []
        self.ticks = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Observer:
        self._thread.start()
        self.until(lambda: self.ticks > 1, "a tick")
        self.until(lambda: all(note.endswith(": heard") for note in self.reader.notes()), "an engine")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()
        self.reader.close()

    def _run(self) -> None:
        while not self._stop.wait(PERIOD_SECONDS):
            now = time.time_ns()
            self.rows += [(now, reading) for reading in self.reader.read(Tick(now // 1_000_000))]
            self.events += self.reader.happened()
            self.ticks += 1

    def of(self, container: str) -> list[str]:
        """What happened to a container: kind, code or count or status, reason."""
        found = [event for event in self.events if event.entity == container]
        return [_words(event) for event in sorted(found, key=lambda event: event.time_ns)]

    def rows_of(self, container: str) -> list[tuple[int, Reading]]:
        """What a container showed."""
        return [(at, reading) for at, reading in self.rows if reading.name == container]

    def until(self, look: Callable[[], T], what: str) -> T:
        """What `look` gives once it gives something."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not (found := look()):
            assert time.monotonic() < until, f"waited in vain for {what}: {self.events}"
            time.sleep(0.05)
        return found

    def settled(self) -> None:
        """Until all that waits for an engine's word was told: longer than it is waited for."""
        self.pass_ticks(10)

    def pass_ticks(self, count: int) -> None:
        """Until so many ticks have passed."""
        mark = self.ticks + count
        self.until(lambda: self.ticks >= mark, "ticks")


def _words(event: Event) -> str:
    kind = event.kind.removeprefix("container.")
    return " ".join([kind, *(text for key, text in event.attributes.items() if key != "container.name")])
