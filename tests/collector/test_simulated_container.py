"""A simulated container."""

from __future__ import annotations

from random import Random

from collector.simulated_container import SimulatedContainer
from collector.waves import BEGAN

ID = "a" * 64


def test_reading() -> None:
    """A container's id, short name and engine; user and system are parts of its CPU time."""
    reading = SimulatedContainer(ID, Random(1), cpus=1, memory=1 << 30).read(BEGAN + 1000)
    values = reading.values
    assert (reading.name, reading.attributes["container.name"]) == (ID, ID[:12])
    assert (
        abs(values["container.cpu.time.user"] + values["container.cpu.time.system"] - values["container.cpu.time"])
        < 1e-5
    )
    assert values["container.uptime"] == 1000


def test_some_are_limited() -> None:
    """About half of them have a memory limit, and stay below it."""
    found = [SimulatedContainer(ID, Random(n), 1, 1 << 30).read(BEGAN + 5).values for n in range(60)]
    limited = [values for values in found if "container.memory.limit" in values]
    assert 15 < len(limited) < 45
    assert all(values["container.memory.rss"] < values["container.memory.limit"] for values in limited)
