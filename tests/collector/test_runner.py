"""The runner: all readers, on a real machine, on a capture, and on spoilt ones."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import registry
from collector.readings import Reading, Roots
from collector.registry import Loaded
from collector.runner import Runner
from collector.schedule import Tick
from tests.collector import golden
from tests.collector.machine import FIXTURES, TICK, observed, roots, statvfs
from tests.rows import record
from tidegauge.metrics import wire
from tidegauge.metrics.catalogue import catalogue
from tidegauge.metrics.records import Event

MACHINE = FIXTURES / "machine"
SPOILT = sorted(path.relative_to(MACHINE) for path in MACHINE.rglob("*") if path.is_file())


class Flaky:
    """A reader that does as it is told."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.values: dict[str, float] = {"system.uptime": 1}

    def read(self, _tick: Tick, /) -> Iterator[Reading]:
        if self.error:
            raise self.error
        yield Reading("host", "", self.values)


def flaky_and_steady() -> tuple[Flaky, Runner]:
    """A runner of one reader that may fail and one that does not."""
    flaky, steady = Flaky(), Flaky()
    steady.values = {"system.memory.limit": 7}
    return flaky, Runner([Loaded("flaky", False, flaky), Loaded("steady", False, steady)])


def test_the_last_reading_is_timed() -> None:
    """From the first reader to the last."""
    seconds = iter((1.0, 1.1, 1.2, 1.5))
    runner = Runner([Loaded("one", False, Flaky())], lambda: next(seconds))
    assert runner.took_ms is None
    runner.read(TICK)
    assert runner.took_ms == 500


class Given:
    """A reader of a few readings."""

    def __init__(self, *readings: Reading) -> None:
        self._readings = readings

    def read(self, _tick: Tick, /) -> Iterator[Reading]:
        yield from self._readings


def test_programs_are_called_by_the_names_of_their_containers() -> None:
    """One reader knows the names, another the programs."""
    web = Reading("container", "c" * 64, {"container.pids.count": 1}, attributes={"container.name": "web"})
    shell = Reading("process", "sh@cccccccccccc", {"process.count": 1}, attributes={"container.id": "c" * 64})
    runner = Runner([Loaded("containers", False, Given(web)), Loaded("processes", True, Given(shell))])
    assert [one.attributes.get("device") for one in runner.read(TICK)] == [None, "sh in web"]


def test_golden() -> None:
    """All readers on the captured machine, as `python -m tests.collector.golden` wrote it."""
    assert golden.text() == golden.FILE.read_text(), "if that is meant: python -m tests.collector.golden"


@pytest.mark.parametrize("fixture", ["machine", "cgroup_v2"])
def test_every_metric_is_in_the_catalogue(fixture: str) -> None:
    """What readers publish has a name, a unit and a meaning."""
    published = {name for reading in observed(fixture) for name in reading.values}
    assert published - catalogue().keys() == set()


def test_one_host_row() -> None:
    """The readings of the host are one reading, the first."""
    kinds = [reading.kind for reading in observed()]
    assert (kinds[0], kinds.count("host")) == ("host", 1)


def test_slow_readers_only_when_due() -> None:
    """Between slow ticks nothing is read that changes slowly."""
    runner = Runner(registry.load(registry.READERS, roots("machine")))
    kinds = {reading.kind for reading in runner.read(TICK._replace(slow=False))}
    assert kinds == {"host", "disk", "network", "container"}


@pytest.mark.parametrize("error", [ValueError("broken"), TypeError("no number"), RuntimeError("a fault of ours")])
def test_failing_reader_does_not_stop_the_others(caplog: pytest.LogCaptureFixture, error: Exception) -> None:
    """Its values are absent, it is logged once, counted each time, and logged once when it is well again."""
    flaky, runner = flaky_and_steady()
    with caplog.at_level(logging.INFO):
        flaky.error = error
        rows = [runner.read(TICK) for _ in range(3)]
        flaky.error = None
        rows.append(runner.read(TICK))
    assert [dict(row[0].values) for row in rows[2:]] == [
        {"system.memory.limit": 7},
        {"system.uptime": 1, "system.memory.limit": 7},
    ]
    assert [entry.message.split()[0] for entry in caplog.records] == ["reader_failed", "reader_recovered"]
    health = runner.health["flaky"]
    assert (health.runs, health.failures, health.failing) == (4, 3, "")


