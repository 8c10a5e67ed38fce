"""The files of a cgroup of version 1: a folder in the hierarchy of each controller."""

from __future__ import annotations

from itertools import pairwise

from collector.containers.cgroup import Values, or_empty, pids, put, put_memory
from collector.files import File, number_after

UNLIMITED_BYTES = 1 << 60
"""No limit is written as the greatest multiple of a page below 2⁶³."""

THROTTLING = (
    ("container.cpu.throttling.periods", b"\nnr_periods "),
    ("container.cpu.throttling.throttled_periods", b"\nnr_throttled "),
)


class CgroupV1:
    """A container's cgroups at the same path below each controller of `root`."""

    def __init__(self, root: str, path: str) -> None:
        def file(controller: str, name: str) -> File:
            return File(f"{root}/{controller}{path}/{name}")

        self._folder = f"{root}/cpuacct{path}"
        self._usage = file("cpuacct", "cpuacct.usage")
        self._modes = file("cpuacct", "cpuacct.stat")
        self._throttling = file("cpu", "cpu.stat")
        self._quota, self._period = file("cpu", "cpu.cfs_quota_us"), file("cpu", "cpu.cfs_period_us")
        self._memory = file("memory", "memory.usage_in_bytes")
        self._memory_limit, self._memory_stat = file("memory", "memory.limit_in_bytes"), file("memory", "memory.stat")
        self._oom = file("memory", "memory.oom_control")
        self._bytes = file("blkio", "blkio.throttle.io_service_bytes_recursive")
        self._operations = file("blkio", "blkio.throttle.io_serviced_recursive")
        self._tasks = file("pids", "pids.current")

    def read(self) -> Values:
        values: Values = {"container.cpu.time": _seconds(int(self._usage.read()))}
        self._put_cpu(values)
        self._put_memory(values)
        _put_io(values, "container.disk.io", or_empty(self._bytes))
        _put_io(values, "container.disk.operations", or_empty(self._operations))
        if tasks := or_empty(self._tasks):
            values["container.pids.count"] = int(tasks)
        return values

    def processes(self) -> list[int]:
        return pids(self._folder)

    def _put_cpu(self, values: Values) -> None:
        modes = b"\n" + or_empty(self._modes)
        put(values, "container.cpu.time.user", number_after(modes, b"\nuser "), 100)
        put(values, "container.cpu.time.system", number_after(modes, b"\nsystem "), 100)
        throttling = b"\n" + or_empty(self._throttling)
        for name, mark in THROTTLING:
            put(values, name, number_after(throttling, mark))
        held_back = number_after(throttling, b"\nthrottled_time ")
        if held_back is not None:
            values["container.cpu.throttling.time"] = _seconds(held_back)
        quota = int(or_empty(self._quota) or -1)
        if quota > 0:
            values["container.cpu.limit"] = round(quota / int(self._period.read()), 3)

    def _put_memory(self, values: Values) -> None:
        stat = or_empty(self._memory_stat)
        put_memory(values, or_empty(self._memory), number_after(stat, b"\ntotal_inactive_file "))
        limit = int(or_empty(self._memory_limit) or UNLIMITED_BYTES)
        if limit < UNLIMITED_BYTES:
            values["container.memory.limit"] = limit
        put(values, "container.memory.rss", number_after(stat, b"\ntotal_rss "))
        put(values, "container.memory.cache", number_after(stat, b"\ntotal_cache "))
        # kernels before 4.13 do not count
        put(values, "container.memory.oom_kills", number_after(or_empty(self._oom), b"\noom_kill "))


def _seconds(nanoseconds: int) -> float:
    """Whole microseconds as seconds, as fine as version 2 counts."""
    return nanoseconds // 1000 / 1e6


def _put_io(values: Values, prefix: str, data: bytes) -> None:
    """Sums over all devices of lines "8:0 Read 123".

    A kernel that counts only where there is a limit gives no such line: then nothing is known.
    """
    pairs = list(pairwise(data.split()))
    for name, kind in (("read", b"Read"), ("write", b"Write")):
        numbers = [int(number) for word, number in pairs if word == kind]
        if numbers:
            values[f"{prefix}.{name}"] = sum(numbers)
