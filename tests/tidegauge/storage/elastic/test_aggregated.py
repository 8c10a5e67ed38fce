"""Parts and coverage by aggregations, on a real server: rows that lack metrics, ends, questions of many pieces."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.minutes import summary
from tests.rows import INCARNATION, LATER, host, record
from tests.tidegauge.storage.contract.opening import COUNTER, GAUGE, NOW, outcomes, times
from tests.tidegauge.storage.elastic.fresh import FreshStore, opened
from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import Parts, Series
from tidegauge.metrics.records import Record, rows
from tidegauge.metrics.steps import HOUR, MINUTE
from tidegauge.storage.elastic import aggregated
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.paging import Paging
from tidegauge.storage.elastic.slices import Range

pytestmark = pytest.mark.elasticsearch


@pytest.fixture
def store(elastic: str) -> Iterator[FreshStore]:
    """A store with nothing in it."""
    opened_store = opened(elastic)
    yield opened_store
    opened_store.close()


@pytest.fixture
def paging(connection: Connection) -> Paging:
    """Pages of seven lines."""
    return Paging(connection, 7)


def expected(series: list[Series], step_ms: int, *sent: Record) -> Parts:
    """The parts of records in Python."""
    return p.of_rows([row for one in sent for row in rows(one)], series, step_ms)


def test_times_are_those_of_the_metric(store: FreshStore) -> None:
    """A counter that is missing at the bucket's ends begins later and ends earlier than the rows."""
    counter = [None, 5.0, 6.0, None]
    outcomes(store, record(times(4), {"gauge": [1.0] * 4, "counter": counter}))
    found = store.parts([GAUGE, COUNTER], NOW, NOW + MINUTE, MINUTE)
    assert (found.first_ms - NOW).tolist() == [1000, 0]
    assert (found.last_ms - NOW).tolist() == [2000, 3000]
    assert (found.first.tolist()[0], found.last.tolist()[0], found.count.tolist()) == (5.0, 6.0, [2, 4])


def test_the_period_is_that_of_the_rows_with_the_metric(store: FreshStore) -> None:
    """As the times are."""
    slow = host()
    slow = type(slow)(slow.id, slow.kind, slow.start, 9000, slow.attributes)
    outcomes(
        store, record(times(2), {"gauge": [1.0, 2.0]}), record(times(1, NOW + 5000), {"gauge.b": [1.0]}, entity=slow)
    )
    found = store.parts([GAUGE, Series("h1", "gauge.b", "gauge")], NOW, NOW + MINUTE, MINUTE)
    assert found.period_ms.tolist() == [1000, 9000]


def test_lines_that_lack_a_metric_in_part_are_asked_for_once_more(store: FreshStore, paging: Paging) -> None:
    """Over many pages, of several entities and incarnations, each line comes once."""
    some = [float(i) if i % 3 else None for i in range(90)]
    sent = [
        record(times(90), {"gauge": some, "gauge.b": [1.0] * 90}),
        record(times(90, NOW + 500), {"gauge": some[::-1]}, incarnation=LATER),
        record(times(90), {"gauge": [None, *some[1:]], "gauge.b": some}, entity=host("h2")),
    ]
    outcomes(store, *sent)
    store.refresh()
    series = [Series(name, metric, "gauge") for name in ("h1", "h2") for metric in ("gauge", "gauge.b")]
    for step_ms in (2000, 10_000, HOUR):
        found = aggregated.parts(paging, tuple(series), Range("raw", NOW, NOW + 2 * MINUTE, step_ms))
        found = aggregated.with_ends(paging, found, "rows", at_once=5)
        assert p.equal(found, expected(series, step_ms, *sent))


def test_a_range_that_begins_and_ends_inside_buckets(store: FreshStore) -> None:
    """What is asked for once more lies in the range too."""
    sent = record(times(20), {"gauge": [float(i) if i % 4 else None for i in range(20)]})
    outcomes(store, sent)
    found = store.parts([GAUGE], NOW + 3000, NOW + 17_000, 5000, ends=True)
    inside = [row for row in rows(sent) if NOW + 3000 <= row.time_ms < NOW + 17_000]
    assert p.equal(found, p.of_rows(inside, [GAUGE], 5000))


