"""Incarnations: later ones sort after earlier ones, whatever the clock did."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegauge.metrics import incarnations

stamps = st.integers(0, 10**13 - 2)


@given(stamps, stamps)
def test_a_new_incarnation_is_later_than_the_last(now_ms: int, last_ms: int) -> None:
    """Also with a clock set back, the text of the new one is the greater, whatever the suffixes."""
    last = incarnations.new(last_ms, suffix="z")
    new = incarnations.new(now_ms, last)
    assert new > last
    assert incarnations.stamp_ms(new) == max(now_ms, last_ms + 1)


def test_two_started_at_once_differ() -> None:
    """Two collectors that start in one millisecond have two incarnations."""
    assert incarnations.new(5) != incarnations.new(5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "1750000000000",
        "1750000000000-",
        "175000000000-a",
        "-750000000000-a",
        "1750000000000-a\0",
        "1750000000000-é",
        "1750000000000-" + "a" * 33,
        "١٧٥٠٠٠٠٠٠٠٠٠٠-a",
        "1750000000000-a\n",
    ],
)
def test_other_text_is_no_incarnation(text: str) -> None:
    """What has not the form raises ValueError that quotes it."""
    with pytest.raises(ValueError, match="not an incarnation"):
        incarnations.stamp_ms(text)


@pytest.mark.parametrize("now_ms", [-1, 10**13])
def test_a_clock_beyond_thirteen_digits_makes_none(now_ms: int) -> None:
    """A stamp that would not sort is refused where it is made."""
    with pytest.raises(ValueError, match="not an incarnation"):
        incarnations.new(now_ms)
