"""Windows: recent rows by age."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tidegauge.cluster.window import FrameWindow, RowWindow
from tidegauge.metrics.records import Entity, Row

ENTITY = Entity("h", "host", "boot", 1000)


def row(time_ms: int, incarnation: str = "i") -> Row:
    return Row(ENTITY, "h", incarnation, time_ms, {"a": 1.0})


def test_frames_are_told_again_until_their_rows_are_too_old() -> None:
    """A snapshot holds the frames within the span, and how long each was held."""
    window = FrameWindow(20_000)
    window.add("t", b"old", 5_000, 0)
    window.add("t", b"new", 0, 10_000)
    assert [(d.frame, d.held_ms) for d in window.snapshot("t", 15_000)] == [(b"old", 15_000), (b"new", 5_000)]
    assert [d.frame for d in window.snapshot("t", 16_000)] == [b"new"]
    assert window.snapshot("other", 0) == []


def test_topics_without_frames_go() -> None:
    """`trim` forgets topics whose frames are all too old."""
    window = FrameWindow(1_000)
    window.add("t", b"x", 0, 0)
    window.trim(2_000)
    assert window.topics() == set()


def test_a_row_counts_once() -> None:
    """A second row of the same key is refused, one of another incarnation is not."""
    window = RowWindow(20_000)
    assert window.add(row(1_000), 0, 0)
    assert not window.add(row(1_000), 0, 0)
    assert window.add(row(1_000, "j"), 0, 0)
    assert len(window.rows("h")) == 2


def test_a_row_that_comes_in_pieces_is_one() -> None:
    """What is new of each piece is said once, and the row has all of it, at the age of the first."""
    window = RowWindow(20_000)
    pieces: list[dict[str, float]] = [{"a": 1.0}, {"a": 1.0, "b": 2.0}, {"b": 2.0}, {"c": 3.0}]
    new = [window.add(Row(ENTITY, "h", "i", 1_000, values), n * 100, 0) for n, values in enumerate(pieces)]
    assert [one and one.values for one in new] == [{"a": 1.0}, {"b": 2.0}, None, {"c": 3.0}]
    assert [one.values for one in window.rows("h")] == [{"a": 1.0, "b": 2.0, "c": 3.0}]
    window.trim(20_000)
    assert window.count() == 1


@given(st.lists(st.tuples(st.integers(0, 3), st.sets(st.sampled_from("abcd"), min_size=1)), max_size=30))
def test_in_whatever_pieces_rows_come_each_value_is_new_once(pieces: list[tuple[int, set[str]]]) -> None:
    """Whole rows and parts of them, in any order, some twice: nothing is lost, and nothing is said twice."""
    window, said = RowWindow(20_000), Counter[tuple[int, str]]()
    for time_ms, names in pieces:
        if new := window.add(Row(ENTITY, "h", "i", time_ms, dict.fromkeys(names, float(time_ms))), 0, 0):
            said.update((time_ms, name) for name in new.values)
    assert said == {(time_ms, name): 1 for time_ms, names in pieces for name in names}
    assert {(one.time_ms, name) for one in window.rows("h") for name in one.values} == said.keys()


def test_rows_leave_at_the_span() -> None:
    """Rows too old on arrival are refused, others go when they get too old."""
    window = RowWindow(20_000)
    assert not window.add(row(0), 20_001, 0)
    window.add(row(1_000), 15_000, 0)
    window.add(row(2_000), 0, 6_000)
    assert [r.time_ms for r in window.rows("h")] == [2_000]


def test_rows_of_an_entity_that_ended_leave_too() -> None:
    """`trim` lets go of rows that no later row pushes out."""
    window = RowWindow(20_000)
    window.add(row(1_000), 0, 0)
    window.trim(20_000)
    assert len(window.rows("h")) == 1
    window.trim(20_001)
    assert window.rows("h") == []


def test_dropped_spans_are_erased() -> None:
    """`erase` takes a host's rows out of a span and leaves the rest."""
    window = RowWindow(20_000)
    for time_ms in (1_000, 2_000, 3_000):
        window.add(row(time_ms), 0, 0)
    window.erase("other", 0, 9_000)
    window.erase("h", 2_000, 2_500)
    assert [r.time_ms for r in window.rows("h", from_ms=1_000)] == [1_000, 3_000]
    window.forget("h")
    assert window.rows("h") == []


def test_rows_are_counted() -> None:
    """All of all entities together."""
    window = RowWindow(1_000)
    for i in range(3):
        window.add(row(i, f"i{i % 2}"), 0, 0)
    assert window.count() == 3
