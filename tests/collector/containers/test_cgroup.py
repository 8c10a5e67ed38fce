"""What both versions of cgroups share."""

from __future__ import annotations

from pathlib import Path

from collector.containers.cgroup import or_empty, pids, put, put_memory
from collector.files import File


def test_missing_file_is_empty(tmp_path: Path) -> None:
    """A controller that is not there gives nothing."""
    assert or_empty(File(str(tmp_path / "none"))) == b""


def test_pids_of_inner_cgroups(tmp_path: Path) -> None:
    """Processes may live in a cgroup inside the container's."""
    (tmp_path / "init.scope").mkdir()
    (tmp_path / "cgroup.procs").write_bytes(b"")
    (tmp_path / "init.scope/cgroup.procs").write_bytes(b"7\n9\n")
    assert (pids(str(tmp_path)), pids(str(tmp_path / "none"))) == ([7, 9], [])


def test_put() -> None:
    """What is unknown is not put."""
    values: dict[str, float] = {}
    put(values, "a", None)
    put(values, "b", 5)
    put(values, "c", 5, 100)
    assert values == {"b": 5, "c": 0.05}


def test_working_set() -> None:
    """Usage less inactive file cache, never below 0, unknown without either."""
    values: dict[str, float] = {}
    put_memory(values, b"100\n", 30)
    assert values == {"container.memory.usage": 100, "container.memory.working_set": 70}
    put_memory(values, b"100\n", 130)
    assert values["container.memory.working_set"] == 0
    nothing: dict[str, float] = {}
    put_memory(nothing, b"", 30)
    assert nothing == {}
