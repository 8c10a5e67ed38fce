"""The host's CPUs taken together, and the kernel's own counters: /proc/stat."""

from __future__ import annotations

from collections.abc import Iterator

from collector.cpu_times import CpuTimes, held, parse, seconds, shares
from collector.files import File, number_after
from collector.readings import Reading, Roots
from collector.schedule import Tick

KERNEL = (
    ("system.context_switches", b"\nctxt"),
    ("system.interrupts", b"\nintr"),
    ("system.process.created", b"\nprocesses"),
    ("system.process.count.running", b"\nprocs_running"),
    ("system.process.count.blocked", b"\nprocs_blocked"),
)


class Cpu:
    """Times since boot, and their shares since the last reading."""

    def __init__(self, roots: Roots) -> None:
        self._stat = File(f"{roots.proc}/stat")
        self._last: CpuTimes | None = None

    def read(self, _tick: Tick) -> Iterator[Reading]:
        data = self._stat.read()
        times = held(self._last, parse(data[: data.find(b"\n")]))
        values = seconds(times)
        values.update(shares(self._last, times))
        values["system.cpu.logical.count"] = data.count(b"\ncpu")
        values.update(_kernel(data))
        self._last = times
        yield Reading("host", "", values)


def _kernel(data: bytes) -> dict[str, float]:
    found = {name: number_after(data, mark + b" ") for name, mark in KERNEL}
    return {name: number for name, number in found.items() if number is not None}
