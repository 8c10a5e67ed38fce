"""Cgroups of version 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.containers.cgroup_v2 import CgroupV2
from tests.collector.machine import FIXTURES

ROOT = str(FIXTURES / "cgroup_v2/sys/fs/cgroup")


def test_limited_container() -> None:
    """All that one folder says; I/O is the sum over two disks."""
    cgroup = CgroupV2(ROOT, f"/system.slice/docker-{'a' * 64}.scope")
    assert sorted(cgroup.processes()) == [1200, 1201]
    assert cgroup.read() == {
        "container.cpu.time": 1.456123,
        "container.cpu.time.user": 1.22,
        "container.cpu.time.system": 0.236123,
        "container.cpu.throttling.time": 5.6803,
        "container.cpu.throttling.periods": 73,
        "container.cpu.throttling.throttled_periods": 72,
        "container.cpu.limit": 0.2,
        "container.memory.usage": 39_321_600,
        "container.memory.working_set": 38_797_312,
        "container.memory.limit": 67_108_864,
        "container.memory.rss": 38_535_168,
        "container.memory.cache": 786_432,
        "container.memory.oom_kills": 3,
        "container.disk.io.read": 12_288,
        "container.disk.io.write": 20_971_520,
        "container.disk.operations.read": 3,
        "container.disk.operations.write": 20,
        "container.pids.count": 3,
    }


def test_unlimited_container() -> None:
    """No limits, no throttling, no I/O yet; its process lives in an inner cgroup."""
    cgroup = CgroupV2(ROOT, f"/machine.slice/libpod-{'b' * 64}.scope")
    found = cgroup.read()
    assert cgroup.processes() == [1300]
    assert not {"container.cpu.limit", "container.memory.limit", "container.cpu.throttling.time"} & set(found)
    assert found["container.disk.io.read"] == 0


def test_gone(tmp_path: Path) -> None:
    """A cgroup that is not there is an error."""
    with pytest.raises(OSError, match="No such file"):
        CgroupV2(str(tmp_path), "/c").read()