def test_minute_rows_that_lack_a_gauge(store: FreshStore) -> None:
    """Are not those that begin and end its part."""
    sent = [
        record(times(2, NOW + i * MINUTE), {"gauge": [value, value], "counter": [float(i), i + 0.5]})
        for i, value in enumerate([None, 2.0, 4.0, None])
    ]
    outcomes(store, *map(summary, sent))
    found = store.parts([GAUGE, COUNTER], NOW, NOW + HOUR, HOUR, tier="minute", ends=True)
    assert (found.first_ms - NOW).tolist() == [0, MINUTE]
    assert (found.last_ms - NOW).tolist() == [3 * MINUTE + 1000, 2 * MINUTE + 1000]
    assert (found.count.tolist(), found.last.tolist()) == ([8, 4], [3.5, 4.0])
    np.testing.assert_array_equal(found.total, [np.nan, 12.0])


def test_ends_of_gauges_are_asked_for(store: FreshStore) -> None:
    """Else they are not known; a counter's always are."""
    outcomes(store, record(times(3), {"gauge": [3.0, None, 7.0], "counter": [1.0, 2.0, 5.0]}))
    plain = store.parts([GAUGE, COUNTER], NOW, NOW + MINUTE, MINUTE)
    np.testing.assert_array_equal(plain.first, [1.0, np.nan])
    np.testing.assert_array_equal(plain.last, [5.0, np.nan])
    whole = store.parts([GAUGE, COUNTER], NOW, NOW + MINUTE, MINUTE, ends=True)
    assert (whole.first.tolist(), whole.last.tolist()) == ([1.0, 3.0], [5.0, 7.0])
    assert whole.total.tolist()[1] == plain.total.tolist()[1] == 10.0


def test_a_metric_that_changed_its_type_is_one_metric(store: FreshStore) -> None:
    """Whole numbers today, decimals tomorrow; a counter that is asked for as a gauge has its sum."""
    tomorrow = NOW + 24 * HOUR
    outcomes(store, record(times(2), {"counter": [1.0, 2.0]}), record(times(2, tomorrow), {"counter": [2.5, 3.5]}))
    series = [Series("h1", "counter", "gauge")]
    assert store.parts(series, NOW, tomorrow + HOUR, 30 * 24 * HOUR).total.tolist() == [9.0]
    assert store.parts(series, NOW, tomorrow + HOUR, 0).first.tolist() == [1.0, 2.0, 2.5, 3.5]


def test_coverage_page_by_page(store: FreshStore, paging: Paging) -> None:
    """Rows and buckets, each once, in order."""
    outcomes(store, *(record(times(25), {"gauge": [1.0] * 25}, entity=host(name)) for name in ("h1", "h2")))
    store.refresh()
    single = aggregated.coverage(paging, ["h1", "h2"], Range("coverage", NOW, NOW + MINUTE, 1))
    assert (single.bucket - NOW).tolist() == [1000 * i for i in range(25)] * 2
    assert single.first_ms.tolist() == single.last_ms.tolist() == single.bucket.tolist()
    wide = aggregated.coverage(paging, ["h1", "h2"], Range("coverage", NOW, NOW + MINUTE, 2000))
    assert wide.rows.tolist() == ([2] * 12 + [1]) * 2


def test_no_index_has_no_parts(connection: Connection) -> None:
    """Neither of raw nor of minute rows."""
    for what in ("raw", "minute", "rows"):
        found = aggregated.parts(Paging(connection), (GAUGE,), Range(what, NOW, NOW + HOUR, MINUTE))
        assert p.equal(found, p.empty())
    assert len(aggregated.coverage(Paging(connection), ["h1"], Range("coverage", NOW, NOW + HOUR, 1))) == 0


def test_starts_are_texts_of_any_kind(store: FreshStore) -> None:
    """None at all is one too."""
    restarted = type(host())("h1", "host", "", 1000, host().attributes)
    outcomes(
        store, record(times(1), {"gauge": [1.0]}), record(times(1, NOW + 1000), {"gauge": [2.0]}, entity=restarted)
    )
    found = store.parts([GAUGE], NOW, NOW + MINUTE, MINUTE)
    assert (found.starts, found.incarnations, found.minimum.tolist()) == (("", "boot"), (INCARNATION,), [1.0, 2.0])
