"""Runs: stretches without a hole."""

from hypothesis import given
from hypothesis import strategies as st

from tidegauge.metrics import runs
from tidegauge.metrics.runs import Run


def at(*times: int, incarnation: str = "1", received: int = 0) -> list[Run]:
    return [Run(t, t, incarnation, received, 1000) for t in times]


def test_near_rows_are_one_run_and_far_ones_two() -> None:
    """Rows at most three periods apart join."""
    built = runs.build(at(1000, 2000, 5000, 9000))
    assert [(run.first_ms, run.last_ms) for run in built] == [(1000, 5000), (9000, 9000)]
    assert [(a.last_ms, b.first_ms) for a, b in runs.holes(built)] == [(5000, 9000)]


def test_late_rows_and_other_incarnations_stand_apart() -> None:
    """A run is all late or all in time, and of one incarnation."""
    built = runs.build([*at(1000, 2000), *at(3000, received=9), *at(4000), *at(5000, incarnation="2")])
    assert [(r.first_ms, r.received_ms, r.incarnation) for r in built] == [
        (1000, 0, "1"),
        (3000, 9, "1"),
        (4000, 0, "1"),
        (5000, 0, "2"),
    ]
    assert runs.holes(built) == []


@given(st.permutations(list(range(0, 20_000, 1000))))
def test_the_order_of_arrival_does_not_matter(times: list[int]) -> None:
    """Rows added one by one in any order fill every hole."""
    built: list[Run] = []
    for line in at(*times):
        built = runs.add(built, line)
    assert [(run.first_ms, run.last_ms) for run in built] == [(0, 19_000)]


def test_what_is_before_a_time_goes() -> None:
    """`trim` keeps the runs that reach beyond."""
    assert runs.trim(runs.build(at(1000, 9000)), 5000) == at(9000)
