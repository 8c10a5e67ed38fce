"""What the collector says of itself, on its host's row: cost, punctuality, queue, and what became of records."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

from collector.agent import Agent
from collector.engine_cost import EngineCost
from collector.files import File
from collector.readings import Reading, Roots
from collector.runner import Runner
from collector.schedule import Tick

PREFIX = "tidegauge.collector"
TAKEN = ("stored", "duplicate")


class Own:
    """A reader of the process it runs in. Until it was told of an agent by `follow` there is nothing to say."""

    def __init__(self, roots: Roots, cpu_seconds: Callable[[], float] = time.process_time) -> None:
        self._cpu_seconds = cpu_seconds
        self._statm = File(f"{roots.proc}/self/statm")
        self._page_bytes = os.sysconf("SC_PAGE_SIZE")
        self._engine = EngineCost(roots.proc)
        self._agent: Agent | None = None
        self._runner: Runner | None = None
        self._disk_errors: Callable[[], int] = int

    def follow(self, agent: Agent, runner: Runner, disk_errors: Callable[[], int] = int) -> None:
        """The agent whose queue and records these numbers are of, what reads for it, and how often a disk refused."""
        self._agent, self._runner, self._disk_errors = agent, runner, disk_errors

    def read(self, tick: Tick) -> Iterator[Reading]:
        if self._agent and self._runner:
            values = self._cost(tick, self._runner.took_ms)
            yield Reading("host", "", values | _queue(self._agent, tick.stamp_ms) | self._records(self._agent))

    def _cost(self, tick: Tick, took_ms: float | None) -> dict[str, float]:
        values: dict[str, float] = {
            f"{PREFIX}.cpu.time": round(self._cpu_seconds(), 4),
            f"{PREFIX}.memory.usage": int(self._statm.read().split()[1]) * self._page_bytes,
            f"{PREFIX}.tick.lateness": round(tick.late_ms / 1000, 4),
        }
        if took_ms is not None:
            values[f"{PREFIX}.read.duration"] = round(took_ms / 1000, 4)
        if (engine_seconds := self._engine.seconds()) is not None:
            values[f"{PREFIX}.engine.cpu.time"] = engine_seconds
        return values

    def _records(self, agent: Agent) -> dict[str, float]:
        letters = agent.sender.letters
        counts = letters.counts.copy()  # other threads count meanwhile
        return {
            f"{PREFIX}.records.taken": sum(counts[outcome] for outcome in TAKEN),
            f"{PREFIX}.records.resent": agent.sender.resent,
            f"{PREFIX}.records.refused": sum(count for outcome, count in counts.items() if outcome not in TAKEN),
            f"{PREFIX}.records.dropped": agent.dropped,
            f"{PREFIX}.dead_letters": letters.state().kept,
            f"{PREFIX}.disk.errors": self._disk_errors(),
            f"{PREFIX}.ticks.missed": agent.schedule.missed,
        }


def _queue(agent: Agent, now_ms: int) -> dict[str, float]:
    spool = agent.sender.spool
    queue = spool.held()
    return {
        f"{PREFIX}.queue.records": queue.count,
        f"{PREFIX}.queue.size": spool.size_bytes(),
        f"{PREFIX}.queue.age": 0 if queue.from_ms is None else max(0, now_ms - queue.from_ms) / 1000,
    }
