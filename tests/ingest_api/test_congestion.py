"""How much may be on its way to the store at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest_api.congestion import LEAST_ROWS, Congestion

MOST = 20_000
WAIT = 2.0


class Store:
    """Appends to a store one after another, each as large as may be, by a clock of its own."""

    def __init__(self, rows_a_second: float, fixed_seconds: float = 0.0) -> None:
        self.congestion = Congestion(MOST, WAIT)
        self.now = 100.0
        self._rows_a_second = rows_a_second
        self._fixed_seconds = fixed_seconds

    def append(self, rows: int = MOST) -> float:
        """One append of what is there, `rows` at most; how long it takes."""
        rows = min(rows, self.congestion.room)
        load, began = self.congestion.begin(rows), self.now
        self.now += self._fixed_seconds + rows / self._rows_a_second
        self.congestion.end(rows, load, began, self.now, self.now - began > WAIT)
        return self.now - began


def test_a_slow_store_gets_what_it_does_in_time() -> None:
    """After one append that came too late."""
    store = Store(rows_a_second=700)
    assert store.append() > WAIT
    assert all(WAIT / 4 < store.append() < WAIT for _ in range(20))
    assert store.congestion.rows == 700


def test_a_quick_store_gets_all() -> None:
    """Also after an outage, behind which it begins with little."""
    store = Store(rows_a_second=100_000)
    assert store.congestion.room == MOST
    store.congestion.fail(store.congestion.begin(10), store.now)
    assert store.congestion.rows == LEAST_ROWS
    for _ in range(8):
        store.append()
    assert store.congestion.room == MOST


def test_what_is_quick_as_it_is_small_says_nothing() -> None:
    """The bound grows only where it bounds."""
    store = Store(rows_a_second=700)
    store.append()
    bound = store.congestion.rows
    for _ in range(20):
        store.append(rows=10)
    assert store.congestion.rows == bound


def test_a_store_that_takes_its_time_whatever_it_gets_is_given_all() -> None:
    """As long as that is less than the wait."""
    store = Store(rows_a_second=100_000, fixed_seconds=1.5)
    for _ in range(20):
        store.append()
    assert store.congestion.rows == MOST


def test_appends_of_one_time_count_once() -> None:
    """What began before the bound was made smaller says nothing of the smaller one."""
    congestion = Congestion(MOST, WAIT)
    loads = [congestion.begin(1_000) for _ in range(4)]
    for n, load in enumerate(loads):
        congestion.end(1_000, load, 100.0, 104.0 + n, is_late=True)
    assert congestion.rows == round(loads[0] * WAIT / 2 / 4) == LEAST_ROWS
    assert congestion.room == congestion.rows


@given(st.lists(st.tuples(st.integers(0, 2 * MOST), st.floats(0, 100), st.sampled_from(["fails", "late", ""]))))
def test_it_stays_in_bounds(appends: list[tuple[int, float, str]]) -> None:
    """However appends end; what has ended is not under way."""
    congestion, now = Congestion(MOST, WAIT), 0.0
    for rows, seconds, how in appends:
        load, began = congestion.begin(rows), now
        assert congestion.room == max(0, congestion.rows - rows)
        now += seconds
        if how == "fails":
            congestion.fail(rows, now)
        else:
            congestion.end(rows, load, began, now, how == "late")
        assert LEAST_ROWS <= congestion.room == congestion.rows <= MOST
