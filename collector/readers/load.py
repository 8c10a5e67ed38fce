"""Load averages and uptime: /proc/loadavg, /proc/uptime."""

from __future__ import annotations

from collections.abc import Iterator

from collector.files import File
from collector.readings import Reading, Roots
from collector.schedule import Tick

NAMES = ("system.cpu.load_average.1m", "system.cpu.load_average.5m", "system.cpu.load_average.15m")


class Load:
    """The kernel's own means of tasks that run, wait to run, or wait for a disk."""

    def __init__(self, roots: Roots) -> None:
        self._loadavg = File(f"{roots.proc}/loadavg")
        self._uptime = File(f"{roots.proc}/uptime")

    def read(self, _tick: Tick) -> Iterator[Reading]:
        words = self._loadavg.read().split()
        values = {name: float(words[i]) for i, name in enumerate(NAMES)}
        values["system.uptime"] = float(self._uptime.read().split()[0])
        yield Reading("host", "", values)
