"""The files of a cgroup of version 2: one folder holds them all."""

from __future__ import annotations

from collector.containers.cgroup import Values, or_empty, pids, put, put_memory
from collector.files import File, number_after

CPU = (
    ("container.cpu.time", b"\nusage_usec ", 1_000_000),
    ("container.cpu.time.user", b"\nuser_usec ", 1_000_000),
    ("container.cpu.time.system", b"\nsystem_usec ", 1_000_000),
    ("container.cpu.throttling.time", b"\nthrottled_usec ", 1_000_000),
    ("container.cpu.throttling.periods", b"\nnr_periods ", 1),
    ("container.cpu.throttling.throttled_periods", b"\nnr_throttled ", 1),
)
IO = (
    ("container.disk.io.read", b"rbytes="),
    ("container.disk.io.write", b"wbytes="),
    ("container.disk.operations.read", b"rios="),
    ("container.disk.operations.write", b"wios="),
)
FILES = (
    "cpu.stat",
    "cpu.max",
    "memory.current",
    "memory.max",
    "memory.stat",
    "io.stat",
    "pids.current",
    "memory.events",
)


class CgroupV2:
    """A container's cgroup below the hierarchy at `root`."""

    def __init__(self, root: str, path: str) -> None:
        self._folder = root + path
        self._files = [File(f"{self._folder}/{name}") for name in FILES]

    def read(self) -> Values:
        cpu, *others = self._files
        stat = b"\n" + cpu.read()
        cpu_max, usage, limit, memory, io, tasks, events = map(or_empty, others)
        values: Values = {}
        for name, mark, divisor in CPU:
            put(values, name, number_after(stat, mark), divisor)
        _put_cpu_limit(values, cpu_max)
        put_memory(values, usage, number_after(memory, b"\ninactive_file "))
        if limit and limit != b"max\n":
            values["container.memory.limit"] = int(limit)
        put(values, "container.memory.rss", number_after(b"\n" + memory, b"\nanon "))
        put(values, "container.memory.cache", number_after(memory, b"\nfile "))
        put(values, "container.memory.oom_kills", number_after(b"\n" + events, b"\noom_kill "))
        _put_io(values, io)
        if tasks:
            values["container.pids.count"] = int(tasks)
        return values

    def processes(self) -> list[int]:
        return pids(self._folder)


def _put_cpu_limit(values: Values, cpu_max: bytes) -> None:
    """cpu.max is "QUOTA PERIOD" in µs, or "max PERIOD"."""
    if cpu_max and not cpu_max.startswith(b"max"):
        quota, period = cpu_max.split()
        values["container.cpu.limit"] = round(int(quota) / int(period), 3)


def _put_io(values: Values, io: bytes) -> None:
    """Sums over all devices; a container that did no I/O yet has an empty file, so its sums are 0."""
    words = io.split()
    for name, key in IO:
        values[name] = sum(int(word[len(key) :]) for word in words if word.startswith(key))
