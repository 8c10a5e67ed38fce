"""The status of a running collector: a file in its folder, and how it reads."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

import tidegauge
from collector import queue_status
from collector.agent import Agent
from collector.files import read_once
from collector.letters.dead_letters import LettersState
from collector.letters.letter import DeadLetter
from collector.queue_status import QueueStatus, time_text
from collector.runner import Health
from collector.sending.link import LinkState
from collector.state import StateError, StateFolder
from tidegauge.clock import Clock
from tidegauge.metrics.wire import Queue

FILE = "status.json"
PERIOD_MS = 5000
SHOWN_LETTERS = 5


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """All that `status` shows. Times are wall-clock ms; outcomes counts records by what became of them."""

    pid: int
    version: str
    host: str
    name: str
    fleet: str
    incarnation: str
    started_ms: int
    now_ms: int
    period_ms: int
    queue: Queue
    queue_bytes: int
    queue_limit_bytes: int
    outcomes: dict[str, int]
    dropped: int
    missed: int
    spool: QueueStatus = QueueStatus()
    link: LinkState
    letters: list[DeadLetter]
    letters_state: LettersState = LettersState()
    readers: dict[str, Health]
    cpu_seconds: float
    memory_bytes: int


class StatusWriter:
    """Writes the status once every five seconds; a turn of the loop."""

    def __init__(
        self,
        folder: StateFolder,
        agent: Agent,
        spool: Callable[[], QueueStatus],
        health: Mapping[str, Health],
        pid: int,
        clock: Clock,
    ) -> None:
        self.due_ms = clock.monotonic_ms()
        self._folder = folder
        self._agent = agent
        self._spool = spool
        self._health = health
        self._pid = pid
        self._clock = clock
        self._started_ms = clock.wall_ms()

    def turn(self, overslept_ms: float = 0) -> None:  # noqa: ARG002 (every turn has it)
        """Write it now; a folder that cannot be written is no reason to stop."""
        self.due_ms = self._clock.monotonic_ms() + PERIOD_MS
        try:
            self._folder.replace(FILE, msgspec.json.encode(self._status()))
        except StateError:
            return

    def _status(self) -> Status:
        agent, sender = self._agent, self._agent.sender
        return Status(
            pid=self._pid,
            version=tidegauge.__version__,
            host=agent.host.id,
            name=agent.host.name,
            fleet=agent.host.attributes["fleet"],
            incarnation=agent.incarnation,
            started_ms=self._started_ms,
            now_ms=self._clock.wall_ms(),
            period_ms=agent.schedule.period_ms,
            queue=sender.spool.held(),
            queue_bytes=sender.spool.size_bytes(),
            queue_limit_bytes=sender.spool.limit_bytes,
            outcomes=dict(sender.letters.counts),
            dropped=agent.dropped,
            missed=agent.schedule.missed,
            spool=self._spool(),
            link=sender.link(),
            letters=list(sender.letters.last)[-SHOWN_LETTERS:],
            letters_state=sender.letters.state(),
            readers=dict(self._health),
            cpu_seconds=round(time.process_time(), 2),
            memory_bytes=_resident_bytes(),
        )


def _resident_bytes() -> int:
    """Not getrusage's peak: that of a process begun by fork and exec is its parent's."""
    return int(read_once("/proc/self/statm").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def read(folder: str) -> Status | None:
    """The status in a folder; None without one that can be read."""
    try:
        return msgspec.json.decode((Path(folder) / FILE).read_bytes(), type=Status)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def lines(status: Status, running: bool) -> Iterator[str]:
    """The status as a person reads it."""
    state = f"runs, process {status.pid}" if running else "does not run"
    yield f"collector {status.version} of {status.name} (fleet {status.fleet}): {state}"
    yield f"  host         {status.host}"
    began, seen = time_text(status.started_ms), time_text(status.now_ms)
    yield f"  incarnation  {status.incarnation}, began {began}, last seen {seen}"
    yield f"  period       {status.period_ms} ms, {status.missed} ticks missed"
    yield f"  server       {_link(status.link)}"
    yield f"  queue        {_queue(status)}"
    yield from queue_status.lines(status.spool)
    yield f"  records      {_counts(status)}"
    yield f"  dead letters {_letters(status.letters_state)}"
    yield f"  cost         {status.cpu_seconds:.2f} s of CPU, {status.memory_bytes / 2**20:.0f} MiB of memory"
    for name, health in status.readers.items():
        yield f"  {name:<12} {_health(health)}"
        yield from (f"  {'':<12} {note}" for note in health.notes)
    for letter in status.letters:
        yield f"  not taken: record {letter.id} {letter.outcome}: {letter.reason}"


def _link(link: LinkState) -> str:
    if link.auth_failed_since_ms is not None:
        since = time_text(link.auth_failed_since_ms)
        return f"{link.url}: authentication failed since {since}: {link.failure}; check TIDEGAUGE_TOKEN"
    if link.failing_since_ms is not None:
        return f"{link.url}: failing since {time_text(link.failing_since_ms)}: {link.failure}"
    return f"{link.url}: " + (
        "not asked yet" if link.answered_ms is None else f"answered {time_text(link.answered_ms)}"
    )


def _queue(status: Status) -> str:
    queue = status.queue
    size = f"{status.queue_bytes / 2**20:.1f} of {status.queue_limit_bytes / 2**20:.0f} MiB"
    if queue.from_ms is None or queue.to_ms is None:
        return f"empty, {size}"
    return f"{queue.count} records, {time_text(queue.from_ms)} to {time_text(queue.to_ms)}, {size}"


def _counts(status: Status) -> str:
    counts = {**status.outcomes, "dropped": status.dropped}
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items())


def _letters(letters: LettersState) -> str:
    text = f"{letters.kept} kept, {letters.waiting} to be sent again, {letters.given_up} given up for newer ones"
    return f"{text}; none can be written: {letters.failure}" if letters.failure else text


def _health(health: Health) -> str:
    if health.failing:
        return f"fails ({health.failures} of {health.runs}): {health.failing}"
    return f"{health.took_ms:.2f} ms, {health.failures} of {health.runs} failed"
