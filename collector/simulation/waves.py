"""Activity of something simulated: a daily shape and faster waves, known at any time in closed form. Pure."""

from __future__ import annotations

from math import cos, pi, sin
from random import Random
from typing import NamedTuple

DAY_SECONDS = 86_400
BEGAN = 1_577_836_800
"""All counters are 0 at the beginning of 2020, in seconds since the epoch."""

FAST_SECONDS = (5.3, 17.9, 71.0, 613.0, 4111.0)


class Wave(NamedTuple):
    """A rate around `mean`, never below 0: its integral never falls. parts: (share, ω, φ)."""

    mean: float
    parts: tuple[tuple[float, float, float], ...]

    def at(self, seconds: float) -> tuple[float, float]:
        """(rate, integral since `BEGAN`) at a time in seconds since the epoch."""
        passed = seconds - BEGAN
        rate, area = 1.0, passed
        for share, omega, phase in self.parts:
            angle = omega * passed + phase
            rate += share * sin(angle)
            area += share / omega * (cos(phase) - cos(angle))
        return self.mean * rate, self.mean * area


def draw(random: Random, mean: float) -> Wave:
    """A wave that peaks about 14:00 UTC; its shares add up to at most 0.95."""
    shares = [random.uniform(0.3, 1) for _ in FAST_SECONDS]
    scale = random.uniform(0.3, 0.5) / sum(shares)
    fast = [
        (share * scale, 2 * pi / period, random.uniform(0, 2 * pi))
        for share, period in zip(shares, FAST_SECONDS, strict=True)
    ]
    peak_seconds = random.gauss(14, 1) * 3600
    day = (random.uniform(0.2, 0.45), 2 * pi / DAY_SECONDS, pi / 2 - 2 * pi * peak_seconds / DAY_SECONDS)
    return Wave(mean, (day, *fast))
