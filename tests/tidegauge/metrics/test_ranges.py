"""Time expressions: what each form means, and that no text breaks them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tidegauge.metrics.strategies import range_texts
from tidegauge.metrics import ranges
from tidegauge.metrics.ranges import RangeError

NOW_MS = 1_750_000_000_123
"""Sunday, 15 June 2025, 15:06:40.123 UTC."""
MIDNIGHT_MS = 1_749_945_600_000
HOUR, DAY = 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("text", "time_ms"),
    [
        ("now", NOW_MS),
        ("now-15m", NOW_MS - 900_000),
        ("now+1h", NOW_MS + HOUR),
        ("now-1w", NOW_MS - 7 * DAY),
        ("now/s", NOW_MS - 123),
        ("now/d", MIDNIGHT_MS),
        ("now/w", MIDNIGHT_MS - 6 * DAY),
        ("now-1d/d+8h", MIDNIGHT_MS - DAY + 8 * HOUR),
        ("0", 0),
        ("1750000000123", NOW_MS),
        ("2025-06-15T15:06:40.123", NOW_MS),
        ("2025-06-15T15:06:40.123Z", NOW_MS),
        ("2025-06-15T17:06:40.123+02:00", NOW_MS),
        ("2025-06-15", MIDNIGHT_MS),
    ],
)
def test_each_form_means_its_time(text: str, time_ms: int) -> None:
    """Relative, floored, numeric and ISO times resolve to their ms; weeks begin on Monday, zones are UTC."""
    assert ranges.resolve(text, NOW_MS) == time_ms


@pytest.mark.parametrize(
    "text", ["", " now", "now-", "now-15", "now-15y", "now 1d", "now-٣m", "-5", "1e5", "٣", "yesterday", "9" * 16]
)
def test_other_text_says_what_would_do(text: str) -> None:
    """What is no time is RangeError with examples of times."""
    with pytest.raises(RangeError, match="write now-15m"):
        ranges.check(text)


@given(
    st.text(st.characters(), max_size=40) | st.text("now+-/0123456789smhdwTZ:.", max_size=30), st.integers(0, 10**14)
)
def test_arbitrary_text_is_a_time_or_our_error(text: str, now_ms: int) -> None:
    """No text raises anything but RangeError."""
    try:
        found: object = ranges.resolve(text, now_ms)
    except RangeError:
        found = 0
    assert isinstance(found, int)


@given(range_texts, st.integers(0, 10**14))
def test_only_relative_times_move(text: str, now_ms: int) -> None:
    """A time that is not relative is the same whenever it is asked; `check` gives the text back."""
    assert ranges.check(text) == text
    if not ranges.is_relative(text):
        assert ranges.resolve(text, now_ms) == ranges.resolve(text, 0)


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31T23:59:59.999999", "0001-01-01T00:00:00+14:00"])
def test_the_ends_of_the_calendar_are_times(text: str) -> None:
    """The first and the last day that can be written resolve."""
    assert isinstance(ranges.resolve(text, NOW_MS), int)
