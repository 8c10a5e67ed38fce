"""Events of a range, bounded."""

from __future__ import annotations

from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from tidegauge.metrics.records import Event
from tidegauge.metrics.steps import DAY, HOUR
from tidegauge.queries.happened import oldest
from tidegauge.storage.base import Reads, StoredEvent


class Events:
    """A store of events alone, that notes what it is asked."""

    def __init__(self, times_ms: list[int]) -> None:
        self.all = [StoredEvent(str(i), "h1", Event("c1", t * 10**6, "k")) for i, t in enumerate(sorted(times_ms))]
        self.asked: list[tuple[int, int]] = []

    def events(self, start_ms: int, end_ms: int, hosts: Any) -> list[StoredEvent]:
        """As `Reads` has it."""
        assert hosts is None
        self.asked.append((start_ms, end_ms))
        return [one for one in self.all if start_ms * 10**6 <= one.event.time_ns < end_ms * 10**6]


def ask(store: Events, start_ms: int, end_ms: int, limit: int) -> list[str]:
    return [one.id for one in oldest(cast(Reads, store), (start_ms, end_ms), None, lambda _: True, limit)]


@given(st.lists(st.integers(0, 30 * DAY), max_size=30), st.integers(1, 20), st.integers(0, 30 * DAY))
def test_the_oldest_of_a_range_come_by_time(times: list[int], limit: int, end: int) -> None:
    """As if all had been read and cut."""
    store = Events(times)
    assert ask(store, 0, end, limit) == [one.id for one in store.all if one.event.time_ns < end * 10**6][:limit]


def test_a_busy_range_is_not_read_to_its_end() -> None:
    """What is behind the last that is told is not asked for."""
    store = Events([HOUR * i // 100 for i in range(10_000)])
    assert len(ask(store, 0, 100 * DAY, 50)) == 50
    assert store.asked == [(0, HOUR)]


def test_a_quiet_range_costs_few_questions() -> None:
    """90 days in a dozen."""
    store = Events([])
    assert ask(store, 0, 90 * DAY, 50) == []
    assert len(store.asked) == 12
    assert ask(store, 5, 5, 50) == []


def test_what_is_not_wanted_does_not_count() -> None:
    """The limit is of what is told."""
    store = Events([1, 2, 3, 4])
    found = oldest(cast(Reads, store), (0, 10), None, lambda one: int(one.id) % 2 == 1, 2)
    assert [one.id for one in found] == ["1", "3"]
