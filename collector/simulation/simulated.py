"""Simulated hosts for `tidegauge demo`: every number follows from the seed and the host's own clock.

So a counter never falls, goes on after a restart of the demo, and the same seed gives the same lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from hashlib import blake2b
from random import Random

from collector.agent import Agent
from collector.cpu_times import CpuTimes, seconds, shares
from collector.identity import Host, describe
from collector.memory_queue import MemoryQueue
from collector.readings import Reading
from collector.schedule import Tick
from collector.sending.sender import Sender, Who
from collector.sending.workers import Lanes
from collector.simulation.simulated_container import SimulatedContainer
from collector.simulation.simulated_programs import programs
from collector.simulation.waves import BEGAN, draw
from tidegauge.clock import Clock
from tidegauge.metrics.records import Event

FLEET = "demo"
START = "demo"
GIB = 1 << 30
QUEUE_BYTES = 16 << 20
IDLE_TASKS = 180


class SimulatedHost:
    """A host with one disk, one filesystem, one interface, its cores and containers; a source."""

    def __init__(self, name: str, containers: int, seed: int) -> None:
        random = Random(f"{seed}:{name}")
        self._cores = random.choice((2, 4, 8, 16))
        self._memory = self._cores * random.choice((2, 4)) * GIB
        self._own = draw(random, self._cores * random.uniform(0.05, 0.15))
        self._network = draw(random, 10 ** random.uniform(4, 6.5))
        self._disk = draw(random, 10 ** random.uniform(4, 6.5))
        self._filled = random.uniform(0.2, 0.8)
        self._booted = BEGAN + random.randrange(30 * 86_400)
        per_container = 0.5 * self._cores / max(1, containers)
        self._containers = [
            SimulatedContainer(_hex(f"{seed}:{name}:{place}", 64), random, per_container, self._memory // 16, place)
            for place in range(containers)
        ]
        self._last: CpuTimes | None = None
        self._told: float | None = None
        self._happened: list[Event] = []

    def read(self, tick: Tick, /) -> list[Reading]:
        """The readings at the tick's stamp."""
        now = tick.stamp_ms / 1000
        self._watch(now)
        found = [reading for one in self._containers if (reading := one.read(now))]
        host = Reading("host", "", self._host(now, found))
        readings = [host, self._disk_at(now), self._network_at(now), *found]
        return [*readings, *self._slow(now)] if tick.slow else readings

    def happened(self) -> list[Event]:
        """What happened to its containers up to the last tick, since the tick that was told before."""
        told, self._happened = self._happened, []
        return told

    def _watch(self, now: float) -> None:
        if self._told is not None and self._told < now:
            found = [event for one in self._containers for event in one.happened(self._told, now)]
            self._happened += sorted(found, key=lambda event: event.time_ns)
        self._told = now

    def _host(self, now: float, containers: Sequence[Reading]) -> dict[str, float]:
        times = self._times(now)
        own_rate, own = self._own.at(now)
        busy = own_rate + sum(reading.values["container.pids.count"] for reading in containers) / 100
        values = seconds(times)
        values.update(shares(self._last, times))
        self._last = times
        values.update(
            {
                "system.cpu.logical.count": self._cores,
                "system.cpu.load_average.1m": round(busy, 2),
                "system.cpu.load_average.5m": round((busy + self._own.mean) / 2, 2),
                "system.cpu.load_average.15m": round((busy + 3 * self._own.mean) / 4, 2),
                "system.uptime": round(now - self._booted, 2),
                "system.context_switches": int(own * 9000),
                "system.interrupts": int(own * 5000),
                "system.process.created": int(own * 3),
                "system.process.count.running": 1 + int(busy),
                "system.process.count.blocked": int(own_rate * 7) % 2,
                "system.network.connection.count.tcp": 20 + int(40 * own_rate / self._own.mean),
                "system.network.connection.count.udp": 6,
                "system.network.connection.count.tcp_time_wait": int(12 * own_rate / self._own.mean),
            }
        )
        values.update(self._memory_at(own_rate, containers))
        values.update(_paging(own))
        values.update(_pressure(own))
        return values

    def _times(self, now: float) -> CpuTimes:
        """Ticks by mode: what the containers used and what the host did itself, the rest idle."""
        _, own = self._own.at(now)
        _, io = self._disk.at(now)
        contained = sum(container.used(now) for container in self._containers)
        user, system = 0.7 * own + 0.8 * contained, 0.2 * own + 0.2 * contained
        waited = 0.03 * self._cores * io / self._disk.mean
        busy = CpuTimes(
            user=int(100 * user),
            nice=int(2 * own),
            system=int(100 * system),
            idle=0,
            iowait=int(100 * waited),
            interrupt=int(5 * own),
            steal=int(3 * own),
        )
        return busy._replace(idle=int(100 * self._cores * (now - BEGAN)) - sum(busy))

    def _memory_at(self, own_rate: float, containers: Sequence[Reading]) -> dict[str, float]:
        held = sum(int(reading.values["container.memory.rss"]) for reading in containers)
        used = int(self._memory * (0.1 + 0.05 * own_rate / self._own.mean)) + held
        cached = int((self._memory - used) * 0.6)
        buffers = self._memory // 64
        free = self._memory - used - cached - buffers
        available = free + cached * 9 // 10
        return {
            "system.memory.usage.used": used,
            "system.memory.usage.free": free,
            "system.memory.usage.cached": cached,
            "system.memory.usage.buffers": buffers,
            "system.memory.limit": self._memory,
            "system.memory.linux.available": available,
            "system.memory.utilization": round(1 - available / self._memory, 4),
            "system.paging.usage.used": GIB // 8,
            "system.paging.usage.free": GIB - GIB // 8,
            "system.paging.utilization": 0.125,
        }

    def _disk_at(self, now: float) -> Reading:
        _, total = self._disk.at(now)
        values: dict[str, float] = {
            "system.disk.io.read": int(total * 0.3) // 512 * 512,
            "system.disk.io.write": int(total * 0.7) // 512 * 512,
            "system.disk.operations.read": int(total * 0.3) // 16_384,
            "system.disk.operations.write": int(total * 0.7) // 32_768,
            "system.disk.merged.read": int(total * 0.3) // 90_000,
            "system.disk.merged.write": int(total * 0.7) // 70_000,
            "system.disk.operation_time.read": round(total * 4e-9, 3),
            "system.disk.operation_time.write": round(total * 9e-9, 3),
            "system.disk.io_time": round(total * 0.05 / self._disk.mean, 3),
        }
        return Reading("disk", "vda", values, attributes={"device": "vda"})

    def _network_at(self, now: float) -> Reading:
        _, total = self._network.at(now)
        values: dict[str, float] = {
            "system.network.io.receive": int(total),
            "system.network.io.transmit": int(total * 0.4),
            "system.network.packet.count.receive": int(total) // 900,
            "system.network.packet.count.transmit": int(total * 0.4) // 600,
            "system.network.packet.dropped.receive": int(total) // 90_000_000,
            "system.network.packet.dropped.transmit": 0,
            "system.network.errors.receive": 0,
            "system.network.errors.transmit": 0,
        }
        return Reading("network", "eth0", values, attributes={"device": "eth0"})

    def _slow(self, now: float) -> list[Reading]:
        times = self._last or CpuTimes(*[0] * 7)
        core = seconds(CpuTimes(*(ticks // self._cores for ticks in times)))
        core["system.cpu.frequency"] = 2_400_000_000
        cores = [Reading("cpu", f"cpu{n}", core, attributes={"device": f"cpu{n}"}) for n in range(self._cores)]
        own_rate, own = self._own.at(now)
        return [*cores, self._filesystem(now), self._processes(now), *programs(own, own_rate / self._own.mean)]

    def _filesystem(self, now: float) -> Reading:
        limit = 40 * GIB
        reserved = limit // 20
        used = int(limit * (self._filled + 0.1 * ((now / 86_400) % 1)))
        free = limit - reserved - used
        values: dict[str, float] = {
            "system.filesystem.usage.used": used,
            "system.filesystem.usage.free": free,
            "system.filesystem.usage.reserved": reserved,
            "system.filesystem.limit": limit,
            "system.filesystem.utilization": round(used / (used + free), 4),
            "system.filesystem.inodes.usage.used": used // 60_000,
            "system.filesystem.inodes.usage.free": free // 16_384,
        }
        return Reading("filesystem", "/", values, attributes={"device": "/"})

    def _processes(self, now: float) -> Reading:
        running = 1 + int(self._own.at(now)[0])
        counts = {"running": running, "sleeping": IDLE_TASKS, "stopped": 0, "defunct": 0, "other": 0}
        values: dict[str, float] = {f"system.process.count.{state}": count for state, count in counts.items()}
        values["system.process.count"] = running + IDLE_TASKS
        return Reading("processes", "all", values)


def _paging(own: float) -> dict[str, float]:
    return {
        "system.paging.faults.minor": int(own * 2000),
        "system.paging.faults.major": int(own / 5),
        "system.paging.operations.in": int(own / 2),
        "system.paging.operations.out": int(own / 3),
    }


def _pressure(own: float) -> dict[str, float]:
    rates = {
        "cpu.some": 0.05,
        "cpu.full": 0,
        "memory.some": 0.002,
        "memory.full": 0.001,
        "io.some": 0.02,
        "io.full": 0.01,
    }
    return {f"system.linux.pressure.{name}": round(own * rate, 6) for name, rate in rates.items()}


def _hex(text: str, digits: int) -> str:
    return blake2b(text.encode(), digest_size=digits // 2).hexdigest()


def simulated_host(number: int, seed: int) -> Host:
    """The `number`th host, from 1: demo-001, …"""
    name = f"demo-{number:03d}"
    return describe(name, name, START, FLEET, [("seed", str(seed))], "Simulated Linux")


def simulated_agents(
    hosts: int,
    containers: int,
    seed: int,
    urls: Sequence[str],
    clock: Clock,
    lanes: Lanes,
    period_ms: int = 1000,
    token_of: Callable[[str], str] = lambda _host: "",
) -> list[Agent]:
    """Agents of so many hosts with so many containers each, to be run by `loop.run` and ended by `loop.stop`.
    token_of: the token of a host by its id."""
    agents = []
    for number in range(1, hosts + 1):
        host = simulated_host(number, seed)
        who = Who(host.id, host.name, period_ms, partial(str, token_of(host.id)))
        sender = Sender(who, urls, MemoryQueue(QUEUE_BYTES), lanes, clock)
        agents.append(Agent(host, SimulatedHost(host.name, containers, seed), sender, clock, period_ms))
    return agents
