"""Parts by way of tiles, of raw and of minute rows."""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.app.memory import Memory, same
from tests.rows import LATER, host, row
from tidegauge.metrics import fold as f
from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import Series
from tidegauge.metrics.records import Entity, Row
from tidegauge.metrics.steps import DAY, HOUR, MINUTE
from tidegauge.queries.samples import TILE_BUCKETS, Found, How, Samples
from tidegauge.storage.base import Store, StoreError

W = 10_000
NOW = 1_699_999_200_000
"""A full hour."""
GAUGE, COUNTER = Series("h1", "gauge", "gauge"), Series("h1", "counter", "counter")


def rows(begin: int, count: int, name: str = "h1", every_ms: int = 1_000) -> list[Row]:
    """A gauge and a counter of a host."""
    return [row(begin + i * every_ms + 137, host(name), gauge=float(i % 7), counter=float(3 * i)) for i in range(count)]


def samples(memory: Memory, max_bytes: int = 1 << 24) -> Samples:
    return Samples(cast(Store, memory), W, max_bytes)


def ask(
    reader: Samples, start: int, end: int, step_ms: int, *series: Series, now: int = NOW, ends: bool = True
) -> Found:
    return reader.parts(series or (GAUGE, COUNTER), start, end, How(step_ms, now, ends=ends))


@pytest.mark.parametrize("step_ms", [0, 1_000, 10_000])
def test_what_is_closed_is_asked_for_once(step_ms: int) -> None:
    """The second time nothing is asked, and the answer is the same."""
    memory = Memory(rows(NOW - 2 * HOUR, 3_600))
    reader = samples(memory)
    first = ask(reader, NOW - 2 * HOUR, NOW - HOUR, step_ms)
    assert len(memory.asked) == 1
    again = ask(reader, NOW - 2 * HOUR, NOW - HOUR, step_ms)
    assert len(memory.asked) == 1
    assert same(first.parts, again.parts)
    assert same(again.parts, p.of_rows(memory.rows.values(), [GAUGE, COUNTER], step_ms))
    assert (first.tiers, again.tiers) == ({"raw"}, {"raw"})


def test_of_what_ends_now_only_the_open_end_is_asked() -> None:
    """A tile that is there in part is completed from its end on; buckets are closed two windows before now."""
    memory = Memory(rows(NOW - HOUR, 3_600))
    reader = samples(memory)
    ask(reader, NOW - HOUR, NOW, 10_000)
    ask(reader, NOW - HOUR, NOW, 10_000)
    assert [(one.start_ms, one.end_ms) for one in memory.asked[1:]] == [(NOW - 2 * W, NOW)]
    memory.add(rows(NOW, 60))
    found = ask(reader, NOW - HOUR, NOW + 45_000, 10_000, now=NOW + 45_000)
    assert [(one.start_ms, one.end_ms) for one in memory.asked[2:]] == [(NOW - 2 * W, NOW + 45_000)]
    assert same(
        found.parts, p.of_rows([r for r in memory.rows.values() if r.time_ms < NOW + 45_000], [GAUGE, COUNTER], 10_000)
    )
    ask(reader, NOW - HOUR, NOW + 45_000, 10_000, now=NOW + 45_000)
    assert memory.asked[-1].start_ms == NOW + 20_000


def test_many_series_are_asked_for_together() -> None:
    """Those that are there are not asked for; the others in one question."""
    memory = Memory([*rows(NOW - 2 * HOUR, 7_000), *rows(NOW - 2 * HOUR, 7_000, "h2")])
    reader = samples(memory)
    ask(reader, NOW - 2 * HOUR, NOW - HOUR, 10_000, GAUGE)
    other = Series("h2", "gauge", "gauge")
    found = ask(reader, NOW - 2 * HOUR, NOW - HOUR, 10_000, GAUGE, COUNTER, other)
    assert [one.series for one in memory.asked] == [(GAUGE,), (COUNTER, other)]
    inside = [r for r in memory.rows.values() if r.time_ms < NOW - HOUR]
    assert same(found.parts, p.of_rows(inside, [GAUGE, COUNTER, other], 10_000))


def test_nothing_is_remembered_too() -> None:
    """Tiles without parts are tiles."""
    memory = Memory()
    reader = samples(memory)
    for _ in range(2):
        assert len(ask(reader, NOW - HOUR, NOW - MINUTE, 10_000).parts) == 0
    assert len(memory.asked) == 1
    assert reader.tiles.status()["entries"] == 2 * 6


def test_the_first_bucket_is_whole() -> None:
    """A range that begins within a bucket has all of it."""
    memory = Memory(rows(NOW - HOUR, 600))
    found = ask(samples(memory), NOW - HOUR + 5_000, NOW - HOUR + 20_000, 10_000, GAUGE)
    assert found.parts.count.tolist() == [10, 10]


