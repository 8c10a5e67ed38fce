"""/proc/meminfo as memory and swap."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.readers.memory import Memory
from collector.readings import Roots
from tests.collector.machine import TICK, roots, values

MEMINFO = b"""MemTotal: 1000 kB
MemFree: 300 kB
MemAvailable: 750 kB
Buffers: 50 kB
Cached: 200 kB
SwapCached: 1 kB
SwapTotal: 400 kB
SwapFree: 100 kB
SReclaimable: 50 kB
"""


def read(folder: Path, meminfo: bytes) -> dict[str, float]:
    """The values of one meminfo."""
    (folder / "meminfo").write_bytes(meminfo)
    return values(list(Memory(Roots(str(folder))).read(TICK)))


def test_capture() -> None:
    """Used, free, cached and buffers add up to the limit."""
    found = values(list(Memory(roots("machine")).read(TICK)))
    parts = [found[f"system.memory.usage.{part}"] for part in ("used", "free", "cached", "buffers")]
    assert sum(parts) == found["system.memory.limit"] == 25_276_063_744
    assert "system.paging.utilization" not in found


def test_formulas(tmp_path: Path) -> None:
    """Cached includes reclaimable slab; utilization is what is not available."""
    found = read(tmp_path, MEMINFO)
    assert found["system.memory.usage.used"] == (1000 - 300 - 250 - 50) * 1024
    assert (found["system.memory.utilization"], found["system.paging.utilization"]) == (0.25, 0.75)
    assert found["system.paging.usage.used"] == 300 * 1024


def test_old_kernel(tmp_path: Path) -> None:
    """Without MemAvailable what rests on it is absent, and nothing else."""
    found = read(tmp_path, MEMINFO.replace(b"MemAvailable: 750 kB\n", b""))
    assert "system.memory.utilization" not in found
    assert found["system.memory.usage.free"] == 300 * 1024


def test_missing_field(tmp_path: Path) -> None:
    """Without a field that every kernel has the reader fails."""
    with pytest.raises(LookupError, match="Buffers"):
        read(tmp_path, MEMINFO.replace(b"Buffers", b"Bluffers"))
