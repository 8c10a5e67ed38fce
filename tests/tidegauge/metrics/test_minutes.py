"""Minute rows out of a record."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.minutes import summary
from tests.rows import INCARNATION, host, record
from tests.tidegauge.metrics.strategies import records
from tidegauge.metrics import minutes
from tidegauge.metrics.minutes import MinuteRow
from tidegauge.metrics.records import Record, count_rows


def test_a_minute_row_has_its_numbers_by_name() -> None:
    """What is unknown is absent."""
    raw = record([0, 1000, 3000, 60_000], {"gauge": [3.0, None, 1.0, None], "counter": [1.0, 2.0, 8.0, 9.0]})
    first, second = minutes.rows(summary(raw))
    assert first == MinuteRow(
        host(), "h1", INCARNATION, 0, 3000, 3, {"gauge": [2, 1, 3, 4, 1], "counter": [3, 1, 8, 1, 3]}
    )
    assert second == MinuteRow(host(), "h1", INCARNATION, 60_000, 60_000, 1, {"counter": [1, 9, 9, 0, 0]})


@given(records)
def test_every_row_is_raw_or_of_a_minute(sound: Record) -> None:
    """`count_rows` counts both, and no number gets lost."""
    found = list(minutes.rows(sound))
    known = sum(numbers is not None for block in sound.minutes for column in block.values for numbers in column)
    assert len(found) == count_rows(sound) - sum(len(block.times) for block in sound.blocks)
    assert sum(len(row.values) for row in found) == known


@pytest.mark.parametrize(("time_ms", "minute"), [(0, 0), (59_999, 0), (60_000, 60_000), (-1, -60_000)])
def test_a_minute_is_one_of_the_epoch(time_ms: int, minute: int) -> None:
    """It begins with a multiple of 60,000 ms."""
    assert minutes.minute_of(time_ms) == minute
