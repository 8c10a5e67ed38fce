"""The circuit breaker before a store."""

from __future__ import annotations

from ingest_api.breaker import PAUSE_MS, Breaker


def test_while_nothing_is_wrong_all_may_go() -> None:
    """At any time."""
    breaker = Breaker()
    assert [breaker.admits(now) for now in (0, 0, 5_000)] == [True] * 3


def test_while_the_store_is_down_one_a_second_tries() -> None:
    """The rest fail at once, and say why; each failure begins another pause."""
    breaker = Breaker()
    breaker.failed("down", 100)
    assert breaker.failure == "down"
    times = [100, 100 + PAUSE_MS - 1, 100 + PAUSE_MS, 101 + PAUSE_MS, 100 + 2 * PAUSE_MS]
    assert [breaker.admits(now) for now in times] == [False, False, True, False, True]
    breaker.failed("still down", 5_000)
    assert [breaker.waits(now) for now in (5_000, 5_000 + PAUSE_MS)] == [True, False]
    assert not breaker.admits(5_000 + PAUSE_MS - 1)


def test_one_that_worked_ends_it() -> None:
    """All may go again."""
    breaker = Breaker()
    breaker.failed("down", 0)
    breaker.worked()
    assert breaker.admits(1)
    assert breaker.failure == ""
