"""The CPU lines of /proc/stat (proc_stat(5)): times by mode, and shares of what passed. Pure."""

from __future__ import annotations

from typing import NamedTuple

TICKS_PER_SECOND = 100
"""USER_HZ: fixed at 100 by the kernel's interface on every machine we know of."""

HELD_TICKS = 1000


class CpuTimes(NamedTuple):
    """Ticks by mode; guests are inside user and nice."""

    user: int
    nice: int
    system: int
    idle: int
    iowait: int
    interrupt: int
    steal: int


MODES = CpuTimes._fields
TIME_NAMES = tuple(f"system.cpu.time.{mode}" for mode in MODES)
SHARE_NAMES = {mode: f"system.cpu.utilization.{mode}" for mode in MODES if mode != "idle"}


def parse(line: bytes) -> CpuTimes:
    """A line `cpu…`. Raises ValueError."""
    fields = [int(word) for word in line.split()[1:9]]
    if len(fields) < 8:
        raise ValueError(f"a cpu line of {len(fields)} numbers")
    user, nice, system, idle, iowait, irq, softirq, steal = fields
    return CpuTimes(user, nice, system, idle, iowait, irq + softirq, steal)


def held(before: CpuTimes | None, now: CpuTimes) -> CpuTimes:
    """The times with small falls of idle and iowait held: the kernel does not keep those two steady."""
    if before is None:
        return now
    return now._replace(idle=_hold(before.idle, now.idle), iowait=_hold(before.iowait, now.iowait))


def _hold(before: int, now: int) -> int:
    return before if 0 < before - now <= HELD_TICKS else now


def seconds(times: CpuTimes) -> dict[str, float]:
    """`system.cpu.time.*`."""
    return {name: ticks / TICKS_PER_SECOND for name, ticks in zip(TIME_NAMES, times, strict=True)}


def shares(before: CpuTimes | None, now: CpuTimes) -> dict[str, float]:
    """`system.cpu.utilization` and its modes since `before`; empty when no time passed."""
    if before is None:
        return {}
    passed = dict(zip(MODES, (b - a for a, b in zip(before, now, strict=True)), strict=True))
    total = sum(passed.values())
    if total <= 0 or min(passed.values()) < 0:
        return {}
    found = {name: round(passed[mode] / total, 4) for mode, name in SHARE_NAMES.items()}
    found["system.cpu.utilization"] = round(1 - (passed["idle"] + passed["iowait"]) / total, 4)
    return found
