"""Which spans of tiles a question touches, and what has to be asked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tidegauge.queries import spans
from tidegauge.queries.spans import Ask, Span
from tidegauge.queries.tiles import Tile
from tidegauge.storage.base import Tier

RAW: frozenset[Tier] = frozenset({"raw"})
FULL = [Span(0, 100, 100), Span(100, 200, 200), Span(200, 300, 250)]


def tile(until: int) -> Tile[str]:
    return Tile("", until, RAW, 0)


def test_spans_are_aligned_and_end_where_all_is_closed() -> None:
    """The last is closed in part; what begins later is none."""
    assert spans.of(50, 1_000, 250, 100) == FULL
    assert spans.of(50, 120, 250, 100) == FULL[:2]
    assert spans.of(250, 1_000, 250, 100) == []
    assert spans.of(90, 80, 250, 100) == []


def test_nothing_that_is_there_is_asked_for() -> None:
    """Only what is not closed."""
    held = {("a", span): tile(span.until_ms) for span in FULL}
    assert spans.asks(["a"], FULL, held, (250, 270)) == [Ask(("a",), 250, 270, ())]
    assert spans.asks(["a"], FULL, held, (250, 250)) == []


def test_what_follows_each_other_is_asked_for_together() -> None:
    """Nothing is there: one question, up to now."""
    assert spans.asks(["a", "b"], FULL, {}, (250, 270)) == [Ask(("a", "b"), 0, 270, tuple(FULL))]


def test_a_tile_is_completed_from_its_end() -> None:
    """From the earliest end of those that lack something."""
    held = {("a", FULL[0]): tile(100), ("a", FULL[1]): tile(200), ("a", FULL[2]): tile(230), ("b", FULL[0]): tile(100)}
    held |= {("b", FULL[1]): tile(200), ("b", FULL[2]): tile(220)}
    assert spans.asks(["a", "b"], FULL, held, (250, 270)) == [Ask(("a", "b"), 220, 270, (FULL[2],))]


def test_those_that_lack_are_asked_for_alone() -> None:
    """Others are there already."""
    held = {("a", span): tile(span.until_ms) for span in FULL}
    assert spans.asks(["a", "b"], FULL, held, (250, 270)) == [
        Ask(("b",), 0, 250, tuple(FULL)),
        Ask(("a", "b"), 250, 270, ()),
    ]


def test_the_pieces_of_a_question() -> None:
    """One a span, and what lies behind them."""
    assert Ask(("a",), 30, 270, tuple(FULL)).pieces() == [(30, 100), (100, 200), (200, 250), (250, 270)]
    assert Ask(("a",), 30, 100, (FULL[0],)).pieces() == [(30, 100)]
    assert Ask(("a",), 250, 270, ()).pieces() == [(250, 270)]


@given(
    st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from(FULL)), st.integers(0, 100)),
    st.integers(250, 300),
)
def test_after_the_answers_all_is_there(parts: dict[tuple[str, Span], int], end: int) -> None:
    """Whatever was there: each span of each item is covered without a hole, and so is the open end."""
    held = {place: tile(min(place[1].begin_ms + more, place[1].until_ms)) for place, more in parts.items()}
    asked = spans.asks("abc", FULL, held, (250, end))
    for item in "abc":
        covered = {(span.begin_ms, held[item, span].until_ms) for span in FULL if (item, span) in held}
        covered |= {(ask.from_ms, ask.to_ms) for ask in asked if item in ask.items}
        assert all(any(begin <= ms < until for begin, until in covered) for ms in range(end))
    completed = {(item, span) for ask in asked for span in ask.spans for item in ask.items}
    assert all(place in completed or held[place].until_ms == place[1].until_ms for place in held)
