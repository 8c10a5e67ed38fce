"""How fast a backlog is drained."""

from __future__ import annotations

import pytest

from collector.sending.pace import WINDOW_MS, Pace

MOST = 512


def drain(pace: Pace, seconds: int, took_ms: float = 1, step_ms: int = 10) -> int:
    """How many records go in so many seconds if the lane asks again and again, and each answer takes so long."""
    total, now_ms, until_ms = 0, 0.0, 1000 * seconds
    while now_ms < until_ms:
        if records := pace.allows(now_ms, MOST):
            pace.sent(records, now_ms)
            now_ms += took_ms
            pace.answered(records, took_ms, now_ms)
            total += records
        now_ms += step_ms
    return total


def test_so_many_a_second() -> None:
    """However often the lane asks; a second's worth may go at once."""
    assert drain(Pace(100), 20) == pytest.approx(2000, rel=0.06)
    assert drain(Pace(100), 20, step_ms=1000) == pytest.approx(2000, rel=0.06)


def test_no_more_than_a_second_is_saved_up() -> None:
    """A lane that had nothing to do for long does not make up for it."""
    pace = Pace(100)
    assert pace.allows(3_600_000, MOST) == 100
    pace.sent(100, 3_600_000)
    assert [pace.allows(3_600_000 + ms, MOST) for ms in (0, 500, 500, 2000)] == [0, 50, 50, 100]


def test_a_slow_server_is_asked_half_of_the_time() -> None:
    """After an answer that took a second the lane rests a second."""
    assert drain(Pace(100), 20, took_ms=1000) == pytest.approx(1000, rel=0.06)


def test_without_a_pace() -> None:
    """As much as a body takes, whenever it is asked."""
    pace = Pace()
    pace.sent(MOST, 0)
    pace.answered(MOST, 5000, 0)
    assert pace.allows(0, MOST) == MOST


def test_measured_rate() -> None:
    """Of the last half minute, from when the drain began; nothing when nothing is drained."""
    pace = Pace(100)
    assert pace.a_second(0) == 0
    begun_ms = 100_000
    for second in range(60):
        pace.sent(40, begun_ms + 1000 * second)
        pace.answered(40, 5, begun_ms + 1000 * second)
        if second > 5:
            assert pace.a_second(begun_ms + 1000 * (second + 1)) == pytest.approx(40, rel=0.05)
    assert pace.a_second(begun_ms + 60_000 + WINDOW_MS) == 0
