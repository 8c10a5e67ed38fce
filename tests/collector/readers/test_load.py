"""Load averages and uptime."""

from __future__ import annotations

from collector.readers.load import Load
from tests.collector.machine import TICK, roots, values


def test_capture() -> None:
    """The kernel's three means, and seconds since boot."""
    assert values(list(Load(roots("machine")).read(TICK))) == {
        "system.cpu.load_average.1m": 0.83,
        "system.cpu.load_average.5m": 0.44,
        "system.cpu.load_average.15m": 0.38,
        "system.uptime": 3250.87,
    }
