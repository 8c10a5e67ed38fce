"""What minute rows must keep."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given

from tests.minutes import summary
from tests.rows import record
from tests.tidegauge.metrics.strategies import minute_blocks
from tidegauge.metrics import minute_limits
from tidegauge.metrics.records import Column, MinuteBlock

RAW = record([120_000, 121_000, 130_000], {"counter": [1.0, 2.0, 8.0], "gauge": [4.0, None, 5.0]})
(SOUND,) = summary(RAW).minutes


def counter(*numbers: float) -> dict[str, Any]:
    """Another counter."""
    return {"values": [[list(numbers)], SOUND.values[1]]}


def gauge(*numbers: float) -> dict[str, Any]:
    """Another gauge."""
    return {"values": [SOUND.values[0], [list(numbers)]]}


def problems(**changes: Any) -> list[str]:
    """What is wrong with the sound block after `changes`."""
    return list(minute_limits.problems(msgspec.structs.replace(SOUND, **changes)))


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "ends short": ({"ends": []}, "differ in length"),
    "rows short": ({"rows": []}, "differ in length"),
    "no rows": ({"rows": [0]}, "there are no 0 rows"),
    "more rows than ms": ({"rows": [2**70]}, "there are no 11805916207174113034 rows"),
    "one row that lasts": ({"rows": [1], "values": [[None], [None]]}, "there are no 1 rows"),
    "an end before its begin": ({"ends": [119_999]}, "there are no 3 rows"),
    "two minutes": ({"ends": [180_000]}, "lie in two minutes"),
    "a counter of four": (counter(3, 1, 8, 0), "counter: count, first, last, min_rate, max_rate of 3 rows cannot be"),
    "a counter of six": (counter(3, 1, 8, 0, 1, 1), "counter"),
    "a counter that misses rows": (counter(2, 1, 8, 0, 1), "counter"),
    "a counter that falls": (counter(3, 8, 1, 0, 1), "counter"),
    "a rate below 0": (counter(3, 1, 8, -1, 1), "counter"),
    "rates upside down": (counter(3, 1, 8, 2, 1), "counter"),
    "a gauge of none": (gauge(0, 4, 5, 9, 5), "gauge: count, min, max, sum, last of 3 rows cannot be"),
    "a gauge of half": (gauge(1.5, 4, 5, 9, 5), "gauge"),
    "a gauge in more rows than there are": (gauge(4, 4, 5, 9, 5), "gauge"),
    "a gauge upside down": (gauge(2, 5, 4, 9, 5), "gauge"),
    "a gauge that ends elsewhere": (gauge(2, 4, 5, 9, 6), "gauge"),
    "no numbers": (gauge(), "gauge"),
}


@pytest.mark.parametrize(("changes", "reason"), BAD.values(), ids=BAD)
def test_each_bad_row_is_named(changes: dict[str, Any], reason: str) -> None:
    """With what is wrong."""
    found = problems(**changes)[0]
    assert reason in found
    assert len(found) < 200


def test_what_the_rule_makes_is_sound() -> None:
    """Unknown metrics too."""
    assert problems() == []
    assert problems(values=[[None], [None]]) == []
    assert problems(columns=[Column("a", "gauge"), Column("b", "counter")], values=[[None], [None]]) == []


@given(minute_blocks())
def test_sound_blocks_pass(block: MinuteBlock) -> None:
    """What collectors may send is refused for nothing."""
    assert list(minute_limits.problems(block)) == []
