"""The fold against rule 3 in plain Python, and its named cases at every step and bucket edge."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tidegauge.metrics import oracle
from tests.tidegauge.metrics.oracle import BASE_MS, PERIOD_MS, SERIES, Sample, as_rows, histories
from tidegauge.metrics import parts
from tidegauge.metrics.fold import Aggregate, Points, fold, next_point, without_overlaps
from tidegauge.metrics.records import Entity, Row
from tidegauge.metrics.steps import STEPS_MS

STEPS = (0, *STEPS_MS)
AGGREGATES: tuple[Aggregate, ...] = get_args(Aggregate)


def points(rows: list[Row], step_ms: int, aggregate: Aggregate) -> Points:
    """The rows' parts, folded."""
    return fold(parts.of_rows(rows, [SERIES], step_ms), aggregate)


def values(samples: list[Sample], step_ms: int, aggregate: Aggregate) -> list[float]:
    """The values of all buckets in order, unknown ones left out."""
    found = points(as_rows(samples), step_ms, aggregate).value
    return [float(value) for value in found[~np.isnan(found)]]


@given(histories(), st.sampled_from(STEPS))
def test_the_fold_is_rule_3(samples: list[Sample], step_ms: int) -> None:
    """Every history, restarts, second collectors and all, folds to what the rule says row by row."""
    made = parts.of_rows(as_rows(samples), [SERIES], step_ms)
    for aggregate in AGGREGATES:
        expected = oracle.points(samples, step_ms, aggregate)
        found = fold(made, aggregate)
        assert found.bucket.tolist() == sorted(expected)
        np.testing.assert_allclose(found.value, [expected[b].value for b in sorted(expected)], rtol=1e-12)
        assert found.joined.tolist() == [expected[bucket].joined for bucket in sorted(expected)]


@given(histories(), histories(), st.sampled_from(STEPS), st.sampled_from(AGGREGATES))
def test_series_do_not_touch(a: list[Sample], b: list[Sample], step_ms: int, aggregate: Aggregate) -> None:
    """A series among others folds to just what it folds to alone."""
    other = parts.Series("f", "m", "counter")
    renamed = [Row(_named(row, "f"), row.host, row.incarnation, row.time_ms, row.values) for row in as_rows(b)]
    both = fold(parts.of_rows(as_rows(a) + renamed, [other, SERIES], step_ms), aggregate)
    for place, rows, series in ((0, as_rows(a), SERIES), (1, renamed, other)):
        alone = fold(parts.of_rows(rows, [series], step_ms), aggregate)
        assert both.keys[place] == series
        np.testing.assert_array_equal(both.value[both.series == place], alone.value)
        np.testing.assert_array_equal(both.joined[both.series == place], alone.joined)


def _named(row: Row, id: str) -> Entity:
    return Entity(id, row.entity.kind, row.entity.start, row.entity.period_ms)


def every_edge() -> list[tuple[int, int]]:
    """Each step, with the second row's time before, on and after a bucket's edge."""
    return [(step, BASE_MS + step + shift) for step in STEPS for shift in (-2500, -2000, -1000, -1, 0, 1, 400)]


@pytest.mark.parametrize(("step_ms", "restart_ms"), every_edge())
def test_a_restart_counts_what_came_after_it(step_ms: int, restart_ms: int) -> None:
    """1500 → 40 → 300 over a restart: the increase after it is 300, at every step and bucket edge."""
    samples = [
        Sample(restart_ms - 1000, "1", "boot1", 1500.0),
        Sample(restart_ms, "2", "boot2", 40.0),
        Sample(restart_ms + 1000, "2", "boot2", 300.0),
    ]
    assert sum(values(samples, step_ms, "increase")) == 300


@pytest.mark.parametrize(("step_ms", "restart_ms"), every_edge())
def test_growth_before_and_after_a_restart_adds_up(step_ms: int, restart_ms: int) -> None:
    """1000 → 1500, restart, 40 → 300 is 500 + 300, at every step and bucket edge."""
    samples = [
        Sample(restart_ms - 2000, "1", "boot1", 1000.0),
        Sample(restart_ms - 1000, "1", "boot1", 1500.0),
        Sample(restart_ms, "2", "boot2", 40.0),
        Sample(restart_ms + 1000, "2", "boot2", 300.0),
    ]
    assert sum(values(samples, step_ms, "increase")) == 800


@pytest.mark.parametrize(("start", "increase"), [("boot#1", 60.0), ("boot", 60.0), ("boot2", 160.0)])
@pytest.mark.parametrize("step_ms", STEPS)
def test_only_a_new_life_begins_at_zero(step_ms: int, start: str, increase: float) -> None:
    """Where `#n` alone changed and the counter did not fall, it went on; a new start counts from 0."""
    samples = [Sample(BASE_MS, "1", "boot", 100.0), Sample(BASE_MS + 1000, "1", start, 160.0)]
    assert sum(values(samples, step_ms, "increase")) == increase


@pytest.mark.parametrize("step_ms", STEPS)
def test_a_counter_that_fell_counts_from_zero(step_ms: int) -> None:
    """Where `#n` changed and the counter fell, its new value is what it grew by."""
    samples = [Sample(BASE_MS, "1", "boot", 100.0), Sample(BASE_MS + 1000, "1", "boot#1", 40.0)]
    assert sum(values(samples, step_ms, "increase")) == 40


