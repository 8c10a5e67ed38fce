"""When the next resend may go."""

from __future__ import annotations

import pytest

from collector.sending.backoff import (
    LONGEST_BUSY_SECONDS,
    LONGEST_RETRY_AFTER_SECONDS,
    LONGEST_SECONDS,
    Backoff,
    retry_after_seconds,
)


def test_doubles_up_to_a_minute() -> None:
    """With the longest jitter the waits are 1, 2, 4 … 60 s."""
    waits = []
    backoff = Backoff()
    now_ms = 0.0
    for _ in range(9):
        backoff.fail(now_ms, chance=1)
        waits.append((backoff.until_ms - now_ms) / 1000)
        now_ms = backoff.until_ms
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, LONGEST_SECONDS]


def test_a_server_that_is_there_is_asked_sooner() -> None:
    """One that says "not now": after 8 s at most."""
    backoff = Backoff()
    for _ in range(9):
        backoff.fail(0, chance=1, is_busy=True)
    assert backoff.until_ms == 1000 * LONGEST_BUSY_SECONDS


def test_full_jitter() -> None:
    """Chance takes any part of the wait, also none."""
    backoff = Backoff()
    backoff.fail(0, chance=0)
    assert not backoff.waits(0.1)
    backoff.fail(0, chance=0.5)
    assert (backoff.waits(999), backoff.waits(1000)) == (True, False)


def test_reset() -> None:
    """After a reset failures are forgotten, and the next one waits briefly."""
    backoff = Backoff()
    for _ in range(5):
        backoff.fail(0, chance=1)
    backoff.reset()
    assert not backoff.waits(0)
    backoff.fail(0, chance=1)
    assert backoff.until_ms == 1000


def test_reset_keeps_what_a_server_asked_for() -> None:
    """A server that takes new records may want no backlog yet."""
    backoff = Backoff()
    backoff.hold(0, 10)
    backoff.reset()
    assert (backoff.waits(9999), backoff.waits(10_000)) == (True, False)


def test_hold_never_shortens() -> None:
    """A shorter wish does not end a longer wait."""
    backoff = Backoff()
    backoff.hold(0, 10)
    backoff.hold(0, 1)
    assert backoff.waits(9999)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("7", 7),
        ("99999", LONGEST_RETRY_AFTER_SECONDS),
        ("Tue, 14 Nov 2023 22:13:50 GMT", 30),
        ("Tue, 14 Nov 2023 22:13:00 GMT", 0),
        ("soon", 0),
        ("-5", 0),
    ],
)
def test_retry_after(value: str | None, seconds: float) -> None:
    """Seconds, or a date by the clock (22:13:20); what cannot be read asks for nothing."""
    assert retry_after_seconds(value, 1_700_000_000_000) == seconds
