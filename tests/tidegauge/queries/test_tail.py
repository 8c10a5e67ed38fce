"""An entity's open end within a view."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.rows import INCARNATION, LATER, NOW, row
from tests.tidegauge.metrics import oracle
from tests.tidegauge.metrics.oracle import Sample, as_rows, histories
from tidegauge.metrics import parts as p
from tidegauge.metrics.fold import Aggregate, fold, next_point
from tidegauge.metrics.parts import Series
from tidegauge.queries.plan import FOREVER
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


def go_on(open_end: Tail, time_ms: int, incarnation: str = INCARNATION, **values: float) -> bool:
    """Whether a row is taken as one that goes on."""
    rows = [row(time_ms, incarnation=incarnation, **values)]
    return open_end.go_on(rows, BEGIN, BEGIN + 60_000) is not None


def test_only_rows_that_go_on_are_taken_so() -> None:
    """Each other one is left, and leaves no trace: the first of a series, an older one, one that comes twice, one of
    another collector, one out of the span, one that is no number; and all where buckets are wider than rows."""
    open_end = tail(0)
    assert not go_on(open_end, BEGIN + 1_000, gauge=1.0)
    assert open_end.add([row(BEGIN + 1_000, gauge=1.0)])
    assert go_on(open_end, BEGIN + 2_000, gauge=2.0)
    assert not go_on(open_end, BEGIN + 3_000, gauge=3.0, counter=1.0)
    assert not go_on(open_end, BEGIN + 2_000, gauge=3.0)
    assert not go_on(open_end, BEGIN + 1_500, gauge=3.0)
    assert not go_on(open_end, BEGIN + 3_000, LATER, gauge=3.0)
    assert not go_on(open_end, BEGIN + 60_000, gauge=3.0)
    assert not go_on(open_end, BEGIN + 3_000, gauge=float("inf"))
    assert open_end.recent.last.tolist() == [1.0, 2.0]
    wide = tail(5_000)
    wide.add([row(BEGIN + 1_000, gauge=1.0)])
    assert not go_on(wide, BEGIN + 2_000, gauge=2.0)


@given(histories(), st.randoms(use_true_random=False), st.integers(1, 3), st.sampled_from(["rate", "increase", "last"]))
def test_rows_that_go_on_change_no_other_point(
    samples: list[Sample], random: Random, batch: int, aggregate: Aggregate
) -> None:
    """Of whatever history, nearly in order: the points before and theirs are those of the fold of all."""
    rows = sorted(as_rows(samples), key=lambda one: one.time_ms + random.choice((0, 0, 0, 2_500)))
    open_end = Tail([oracle.SERIES], 0, 3_000, 0)
    before = {}
    for at in range(0, len(rows), batch):
        own = rows[at : at + batch]
        steps = open_end.go_on(own, 0, FOREVER)
        if steps is None:
            open_end.add(own)
        if steps is None or random.random() < 0.2:
            open_end.advance(rows[at].time_ms - 4_000)
        points = fold(parts_of([open_end], 0), aggregate)
        told = dict(zip(points.bucket.tolist(), zip(points.value, points.joined, strict=True), strict=True))
        for step in steps or ():
            before[step.row[0]] = next_point(aggregate, step.before, step.row, step.period_ms)
        if steps is not None:
            assert {t: str(v) for t, v in before.items() if t >= open_end.boundary_ms} == {
                t: str((float(v), bool(j))) for t, (v, j) in told.items() if t >= open_end.boundary_ms
            }
        before = {t: (float(v), bool(j)) for t, (v, j) in told.items()}
