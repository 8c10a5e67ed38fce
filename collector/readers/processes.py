"""Processes by state: a walk of /proc/<pid>/stat (proc_pid_stat(5))."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

from collector.files import read_once
from collector.readings import Reading, Roots
from collector.schedule import Tick

STATES = {
    b"R": "running",
    b"S": "sleeping",
    b"D": "sleeping",
    b"I": "sleeping",
    b"T": "stopped",
    b"t": "stopped",
    b"Z": "defunct",
    b"X": "defunct",
}
PREFIX = "system.process.count"


class Processes:
    """How many processes there are; one that ends during the walk is not counted."""

    def __init__(self, roots: Roots) -> None:
        self._proc = roots.proc

    def read(self, _tick: Tick) -> Iterator[Reading]:
        found = Counter(dict.fromkeys(("running", "sleeping", "stopped", "defunct", "other"), 0))
        for name in os.listdir(self._proc):  # noqa: PTH208 (a walk of thousands, each second counts)
            if name.isdigit() and (state := self._state(name)):
                found[STATES.get(state, "other")] += 1
        values: dict[str, float] = {f"{PREFIX}.{state}": count for state, count in found.items()}
        values[PREFIX] = found.total()
        yield Reading("processes", "all", values)

    def _state(self, pid: str) -> bytes:
        try:
            stat = read_once(f"{self._proc}/{pid}/stat")
        except (FileNotFoundError, ProcessLookupError):
            return b""
        # the command before it is in brackets and may itself hold brackets
        at = stat.rfind(b")") + 2
        return stat[at : at + 1]
