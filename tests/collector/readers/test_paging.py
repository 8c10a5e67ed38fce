"""/proc/vmstat as faults and swapping."""

from __future__ import annotations

from pathlib import Path

from collector.readers.paging import Paging
from collector.readings import Roots
from tests.collector.machine import TICK, roots, values


def test_capture() -> None:
    """Minor faults are those that are not major."""
    assert values(list(Paging(roots("machine")).read(TICK))) == {
        "system.paging.faults.minor": 23_169_103,
        "system.paging.faults.major": 4872,
        "system.paging.operations.in": 0,
        "system.paging.operations.out": 0,
    }


def test_kernel_without_swap(tmp_path: Path) -> None:
    """Counters that the kernel has not are absent, not 0."""
    (tmp_path / "vmstat").write_bytes(b"pgfault 10\npgmajfault 1\n")
    assert set(values(list(Paging(Roots(str(tmp_path))).read(TICK)))) == {
        "system.paging.faults.minor",
        "system.paging.faults.major",
    }
