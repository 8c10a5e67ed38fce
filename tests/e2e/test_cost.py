"""What the collector says that it costs is what it costs, and what is promised."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.e2e.programs import Up, eventually, running

PERCENT, MEBIBYTES = 0.5, 40
MINUTE_SECONDS = 60


def newest(up: Up, metric: str) -> tuple[int, float]:
    """Time and value of the newest sample of this machine; 0 as long as there is none."""
    found = up.get("/api/v1/query", **{"metrics": metric, "from": "now-1m", "rate": "none"})["series"]
    return (found[0]["time_ms"][-1], found[0]["value"][-1]) if found else (0, 0.0)


def cpu_seconds(pid: int) -> float:
    """What all threads of a process used, those that ended among them, by the scheduler's own sum: the clock that
    clock_getcpuclockid(3) gives.
    """
    return time.clock_gettime(~pid << 3 | 2)


def memory_bytes(pid: int) -> int:
    """What it holds now."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.processes
def test_it_says_what_it_costs(tmp_path: Path) -> None:
    """CPU between what the kernel counts before and after the row, memory within a megabyte."""
    with running(tmp_path) as up:
        up.host()
        pid = up.collector()
        before, begun_ms = cpu_seconds(pid), time.time_ns() // 1_000_000
        metric = "tidegauge.collector.cpu.time"
        eventually(lambda: newest(up, metric)[0] > begun_ms, 10, "the next row")
        told = newest(up, metric)[1]
        assert before <= told <= cpu_seconds(pid)
        assert newest(up, "tidegauge.collector.memory.usage")[1] == pytest.approx(memory_bytes(pid), abs=1 << 20)
        programs = {one["attributes"]["device"] for one in up.get("/api/v1/entities", filter="kind=process")}
        assert Path("/proc/self/comm").read_text().strip() in programs


@pytest.mark.processes
@pytest.mark.soak
def test_it_costs_what_is_promised(tmp_path: Path) -> None:
    """At a row a second, kept on disk and sent, over a minute: half a percent of a core, 40 MiB."""
    with running(tmp_path) as up:
        up.host()
        pid = up.collector()
        time.sleep(MINUTE_SECONDS / 6)
        before, begun = cpu_seconds(pid), time.monotonic()
        time.sleep(MINUTE_SECONDS)
        percent = 100 * (cpu_seconds(pid) - before) / (time.monotonic() - begun)
        assert percent <= PERCENT
        assert memory_bytes(pid) <= MEBIBYTES << 20
