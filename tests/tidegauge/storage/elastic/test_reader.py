"""The reading half against rows in Python, on a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rows import LATER, host, record
from tests.tidegauge.storage.contract.opening import EVER, GAUGE, NOW, outcomes, times
from tests.tidegauge.storage.elastic.fresh import FreshStore, opened
from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import Series
from tidegauge.metrics.records import rows
from tidegauge.metrics.steps import DAY, HOUR

pytestmark = pytest.mark.elasticsearch


@pytest.fixture
def store(elastic: str) -> Iterator[FreshStore]:
    """A store with nothing in it."""
    opened_store = opened(elastic)
    yield opened_store
    opened_store.close()


@pytest.mark.parametrize("step_ms", [0, 5_000, 60_000, HOUR, DAY])
def test_parts_equal_those_of_the_rows(store: FreshStore, step_ms: int) -> None:
    """Of two entities and incarnations, with values missing here and there, around midnight."""
    night = NOW + DAY // 2
    values = [float(i % 7) if i % 3 else None for i in range(60)]
    sent = [
        record(times(60, night - 30_000), {"gauge": values, "gauge.b": [1.5] * 60}),
        record(times(60, night - 20_000), {"gauge": values}, incarnation=LATER),
        record(times(60, night - 30_500), {"gauge": values[::-1]}, entity=host("h2")),
    ]
    outcomes(store, *sent)
    series = [GAUGE, Series("h1", "gauge.b", "gauge"), Series("h2", "gauge", "gauge"), Series("h3", "gauge", "gauge")]
    found = store.parts(series, *EVER, step_ms, ends=True)
    assert p.equal(found, p.of_rows([row for one in sent for row in rows(one)], series, step_ms))


def test_more_lines_than_a_page(store: FreshStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """They come page by page, none twice."""
    monkeypatch.setattr("tidegauge.storage.elastic.slices.CELLS", 1)
    outcomes(store, record(times(450), {"gauge": [float(i) for i in range(450)]}))
    assert store.parts([GAUGE], *EVER, 1000).total.tolist() == [float(i) for i in range(450)]
