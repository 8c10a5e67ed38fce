"""Minute rows: their numbers, their minute."""

from __future__ import annotations

from typing import get_args

import pytest

from tests.minutes import MinuteRow, rows_of_minutes, summary
from tests.rows import INCARNATION, host, record
from tidegauge.metrics import minutes
from tidegauge.metrics.minutes import STATS
from tidegauge.metrics.records import Kind


def test_each_kind_has_five_numbers_of_its_own_names() -> None:
    """The first is the count."""
    assert set(STATS) == set(get_args(Kind))
    assert [(names[0], len(set(names))) for names in STATS.values()] == [("count", 5)] * 2


def test_the_numbers_are_what_their_names_say() -> None:
    """What is unknown is absent."""
    raw = record([0, 1000, 3000, 60_000], {"gauge": [3.0, None, 1.0, None], "counter": [1.0, 2.0, 8.0, 9.0]})
    first, second = rows_of_minutes(summary(raw))
    numbers = {"gauge": [2, 1, 3, 4, 1], "counter": [3, 1, 8, 1, 3]}
    assert first == MinuteRow(host(), "h1", INCARNATION, 0, 3000, 3, numbers)
    assert second == MinuteRow(host(), "h1", INCARNATION, 60_000, 60_000, 1, {"counter": [1, 9, 9, 0, 0]})
    gauge = dict(zip(STATS["gauge"], first.values["gauge"], strict=True))
    assert gauge == {"count": 2, "min": 1, "max": 3, "sum": 4, "last": 1}


@pytest.mark.parametrize(("time_ms", "minute"), [(0, 0), (59_999, 0), (60_000, 60_000), (-1, -60_000)])
def test_a_minute_is_one_of_the_epoch(time_ms: int, minute: int) -> None:
    """It begins with a multiple of 60,000 ms."""
    assert minutes.minute_of(time_ms) == minute
