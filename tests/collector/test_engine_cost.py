"""What a container engine's daemon costs."""

from __future__ import annotations

import shutil
from pathlib import Path

from collector.engine_cost import LOOK_TICKS, EngineCost
from tests.collector.processes import put, stat


def daemon(proc: Path, pid: int, ticks: int, name: str = "dockerd") -> None:
    """A daemon below `proc`."""
    put(proc, pid, stat(name, ticks=ticks), comm=f"{name}\n".encode())


def test_the_daemon_alone(tmp_path: Path) -> None:
    """What others use is not its cost; without one nothing is known."""
    put(tmp_path, 1, stat("init", ticks=900), comm=b"init\n")
    (tmp_path / "2").mkdir()
    assert EngineCost(str(tmp_path)).seconds() is None
    daemon(tmp_path, 7, 250)
    daemon(tmp_path, 8, 50, "podman")
    assert EngineCost(str(tmp_path)).seconds() == 3


def test_one_that_comes_later_and_goes(tmp_path: Path) -> None:
    """It is found within a minute; when it ends or another takes its place nothing falls."""
    cost = EngineCost(str(tmp_path))
    assert cost.seconds() is None
    daemon(tmp_path, 7, 100)
    assert [cost.seconds() for _ in range(LOOK_TICKS)][-1] == 1
    daemon(tmp_path, 7, 130)
    assert cost.seconds() == 1.3
    shutil.rmtree(tmp_path / "7")
    daemon(tmp_path, 9, 20)
    assert max(cost.seconds() or 0 for _ in range(LOOK_TICKS)) == 1.5
