"""Processes by state."""

from __future__ import annotations

from pathlib import Path

from collector.readers.processes import Processes
from collector.readings import Roots
from tests.collector.machine import TICK, roots, values


def test_capture() -> None:
    """Three processes sleep; one has brackets and an R in its command."""
    found = values(list(Processes(roots("machine")).read(TICK)))
    assert (found["system.process.count"], found["system.process.count.sleeping"]) == (3, 3)
    assert found["system.process.count.running"] == 0


def test_states(tmp_path: Path) -> None:
    """Each state is in its group; one without a stat has ended meanwhile."""
    for pid, state in enumerate("RSDITtZXK", 1):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "stat").write_bytes(f"{pid} (x) {state} 1 1".encode())
    (tmp_path / "77").mkdir()
    (tmp_path / "self").mkdir()
    found = values(list(Processes(Roots(str(tmp_path))).read(TICK)))
    counts = [
        found[f"system.process.count.{state}"] for state in ("running", "sleeping", "stopped", "defunct", "other")
    ]
    assert (counts, found["system.process.count"]) == ([1, 3, 2, 2, 1], 9)
