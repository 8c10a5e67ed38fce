"""What watching containers costs: a tick of 100, the collector with 10 and 100, and the engine that is heard.

The containers of the first two are cgroups made by hand in which a process sleeps: it takes root.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.table import Figure
from collector.readers.containers import Containers
from collector.readings import Roots
from collector.schedule import Tick
from tests.e2e.programs import running
from tests.engines.daemons import Docker, NoEngineError

ROOT = Path("/sys/fs/cgroup")
CONTROLLERS = ("cpu", "cpuacct", "memory", "blkio", "pids")
SECONDS = 30
WARM_SECONDS = 12
ROUNDS = 50
TICK_MS = 50
SHARES = {10: 1.0, 100: 4.0}
MOST_MIB = 40
DAEMON_PERCENT = 0.2


def rows() -> list[Figure]:
    """A tick of 100 containers; shares of a core with 10 and with 100; what the engine's daemon has to do more."""
    if os.getuid():
        return [Figure("containers", "not measured", "", False, "it takes root to make cgroups", "")]
    return [_tick(), *_shares(), *_daemon()]


def _tick() -> Figure:
    with _containers(100):
        reader = Containers(Roots())
        found, worked = [], time.process_time()
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            count = len(list(reader.read(Tick(time.time_ns() // 1_000_000))))
            found.append(1000 * (time.perf_counter() - begun))
            time.sleep(0.02)
        assert count >= 100
        worked = (time.process_time() - worked) / ROUNDS * 1000
    typical, most = statistics.median(found[1:]), max(found[1:])
    text = f"{typical:.1f} ms, at most {most:.1f} ms"
    return Figure(
        "a tick of 100 containers",
        text,
        f"{TICK_MS} ms",
        most <= TICK_MS,
        f"the first {found[0]:.1f} ms, of a core {worked:.1f} ms",
        "",
    )


def _shares() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as up:
        pid = up.collector()
        alone = _percent(pid)
        found = []
        for count, bound in SHARES.items():
            with _containers(count):
                share = _percent(pid)
                mebibytes = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
            beside = f"without containers: {alone:.2f} %"
            name = f"collector with {count} containers"
            found.append(
                Figure(name, f"{share:.2f} % of a core", f"{bound} %", share <= bound, beside, f"{share / alone:.1f}")
            )
        text = f"{mebibytes:.0f} MiB"
        found.append(Figure("its memory then", text, f"{MOST_MIB} MiB", mebibytes <= MOST_MIB, "", ""))
    return found


def _daemon() -> list[Figure]:
    name, count = "dockerd that is heard, 10 containers", 10
    engine = Docker(Path(tempfile.mkdtemp(prefix="tg-")))
    try:
        engine.start()
        for n in range(count):
            engine.run("-d", "sleep", "999", name=f"c{n}")
        pid = int((engine.folder / "pid").read_text())
        before = _percent(pid)
        with _ticking(Containers(Roots(), [engine.url])):
            heard = _percent(pid)
    except NoEngineError as error:
        return [Figure(name, "not measured", f"{DAEMON_PERCENT} %", False, str(error)[:60], "")]
    finally:
        engine.stop()
    added = heard - before
    text = f"{added:+.3f} % of a core"
    return [Figure(name, text, f"{DAEMON_PERCENT} %", added <= DAEMON_PERCENT, f"not heard: {before:.3f} %", "")]


@contextmanager
def _containers(count: int) -> Iterator[None]:
    """So many cgroups as Docker makes them, a process that sleeps in each."""
    roots = [ROOT / name for name in CONTROLLERS if (ROOT / name).is_dir()] or [ROOT]
    sleepers: list[subprocess.Popen[bytes]] = []
    folders: list[Path] = []
    try:
        for n in range(count):
            sleepers.append(subprocess.Popen(["sleep", "9999"]))
            for root in roots:
                folder = root / "tidegauge-bench/docker" / f"{n:03x}".ljust(64, "0")
                folder.mkdir(parents=True)
                folders.append(folder)
                (folder / "cgroup.procs").write_text(str(sleepers[-1].pid))
        yield
    finally:
        for sleeper in sleepers:
            sleeper.kill()
            sleeper.wait()
        for folder in [*folders, *(root / "tidegauge-bench" / name for name in ("docker", "") for root in roots)]:
            _remove(folder)


@contextmanager
def _ticking(reader: Containers) -> Iterator[None]:
    """The reader at 1 Hz."""
    stopped = threading.Event()

    def run() -> None:
        while not stopped.wait(1):
            reader.read(Tick(time.time_ns() // 1_000_000))
            reader.happened()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
        reader.close()


def _remove(folder: Path) -> None:
    """A cgroup is busy for a moment after its process was killed."""
    for _ in range(50):
        with suppress(OSError):
            folder.rmdir()
            return
        time.sleep(0.01)


def _percent(pid: int) -> float:
    """Of a core, in half a minute."""
    time.sleep(WARM_SECONDS)
    before, begun = _cpu_seconds(pid), time.monotonic()
    time.sleep(SECONDS)
    return 100 * (_cpu_seconds(pid) - before) / (time.monotonic() - begun)


def _cpu_seconds(pid: int) -> float:
    """From the scheduler's own sum in ns."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