class Seeing(Flaky):
    """A reader that also sees what happens, or fails at it."""

    def happened(self) -> list[Event]:
        if self.error:
            raise self.error
        return [Event("c", 1, "container.started")]

    def notes(self) -> list[str]:
        return ["all is quiet"]


def test_what_happened() -> None:
    """What readers saw is collected; one that fails at it is counted, and the others are heard."""
    broken, seeing = Seeing(), Seeing()
    broken.error = RuntimeError("a fault of ours")
    runner = Runner([Loaded(name, False, one) for name, one in zip("abc", (broken, Flaky(), seeing), strict=True)])
    assert runner.happened() == [Event("c", 1, "container.started")]
    assert (runner.health["a"].failures, runner.health["c"].failures) == (1, 0)
    assert [health.notes for health in runner.health.values()] == [[], [], ["all is quiet"]]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 2.0**80, -(2**80)])
def test_numbers_that_cannot_be(number: float) -> None:
    """A number that no server takes is the reader's failure."""
    flaky, runner = flaky_and_steady()
    flaky.values = {"system.uptime": number}
    assert dict(runner.read(TICK)[0].values) == {"system.memory.limit": 7}
    assert "cannot be" in runner.health["flaky"].failing


def test_nothing_at_all(tmp_path: Path) -> None:
    """On a machine without /proc all readers fail or see nothing, and there is no row."""
    runner = Runner(registry.load(registry.READERS, Roots(*[str(tmp_path / "none")] * 3, statvfs)))
    assert runner.read(TICK) == []


@given(path=st.sampled_from(SPOILT), content=st.binary(max_size=300), keep=st.integers(0, 400))
def test_any_bytes_in_any_file(tmp_path_factory: pytest.TempPathFactory, path: Path, content: bytes, keep: int) -> None:
    """Whatever a file of /proc, /sys or a cgroup holds, the runner goes on and what it gives can be encoded."""
    folder = tmp_path_factory.getbasetemp() / "spoilt"
    if not folder.exists():
        shutil.copytree(MACHINE, folder)
    original = (MACHINE / path).read_bytes()
    (folder / path).write_bytes(original[:keep] + content + original[keep + len(content) :])
    spoilt = Roots(f"{folder}/proc", f"{folder}/sys", f"{folder}/root", statvfs)
    runner = Runner(registry.load(registry.READERS, spoilt))
    try:
        for _ in range(2):
            for reading in runner.read(TICK):
                wire.encode(record([0], {name: [value] for name, value in reading.values.items()}))
    finally:
        (folder / path).write_bytes(original)


def test_this_machine_agrees_with_psutil() -> None:
    """What psutil says of the same machine at about the same time."""
    runner = Runner(registry.load(registry.READERS, Roots()))
    found = {(reading.kind, reading.name): reading.values for reading in runner.read(TICK)}
    host = found["host", ""]
    memory, times = psutil.virtual_memory(), psutil.cpu_times()
    assert host["system.memory.limit"] == memory.total
    assert host["system.cpu.logical.count"] == psutil.cpu_count()
    assert host["system.memory.linux.available"] == pytest.approx(memory.available, rel=0.05)
    assert host["system.cpu.time.user"] == pytest.approx(times.user, abs=1)
    assert host["system.cpu.time.idle"] == pytest.approx(times.idle, abs=2)
    for name, counters in psutil.net_io_counters(pernic=True).items():
        if ("network", name) in found:
            assert found["network", name]["system.network.io.receive"] == pytest.approx(counters.bytes_recv, rel=0.05)
    usage = psutil.disk_usage("/")
    assert found["filesystem", "/"]["system.filesystem.limit"] == usage.total
    assert found["filesystem", "/"]["system.filesystem.utilization"] == pytest.approx(usage.percent / 100, abs=0.01)
