"""An entity's open end within a view."""

from hypothesis import given
from hypothesis import strategies as st

from tests.rows import NOW, row
from tidegauge.metrics import parts as p
from tidegauge.metrics.fold import fold
from tidegauge.metrics.parts import Series
from tidegauge.queries.tail import Tail, parts_of

GAUGE, COUNTER = Series("h1", "gauge", "gauge"), Series("h1", "counter", "counter")
BEGIN = NOW - NOW % 60_000


def tail(step_ms: int = 10_000) -> Tail:
    return Tail([GAUGE, COUNTER], step_ms, max(step_ms, 3000), BEGIN)


def test_a_row_that_comes_twice_counts_once() -> None:
    """The second row of a key changes nothing."""
    open_end = tail()
    assert open_end.add([row(BEGIN + 1_000, gauge=1.0)])
    assert not open_end.add([row(BEGIN + 1_000, gauge=9.0)])
    assert parts_of([open_end], 10_000).count.tolist() == [1]
    assert parts_of([open_end], 10_000).total.tolist() == [1.0]


def test_rows_before_the_boundary_are_the_stores() -> None:
    """What lies before the boundary is not folded here."""
    assert not tail().add([row(BEGIN - 1, gauge=1.0)])


@given(st.permutations(range(40)), st.sampled_from([0, 1_000, 5_000, 10_000, 30_000]))
def test_advancing_the_boundary_changes_no_point(order: list[int], step_ms: int) -> None:
    """Rows in any order, sealed as the boundary moves, give the points of all rows at once."""
    rows = [row(BEGIN + 1_000 * i + 300, gauge=float(i % 7), counter=float(i * i)) for i in range(40)]
    open_end = tail(step_ms)
    for count, i in enumerate(order):
        open_end.add([rows[i]])
        if count > 20:
            open_end.advance(min(BEGIN + 1_000 * j for j in order[count:]))
    for aggregate in ("rate", "avg", "increase"):
        points = fold(parts_of([open_end], step_ms), aggregate)
        expected = fold(p.of_rows(rows, [GAUGE, COUNTER], step_ms), aggregate)
        wanted = {(s, b): v for s, b, v in zip(expected.series, expected.bucket, expected.value, strict=True)}
        got = {
            (s, b): v
            for s, b, v in zip(points.series, points.bucket, points.value, strict=True)
            if b >= open_end.emit_from
        }
        assert {key: f"{value:.9g}" for key, value in got.items()} == {
            key: f"{wanted[key]:.9g}" for key in wanted if key[1] >= open_end.emit_from
        }
