"""An answer as columns, and the times of a wide frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tidegauge.client.sources import NOW, answer, known, series
from tidegauge.client import columns as c
from tidegauge.client.answer import Known
from tidegauge.metrics.query import Query

LIVE = Query(metrics=("gauge",))
PAST = Query(metrics=("gauge",), start="1", end="2")
ROWS = [NOW - 3_000, NOW - 2_000, NOW - 1_000]


def test_units_are_those_of_what_is_shown() -> None:
    """A counter is shown as its rate; seconds a second are a number (cores)."""
    byte, second = series(ROWS, [1] * 3, kind="counter"), series(ROWS, [1] * 3, kind="counter", unit="s")
    assert [c.unit_of(LIVE, one) for one in (byte, second, series(ROWS, [1] * 3))] == ["By/s", "1", "By"]
    increase = Query(metrics=("x",), rate="increase")
    assert [c.unit_of(increase, one) for one in (byte, second)] == ["By", "s"]


def test_labels_differ() -> None:
    """The host's name is added where two are the same, and the entity's id where even that does not help."""
    entities = [known("h1:fs:/", "filesystem", host="h1"), known("h2:fs:/", "filesystem", host="h2")]
    lines = [series(ROWS, [1] * 3, one.entity, label="/") for one in entities]
    assert [one.label for one in c.columns(LIVE, answer(*lines), entities)] == ["h1 /", "h2 /"]
    lines = [series(ROWS, [1] * 3, name, label="x") for name in ("a", "b")]
    assert [one.label for one in c.columns(LIVE, answer(*lines), [])] == ["a x", "b x"]


def test_groups_have_the_values_of_their_attributes() -> None:
    """Whatever the label is made of: one that is missing is the empty text."""
    query = Query(metrics=("a.x", "a.y"), by=("fleet", "labels.tier"))
    entities = [known("h1", **{"labels.tier": "front end"}), known("h2")]
    lines = [
        series(ROWS, [1] * 3, "", "a.x", label="default front end x"),
        series(ROWS, [1] * 3, "", "a.y", label="default none y"),
    ]
    first, second = c.columns(query, answer(*lines, step_ms=1000), entities)
    assert (first.by, second.by) == (("default", "front end"), ("default", ""))


def test_rows_of_one_entity_keep_their_times() -> None:
    """Whatever their phase is."""
    times = [time + 137 for time in ROWS]
    made = c.columns(LIVE, answer(series(times, [1] * 3)), [known()])
    found, standing = c.index(LIVE, answer(series(times, [1] * 3), from_ms=times[0]), made)
    assert (found.tolist(), standing[0].time.tolist()) == (times, times)


def test_rows_that_are_missing_have_their_place() -> None:
    """Between, before and after: no line is drawn over them."""
    times = [NOW - 9_000, NOW - 8_000, NOW - 5_000]
    told = answer(series(times, [1.0, None, 3.0]), to_ms=NOW, from_ms=NOW - 11_500)
    made = c.columns(PAST, told, [known()])
    found, standing = c.index(PAST, told, made)
    assert ((found - NOW) // 1000).tolist() == [-11, -10, -9, -8, -7, -6, -5, -4, -3, -2, -1]
    values = c.values(found, standing)[:, 0]
    assert np.flatnonzero(np.isfinite(values)).tolist() == [2, 6]


def test_a_live_range_ends_with_its_newest_row() -> None:
    """A row that is just due is not missing yet; one that is long due is."""
    told = answer(series(ROWS, [1] * 3), from_ms=ROWS[0], to_ms=NOW + 500)
    assert c.index(LIVE, told, c.columns(LIVE, told, [known()]))[0].tolist() == ROWS
    late = answer(series(ROWS, [1] * 3), from_ms=ROWS[0], to_ms=NOW + 10_000)
    assert len(c.index(LIVE, late, c.columns(LIVE, late, [known()]))[0]) == 13


@given(st.lists(st.integers(0, 400), min_size=2, max_size=50), st.integers(0, 999), st.integers(0, 999))
def test_rows_of_several_entities_stand_side_by_side(jitter: list[int], one: int, other: int) -> None:
    """Each is read at a phase of its own, up to 0.4 of a period late: every tick has one time for both."""
    first = NOW - NOW % 1000
    lines = [
        series(
            [first + phase + 1000 * n + late for n, late in enumerate(jitter)],
            [float(n) for n in range(len(jitter))],
            name,
        )
        for name, phase in (("h1", one), ("h2", other))
    ]
    told = answer(*lines, from_ms=first, to_ms=first + 1000 * len(jitter))
    made = c.columns(PAST, told, [known("h1"), known("h2")])
    times, standing = c.index(PAST, told, made)
    assert not (times % 1000).any()
    for column in standing:
        assert (np.diff(column.time) == 1000).all()
    values = c.values(times, standing)
    assert [sorted(column[np.isfinite(column)]) for column in values.T] == [sorted(lines[0].value)] * 2  # type: ignore[type-var]


def test_rows_that_would_meet_keep_their_times() -> None:
    """After a clock was set, say: no value is lost for the sake of order."""
    told = answer(
        series([NOW, NOW + 300, NOW + 600], [1.0, 2.0, 3.0]), series([NOW + 50], [4.0], "h2"), to_ms=NOW + 900
    )
    made = c.columns(LIVE, told, [known("h1"), known("h2")])
    times, standing = c.index(LIVE, told, made)
    assert np.isfinite(c.values(times, standing)).sum() == 4


def test_every_bucket_of_a_range_has_its_place() -> None:
    """The last of a live range is the newest that has a value, unless that is old."""
    step = 10_000
    begin = NOW - NOW % step
    lines = series([begin + step, begin + 3 * step], [1.0, 2.0])

    def buckets(query: Query, end: int) -> list[int]:
        told = answer(lines, from_ms=begin + 5, to_ms=begin + end * step, step_ms=step)
        found: list[int] = ((c.index(query, told, c.columns(query, told, [known()]))[0] - begin) // step).tolist()
        return found

    assert buckets(PAST, 5) == [0, 1, 2, 3, 4]
    assert buckets(LIVE, 5) == [0, 1, 2, 3]
    assert buckets(LIVE, 6) == [0, 1, 2, 3, 4, 5]  # wider than a line may be


def test_an_answer_without_points_is_empty() -> None:
    """No column, no time."""
    assert c.columns(LIVE, answer(series([], [])), [known()]) == []
    assert len(c.index(LIVE, answer(), [])[0]) == 0


@pytest.mark.parametrize(
    ("query", "periods", "step_ms"),
    [
        (LIVE, [1_000, 1_000], None),
        (LIVE, [1_000, 10_000], 10_000),
        (Query(metrics=("x",), step_ms=2_000), [1_000, 10_000], 2_000),
        (Query(metrics=("x",), start="now-6h"), [1_000, 10_000], None),
        (LIVE, [1_000, 90_000], 120_000),
    ],
)
def test_unlike_periods_ask_for_a_step_that_fits_all(query: Query, periods: list[int], step_ms: int | None) -> None:
    """Unless the caller says which, or it is wide anyway."""
    entities: list[Known] = [known(f"h{period}", period_ms=period) for period in periods]
    assert c.auto_step(query, entities, NOW).step_ms == step_ms
