"""The clocks: units, direction, and the offset of a host that is set wrong."""

from __future__ import annotations

import time

from tidegauge.clock import OffsetClock, SystemClock


def test_the_wall_clock_is_in_milliseconds_of_the_epoch() -> None:
    """The system clock's wall time lies between two readings of the standard library's."""
    before = time.time()
    now_ms = SystemClock().wall_ms()
    assert int(before * 1000) <= now_ms <= time.time() * 1000


def test_the_monotonic_clock_goes_forward_in_milliseconds() -> None:
    """A wait of 5 ms takes at least 5 ms and far less than a second."""
    clock = SystemClock()
    before = clock.monotonic_ms()
    clock.sleep(0.005)
    assert 5 <= clock.monotonic_ms() - before < 1000


def test_no_time_is_no_wait() -> None:
    """A wait that is not positive returns at once."""
    SystemClock().sleep(-1)
    SystemClock().sleep(0)


class Stopped:
    """A clock that stands, and notes what it was asked to sleep."""

    slept = 0.0

    def wall_ms(self) -> int:
        return 1000

    def monotonic_ms(self) -> float:
        return 7.5

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


def test_an_offset_moves_the_wall_clock_alone() -> None:
    """A host an hour behind has its own wall time; durations and waits are everyone's."""
    below = Stopped()
    clock = OffsetClock(below, -3_600_000)
    clock.sleep(2)
    assert (clock.wall_ms(), clock.monotonic_ms(), below.slept) == (1000 - 3_600_000, 7.5, 2.0)
