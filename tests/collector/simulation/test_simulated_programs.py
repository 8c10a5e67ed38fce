"""The programs of a simulated host."""

from __future__ import annotations

from collector.simulation.simulated_programs import programs


def test_they_use_less_than_their_host() -> None:
    """All CPU times together are below its own, and none falls as it grows."""
    before = [reading.values["process.cpu.time"] for reading in programs(1000, 1)]
    after = [reading.values["process.cpu.time"] for reading in programs(1010, 0.4)]
    assert sum(before) < 1000
    assert all(a <= b for a, b in zip(before, after, strict=True))


def test_they_are_of_the_kind_that_is_measured() -> None:
    """Under their names, with whole bytes."""
    for reading in programs(5, 1.5):
        assert (reading.kind, reading.attributes["device"]) == ("process", reading.name)
        assert reading.values["process.memory.usage"] % 4096 == 0
