"""Parts by aggregations where rows lack metrics: the times are those of the rows that have them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rows import record
from tests.tidegauge.storage.contract.opening import COUNTER, GAUGE, NOW, outcomes, times
from tests.tidegauge.storage.elastic.fresh import FreshStore, opened
from tidegauge.metrics.steps import MINUTE

pytestmark = pytest.mark.elasticsearch


@pytest.fixture
def store(elastic: str) -> Iterator[FreshStore]:
    """A store with nothing in it."""
    opened_store = opened(elastic)
    yield opened_store
    opened_store.close()


def test_times_are_those_of_the_metric(store: FreshStore) -> None:
    """A counter that is missing at the bucket's ends begins later and ends earlier than the rows."""
    counter = [None, 5.0, 6.0, None]
    outcomes(store, record(times(4), {"gauge": [1.0] * 4, "counter": counter}))
    found = store.parts([GAUGE, COUNTER], NOW, NOW + MINUTE, MINUTE)
    assert (found.first_ms - NOW).tolist() == [1000, 0]
    assert (found.last_ms - NOW).tolist() == [2000, 3000]
    assert (found.first.tolist()[0], found.last.tolist()[0], found.count.tolist()) == (5.0, 6.0, [2, 4])


def test_ends_of_gauges(store: FreshStore) -> None:
    """They are asked for by the rows of those times."""
    outcomes(store, record(times(3), {"gauge": [3.0, None, 7.0]}))
    found = store.parts([GAUGE], NOW, NOW + MINUTE, MINUTE, ends=True)
    assert (found.first.tolist(), found.last.tolist()) == ([3.0], [7.0])
