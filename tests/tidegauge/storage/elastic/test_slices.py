"""How questions are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegauge.metrics.steps import DAY, HOUR, MINUTE, SECOND, STEPS_MS
from tidegauge.storage.elastic.slices import ENTITIES, MOST, NAMES, PAGE, Range, Slice, What, by_entities, indices, page

BEGAN = 20_000 * DAY


def hosts(count: int) -> tuple[str, ...]:
    """So many names."""
    return tuple(f"h{i}" for i in range(count))


@given(
    st.integers(1, 50_000),
    st.integers(0, 3 * DAY),
    st.integers(1, 100 * DAY),
    st.sampled_from((1, *STEPS_MS)),
    st.integers(1, PAGE),
)
def test_slices_are_all_of_it_and_cut_no_bucket(count: int, start: int, span: int, step_ms: int, most: int) -> None:
    """Each entity and each bucket lies in one slice, and there are not too many."""
    whole = Range("raw", BEGAN + start, BEGAN + start + span, step_ms)
    cut = whole.cut(hosts(count), most)
    spans: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for entities, begin, end in cut:
        spans.setdefault(entities, []).append((begin, end))
    assert [name for entities in spans for name in entities] == list(hosts(count))
    for edges in spans.values():
        assert (edges[0][0], edges[-1][1]) == (whole.start_ms, whole.end_ms)
        assert all(before[1] == after[0] and after[0] % step_ms == 0 for before, after in pairwise(edges))
        assert all(begin < end for begin, end in edges)
    assert all(len(entities) <= ENTITIES for entities in spans)
    assert len(cut) <= max(2 * (MOST + 1), 2 * count // ENTITIES + 2)


@pytest.mark.parametrize(
    ("what", "count", "span", "step_ms", "slices"),
    [
        ("raw", 1, HOUR, 10 * SECOND, 1),
        ("raw", 34, HOUR, 30 * SECOND, 3),
        ("raw", 1, 3 * DAY, 5 * MINUTE, 5),
        ("raw", 1000, MINUTE, MINUTE, 2),
        ("minute", 1, 30 * DAY, HOUR, 1),
        ("rows", 1, 20 * SECOND, 1, 1),
        ("rows", 1000, 20 * SECOND, 1, 3),
    ],
)
def test_what_is_small_is_not_cut(what: What, count: int, span: int, step_ms: int, slices: int) -> None:
    """And what is great is, so that the cluster works on it side by side."""
    assert len(Range(what, BEGAN, BEGAN + span, step_ms).cut(hosts(count), PAGE)) == slices


def test_indices_are_named_until_there_are_too_many() -> None:
    """By day, minute rows by month; for a long time the pattern."""
    two = Slice(("h",), BEGAN + DAY - 1, BEGAN + DAY + 1)
    assert indices("raw", two) == ["tidegauge-raw-2024.10.04", "tidegauge-raw-2024.10.05"]
    assert indices("rows", two) == indices("coverage", two) == indices("raw", two)
    assert indices("minute", two) == indices("lasts", two) == ["tidegauge-minute-2024.10"]
    assert len(indices("raw", Slice(("h",), BEGAN, BEGAN + NAMES * DAY))) == NAMES
    assert indices("raw", Slice(("h",), 0, BEGAN)) == ["tidegauge-raw-*"]
    assert indices("minute", Slice(("h",), 0, BEGAN)) == ["tidegauge-minute-*"]
    assert len(indices("minute", Slice(("h",), BEGAN - 90 * DAY, BEGAN))) == 4


def test_a_page_has_fewer_lines_the_wider_they_are() -> None:
    """And some at any rate."""
    assert page(8) == PAGE
    assert page(300) == 500
    assert page(10**6) == 100


def test_entities_by_parts() -> None:
    """The last has what is left."""
    assert [one.entities for one in by_entities(Slice(("a", "b", "c"), 1, 2), 2)] == [("a", "b"), ("c",)]
    assert by_entities(Slice((), 1, 2)) == []
