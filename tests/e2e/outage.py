"""A simulated host in the test's process, through the collector's agent, sender and queue on disk, by a clock that
can be moved ahead."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from collector import loop
from collector.agent import Agent
from collector.disk import record
from collector.disk.disk_spool import DiskSpool
from collector.sending.pace import Pace
from collector.sending.sender import Sender, Who
from collector.sending.workers import lanes
from collector.simulation.simulated import SimulatedHost, simulated_host
from collector.spool import Item, Key
from tests.e2e.programs import eventually
from tidegauge.clock import Clock, SystemClock
from tidegauge.metrics.records import Row, rows

SEED = 7
PERIOD_MS = 1000
STOP_SECONDS = 10.0


class MovedClock:
    """The machine's clocks, of which the wall clock begins somewhere else; they go on by themselves."""

    def __init__(self, ahead_ms: int) -> None:
        self._clock = SystemClock()
        self._ahead_ms = ahead_ms
        self._passed_ms = 0.0

    def wall_ms(self) -> int:
        return self._clock.wall_ms() + self._ahead_ms + round(self._passed_ms)

    def monotonic_ms(self) -> float:
        return self._clock.monotonic_ms() + self._passed_ms

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)

    def advance(self, ms: float) -> None:
        """Let time pass at once."""
        self._passed_ms += max(0.0, ms)


class Watched(DiskSpool):
    """The queue on disk; it remembers the time of each record with raw rows, and how late the new ones are settled."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        super().__init__(folder, clock=clock)
        self.taken: dict[Key, int] = {}
        self.given_up: list[Item] = []
        self.lags_ms: list[int] = []
        self._first_new: int | None = None

    def append(self, item: Item) -> list[Item]:
        if item.ticks:
            self.taken[item.key] = item.to_ms
        given_up = super().append(item)
        self.given_up += given_up
        return given_up

    def settle(self, keys: Iterable[Key]) -> None:
        keys = list(keys)
        super().settle(keys)
        if self._first_new is not None:
            times = [self.taken[key] for key in keys if self.taken.get(key, 0) >= self._first_new]
            self.lags_ms += [self._clock.wall_ms() - time_ms for time_ms in times]

    def watch(self) -> None:
        """From here on note how late new records are settled."""
        self._first_new = self._clock.wall_ms()


class Simulated:
    """The collector of a simulated host."""

    def __init__(self, folder: Path, urls: Sequence[str], clock: MovedClock, containers: int, a_second: int) -> None:
        host = simulated_host(1, SEED)
        self.host = host.id
        self.spool = Watched(folder, clock)
        self._clock = clock
        self._lanes = lanes(1)
        who = Who(host.id, host.name, PERIOD_MS)
        sender = Sender(who, urls, self.spool, self._lanes, clock, pace=Pace(a_second))
        self.agent = Agent(host, SimulatedHost(host.name, containers, SEED), sender, clock, PERIOD_MS)
        self._pause = threading.Event()
        self._thread: threading.Thread | None = None

    def run(self) -> None:
        """Go on in real time, until `pause`."""
        self._pause.clear()
        self._thread = threading.Thread(target=loop.run, args=([self.agent], self._clock, self._pause.wait))
        self._thread.start()

    def pause(self) -> None:
        """Take no more turns."""
        self._pause.set()
        if self._thread:
            self._thread.join(STOP_SECONDS)

    def pass_time(self, seconds: int) -> None:
        """So many seconds at once, tick by tick."""
        until_ms = self._clock.wall_ms() + 1000 * seconds
        while self._clock.wall_ms() < until_ms:
            self._clock.advance(self.agent.due_ms - self._clock.monotonic_ms())
            self.agent.turn()

    def drain(self, seconds: float) -> None:
        """Wait until nothing but the newest records waits."""
        eventually(lambda: self.spool.held().count < 5, seconds, "the end of the backlog")

    def close(self) -> None:
        """Stop as a collector does."""
        self.pause()
        self.agent.stop(2)
        self._lanes.close(1)
        self.spool.close()


def missing(expected: Collection[int], found: Sequence[int]) -> tuple[list[int], list[int]]:
    """Times that were not found, and such as were found twice or that nobody expected."""
    seen = set(found)
    extra = sorted(seen - set(expected))
    return sorted(set(expected) - seen), extra if len(seen) == len(found) else sorted(found)


def on_disk(folder: Path) -> Iterator[Row]:
    """The raw rows that whole records in a spool's files hold, whatever became of them."""
    for segment in folder.glob("*.segment"):
        data = segment.read_bytes()
        for place in record.scan(data):
            found = record.item(place, data).record()
            assert found is not None
            yield from rows(found)
