"""A simulated container: its readings at any time, from waves that its host's seed drew."""

from __future__ import annotations

from random import Random

from collector.readings import Reading
from collector.simulation.simulated_life import Life, Lives
from collector.simulation.waves import draw
from tidegauge.metrics.records import Event

BACKGROUND_CPUS = 0.001
PROJECT = "shop"
SERVICES = (
    ("web", "nginx:1.27"),
    ("api", "registry.example/shop/api:5.2"),
    ("db", "postgres:16"),
    ("worker", "registry.example/shop/worker:5.2"),
    ("cache", "redis:7"),
)
"""Every second has a health check; every third from the second on ends now and then and comes back."""


class SimulatedContainer:
    """The `place`th container of a host, from 0; `cpus` and `memory` bound about what it uses."""

    def __init__(self, container: str, random: Random, cpus: float, memory: int, place: int = 0) -> None:
        self._id = container
        self._cpu = draw(random, cpus * random.uniform(0.02, 0.5) + BACKGROUND_CPUS)
        self._traffic = draw(random, 10 ** random.uniform(2, 5.5))
        self._memory = int(memory * random.uniform(0.1, 0.8))
        self._limit = memory if random.random() < 0.5 else None
        self._start = f"demo:{random.randrange(100_000)}"
        self._lives = Lives(Random(container), ends=place % 3 == 1, checked=place % 2 == 0)
        service, image = SERVICES[place % len(SERVICES)]
        self._attributes = {
            "container.id": container,
            "container.name": f"{PROJECT}-{service}-{place // len(SERVICES) + 1}",
            "container.runtime": "docker",
            "container.image.name": image,
            "container.project": PROJECT,
            "container.service": service,
        }

    def used(self, now: float) -> float:
        """The CPU time of all its lives, in seconds."""
        return self._cpu.at(now)[1]

    def happened(self, after: float, until: float) -> list[Event]:
        """What happened to it after one time until another, in seconds since the epoch."""
        name = {"container.name": self._attributes["container.name"]}
        moments = self._lives.between(after, until)
        return [Event(self._id, round(at * 1e9), kind, {**name, **about}) for at, kind, about in moments]

    def read(self, now: float) -> Reading | None:
        """Its readings at a time in seconds since the epoch; None while it is down."""
        life = self._lives.at(now)
        if life is None:
            return None
        attributes = self._attributes
        if health := self._lives.health(now):
            attributes = {**attributes, "container.health": health}
        return Reading("container", self._id, self._values(now, life), f"{self._start}:{life.number}", attributes)

    def _values(self, now: float, life: Life) -> dict[str, float]:
        """Its counters since this life began."""
        rate, used = self._cpu.at(now)
        used -= self._cpu.at(life.began)[1]
        traffic = self._traffic.at(now)[1] - self._traffic.at(life.began)[1]
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
            "container.memory.oom_kills": 0,
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
            "container.uptime": round(now - life.began, 2),
        }
        if self._limit is not None:
            values["container.memory.limit"] = self._limit
        return values
