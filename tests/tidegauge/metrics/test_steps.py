"""Steps: the smallest that fits, and rows where a step is not above the period."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegauge.metrics import steps


@given(st.integers(1, 10**11), st.integers(1, 20_000))
def test_the_smallest_step_that_fits_is_taken(span_ms: int, points: int) -> None:
    """At most `points` buckets, and no smaller step would do; if none fits, the widest."""
    step = steps.fitting(span_ms, points)
    smaller = [other for other in steps.STEPS_MS if other < step]
    assert span_ms <= points * step or step == steps.STEPS_MS[-1]
    assert all(span_ms > points * other for other in smaller)


def test_steps_ascend_and_each_divides_a_day() -> None:
    """Every step lies on the epoch's days, so day files and buckets share their edges."""
    assert list(steps.STEPS_MS) == sorted(set(steps.STEPS_MS))
    assert all(steps.DAY % step == 0 for step in steps.STEPS_MS)


@pytest.mark.parametrize(
    ("step_ms", "period_ms", "taken"), [(1000, 1000, 0), (1000, 10_000, 0), (2000, 1000, 2000), (0, 1000, 0)]
)
def test_a_step_not_above_the_period_means_rows(step_ms: int, period_ms: int, taken: int) -> None:
    """Buckets narrower than the period would be rows under another name."""
    assert steps.for_period(step_ms, period_ms) == taken
