"""How soon queues will be empty."""

from __future__ import annotations

from app.drains import SPAN_MS, Drains
from tests.app.verdicts import verdict


def noted(*lengths: int, step_ms: int = 1_000) -> Drains:
    """A queue that was so long, second by second."""
    drains = Drains()
    for second, length in enumerate(lengths):
        drains.note([("h1", verdict("h1", count=length)), ("h2", None)], second * step_ms)
    return drains


def test_a_queue_that_shrinks_is_empty_at_its_pace() -> None:
    """Ten a second went: a hundred take ten seconds more."""
    assert noted(*range(200, 99, -10)).left_ms("h1") == 10_000


def test_only_the_last_while_counts() -> None:
    """A queue that shrank slowly long ago, and quickly now."""
    seconds = SPAN_MS // 1_000
    lengths = [*range(10_000, 9_900, -1), *range(9_900, 9_900 - 100 * seconds - 1, -100)]
    assert noted(*lengths).left_ms("h1") == (9_900 - 100 * seconds) * 10


def test_it_is_not_known_while_a_queue_grows_or_stands_or_was_just_seen() -> None:
    """Nor of a host that has none."""
    assert noted(*range(100, 200)).left_ms("h1") is None
    assert noted(*[100] * 10).left_ms("h1") is None
    assert noted(100, 90, 80).left_ms("h1") is None
    assert noted(*range(200, 99, -10), 0).left_ms("h1") is None
    assert noted().left_ms("h2") is None


def test_a_collector_that_is_not_heard_is_not_judged() -> None:
    """Its queue does not shrink because nobody hears of it."""
    drains = noted(*range(200, 99, -10))
    drains.note([("h1", verdict("h1", "silent", count=90))], 11_000)
    assert drains.left_ms("h1") is None
