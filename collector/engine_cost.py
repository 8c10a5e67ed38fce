"""What the container engine's daemon costs: its CPU time from /proc, so that the engine need not be asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

from collector.files import File, read_once
from collector.programs.process_stat import parse

DAEMONS = (b"dockerd\n", b"podman\n")
LOOK_TICKS = 60


class EngineCost:
    """The daemons below `proc`, looked for at every sixtieth call; used by one thread."""

    def __init__(self, proc: str) -> None:
        self._proc = proc
        self._files: dict[str, File] = {}
        self._ticks: dict[str, int] = {}
        self._total: int | None = None
        self._calls = 0

    def seconds(self) -> float | None:
        """Their CPU time, that of those that ended included; None as long as none was seen."""
        if self._calls % LOOK_TICKS == 0:
            self._files = {pid: self._files.get(pid) or File(f"{self._proc}/{pid}/stat") for pid in self._pids()}
        self._calls += 1
        before, self._ticks = self._ticks, {}
        for pid, file in self._files.items():
            with suppress(FileNotFoundError, ProcessLookupError):
                self._ticks[pid] = ticks = parse(file.read()).ticks
                self._total = (self._total or 0) + max(0, ticks - before.get(pid, 0))
        return None if self._total is None else self._total / 100

    def _pids(self) -> Iterator[str]:
        for name in os.listdir(self._proc):  # noqa: PTH208 (a walk of thousands)
            with suppress(OSError):
                if name.isdigit() and read_once(f"{self._proc}/{name}/comm") in DAEMONS:
                    yield name
