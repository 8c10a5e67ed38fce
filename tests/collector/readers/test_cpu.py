"""/proc/stat as the host's CPUs."""

from __future__ import annotations

from pathlib import Path

from collector.readers.cpu import Cpu
from collector.readings import Roots
from tests.collector.machine import TICK, roots, values


def test_capture() -> None:
    """The first reading has times and counters, and no shares yet."""
    found = values(list(Cpu(roots("machine")).read(TICK)))
    assert (found["system.cpu.time.idle"], found["system.cpu.logical.count"]) == (5441.81, 2)
    assert found["system.context_switches"] == 1956533
    assert "system.cpu.utilization" not in found


def test_shares_since_the_last_reading(tmp_path: Path) -> None:
    """The second reading says how the time between the two was spent."""
    (tmp_path / "stat").write_bytes(b"cpu 100 0 50 800 10 0 0 0 0 0\ncpu0 100 0 50 800 10 0 0 0 0 0\n")
    reader = Cpu(Roots(str(tmp_path)))
    list(reader.read(TICK))
    (tmp_path / "stat").write_bytes(b"cpu 130 0 60 850 20 0 0 0 0 0\ncpu0 130 0 60 850 20 0 0 0 0 0\n")
    found = values(list(reader.read(TICK)))
    assert (found["system.cpu.utilization"], found["system.cpu.utilization.user"]) == (0.4, 0.3)
