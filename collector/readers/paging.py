"""Page faults and swapping: /proc/vmstat."""

from __future__ import annotations

from collections.abc import Iterator

from collector.files import File, number_after
from collector.readings import Reading, Roots
from collector.schedule import Tick

OPERATIONS = (("system.paging.operations.in", b"\npswpin "), ("system.paging.operations.out", b"\npswpout "))


class Paging:
    """Events since boot. A kernel built without swap has no swap counters: they are absent."""

    def __init__(self, roots: Roots) -> None:
        self._vmstat = File(f"{roots.proc}/vmstat")

    def read(self, _tick: Tick) -> Iterator[Reading]:
        data = b"\n" + self._vmstat.read()
        values: dict[str, float] = {}
        faults, major = number_after(data, b"\npgfault "), number_after(data, b"\npgmajfault ")
        if faults is not None and major is not None:
            values["system.paging.faults.minor"] = faults - major
            values["system.paging.faults.major"] = major
        for name, mark in OPERATIONS:
            if (number := number_after(data, mark)) is not None:
                values[name] = number
        yield Reading("host", "", values)
