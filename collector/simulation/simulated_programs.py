"""The programs of a simulated host: fixed shares of what the host does itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from collector.readings import Reading

MIB = 1 << 20


class _Program(NamedTuple):
    """cpu: its share of the host's own CPU time. memory: bytes."""

    name: str
    cpu: float
    memory: int
    processes: int
    threads: int


PROGRAMS = (
    _Program("postgres", 0.35, 380 * MIB, 9, 9),
    _Program("python3", 0.25, 210 * MIB, 3, 11),
    _Program("nginx", 0.12, 48 * MIB, 5, 5),
    _Program("dockerd", 0.06, 95 * MIB, 1, 14),
    _Program("[kworker]", 0.04, 0, 22, 22),
    _Program("systemd", 0.01, 14 * MIB, 1, 1),
)


def programs(used: float, busy: float) -> Iterator[Reading]:
    """What they show when the host's own CPU time is `used` seconds, and it is `busy` times as busy as mostly."""
    for name, share, memory, processes, threads in PROGRAMS:
        values: dict[str, float] = {
            "process.cpu.time": int(100 * share * used) / 100,
            "process.memory.usage": int(memory * (0.9 + 0.1 * busy)) // 4096 * 4096,
            "process.count": processes,
            "process.thread.count": threads,
        }
        yield Reading("process", name, values, attributes={"device": name})
