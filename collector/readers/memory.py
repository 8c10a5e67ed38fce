"""Memory and swap: /proc/meminfo (proc_meminfo(5), kernel's filesystems/proc.rst)."""

from __future__ import annotations

from collections.abc import Iterator

from collector.files import File, number_after
from collector.readings import Reading, Roots
from collector.schedule import Tick


class Memory:
    """Bytes by use. Old kernels have no MemAvailable: then what rests on it is absent."""

    def __init__(self, roots: Roots) -> None:
        self._meminfo = File(f"{roots.proc}/meminfo")

    def read(self, _tick: Tick) -> Iterator[Reading]:
        data = b"\n" + self._meminfo.read()
        yield Reading("host", "", _memory(data) | _swap(data))


def _bytes(data: bytes, field: bytes) -> int:
    kibibytes = number_after(data, b"\n" + field + b":")
    if kibibytes is None:
        raise LookupError(f"meminfo without {field.decode()}")
    return kibibytes * 1024


def _memory(data: bytes) -> dict[str, float]:
    limit, free, buffers = _bytes(data, b"MemTotal"), _bytes(data, b"MemFree"), _bytes(data, b"Buffers")
    cached = _bytes(data, b"Cached") + _bytes(data, b"SReclaimable")
    values: dict[str, float] = {
        "system.memory.usage.used": limit - free - cached - buffers,
        "system.memory.usage.free": free,
        "system.memory.usage.cached": cached,
        "system.memory.usage.buffers": buffers,
        "system.memory.limit": limit,
    }
    available = number_after(data, b"\nMemAvailable:")
    if available is not None:
        values["system.memory.linux.available"] = available * 1024
        values["system.memory.utilization"] = round(1 - available * 1024 / limit, 4)
    return values


def _swap(data: bytes) -> dict[str, float]:
    limit, free = _bytes(data, b"SwapTotal"), _bytes(data, b"SwapFree")
    values: dict[str, float] = {"system.paging.usage.used": limit - free, "system.paging.usage.free": free}
    if limit:
        values["system.paging.utilization"] = round(1 - free / limit, 4)
    return values