def test_a_store_that_fails_leaves_nothing() -> None:
    """The error is the caller's; the next question is asked again."""
    memory = Memory(rows(NOW - HOUR, 600))
    reader = samples(memory)
    memory.down = True
    with pytest.raises(StoreError):
        ask(reader, NOW - HOUR, NOW - MINUTE, 10_000)
    assert reader.tiles.status()["entries"] == 0
    memory.down = False
    assert len(ask(reader, NOW - HOUR, NOW - MINUTE, 10_000).parts) == 120


def test_an_answer_from_before_a_notice_is_not_kept() -> None:
    """A notice that comes while the store is asked: what is asked then is asked again."""
    memory = Memory(rows(NOW - HOUR, 600))
    reader = samples(memory)
    late = row(NOW - HOUR + 500, gauge=5.0)

    def arrives() -> None:
        memory.answering = lambda: None
        memory.add([late])
        reader.tiles.drop(["h1"], "raw", late.time_ms, late.time_ms)

    memory.answering = arrives
    assert ask(reader, NOW - HOUR, NOW - MINUTE, 10_000, GAUGE).parts.count[0] == 10
    assert ask(reader, NOW - HOUR, NOW - MINUTE, 10_000, GAUGE).parts.count[0] == 11


def test_a_part_of_a_tile_from_before_a_notice_is_not_kept() -> None:
    """Also where only the tile's end was asked for."""
    memory = Memory(rows(NOW - HOUR, 3_600))
    reader = samples(memory)
    begin = NOW - NOW % (TILE_BUCKETS * 10_000)
    ask(reader, begin, NOW, 10_000, GAUGE)
    late = row(begin + 500, gauge=5.0)

    def arrives() -> None:
        memory.add([late])
        reader.tiles.drop(["h1"], "raw", late.time_ms, late.time_ms)

    memory.answering = arrives
    ask(reader, begin, NOW + MINUTE, 10_000, GAUGE, now=NOW + MINUTE)
    memory.answering = lambda: None
    found = ask(reader, begin, NOW + MINUTE, 10_000, GAUGE, now=NOW + MINUTE)
    assert same(found.parts, p.of_rows([r for r in memory.rows.values() if r.time_ms >= begin], [GAUGE], 10_000))


# --- minute rows -----------------------------------------------------------------------------------


def test_long_steps_come_from_minute_rows() -> None:
    """Minute rows up to where they are all there, raw rows after; a closed range from minute rows alone."""
    memory = Memory(rows(NOW - 2 * HOUR, 7_200), minutes=["h1"])
    reader = samples(memory)
    found = ask(reader, NOW - 2 * HOUR, NOW - 15_000, 5 * MINUTE)
    assert found.tiers == {"minute", "raw"}
    assert [(one.tier, one.end_ms) for one in memory.asked] == [("minute", NOW - 4 * MINUTE), ("raw", NOW - 15_000)]
    inside = [r for r in memory.rows.values() if r.time_ms < NOW - 15_000]
    assert same(found.parts, p.of_rows(inside, [GAUGE, COUNTER], 5 * MINUTE))
    closed = ask(reader, NOW - 2 * HOUR, NOW - HOUR, 5 * MINUTE)
    assert closed.tiers == {"minute"}


def test_sources_without_minute_rows_are_read_raw() -> None:
    """Of several hosts each from the rows that it has."""
    memory = Memory([*rows(NOW - 2 * HOUR, 3_600), *rows(NOW - 2 * HOUR, 3_600, "h2")], minutes=["h1"])
    reader = samples(memory)
    other = Series("h2", "gauge", "gauge")
    for _ in range(2):
        found = ask(reader, NOW - 2 * HOUR, NOW - HOUR, MINUTE, GAUGE, other)
        assert found.tiers == {"minute", "raw"}
        assert same(found.parts, p.of_rows(memory.rows.values(), [GAUGE, other], MINUTE))
    assert [one.series for one in memory.asked if one.tier == "raw"] == [(other,)]
    assert ask(reader, NOW - 2 * HOUR, NOW - HOUR, MINUTE, other).tiers == {"raw"}
    assert len(memory.asked) == 2


@pytest.mark.parametrize(("tier", "asked"), [("raw", ["h2"]), ("minute", ["h1", "h2"])])
def test_a_notice_of_a_tier_drops_what_rests_on_it(tier: str, asked: list[str]) -> None:
    """Raw rows that come late change no tile of minute rows; minute rows may end that raw ones are read."""
    memory = Memory([*rows(NOW - 2 * HOUR, 3_600), *rows(NOW - 2 * HOUR, 3_600, "h2")], minutes=["h1"])
    reader, both = samples(memory), (GAUGE, Series("h2", "gauge", "gauge"))
    ask(reader, NOW - 2 * HOUR, NOW - HOUR, MINUTE, *both)
    memory.asked.clear()
    reader.tiles.drop(["h1", "h2"], "raw" if tier == "raw" else "minute", NOW - 90 * MINUTE, NOW - 90 * MINUTE)
    ask(reader, NOW - 2 * HOUR, NOW - HOUR, MINUTE, *both)
    assert [one.entity for one in memory.asked[0].series] == asked


