"""A query made definite."""

import pytest

from tests.rows import NOW, host
from tidegauge.metrics.filters import parse
from tidegauge.metrics.query import Query
from tidegauge.metrics.records import Entity
from tidegauge.queries import plan
from tidegauge.queries.known import Known

HOSTS = {name: Known(name, host(name)) for name in ("h2", "h1")}


def make(query: Query, entities: dict[str, Known] | None = None) -> plan.Plan:
    return plan.make(query, entities or HOSTS, lambda name: "counter" if name == "c" else "gauge", NOW)


def test_a_step_not_above_the_period_gives_rows() -> None:
    """Five minutes at 600 points are rows of a host with a period of 1 s; an hour is not."""
    made = make(Query(metrics=("a",), start="now-5m"))
    assert (made.step_ms, made.lookback_ms, made.first_bucket) == (0, 3000, NOW - 300_000)
    hour = make(Query(metrics=("a",), start="now-1h"))
    assert (hour.step_ms, hour.lookback_ms) == (10_000, 10_000)
    assert hour.asked_from_ms == hour.first_bucket - 10_000


def test_the_first_and_the_last_bucket_are_whole() -> None:
    """A range that ends within a bucket takes all of it; one that ends now whatever comes."""
    made = make(Query(metrics=("a",), start=str(NOW - 3_605_000), end=str(NOW - 5_000), step_ms=60_000))
    assert (made.first_bucket % 60_000, made.until_ms % 60_000, made.asked_from_ms % 60_000) == (0, 0, 0)
    assert made.first_bucket <= NOW - 3_605_000
    assert NOW - 5_000 <= made.until_ms < NOW + 55_000
    assert make(Query(metrics=("a",), start="now-1h")).until_ms == plan.FOREVER
    rows = make(Query(metrics=("a",), start=str(NOW - 60_001), end=str(NOW - 999)))
    assert (rows.first_bucket, rows.until_ms) == (NOW - 60_001, NOW - 999)


@pytest.mark.parametrize(
    ("metric", "aggregate", "needed"), [("a", "last", True), ("c", "last", False), ("a", "avg", False)]
)
def test_ends_are_needed_of_gauges_that_show_their_last(metric: str, aggregate: str, needed: bool) -> None:
    """A counter's first and last are always there."""
    assert make(Query(metrics=(metric,), aggregate=aggregate)).needs_ends is needed


def test_minute_rows_are_read_at_steps_of_minutes() -> None:
    """Raw rows always: minute rows do not reach to now."""
    reads = [
        [make(Query(metrics=("a",), start="now-6h", step_ms=step)).reads(tier) for tier in ("raw", "minute")]
        for step in (30_000, 60_000)
    ]
    assert reads == [[True, False], [True, True]]


def test_rows_of_several_entities_are_put_together_only_in_buckets() -> None:
    """`by` keeps the step: rows of two entities never share a time."""
    assert make(Query(metrics=("a",), by=("fleet",), start="now-5m")).step_ms == 1000


def test_series_are_all_entities_by_all_metrics() -> None:
    """Series come by entity, then in the query's order, each with its kind."""
    made = make(Query(metrics=("c", "a"), filter=parse("kind=host")))
    assert [(s.entity, s.metric, s.kind) for s in made.series] == [
        ("h1", "c", "counter"),
        ("h1", "a", "gauge"),
        ("h2", "c", "counter"),
        ("h2", "a", "gauge"),
    ]


def test_the_edge_may_begin_three_of_the_longest_periods_before() -> None:
    """Slow entities beside fast ones widen the look-back."""
    slow = Known("h1", Entity("h1:disk:a", "disk", "b", 10_000, {}))
    assert make(Query(metrics=("a",)), {**HOSTS, "h1:disk:a": slow}).lookback_ms == 30_000


def test_points_are_counted_before_they_are_asked_for() -> None:
    """By the step, or the entity's own period where that is longer."""
    assert make(Query(metrics=("a", "b"), start="now-5m")).points == 4 * 301
    assert make(Query(metrics=("a",), start="now-1h")).points == 2 * 361
    slow = {"h1:disk:a": Known("h1", Entity("h1:disk:a", "disk", "b", 60_000, {}))}
    assert make(Query(metrics=("a",), start="now-5m"), slow).points == 6


@pytest.mark.parametrize(
    ("kind", "query", "expected"),
    [
        ("counter", Query(metrics=("a",)), "rate"),
        ("counter", Query(metrics=("a",), rate="increase"), "increase"),
        ("counter", Query(metrics=("a",), rate="none"), "last"),
        ("gauge", Query(metrics=("a",), aggregate="max"), "max"),
        ("gauge", Query(metrics=("a",), aggregate="sum"), "sum"),
        ("gauge", Query(metrics=("a",), aggregate="sum", by=("fleet",)), "avg"),
    ],
)
def test_how_a_bucket_becomes_one_value(kind: str, query: Query, expected: str) -> None:
    """Counters go by `rate`, gauges by `aggregate`; a sum over series is of their averages."""
    assert plan.in_time(query, kind) == expected  # type: ignore[arg-type]
