"""Each logical CPU: the lines cpu0, cpu1, … of /proc/stat, and its clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from collector.cpu_times import CpuTimes, held, parse, seconds
from collector.files import File, read_once
from collector.readings import Reading, Roots
from collector.schedule import Tick


class Cores:
    """Times since boot of each core that is online."""

    def __init__(self, roots: Roots) -> None:
        self._roots = roots
        self._stat = File(f"{roots.proc}/stat")
        self._last: dict[str, CpuTimes] = {}

    def read(self, _tick: Tick) -> Iterator[Reading]:
        lines = [line for line in self._stat.read().split(b"\n") if line.startswith(b"cpu")]
        clocks = self._clocks()
        for line in lines[1:]:
            name = line.split(None, 1)[0].decode()
            times = self._last[name] = held(self._last.get(name), parse(line))
            values = seconds(times)
            if (clock := self._scaling(name) or clocks.get(name)) is not None:
                values["system.cpu.frequency"] = clock
            yield Reading("cpu", name, values, attributes={"device": name})

    def _scaling(self, name: str) -> int | None:
        with suppress(FileNotFoundError):
            return 1000 * int(read_once(f"{self._roots.sys}/devices/system/cpu/{name}/cpufreq/scaling_cur_freq"))
        return None

    def _clocks(self) -> dict[str, int]:
        """Hertz by core from /proc/cpuinfo; virtual machines have nothing else, other machines not this."""
        found, name = {}, ""
        with suppress(FileNotFoundError):
            for line in read_once(f"{self._roots.proc}/cpuinfo").split(b"\n"):
                key, _, value = line.partition(b":")
                if key.startswith(b"processor"):
                    name = f"cpu{int(value)}"
                elif key.startswith(b"cpu MHz"):
                    found[name] = round(float(value) * 1e6)
        return found