def restart(begin: int) -> list[Row]:
    """A container's counter goes from 1000 to 1500, and after a restart from 40 to 300, a row a second."""
    lives = (("1-a", "boot/1", 1000.0, 100.0), (LATER, "boot/2", 40.0, 52.0))
    return [
        row(
            begin + 6_000 * i + 1_000 * s,
            Entity("c1", "container", start, 1000, {"host.id": "h1"}),
            incarnation,
            counter=first + more * s,
        )
        for i, (incarnation, start, first, more) in enumerate(lives)
        for s in range(6)
    ]


@pytest.mark.parametrize("minutes", [(), ("h1",)], ids=["raw", "minute"])
@pytest.mark.parametrize("before_ms", [0, 6_000], ids=["inside", "across"])
@pytest.mark.parametrize("step_ms", [0, 1_000, 5_000, MINUTE, 5 * MINUTE, HOUR, DAY])
def test_a_restart_counts_as_it_was(step_ms: int, before_ms: int, minutes: tuple[str, ...]) -> None:
    """500 of the first life, 300 of the second: within a bucket, and across the edge of buckets and tiles."""
    width_ms = TILE_BUCKETS * max(step_ms, 5 * MINUTE)
    begin = NOW - NOW % width_ms - before_ms
    memory, series = Memory(restart(begin), minutes), Series("c1", "counter", "counter")
    reader = samples(memory)
    for _ in range(2):
        found = ask(reader, begin - 2 * width_ms, begin + 2 * width_ms, step_ms, series, now=NOW + 3 * width_ms)
        points = f.fold(found.parts, "increase")
        assert np.nansum(points.value) == 800.0
        assert found.tiers == ({"minute"} if minutes and step_ms >= MINUTE else {"raw"})


# --- anything --------------------------------------------------------------------------------------

HOSTS = ("h1", "h2")
STEPS = st.sampled_from([0, 1_000, 10_000, MINUTE, 2 * MINUTE, 15 * MINUTE, HOUR])
SPAN = 5 * HOUR


class Asks(NamedTuple):
    """A question: from, to (ms before now), step."""

    start: int
    end: int
    step_ms: int


class Comes(NamedTuple):
    """Rows of a host that come now, so old."""

    host: str
    ages: list[int]


class Passes(NamedTuple):
    """Time."""

    ms: int


EVENTS = st.one_of(
    st.builds(Asks, st.integers(0, SPAN), st.integers(-MINUTE, SPAN), STEPS),
    st.builds(Comes, st.sampled_from(HOSTS), st.lists(st.integers(0, SPAN), min_size=1, max_size=8)),
    st.builds(Passes, st.integers(0, 10 * MINUTE)),
)


@given(st.lists(EVENTS, max_size=25), st.sampled_from([1 << 24, 20_000]))
def test_tiles_change_no_answer(happened: list[Asks | Comes | Passes], max_bytes: int) -> None:
    """Whatever comes late, in whatever order it is asked: what is answered is what the store has now."""
    memory = Memory(minutes=["h1"])
    reader, now = samples(memory, max_bytes), NOW
    for i, one in enumerate(happened):
        if isinstance(one, Passes):
            now += one.ms
        elif isinstance(one, Comes):
            _arrive(memory, reader, one, i, now)
        else:
            _compare(memory, reader, one, now)


def _arrive(memory: Memory, reader: Samples, comes: Comes, number: int, now: int) -> None:
    """Rows come; what is older than a window is announced, minute rows later than three minutes."""
    rows = [row(now - age, host(comes.host), gauge=float(number), counter=float(age)) for age in comes.ages]
    memory.add(rows)
    late = [row.time_ms for row in rows if row.time_ms < now - W]
    if late:
        reader.tiles.drop([comes.host], "raw", min(late), max(late))
    firsts = [time_ms - time_ms % MINUTE for time_ms in late if time_ms < now - 3 * MINUTE]
    if firsts and comes.host in memory.minutes:
        reader.tiles.drop([comes.host], "minute", min(firsts), max(firsts) + MINUTE - 1)


def _compare(memory: Memory, reader: Samples, asks: Asks, now: int) -> None:
    start, end = now - asks.start, now - asks.end
    if asks.step_ms:
        start -= start % asks.step_ms
    if end < now - 2 * W:
        end += -end % max(asks.step_ms, 1)
    series = [Series(name, metric.metric, metric.kind) for name in HOSTS for metric in (GAUGE, COUNTER)]
    found = ask(reader, start, end, asks.step_ms, *series, now=now)
    inside = [row for row in memory.rows.values() if start <= row.time_ms < end]
    assert same(found.parts, p.of_rows(inside, series, asks.step_ms))
