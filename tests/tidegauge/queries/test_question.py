"""What a view asks of the store."""

from __future__ import annotations

from typing import cast

import pytest

from tests.app.memory import Memory
from tests.rows import NOW, host, row
from tidegauge.metrics.query import Query, from_url
from tidegauge.metrics.records import Kind, Row
from tidegauge.queries import plan, question
from tidegauge.queries.known import Known
from tidegauge.queries.plan import Plan
from tidegauge.queries.question import Answer, Group
from tidegauge.queries.samples import Samples
from tidegauge.storage.base import Store

W = 10_000
BOUNDARY = NOW - 15_000
MINUTE_MS = 60_000


def rows(names: int = 1, seconds: int = 600) -> list[Row]:
    """A gauge of some hosts up to now: that of h3 is 3 everywhere."""
    return [
        row(NOW - 1_000 * age, host(f"h{n}"), gauge=float(n), counter=float(n * (seconds - age)))
        for n in range(1, names + 1)
        for age in range(seconds)
    ]


def kind(metric: str) -> Kind:
    return "counter" if metric == "counter" else "gauge"


def planned(url: str, names: int = 1) -> Plan:
    query: Query = from_url(url)
    return plan.make(query, {f"h{n}": Known(f"h{n}", host(f"h{n}")) for n in range(1, names + 1)}, kind, NOW)


def whole(memory: Memory, made: Plan, *, live: bool = True) -> Answer:
    group = Group(BOUNDARY, BOUNDARY - made.edge_ms, made.series)
    return question.whole(Samples(cast(Store, memory), W), plan=made, window_ms=W, groups=[group], live=live)


def test_all_of_a_live_query_is_parts_and_single_rows() -> None:
    """Parts to the boundary, rows from there; what lies before serves the open ends too."""
    memory = Memory(rows())
    answer = whole(memory, planned("metrics=gauge&from=now-5m&step_ms=10000"))
    assert [(one.step_ms, one.end_ms) for one in memory.asked] == [(0, BOUNDARY + 3_600_000), (10_000, BOUNDARY)]
    assert (int(answer.recent.first_ms[0]), answer.tiers) == (BOUNDARY, {"raw"})
    assert answer.sealed is answer.closed
    assert answer.chosen is None


def test_a_range_shorter_than_the_open_end_has_all_of_that() -> None:
    """What open buckets need may begin before the range does."""
    made = planned("metrics=counter&from=now-10s&rate=increase&step_ms=10000")
    answer = whole(Memory(rows()), made)
    assert int(answer.closed.first_ms[0]) <= BOUNDARY - made.edge_ms


def test_a_range_in_the_past_has_no_open_end() -> None:
    """Nothing but its parts is asked for, to the end of its last bucket."""
    memory = Memory(rows())
    answer = whole(memory, planned(f"metrics=gauge&from=now-5m&to={NOW - 61_000}&step_ms=10000"), live=False)
    assert [one.step_ms for one in memory.asked] == [10_000]
    assert (len(answer.recent), len(answer.sealed)) == (0, 0)
    assert int(answer.closed.bucket[-1]) == NOW - 70_000


@pytest.mark.parametrize(("aggregate", "metric", "ends"), [("last", "gauge", True), ("last", "counter", False),
                                                          ("avg", "gauge", False)])  # fmt: skip
def test_ends_are_asked_for_where_they_are_needed(aggregate: str, metric: str, ends: bool) -> None:
    """The last value of gauges; a counter always has its own."""
    memory = Memory(rows())
    answer = whole(memory, planned(f"metrics={metric}&aggregate={aggregate}&from=now-5m&step_ms=10000"))
    assert [one.ends for one in memory.asked if one.step_ms] == [ends]
    assert answer.closed.last.tolist() == [1.0] * len(answer.closed) or not ends


def fine(memory: Memory) -> set[str]:
    """Whose parts were asked for at the query's own step."""
    return {one.entity for asked in memory.asked if asked.step_ms == 1_000 for one in asked.series}


TOP = "metrics=gauge&from=now-5m&step_ms=1000&top=2&by=host"
"""Its step is no coarser than the rows': but for groups rows are not asked for as they are."""


def test_only_what_is_at_the_top_is_read_at_the_querys_step() -> None:
    """All series are ranked by coarse buckets first."""
    memory = Memory(rows(4))
    answer = whole(memory, planned(TOP, 4))
    assert answer.chosen == {"h3\0gauge", "h4\0gauge"}
    assert fine(memory) == {"h3", "h4"}
    assert {one.entity for one in answer.closed.keys} == {"h3", "h4"}
    (coarse,) = (one for one in memory.asked if one.step_ms == 5_000)
    assert len(coarse.series) == 4


def test_rows_that_are_not_closed_count_in_the_ranking() -> None:
    """A host that has only begun is ranked too."""
    memory = Memory([*rows(3), *(row(NOW - 1_000 * age, host("h4"), gauge=4.0) for age in range(5))])
    assert whole(memory, planned(TOP, 4)).chosen == {"h3\0gauge", "h4\0gauge"}


@pytest.mark.parametrize(
    "url",
    [
        "metrics=gauge&from=now-5m&step_ms=1000&by=host&top=4",
        "metrics=gauge&from=now-50s&step_ms=1000&by=host&top=2",
        "metrics=gauge&from=now-5m&step_ms=1000&by=host",
        "metrics=other&from=now-5m&step_ms=1000&by=host&top=2",
    ],
    ids=["no more lines", "no coarser step", "no top", "no rows"],
)
def test_nothing_is_ranked_where_that_saves_nothing(url: str) -> None:
    """All is read at once, and ranked when it is there."""
    memory = Memory(rows(4))
    assert whole(memory, planned(url, 4)).chosen is None
    assert fine(memory) == {"h1", "h2", "h3", "h4"}


def test_what_a_late_notice_names_is_asked_for() -> None:
    """Its buckets of some groups; of open ends what lies sealed and the single rows."""
    memory, made = Memory(rows()), planned("metrics=gauge&from=now-5m&step_ms=10000")
    group = Group(BOUNDARY, BOUNDARY - 20_000, made.series)
    span = NOW - 120_000, NOW - 90_000
    samples = Samples(cast(Store, memory), W)
    answer = question.late(samples, plan=made, window_ms=W, groups=[group], open_ends=[group], range_ms=span)
    assert (int(answer.closed.bucket[0]), int(answer.closed.bucket[-1])) == (NOW - 120_000, NOW - 100_000)
    assert int(answer.sealed.bucket[0]) <= BOUNDARY - 20_000 < int(answer.sealed.bucket[-1]) < BOUNDARY
    assert int(answer.recent.first_ms[0]) == BOUNDARY
    memory.asked.clear()
    answer = question.late(samples, plan=made, window_ms=W, groups=[group], open_ends=[], range_ms=span)
    assert (len(memory.asked), len(answer.sealed), len(answer.recent)) == (0, 0, 0)


@pytest.mark.parametrize("minutes", [(), ("h1",)])
def test_the_answer_says_which_rows_gave_it(minutes: tuple[str, ...]) -> None:
    """Minute rows and the raw rows after them, or raw rows alone."""
    made = planned("metrics=gauge&from=now-10m&step_ms=60000")
    assert whole(Memory(rows(), minutes), made).tiers == {"raw", *(["minute"] if minutes else [])}
