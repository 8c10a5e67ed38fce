"""New rows as they come."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest

from tests.clocks import HandClock
from tests.tidegauge.client.sources import NOW, FakeSource, answer, known, series
from tidegauge.client import live
from tidegauge.client.answer import Answer, Series
from tidegauge.client.errors import TidegaugeError
from tidegauge.metrics.query import Query

QUERY = Query(metrics=("gauge",), points=7, start="now-6h")


class Growing:
    """A source whose lines have one more second at each look."""

    def __init__(self, lines: Sequence[Series]) -> None:
        self.looks = itertools.count(1)
        self.lines = lines
        self.is_down = False

    def __call__(self, query: Query) -> Answer:
        if self.is_down:
            raise TidegaugeError("the store is down")
        until = NOW + 1000 * next(self.looks)
        begin = int(query.start) if query.start.isdigit() else 0
        return answer(*(cut(one, begin, until) for one in self.lines), to_ms=until)


def cut(one: Series, begin: int, until: int) -> Series:
    pairs = [pair for pair in zip(one.time_ms, one.value, strict=True) if begin <= pair[0] < until]
    return series([time for time, _ in pairs], [value for _, value in pairs], one.entity)


def test_each_row_comes_once() -> None:
    """Whatever the source answers again; every look begins behind what was told."""
    times = [NOW + 1000 * n for n in range(6)]
    source = FakeSource([known()], Growing([series(times, [float(n) for n in range(6)])]))
    looks = live.Live(source, QUERY, [known()], HandClock(), 1.0)
    frames = list(itertools.islice(looks, 4))
    assert [frame["h1"].tolist() for frame in frames] == [[0.0], [1.0], [2.0], [3.0]]
    assert frames[0].attrs["unit"] == "By"
    assert [asked.start for asked in source.asked] == ["now-10s", *(str(time + 1) for time in times[:3])]
    assert {(asked.step_ms, asked.end) for asked in source.asked} == {(1000, "now")}


def test_a_look_without_news_tells_nothing() -> None:
    """It sleeps, and looks again."""
    clock = HandClock()
    before = clock.wall_ms()
    source = FakeSource([known()], Growing([series([NOW, NOW + 5000], [1.0, 2.0])]))
    looks = live.Live(source, QUERY, [known()], clock, 2.0)
    assert [next(looks)["h1"].tolist() for _ in range(2)] == [[1.0], [2.0]]
    assert len(source.asked) == 6
    assert clock.wall_ms() - before == 10_000


def test_entities_keep_their_own_pace() -> None:
    """A row of one is no reason to pass over an older one of another."""
    lines = [series([NOW, NOW + 1000], [1.0, 2.0], "h1"), series([NOW - 900, NOW + 900], [3.0, 4.0], "h2")]
    source = FakeSource([known("h1"), known("h2")], Growing(lines))
    first, second = itertools.islice(live.Live(source, QUERY, [known("h1"), known("h2")], HandClock(), 1.0), 2)
    values = [sorted(x for x in frame.to_numpy().ravel() if np.isfinite(x)) for frame in (first, second)]
    assert values == [[1.0, 3.0, 4.0], [2.0]]


def test_slow_entities_are_looked_for_further_back() -> None:
    """A row every ten seconds may be older than the first look of a fast one."""
    slow = [known(period_ms=10_000)]
    source = FakeSource(slow, Growing([series([NOW], [1.0])]))
    next(live.Live(source, QUERY, slow, HandClock(), 1.0))
    assert source.asked[0].start == "now-2m"


def test_it_goes_on_after_an_error_where_it_was() -> None:
    """Who looked while the store was down lacks no row, and gets none twice."""
    times = [NOW + 1000 * n for n in range(6)]
    growing = Growing([series(times, [float(n) for n in range(6)])])
    looks = live.Live(FakeSource([known()], growing), QUERY, [known()], HandClock(), 1.0)
    assert next(looks)["h1"].tolist() == [0.0]
    growing.is_down = True
    for _ in range(2):
        with pytest.raises(TidegaugeError, match="down"):
            next(looks)
    growing.is_down = False
    assert [next(looks)["h1"].tolist() for _ in range(2)] == [[1.0], [2.0]]
