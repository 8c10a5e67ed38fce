"""Cgroups of version 1."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.containers.cgroup_v1 import CgroupV1
from tests.collector.machine import FIXTURES

PATH = "/docker/4f1d0c6b9a7e5d3c2b1a0f9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f1e0d9c"


def test_capture() -> None:
    """All that the controllers of a real machine say."""
    cgroup = CgroupV1(str(FIXTURES / "machine/sys/fs/cgroup"), PATH)
    assert cgroup.processes() == [11492]
    assert cgroup.read() == {
        "container.cpu.time": 2.981517,
        "container.cpu.time.user": 2.54,
        "container.cpu.time.system": 0.44,
        "container.cpu.throttling.time": 11.459436,
        "container.cpu.throttling.periods": 151,
        "container.cpu.throttling.throttled_periods": 147,
        "container.cpu.limit": 0.2,
        "container.memory.usage": 39_395_328,
        "container.memory.working_set": 39_391_232,
        "container.memory.limit": 67_108_864,
        "container.memory.rss": 38_588_416,
        "container.memory.cache": 331_776,
        "container.memory.oom_kills": 2,
        "container.disk.io.read": 4096,
        "container.disk.io.write": 20_971_520,
        "container.disk.operations.read": 1,
        "container.disk.operations.write": 20,
        "container.pids.count": 2,
    }


def test_no_limits_and_no_controllers(tmp_path: Path) -> None:
    """Where there is no limit there is no number, and a missing controller says nothing."""
    for path, content in {
        "cpuacct/c/cpuacct.usage": "5000000000",
        "cpu/c/cpu.cfs_quota_us": "-1",
        "memory/c/memory.limit_in_bytes": "9223372036854771712",
        "blkio/c/blkio.throttle.io_serviced_recursive": "Total 0",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content + "\n")
    assert CgroupV1(str(tmp_path), "/c").read() == {"container.cpu.time": 5}


def test_gone(tmp_path: Path) -> None:
    """A cgroup that is not there is an error."""
    with pytest.raises(OSError, match="No such file"):
        CgroupV1(str(tmp_path), "/c").read()
