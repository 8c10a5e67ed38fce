"""The captured machine (tests/fixtures/machine) and a machine for hypothesis to spoil."""

from __future__ import annotations

import os
from pathlib import Path

from collector import registry
from collector.readings import Reading, Roots
from collector.runner import Runner
from collector.schedule import Tick

FIXTURES = Path(__file__).parent.parent / "fixtures"
BOOT = "5f0c9c62-3d2e-4b7a-9a56-1c8e0f7d2b11"
TICK = Tick(1_700_000_000_000)


def statvfs(_path: bytes) -> os.statvfs_result:
    """A filesystem of 1000 blocks of 4 KiB, 600 in use, 50 kept for root."""
    return os.statvfs_result((4096, 4096, 1000, 400, 350, 100, 90, 90, 0, 255))


def roots(name: str) -> Roots:
    """The roots of a fixture."""
    folder = FIXTURES / name
    return Roots(f"{folder}/proc", f"{folder}/sys", f"{folder}/root", statvfs)


def observed(name: str = "machine") -> list[Reading]:
    """All readings of a fixture."""
    return Runner(registry.load(registry.READERS, roots(name))).read(TICK)


def values(readings: list[Reading]) -> dict[str, float]:
    """The values of the only reading."""
    (reading,) = readings
    return dict(reading.values)