@pytest.mark.parametrize("step_ms", STEPS)
def test_a_collector_restart_keeps_both_halves(step_ms: int) -> None:
    """The counter goes on over a collector's restart inside a bucket: nothing lost, nothing doubled."""
    times = range(BASE_MS, BASE_MS + 10_000, 1000)
    samples = [Sample(t, "1" if i < 4 else "2", "boot", 10.0 * i) for i, t in enumerate(times)]
    assert sum(values(samples, step_ms, "increase")) == 90
    assert all(value == pytest.approx(10) for value in values(samples, step_ms, "rate"))
    assert sum(values(samples, step_ms, "sum")) == 450


@pytest.mark.parametrize("step_ms", [step for step in STEPS if step != PERIOD_MS])
def test_of_two_collectors_the_later_is_shown(step_ms: int) -> None:
    """Two collectors interleaved on one host: where both report, only the greater incarnation counts."""
    one = [Sample(BASE_MS + 1000 * i, "1", "boot", 10.0 * i) for i in range(60)]
    two = [Sample(BASE_MS + 1000 * i + 400, "2", "boot", 10.0 * i + 4) for i in range(60)]
    shown = without_overlaps(parts.of_rows(as_rows(one + two), [SERIES], step_ms))
    alone = parts.of_rows(as_rows(two), [SERIES], step_ms)
    before = 1 if step_ms == 0 else 0
    assert shown.incarnation.tolist() == [0] * before + [1] * len(alone)
    assert shown.first_ms[before:].tolist() == alone.first_ms.tolist()


def test_of_two_rows_at_one_time_the_later_incarnation_counts() -> None:
    """Rows of two collectors at the very same time are one point, of the greater incarnation."""
    samples = [Sample(BASE_MS, "1", "boot", 1.0), Sample(BASE_MS, "2", "boot", 5.0)]
    assert values(samples, 0, "avg") == [5.0]


@pytest.mark.parametrize(("width_ms", "rates", "joined"), [(3000, [10.0], True), (3001, [], False)])
def test_a_wide_edge_gives_no_rate_but_an_increase(width_ms: int, rates: list[float], joined: bool) -> None:
    """Over 3 periods between two rows there is no rate and no line, but the increase is known."""
    value = width_ms / 100
    samples = [Sample(BASE_MS, "1", "boot", 0.0), Sample(BASE_MS + width_ms, "1", "boot", value)]
    assert values(samples, 0, "rate") == rates
    assert values(samples, 0, "increase") == [value]
    assert points(as_rows(samples), 0, "rate").joined.tolist() == [False, joined]


@given(st.lists(st.tuples(st.integers(1, 3000), st.integers(0, 1000)), min_size=2, max_size=60), st.sampled_from(STEPS))
def test_rates_times_seconds_are_the_increase(ticks: list[tuple[int, int]], step_ms: int) -> None:
    """Where every edge is narrow, each bucket's rate times the seconds up to its last row adds up."""
    times = np.cumsum([gap for gap, _ in ticks]) + BASE_MS
    counter = np.cumsum([growth for _, growth in ticks], dtype=float)
    rows = as_rows([Sample(int(t), "1", "boot", float(v)) for t, v in zip(times, counter, strict=True)])
    made = parts.of_rows(rows, [SERIES], step_ms)
    seconds = np.diff(made.last_ms, prepend=times[0]) / 1000
    rate = fold(made, "rate").value
    assert float(np.nansum(rate * seconds)) == pytest.approx(counter[-1] - counter[0])
    assert float(np.nansum(fold(made, "increase").value)) == pytest.approx(counter[-1] - counter[0])


@given(
    st.lists(st.tuples(st.sampled_from([1, 1000, 3000, 3001, 40_000]), st.floats(0, 1e12)), min_size=2, max_size=20),
    st.sampled_from(AGGREGATES),
)
def test_a_row_that_goes_on_gives_the_point_of_the_fold(ticks: list[tuple[int, float]], aggregate: Aggregate) -> None:
    """From the row before it alone, to the last bit, however wide the edge and also where the counter fell."""
    rows = [(BASE_MS + int(t), v) for t, (_, v) in zip(np.cumsum([gap for gap, _ in ticks]), ticks, strict=True)]
    folded = points(as_rows([Sample(t, "1", "boot", v) for t, v in rows]), 0, aggregate)
    found = [next_point(aggregate, *pair, PERIOD_MS) for pair in pairwise(rows)]
    np.testing.assert_array_equal([value for value, _ in found], folded.value[1:])
    assert [joined for _, joined in found] == folded.joined.tolist()[1:]


def test_nothing_folds_to_nothing() -> None:
    """Without parts there are no points."""
    assert len(fold(parts.empty(), "rate")) == 0


def test_a_store_that_knows_no_last_gives_no_last() -> None:
    """A value that a store cannot give is unknown, not 0."""
    made = parts.of_rows(as_rows([Sample(BASE_MS, "1", "boot", math.nan)]), [SERIES], 0)
    assert np.isnan(fold(made, "last").value).all()


@pytest.mark.parametrize("step_ms", [0, 10_000])
def test_a_fleet_folds_whole(step_ms: int) -> None:
    """Many hosts, each with its own incarnations, each keep all of their growth."""
    ids = [f"h{i}" for i in range(200)]
    entities = [Entity(host, "host", "boot", PERIOD_MS) for host in ids]
    rows = [
        Row(entity, entity.id, f"{entity.id}-{t // 30}", BASE_MS + 1000 * t, {"m": float(t)})
        for entity in entities
        for t in range(60)
    ]
    made = parts.of_rows(rows, [parts.Series(host, "m", "counter") for host in ids], step_ms)
    found = fold(made, "increase")
    assert float(np.nansum(found.value)) == 59.0 * len(ids)
