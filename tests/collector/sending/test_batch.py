"""How many records a resend holds."""

from __future__ import annotations

from collector.sending.batch import (
    ASIDE_MS,
    FEW_RECORDS,
    MOST_RECORDS,
    MOST_TRIED,
    SLOW_MS,
    SMALL_RECORDS,
    TRIES,
    Batch,
)
from collector.spool import Key


def keys(count: int) -> list[Key]:
    """So many records."""
    return [("i", seq) for seq in range(count)]


def test_halves_down_to_one_and_sets_it_aside() -> None:
    """A body that comes back is halved until the record that fails alone waits aside."""
    batch = Batch()
    sizes = []
    for _ in range(10):
        sent = keys(batch.records)
        batch.refused(sent, now_ms=0)
        sizes.append(batch.records)
    assert sizes == [256, 128, 64, 32, 16, 8, 4, 2, 1, 1]
    assert batch.aside(0) == {("i", 0)}


def test_a_small_body_halves_itself() -> None:
    """What counts is how many records were sent, not how many might have been."""
    batch = Batch()
    batch.refused(keys(6), now_ms=0)
    assert batch.records == 3


def test_a_server_that_is_busy_is_asked_less() -> None:
    """None of the records is to blame: nothing waits aside."""
    batch = Batch()
    for records in (400, 200, 1):
        batch.missed(records)
    assert (batch.records, batch.aside(0)) == (1, set())


def test_a_busy_server_is_not_asked_for_few() -> None:
    """However few were sent; nor for more than it was asked for before."""
    batch = Batch()
    sizes = []
    for records in (60, 30, 3):
        batch.missed(records, is_busy=True)
        sizes.append(batch.records)
    assert sizes == [30, FEW_RECORDS, FEW_RECORDS]
    batch.missed(6)
    batch.missed(3, is_busy=True)
    assert batch.records == 3


def test_grows_again() -> None:
    """Each body that is taken doubles the next one, up to the most."""
    batch = Batch()
    batch.refused(keys(2), now_ms=0)
    for _ in range(12):
        batch.took([], now_ms=0)
    assert batch.records == MOST_RECORDS


def test_a_slow_server_gets_smaller_bodies() -> None:
    """Down to a size at which its answers are slow for other reasons; quick answers double them again. A size that
    misses made smaller than that grows up to it: a backlog is drained by a server that is always slow, too."""
    batch = Batch()
    sizes = []
    for took_ms in [SLOW_MS + 1] * 4 + [SLOW_MS] * 2:
        batch.took([], 0, took_ms)
        sizes.append(batch.records)
    assert sizes == [256, 128, SMALL_RECORDS, SMALL_RECORDS, 200, 400]
    batch.missed(8)
    sizes = []
    for _ in range(6):
        batch.took([], 0, SLOW_MS + 1)
        sizes.append(batch.records)
    assert sizes == [8, 16, 32, 64, SMALL_RECORDS, SMALL_RECORDS]


def test_kept_records_wait_half_a_minute() -> None:
    """Records that a server wants later do not come again at once."""
    batch = Batch()
    batch.took(keys(1), now_ms=0)
    assert (batch.aside(ASIDE_MS - 1), batch.aside(ASIDE_MS)) == ({("i", 0)}, set())


def test_a_record_that_always_fails_alone_is_hopeless() -> None:
    """After so many tries while others pass; not while nothing passes, and not for another record."""
    batch = Batch()
    for _ in range(TRIES):
        batch.passed()
        assert not batch.refused(keys(1), now_ms=0, to_blame=False)
    for tries in range(1, TRIES + 2):
        batch.passed()
        assert batch.refused(keys(1), now_ms=0) == (tries >= TRIES)
    assert not batch.refused([("j", 0)], now_ms=0)
    batch.forget(("i", 0))
    assert not batch.refused(keys(1), now_ms=0)
    assert not batch.refused(keys(2), now_ms=0)


def test_a_server_that_went_makes_nothing_hopeless() -> None:
    """However often a record fails, it counts once until something else has passed, as a body or alone."""
    batch = Batch()
    for passed in [batch.passed, lambda: batch.took([], now_ms=0)] * (TRIES // 2 - 1) + [batch.passed]:
        assert not any(batch.refused(keys(1), now_ms=0) for _ in range(3 * TRIES))
        passed()
    assert batch.refused(keys(1), now_ms=0)


def test_tries_are_bounded() -> None:
    """However many records fail, few are remembered; the worst is that one is tried more often."""
    batch = Batch()
    for key in keys(3 * MOST_TRIED):
        batch.refused([key], now_ms=0)
    assert len(batch._tries) <= MOST_TRIED
