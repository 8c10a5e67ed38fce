"""What watching a host costs: the real collector at 1 Hz, as `up` runs it, beside node_exporter scraped at 1 Hz.

CPU seconds of processes are compared, not wall time: other work on the machine disturbs them little.
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from benchmarks.table import Figure
from collector import registry
from collector.readers.processes import Processes
from collector.readings import Roots
from collector.schedule import SLOW_TICKS, Tick
from tests.e2e.programs import eventually, free_port, running

SECONDS = 60
WARM_SECONDS = 15
BOUND_PERCENT = 0.5
BOUND_MIB = 40
EXPORTER = "prometheus-node-exporter"
"""Debian's package, and the name of its program."""
ROUNDS = 50
SLEEPERS = 300
BOUND_WALK_PERCENT = 0.1

BARE = """
import os, time
NAMES = "stat loadavg uptime meminfo vmstat diskstats net/dev net/sockstat net/sockstat6"
NAMES += " pressure/cpu pressure/memory pressure/io"
while True:
    for name in NAMES.split():
        try:
            with open("/proc/" + name, "rb", buffering=0) as file:
                file.read()
        except OSError:
            pass
    time.sleep(1)
"""


def rows() -> list[Figure]:
    """One host: the collector with its queue and a real server, node_exporter, and a loop that only reads files."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as up, _bare() as bare, _exporter() as exporter:
        collector = up.collector()
        percents = _percents([collector, bare, *exporter])
        mebibytes = _memory_mebibytes(collector)
    ours, beside = percents[:2]
    return [
        Figure(
            "collector, one host at 1 Hz",
            f"{ours:.2f} % of a core",
            f"{BOUND_PERCENT} %",
            ours <= BOUND_PERCENT,
            f"open and read the files: {beside:.2f} %",
            f"{ours / beside:.1f}" if beside else "",
        ),
        _against_exporter(ours, percents[2:]),
        Figure("collector, memory", f"{mebibytes:.0f} MiB", f"{BOUND_MIB} MiB", mebibytes <= BOUND_MIB, "", ""),
        *_readers(),
        _walk(),
    ]


def _against_exporter(ours: float, exporter: list[float]) -> Figure:
    name, bound = "collector beside node_exporter", "half of it"
    if not exporter:
        return Figure(name, "not measured", bound, False, f"{EXPORTER} is not installed", "")
    (theirs,) = exporter
    beside = f"node_exporter, scraped at 1 Hz: {theirs:.2f} %"
    return Figure(name, f"{ours:.2f} % of a core", bound, ours <= theirs / 2, beside, f"{ours / theirs:.2f}")


def _readers() -> list[Figure]:
    """CPU time of each reader a tick of 1 s; what is read every tenth tick counts a tenth."""
    found = {}
    for loaded in registry.load(registry.READERS, Roots()):
        per_call = _microseconds(lambda reader=loaded.reader: list(reader.read(Tick(0))))  # type: ignore[misc]
        found[loaded.name] = per_call / (SLOW_TICKS if loaded.slow else 1)
    total = sum(found.values())
    each = ", ".join(f"{name} {spent:.0f}" for name, spent in sorted(found.items(), key=lambda item: -item[1]))
    processes = sum(name.name.isdigit() for name in Path("/proc").iterdir())
    return [Figure("all readers, a tick", f"{total:.0f} µs", "-", True, f"{each}; {processes} processes", "")]


def _walk() -> Figure:
    """CPU time of a walk of three hundred processes more than there are, every ten ticks, beside the same by psutil."""
    sleepers = [subprocess.Popen(["sleep", "600"]) for _ in range(SLEEPERS)]
    try:
        reader = Processes(Roots())
        spent = _microseconds(lambda: list(reader.read(Tick(0))))
        beside = _microseconds(_walk_by_psutil)
    finally:
        for sleeper in sleepers:
            sleeper.kill()
            sleeper.wait(10)
    percent = spent / 1e4 / SLOW_TICKS
    processes = SLEEPERS + sum(name.name.isdigit() for name in Path("/proc").iterdir())
    return Figure(
        f"programs of {processes} processes",
        f"{percent:.2f} % of a core, {spent / 1000:.1f} ms a walk",
        f"{BOUND_WALK_PERCENT} %",
        percent <= BOUND_WALK_PERCENT,
        f"the same by psutil: {beside / 1000:.1f} ms",
        f"{spent / beside:.2f}",
    )


def _walk_by_psutil() -> None:
    for process in psutil.process_iter():
        with suppress(psutil.Error), process.oneshot():
            process.name(), process.status(), process.cpu_times(), process.memory_info(), process.num_threads()


def _microseconds(call: Callable[[], object]) -> float:
    call()
    begun = time.process_time()
    for _ in range(ROUNDS):
        call()
    return (time.process_time() - begun) / ROUNDS * 1e6


def _percents(pids: list[int]) -> list[float]:
    """Of a core, over the same minute."""
    time.sleep(WARM_SECONDS)
    before, begun = [_cpu_seconds(pid) for pid in pids], time.monotonic()
    time.sleep(SECONDS)
    passed = time.monotonic() - begun
    return [100 * (_cpu_seconds(pid) - was) / passed for pid, was in zip(pids, before, strict=True)]


@contextmanager
def _bare() -> Iterator[int]:
    with _process([sys.executable, "-c", BARE]) as pid:
        yield pid


@contextmanager
def _exporter() -> Iterator[list[int]]:
    """The process of node_exporter, scraped once a second; none where it is not installed."""
    program = shutil.which(EXPORTER)
    if program is None:
        yield []
        return
    port, stopped = free_port(), threading.Event()
    with _process([program, f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]) as pid:
        eventually(lambda: _scrape(port), 30, EXPORTER)
        scraper = threading.Thread(target=_scrape_on, args=(port, stopped))
        scraper.start()
        try:
            yield [pid]
        finally:
            stopped.set()
            scraper.join(10)


def _scrape_on(port: int, stopped: threading.Event) -> None:
    while not stopped.wait(1):
        _scrape(port)


def _scrape(port: int) -> bool:
    with suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/metrics")
        answered = connection.getresponse()
        return bool(answered.read()) and answered.status == 200
    return False


@contextmanager
def _process(command: list[str]) -> Iterator[int]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def _cpu_seconds(pid: int) -> float:
    """From the scheduler's own sum in ns: ticks would be too coarse."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def _memory_mebibytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
