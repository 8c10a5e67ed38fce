"""Whole disks: /proc/diskstats (kernel's admin-guide/iostats.rst)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from collector.files import File
from collector.readings import Reading, Roots, printable
from collector.schedule import Tick

SECTOR_BYTES = 512
NOT_DISKS = (b"loop", b"ram", b"zram", b"fd", b"sr")


class Disk:
    """Counters of each disk; no partitions, no loops, no memory, and none that never did anything."""

    def __init__(self, roots: Roots) -> None:
        self._diskstats = File(f"{roots.proc}/diskstats")
        self._block = Path(roots.sys) / "block"
        self._whole: dict[bytes, bool] = {}

    def read(self, _tick: Tick) -> Iterator[Reading]:
        for line in self._diskstats.read().split(b"\n"):
            words = line.split(None, 14)
            if len(words) < 14 or not self._is_disk(words[2]):
                continue
            counters = [int(word) for word in words[3:14]]
            if any(counters):
                name = printable(words[2])
                yield Reading("disk", name, _values(counters), attributes={"device": name})

    def _is_disk(self, name: bytes) -> bool:
        if name not in self._whole:
            # sysfs writes the / of a name such as cciss/c0d0 as !
            folder = name.decode().replace("/", "!")
            self._whole[name] = not name.startswith(NOT_DISKS) and (self._block / folder).exists()
        return self._whole[name]


def _values(counters: list[int]) -> dict[str, float]:
    reads, reads_merged, sectors_read, ms_reading, writes, writes_merged, sectors_written, ms_writing, _, ms_busy, _ = (
        counters
    )
    return {
        "system.disk.io.read": sectors_read * SECTOR_BYTES,
        "system.disk.io.write": sectors_written * SECTOR_BYTES,
        "system.disk.operations.read": reads,
        "system.disk.operations.write": writes,
        "system.disk.merged.read": reads_merged,
        "system.disk.merged.write": writes_merged,
        "system.disk.operation_time.read": ms_reading / 1000,
        "system.disk.operation_time.write": ms_writing / 1000,
        "system.disk.io_time": ms_busy / 1000,
    }
