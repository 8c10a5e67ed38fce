"""Numbers of real containers against the kernel's own and `docker stats`, at known loads."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from collector.readers.containers import Containers
from collector.readings import Roots
from collector.schedule import Tick
from tests.engines.daemons import CGROUPS, Engine
from tests.engines.observer import Observer

pytestmark = pytest.mark.engines

MIB = 1 << 20
SPIN = "while :; do :; done"
HOLD = "dd if=/dev/zero of=/dev/shm/x bs=1048576 count=64; sleep 99"
SECONDS = 10


def folder_of(container: str, controller: str) -> Path:
    """A container's cgroup, as the test finds it by itself, while those of others come and go."""
    folders = [Path(parent) / name for parent, names, _ in os.walk(CGROUPS) for name in names]
    found = [path for path in folders if container in path.name and "conmon" not in path.name]
    return next(
        path for path in found if path.is_relative_to(CGROUPS / controller) or not (CGROUPS / controller).exists()
    )


def cpu_seconds(container: str) -> float:
    """The CPU time that the kernel counts."""
    folder = folder_of(container, "cpuacct")
    if (folder / "cpuacct.usage").exists():
        return int((folder / "cpuacct.usage").read_text()) / 1e9
    return int((folder / "cpu.stat").read_text().split()[1]) / 1e6


def memory_bytes(container: str) -> int:
    """The memory that the kernel charges."""
    folder = folder_of(container, "memory")
    name = "memory.usage_in_bytes" if (folder / "memory.usage_in_bytes").exists() else "memory.current"
    return int((folder / name).read_text())


def read(reader: Containers, container: str) -> tuple[float, dict[str, float], float]:
    """(the kernel's CPU time, what we read, the kernel's again) of a container, one right after the other."""
    before = cpu_seconds(container)
    readings = {one.name: one.values for one in reader.read(Tick(time.time_ns() // 1_000_000))}
    return before, dict(readings[container]), cpu_seconds(container)


def test_cpu_of_a_quota(engine: Engine) -> None:
    """A load that is held to 20 % of a core: our counter is the kernel's, and its rate the quota within 2 % where the
    machine gives it that much."""
    reader = Containers(Roots())
    made = engine.run("-d", "--cpus=0.2", "sh", "-c", SPIN, name="load")
    found = [(time.monotonic(), *read(reader, made))]
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        time.sleep(0.5)
        found.append((time.monotonic(), *read(reader, made)))
    for _, before, values, after in found:
        assert before - 1e-6 <= values["container.cpu.time"] <= after + 1e-6
    (began, _, first, _), (ended, _, last, _) = found[0], found[-1]
    grown = {name: last[name] - first[name] for name in last}
    rate = grown["container.cpu.time"] / (ended - began)
    periods, throttled = (grown[f"container.cpu.throttling.{name}periods"] for name in ("", "throttled_"))
    assert rate <= 0.2 * 1.02
    assert 0 < throttled <= periods
    if throttled > 0.99 * periods:
        assert rate == pytest.approx(0.2, rel=0.02)
    assert last["container.cpu.limit"] == 0.2


def test_memory_that_is_touched(engine: Engine) -> None:
    """64 MB: ours is the kernel's within 1 MB; the working set holds all of it."""
    with Observer(engine.url) as observer:
        made = engine.run("-d", "--shm-size=128m", "--memory=128m", "sh", "-c", HOLD, name="load")
        observer.until(
            lambda: (found := observer.rows_of(made)) and found[-1][1].values["container.memory.usage"] > 64 * MIB,
            "64 MB",
        )
        observer.settled()
        theirs, ours = memory_bytes(made), observer.rows_of(made)[-1][1].values
    assert abs(ours["container.memory.usage"] - theirs) <= MIB
    assert 64 * MIB <= ours["container.memory.working_set"] <= ours["container.memory.usage"]
    assert ours["container.memory.limit"] == 128 * MIB


def test_docker_stats(docker: Engine) -> None:
    """Memory to the rounding of `docker stats`, CPU within 2 points at a constant load."""
    with Observer(docker.url) as observer:
        script = f"dd if=/dev/zero of=/dev/shm/x bs=1048576 count=64 2>/dev/null; {SPIN}"
        made = docker.run("-d", "--cpus=0.2", "--shm-size=128m", "sh", "-c", script, name="load")
        observer.until(lambda: len(observer.rows_of(made)) > 6, "it")
        begun = time.time_ns()
        told = [json.loads(docker("stats", "--no-stream", "--format", "{{json .}}", "load")) for _ in range(4)]
        rows = [(at, row.values) for at, row in observer.rows_of(made) if at > begun]
    (first_ns, first), (last_ns, last) = rows[0], rows[-1]
    ours = 100 * (last["container.cpu.time"] - first["container.cpu.time"]) / ((last_ns - first_ns) / 1e9)
    theirs = sum(float(one["CPUPerc"].rstrip("%")) for one in told) / len(told)
    assert ours == pytest.approx(theirs, abs=2)
    shown = float(told[-1]["MemUsage"].split("MiB")[0])
    assert last["container.memory.working_set"] / MIB == pytest.approx(shown, abs=0.006 + 0.0005 * shown)
