"""A simulated container."""

from __future__ import annotations

from random import Random

from collector.readings import Reading
from collector.simulation.simulated_container import SimulatedContainer
from collector.simulation.waves import BEGAN
from tidegauge.metrics import events

ID = "a" * 64
GIB = 1 << 30


def read(container: SimulatedContainer, now: float) -> Reading:
    """Its readings while it is there."""
    reading = container.read(now)
    assert reading is not None
    return reading


def test_reading() -> None:
    """A container's id, name, image and project; user and system are parts of its CPU time."""
    reading = read(SimulatedContainer(ID, Random(1), cpus=1, memory=GIB), BEGAN + 1000)
    values = reading.values
    assert (reading.name, reading.attributes["container.name"]) == (ID, "shop-web-1")
    assert (reading.attributes["container.project"], reading.attributes["container.service"]) == ("shop", "web")
    assert (
        abs(values["container.cpu.time.user"] + values["container.cpu.time.system"] - values["container.cpu.time"])
        < 1e-5
    )
    assert values["container.uptime"] == 1000


def test_some_are_limited() -> None:
    """About half of them have a memory limit, and stay below it."""
    found = [read(SimulatedContainer(ID, Random(n), 1, GIB), BEGAN + 5).values for n in range(60)]
    limited = [values for values in found if "container.memory.limit" in values]
    assert 15 < len(limited) < 45
    assert all(values["container.memory.rss"] < values["container.memory.limit"] for values in limited)


def test_counters_begin_anew() -> None:
    """While it is down there is no row; the next life has another start and counts from 0."""
    container = SimulatedContainer(ID, Random(1), 1, GIB, place=1)
    moments = container.happened(BEGAN + 1e6, BEGAN + 1e6 + 2500)
    at = next(n for n, event in enumerate(moments) if event.kind == events.CONTAINER_STOPPED)
    stopped, again = moments[at : at + 2]
    assert stopped.attributes["container.name"] == "shop-api-1"
    end, begin = stopped.time_ns / 1e9, again.time_ns / 1e9
    before, after = read(container, end - 1), read(container, begin + 1)
    assert (container.read(end + 1), again.kind) == (None, events.CONTAINER_STARTED)
    assert before.start != after.start
    assert after.values["container.cpu.time"] < min(5, before.values["container.cpu.time"])
    assert after.values["container.uptime"] == 1
