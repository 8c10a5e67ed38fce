"""When a host is read, with a clock turned by hand."""

from __future__ import annotations

import pytest

from collector.schedule import LATEST, SLOW_TICKS, Hole, Schedule, Tick, phase_ms
from tests.clocks import HandClock

PERIOD = 1000


class Bench:
    """A schedule and the clock it is asked with."""

    def __init__(self, last_ms: int | None = None, phase: int = 250) -> None:
        self.clock = HandClock(1_700_000_000_000)
        self.schedule = Schedule(PERIOD, phase, self.clock.wall_ms(), self.clock.monotonic_ms(), last_ms)

    def take(self, overslept_ms: float = 0) -> Tick | None:
        return self.schedule.take(self.clock.wall_ms(), self.clock.monotonic_ms(), overslept_ms)

    def due(self, late_ms: float = 0) -> Tick | None:
        """The tick when its time has come, or so much later."""
        self.clock.advance(self.schedule.due_ms - self.clock.monotonic_ms() + late_ms)
        return self.take()


def test_first_tick_at_the_phase() -> None:
    """The first row lies at the host's own phase of the period, with no hole before it."""
    bench = Bench()
    assert bench.take() is None
    assert bench.due() == Tick(1_700_000_000_250)


def test_one_row_a_period() -> None:
    """Ticks that are a little late do not move those after them."""
    bench = Bench()
    stamps = [tick.stamp_ms % 100_000 for late in (0, 90, 5, 399) if (tick := bench.due(late))]
    assert stamps == [250, 1340, 2255, 3649]


def test_a_tick_says_how_late_it_began() -> None:
    """By the monotonic clock, since its due time."""
    bench = Bench()
    assert [tick.late_ms for late in (0, 90, 5) if (tick := bench.due(late))] == [0, 90, 5]


def test_late_ticks_are_skipped_not_bunched() -> None:
    """A tick that cannot begin in time is skipped, so rows are never close together."""
    bench = Bench()
    bench.due()
    assert bench.due(late_ms=PERIOD * LATEST + 1) is None
    tick = bench.due()
    assert tick is not None
    assert (tick.hole, bench.schedule.missed) == (Hole("skipped", 1_700_000_000_250, 1_700_000_002_250, 1), 1)


def test_many_missed_make_one_tick() -> None:
    """After seven missed ticks there is one row, and one claim for the seven."""
    bench = Bench()
    bench.due()
    tick = bench.due(late_ms=7 * PERIOD)
    assert tick is not None
    assert tick.hole == Hole("skipped", 1_700_000_000_250, 1_700_000_008_250, 7)
    assert bench.take() is None


def test_a_process_that_slept_was_stopped() -> None:
    """Who woke long after the time it had asked for was not running."""
    bench = Bench()
    bench.due()
    bench.clock.advance(20_000)
    tick = bench.take(overslept_ms=19_000)
    assert tick is not None
    assert tick.hole == Hole("stopped", 1_700_000_000_250, 1_700_000_020_250, 19)


def test_the_life_before_left_a_hole() -> None:
    """What lies between the last row of the life before and the first of this one is claimed."""
    bench = Bench(last_ms=1_699_999_990_000)
    tick = bench.due()
    assert tick is not None
    assert tick.hole == Hole("stopped", 1_699_999_990_000, 1_700_000_000_250, 9)


def test_a_quick_restart_leaves_no_hole() -> None:
    """No tick was missed, so there is nothing to claim."""
    bench = Bench(last_ms=1_699_999_999_250)
    tick = bench.due()
    assert tick is not None
    assert tick.hole is None


def test_clock_set_ahead() -> None:
    """A leap of the wall clock alone is a hole made by the clock."""
    bench = Bench()
    bench.due()
    bench.clock.set_wall(bench.clock.wall_ms() + 60_000)
    tick = bench.due()
    assert tick is not None
    assert tick.hole == Hole("clock", 1_700_000_000_250, 1_700_000_061_250, 60)
    assert not tick.restamped


def test_clock_set_back() -> None:
    """A stamp that is not later than the last one is said so; no hole is made."""
    bench = Bench()
    bench.due()
    bench.clock.set_wall(bench.clock.wall_ms() - 60_000)
    tick = bench.due()
    assert tick is not None
    assert (tick.restamped, tick.hole) == (True, None)
    after = bench.due()
    assert after is not None
    assert not after.restamped


def test_slow_devices_at_every_tenth_tick() -> None:
    """The first tick reads all, then every tenth; one missed tick does not lose them."""
    bench = Bench()
    ticks = [bench.due() for _ in range(2 * SLOW_TICKS)]
    assert [place for place, tick in enumerate(ticks) if tick and tick.slow] == [0, SLOW_TICKS]
    late = bench.due(late_ms=PERIOD)
    assert late is not None
    assert late.slow


@pytest.mark.parametrize("period", [100, 1000, 60_000])
def test_phases_differ(period: int) -> None:
    """Hosts have their own phases, the same ones each time."""
    phases = [phase_ms(f"host-{number}", period) for number in range(50)]
    assert len(set(phases)) > 25
    assert all(0 <= phase < period for phase in phases)
    assert phases[7] == phase_ms("host-7", period)
