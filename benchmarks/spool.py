"""The spool on disk: an append beside a bare append and fdatasync, and how fast the backlog of a day is opened."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.table import Figure
from collector.disk.disk_spool import DiskSpool
from collector.spool import Item

APPENDS = 2000
DAY_RECORDS = 86_400
BODY = os.urandom(4000)
LIMIT_BYTES = 1 << 30
SUMMARY_EACH = 60
OPEN_SECONDS = 1
MEMORY_MIB = 8
CPU_MS = 0.5
"""At one record a second that is a two-thousandth of a core."""

OPEN = """
import sys, time
from pathlib import Path
from collector.disk.disk_spool import DiskSpool

def pages():
    return int(Path("/proc/self/statm").read_text().split()[1])

before, began = pages(), time.perf_counter()
spool = DiskSpool(sys.argv[1], 1 << 30, floor_bytes=0)
print(time.perf_counter() - began, pages() - before, spool.held().count, spool.health().disk_bytes)
"""


class Timed(NamedTuple):
    """Times of calls in ms, and the CPU time of each."""

    median: float
    p99: float
    cpu: float


class Day(NamedTuple):
    """What opening a day's backlog took, and reading its files alone."""

    seconds: float
    read_seconds: float
    mebibytes: float
    megabytes: float


def rows() -> list[Figure]:
    """On the disk of the folder of temporary files, one thread."""
    with tempfile.TemporaryDirectory() as folder:
        return [*_appends(Path(folder)), *_backlog(_day(Path(folder, "day")))]


def _appends(folder: Path) -> list[Figure]:
    """The three in turns, so that all see the same machine."""
    bare_fd = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    spool = DiskSpool(folder / "spool", LIMIT_BYTES, floor_bytes=0)
    calls: list[Callable[[int], object]] = [
        lambda _: (os.write(bare_fd, BODY), os.fdatasync(bare_fd)),
        lambda seq: spool.append(_item(seq)),
        lambda seq: spool.settle([("i", seq)]),
    ]
    taken: list[list[tuple[float, float]]] = [[], [], []]
    for seq in range(APPENDS):
        for call, times in zip(calls, taken, strict=True):
            times.append(_measured(call, seq))
    spool.close()
    os.close(bare_fd)
    bare, ours, settle = map(_timed, taken)
    cpu = ours.cpu + settle.cpu
    return [
        Figure(
            "spool: append 4 kB, p50 / p99",
            f"{ours.median:.2f} / {ours.p99:.1f} ms",
            "-",
            True,
            f"bare append and fdatasync: {bare.median:.2f} / {bare.p99:.1f} ms",
            f"{ours.median / bare.median:.1f}",
        ),
        Figure(
            "spool: CPU of an append and a settle",
            f"{cpu:.2f} ms",
            f"≤ {CPU_MS} ms",
            cpu <= CPU_MS,
            f"bare append and fdatasync: {bare.cpu:.2f} ms",
            f"{cpu / bare.cpu:.1f}",
        ),
    ]


def _backlog(day: Day) -> list[Figure]:
    per_100_mb = 100 * day.seconds / day.megabytes
    return [
        Figure(
            f"spool: open a day, {day.megabytes:.0f} MB",
            f"{day.seconds:.2f} s, {per_100_mb:.2f} s per 100 MB",
            f"≤ {OPEN_SECONDS} s per 100 MB",
            per_100_mb <= OPEN_SECONDS,
            f"read the files: {day.read_seconds:.2f} s",
            f"{day.seconds / day.read_seconds:.1f}",
        ),
        Figure(
            "spool: memory of a day",
            f"{day.mebibytes:.1f} MiB",
            f"≤ {MEMORY_MIB} MiB",
            day.mebibytes <= MEMORY_MIB,
            "",
            "",
        ),
    ]


def _day(path: Path) -> Day:
    """A day at a record a second that nobody took, opened by a process of its own."""
    spool = DiskSpool(path, LIMIT_BYTES, floor_bytes=0, sync=lambda _: None)
    for seq in range(DAY_RECORDS):
        spool.append(_item(seq))
    spool.close()
    os.sync()
    begun = time.perf_counter()
    for file in path.iterdir():
        file.read_bytes()
    read_seconds = time.perf_counter() - begun
    command = [sys.executable, "-c", OPEN, str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    seconds, pages, count, size = (float(one) for one in told)
    assert count == DAY_RECORDS
    return Day(seconds, read_seconds, pages * os.sysconf("SC_PAGE_SIZE") / 2**20, size / 1e6)


def _item(seq: int) -> Item:
    summary = seq % SUMMARY_EACH == SUMMARY_EACH - 1
    return Item("i", seq, 1000 * seq, 1000 * seq, BODY, int(not summary), summary)


def _measured(call: Callable[[int], object], seq: int) -> tuple[float, float]:
    """How long one call took, and its CPU time; in ms."""
    begun, cpu = time.perf_counter(), time.process_time()
    call(seq)
    return (time.perf_counter() - begun) * 1000, (time.process_time() - cpu) * 1000


def _timed(taken: Sequence[tuple[float, float]]) -> Timed:
    times = sorted(wall for wall, _ in taken)
    return Timed(statistics.median(times), times[len(times) * 99 // 100], statistics.mean(cpu for _, cpu in taken))
