"""Seeded series that look like a host's: any second of any series, without memory."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tidegauge.metrics import steps
from tidegauge.metrics.query import Query

PERIOD_MS = 1000
GIB = 2.0**30
HOST = "demo-host"

ENTITIES: dict[str, tuple[str, ...]] = {
    "host": (HOST,),
    "container": tuple(f"{i:x}" * 64 for i in range(1, 8)),
    "disk": ("vda", "vdb"),
    "network": ("eth0", "docker0"),
    "filesystem": ("/", "/home", "/var/lib/docker"),
    "processes": ("processes",),
    "bench": ("bench",),
}
HAPPENINGS = (
    ("started", "started"),
    ("healthy", "is healthy"),
    ("unhealthy", "is unhealthy"),
    ("oom", "out of memory: the kernel killed a process"),
    ("crashed", "crashed, exit code 137"),
    ("stopped", "was stopped, exit code 143"),
)
NAMES = dict(
    zip(ENTITIES["container"], ("api", "postgres", "worker-1", "worker-2", "redis", "nginx", "<b>x</b>"), strict=True)
)
CONTAINERS = [
    {
        "id": entity,
        "name": name,
        "project": "shop",
        "service": name,
        "image": f"registry.example/shop/{name}:1.4.2",
        "runtime": "docker",
        "health": ("healthy", "", "unhealthy", "starting")[place % 4],
    }
    for place, (entity, name) in enumerate(NAMES.items())
]
EVENT_MS = 20_000
FLEET = tuple(f"node-{i:02d}" for i in range(1, 25))

# Metric (or its beginning) → what is typical, how much it swings, how noisy it is.
SHAPES: dict[str, tuple[float, float, float]] = {
    "system.cpu.utilization.user": (0.18, 0.09, 0.05),
    "system.cpu.utilization.system": (0.06, 0.02, 0.02),
    "system.cpu.utilization.iowait": (0.02, 0.015, 0.01),
    "system.cpu.utilization.nice": (0.002, 0.001, 0.001),
    "system.cpu.utilization.steal": (0.0, 0.0, 0.0),
    "system.cpu.utilization.interrupt": (0.006, 0.002, 0.002),
    "system.cpu.utilization": (0.25, 0.1, 0.06),
    "system.cpu.load_average": (0.9, 0.4, 0.02),
    "system.memory.utilization": (0.52, 0.02, 0.001),
    "system.memory.usage.used": (2.9 * GIB, 0.2 * GIB, 0.01 * GIB),
    "system.memory.usage.cached": (2.0 * GIB, 0.1 * GIB, 0.0),
    "system.memory.usage.buffers": (0.2 * GIB, 0.0, 0.0),
    "system.memory.usage.free": (0.9 * GIB, 0.1 * GIB, 0.0),
    "system.paging.utilization": (0.12, 0.01, 0.0),
    "system.paging.usage.used": (0.25 * GIB, 0.02 * GIB, 0.0),
    "system.paging.usage.free": (1.75 * GIB, 0.02 * GIB, 0.0),
    "system.network.io": (2.4e6, 1.6e6, 0.9e6),
    "system.disk.io_time": (0.22, 0.12, 0.1),
    "system.disk.io": (9e6, 6e6, 5e6),
    "system.filesystem.utilization": (0.61, 0.0, 0.0),
    "system.linux.pressure": (0.02, 0.015, 0.01),
    "system.process.count.sleeping": (190.0, 6.0, 1.0),
    "system.process.count.running": (2.0, 1.0, 1.0),
    "system.process.count": (196.0, 6.0, 1.0),
    "system.network.connection.count": (44.0, 10.0, 2.0),
    "system.context_switches": (5400.0, 1800.0, 700.0),
    "system.interrupts": (2900.0, 800.0, 300.0),
    "system.uptime": (400000.0, 0.0, 0.0),
    "container.cpu.time": (0.11, 0.07, 0.05),
    "container.memory": (0.35 * GIB, 0.05 * GIB, 0.004 * GIB),
    "container.network.io": (4e5, 3e5, 2e5),
    "container.disk.io": (1.1e6, 0.9e6, 0.8e6),
    "container.pids": (24.0, 3.0, 1.0),
    "container.cpu.throttling": (0.02, 0.02, 0.02),
    "bench": (0.25, 0.1, 0.08),
}


@dataclass(frozen=True)
class Line:
    """A series: who, what, and how it is told from others."""

    entity: str
    metric: str
    label: str

    @property
    def key(self) -> str:
        return f"{self.entity} {self.metric}"


@dataclass
class Source:
    """All series of the demo host since `born_ms`; holes: spans without rows, as [from, to) in ms."""

    born_ms: int
    holes: list[tuple[int, int]] = field(default_factory=list)

    def lines(self, query: Query) -> list[Line]:
        """The series of a query, in the order of its metrics."""
        kind = next((term.patterns[0] for term in query.filter if term.attribute == "kind"), "container")
        only = next((term.patterns for term in query.filter if term.attribute == "entity"), None)
        entities = FLEET if query.by or (kind == "host" and not query.filter[1:]) else only or ENTITIES[kind]
        lines = [
            Line(entity, metric, _label(entity, metric, query, len(entities)))
            for metric in query.metrics
            for entity in entities
        ]
        return lines[: query.top] if query.top else lines

    def rows(self, line: Line, start_ms: int, end_ms: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Rows in [start_ms, end_ms): times and values; none in a hole."""
        first = -(-max(start_ms, self.born_ms) // PERIOD_MS) * PERIOD_MS
        times = np.arange(first, end_ms, PERIOD_MS, dtype=np.int64)
        for begin, end in self.holes:
            times = times[(times < begin) | (times >= end)]
        return times, _values(line, times)

    def points(self, line: Line, start_ms: int, end_ms: int, step_ms: int) -> list[tuple[int, float, int]]:
        """What is drawn of [start_ms, end_ms): time, value, joined; step_ms 0: the rows."""
        times, values = self.rows(line, start_ms, end_ms)
        if step_ms and len(times):
            bucket = times // step_ms * step_ms
            begins = np.flatnonzero(np.diff(bucket, prepend=-1))
            values = np.add.reduceat(values, begins) / np.diff(np.append(begins, len(times)))
            times = bucket[begins]
        joined = np.diff(times, prepend=times[:1]) <= 3 * max(step_ms, PERIOD_MS)
        return [(int(t), float(f"{v:.6g}"), int(j)) for t, v, j in zip(times, values, joined, strict=True)]


def step_of(query: Query, now_ms: int) -> int:
    """The step that a view of the query has."""
    return steps.for_period(query.step(now_ms), PERIOD_MS)


def _label(entity: str, metric: str, query: Query, entities: int) -> str:
    if query.by:
        return f"{entity} {metric.rsplit('.', 1)[-1]}" if len(query.metrics) > 1 else entity
    name = NAMES.get(entity, entity)
    shared = 0
    split = [other.split(".") for other in query.metrics]
    while all(len(words) > shared + 1 and words[shared] == split[0][shared] for words in split):
        shared += 1
    short = ".".join(metric.split(".")[shared:])
    if entities == 1:
        return short if len(query.metrics) > 1 else name
    return name if len(query.metrics) == 1 else f"{name} {short}"


def _values(line: Line, times: NDArray[np.int64]) -> NDArray[np.float64]:
    name = max((name for name in SHAPES if line.metric.startswith(name)), key=len, default="bench")
    typical, swing, noise = SHAPES[name]
    seed = zlib.crc32(line.key.encode()) % 1000
    second = times / 1000.0
    slow = np.sin(second / 47.0 + seed) * 0.6 + np.sin(second / 613.0 + 2.0 * seed) * 0.4
    rough = np.modf(np.abs(np.sin(second * 12.9898 + seed) * 43758.5453))[0] - 0.5
    spikes = np.where(np.modf(np.abs(np.sin(second * 3.17 + seed) * 9301.7))[0] > 0.985, 3.0, 0.0)
    scale = 0.6 + 0.8 * (seed % 17) / 16
    made = typical * scale + swing * slow + noise * (rough + spikes)
    if line.metric == "system.uptime":
        return typical * (1 + seed) / 100 + second % 1e6
    return np.asarray(np.maximum(0.0, made))


def happened(begin_ms: int, end_ms: int, container: str) -> list[dict[str, object]]:
    """An event each 20 s of a range, as the events message has them; of one container, or of all ("")."""
    found: list[dict[str, object]] = []
    for place in range(-(-begin_ms // EVENT_MS), -(-end_ms // EVENT_MS)):
        entity = container or ENTITIES["container"][place % len(NAMES)]
        mark, text = HAPPENINGS[place % len(HAPPENINGS)]
        told = {"id": str(place), "time_ms": place * EVENT_MS, "entity": entity, "name": NAMES.get(entity, entity)}
        found.append({**told, "mark": mark, "text": text, "count": 1})
    return found
