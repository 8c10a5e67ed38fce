"""Activity of something simulated."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.simulation.waves import BEGAN, DAY_SECONDS, draw

SEEDS = st.integers(0, 10**6)
TIMES = st.floats(BEGAN, BEGAN + 5 * 365 * DAY_SECONDS)


@given(SEEDS, TIMES)
def test_never_negative(seed: int, seconds: float) -> None:
    """The rate is never below 0, so the integral never falls."""
    rate, area = draw(Random(seed), 3.0).at(seconds)
    assert rate >= 0
    assert area >= -1e-6


@given(SEEDS, TIMES, st.floats(0.1, 1000))
def test_integral_never_falls(seed: int, seconds: float, passed: float) -> None:
    """Later is never less."""
    wave = draw(Random(seed), 3.0)
    assert wave.at(seconds + passed)[1] >= wave.at(seconds)[1]


@given(SEEDS, TIMES)
def test_integral_is_of_the_rate(seed: int, seconds: float) -> None:
    """Over a short time the increase is the rate."""
    wave = draw(Random(seed), 1.0)
    increase = wave.at(seconds + 0.05)[1] - wave.at(seconds)[1]
    assert increase == pytest.approx(0.05 * wave.at(seconds + 0.025)[0], abs=1e-4)


def test_daily_shape() -> None:
    """The afternoon is busier than the night."""
    wave = draw(Random(1), 1.0)
    day = BEGAN + 100 * DAY_SECONDS
    hour = [wave.at(day + 3600 * (h + 1))[1] - wave.at(day + 3600 * h)[1] for h in range(24)]
    assert sum(hour[11:17]) > sum(hour[0:6])


def test_seeded() -> None:
    """The same seed draws the same wave."""
    assert draw(Random("a"), 2.0) == draw(Random("a"), 2.0) != draw(Random("b"), 2.0)
