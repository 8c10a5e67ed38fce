"""Clocks of hosts: the quickest POST tells, until nothing does for minutes."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegauge.cluster.frames import Seen
from tidegauge.cluster.host_clocks import LASTS_MS, HostClocks
from tidegauge.cluster.presence import Fact
from tidegauge.cluster.shard import OVERTAKEN_MS
from tidegauge.metrics.wire import Queue

Says = Callable[..., float]


@pytest.fixture
def says() -> Says:
    """By how much the clock is ahead that a POST told at a time, and which came so much later."""
    clocks = HostClocks()

    def say(sent_ms: float, clock_ms: float = 5_000, way_ms: float = 0, incarnation: str = "1") -> float:
        told_ms = round(sent_ms + clock_ms)
        seen = Seen("h", "h", incarnation, 1, 1000, told_ms, 0, Queue(), stopping=False)
        return clocks.ahead_ms(Fact(seen, sent_ms + way_ms))

    return say


def test_a_post_that_was_held_up_says_nothing_of_the_clock(says: Says) -> None:
    """Whatever comes between, as long as one that was quick came within ten minutes."""
    assert says(0) == 5_000
    assert [says(at, way_ms=2_500) for at in range(0, LASTS_MS - 10_000, 60_000)] == [5_000] * 10
    assert says(LASTS_MS - 10_000) == 5_000
    assert says(2 * LASTS_MS - 20_000, way_ms=2_500) == 5_000
    assert says(2 * LASTS_MS, way_ms=2_500) == 2_500


def test_a_quicker_post_tells_at_once(says: Says) -> None:
    """Nothing makes a clock look ahead: it is, or was set."""
    assert [says(0, way_ms=2_500), says(1_000), says(2_000, clock_ms=3_600_000)] == [2_500, 5_000, 3_600_000]


def test_a_clock_that_was_set_back_is_believed(says: Says) -> None:
    """At once where no POST is on its way for so long, or the collector began anew; a little after ten minutes."""
    assert [says(0), says(1_000, clock_ms=4_999 - OVERTAKEN_MS)] == [5_000, 4_999 - OVERTAKEN_MS]
    assert says(2_000, clock_ms=-8_000, incarnation="2") == -8_000
    assert [says(at, clock_ms=-9_000, incarnation="2") for at in (3_000, 2_000 + LASTS_MS, 2_001 + LASTS_MS)] == [
        -8_000,
        -8_000,
        -9_000,
    ]


def test_a_clock_that_goes_slow_is_followed(says: Says) -> None:
    """500 millionths, more than any that runs freely: never off by more than what passes in ten minutes."""
    off = [says(at, clock_ms=-at / 2_000, way_ms=1) + at / 2_000 for at in range(0, 10_000_000, 1_000)]
    assert -2 <= min(off) <= max(off) <= 100 + LASTS_MS / 2_000


def test_what_another_node_saw_long_ago_tells_nothing(says: Says) -> None:
    """A node that is gone may have told of a clock as it was: it does not change what was seen since."""
    assert says(LASTS_MS + 1, clock_ms=1_000) == 1_000
    assert says(0, clock_ms=2_000) == 1_000
    assert says(LASTS_MS + 2, clock_ms=1_000) == 1_000


def test_a_collector_that_is_not_seen_is_forgotten() -> None:
    """Then its fact tells again what it told."""
    clocks = HostClocks()
    seen = Seen("h", "h", "1", 1, 1000, 9_000, 0, Queue(), stopping=False)
    assert [clocks.ahead_ms(Fact(seen, at)) for at in (0, 2_000)] == [9_000, 9_000]
    clocks.forget(0)
    assert clocks.ahead_ms(Fact(seen, 2_000)) == 9_000
    clocks.forget(1)
    assert clocks.ahead_ms(Fact(seen, 2_000)) == 7_000


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, OVERTAKEN_MS - 200)), min_size=1))
def test_the_clock_is_known_as_exactly_as_the_quickest_way(posts: list[tuple[int, int]]) -> None:
    """Of a clock that goes right, POSTs of ten minutes in any order of delays: never ahead, behind by the quickest."""
    clocks, quickest_ms, at_ms = HostClocks(), OVERTAKEN_MS, 0
    for after_ms, way_ms in posts:
        at_ms += after_ms
        quickest_ms = min(quickest_ms, way_ms)
        seen = Seen("h", "h", "1", 1, 1000, at_ms, 0, Queue(), stopping=False)
        assert clocks.ahead_ms(Fact(seen, at_ms + way_ms)) == -quickest_ms
