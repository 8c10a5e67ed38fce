"""A simulated container: its readings at any time, from waves that its host's seed drew."""

from __future__ import annotations

from random import Random

from collector.readings import Reading
from collector.waves import BEGAN, draw

SHORT_ID = 12
BACKGROUND_CPUS = 0.001


class SimulatedContainer:
    """One container that began with 2020; `cpus` and `memory` bound about what it uses."""

    def __init__(self, container: str, random: Random, cpus: float, memory: int) -> None:
        self._id = container
        self._cpu = draw(random, cpus * random.uniform(0.02, 0.5) + BACKGROUND_CPUS)
        self._traffic = draw(random, 10 ** random.uniform(2, 5.5))
        self._memory = int(memory * random.uniform(0.1, 0.8))
        self._limit = memory if random.random() < 0.5 else None
        self._start = f"demo:{random.randrange(100_000)}"
        self._attributes = {
            "container.id": container,
            "container.name": container[:SHORT_ID],
            "container.runtime": "docker",
        }

    def read(self, now: float) -> Reading:
        """Its readings at a time in seconds since the epoch."""
        rate, used = self._cpu.at(now)
        _, traffic = self._traffic.at(now)
        rss = int(self._memory * (0.8 + 0.1 * rate / self._cpu.mean))
        cache = self._memory // 3
        values: dict[str, float] = {
            "container.cpu.time": round(used, 6),
            "container.cpu.time.user": round(used * 0.8, 6),
            "container.cpu.time.system": round(used * 0.2, 6),
            "container.cpu.throttling.time": 0,
            "container.cpu.throttling.periods": 0,
            "container.cpu.throttling.throttled_periods": 0,
            "container.memory.usage": rss + cache,
            "container.memory.working_set": rss + cache // 2,
            "container.memory.rss": rss,
            "container.memory.cache": cache,
            "container.disk.io.read": int(traffic * 0.2),
            "container.disk.io.write": int(traffic * 0.5),
            "container.disk.operations.read": int(traffic * 0.2) // 8192,
            "container.disk.operations.write": int(traffic * 0.5) // 8192,
            "container.network.io.receive": int(traffic),
            "container.network.io.transmit": int(traffic * 0.6),
            "container.network.errors.receive": 0,
            "container.network.errors.transmit": 0,
            "container.network.packet.dropped.receive": 0,
            "container.network.packet.dropped.transmit": 0,
            "container.pids.count": 3 + int(6 * rate / self._cpu.mean),
            "container.uptime": round(now - BEGAN, 2),
        }
        if self._limit is not None:
            values["container.memory.limit"] = self._limit
        return Reading("container", self._id, values, self._start, self._attributes)
